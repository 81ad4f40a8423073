"""The summary of a session: made once the hour is over, and made anew when somebody whose words may be in it takes
them back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bridge.archive.gathering import gather
from bridge.archive.summary import Summary, summarise, summary_content
from bridge.model.chat import Book, Chat
from bridge.model.message import Media
from bridge.model.posting import Content
from bridge.model.programme import StepKind
from bridge.model.session import Session, StepState
from bridge.model.text import Text
from bridge.outbox.announce import reword
from bridge.pictures import figures_card
from bridge.polls.conduct import titles
from bridge.sessions import wording
from bridge.store import sessions, statistics
from bridge.store.postings import Touched

_WATCHED = timedelta(days=30)
"""So long after its end a session's summary is made anew."""
_OVERLAP = timedelta(hours=1)  # a deletion may be told later than it was


def summary(connection: Connection, chat: Chat, session: Session, book: Book, end: Text) -> Content:
    """What was said from the start to the end of the time of grace, summed up; it ends with ``end``."""
    gathered = gather(connection, chat, session.begins, _over(chat, session))
    counted = summarise(gathered, titles(book))
    said = {one.id: one for one in gathered.said}
    content = summary_content(
        counted,
        chat.name,
        number=session.number,
        theme=session.theme,
        introduction=Text(session.introduction),
        highlights=[said[id] for id in session.highlights if id in said],
        end=end,
    )
    return replace(content, media=(_figures(chat, session, counted),)) if counted.posts else content


def _over(chat: Chat, session: Session) -> datetime:
    return session.ends + (chat.programme.grace if chat.programme else timedelta(0))


def _figures(chat: Chat, session: Session, counted: Summary) -> Media:
    counts = (
        (counted.people, "leader" if counted.people == 1 else "leaders"),
        (counted.posts, "post" if counted.posts == 1 else "posts"),
        (counted.answered, "answered across networks"),
        (counted.new, "here for the first time"),
    )
    figures = [(f"{count:,}", word) for count, word in counts if count]
    named, title = chat.name, wording.short_title(session)
    if session.theme:
        named, title = wording.title(chat, replace(session, theme="")), session.theme
    return figures_card(chat=named, title=title, figures=figures)


def amend(connection: Connection, chat: Chat, book: Book, now: datetime) -> Touched:
    """Where somebody deleted what they said in a session, or wants to be bridged no longer, its summary reads
    without it; where it cannot be edited it is removed. The figures of its picture stay: they name nobody."""
    touched: Touched = []
    for session in sessions.ended_between(connection, chat.id, now - _WATCHED, now):
        mark = sessions.marks(connection, chat.id, session.id).get(StepKind.SUMMARY.value)
        if mark is None or mark.state is not StepState.DONE or mark.ended_at is None:
            continue
        networks = {channel.network for channel in chat.channels}
        over = _over(chat, session)
        since = mark.ended_at - _OVERLAP
        if not statistics.taken_back(connection, chat.id, networks, session.begins, over, since):
            continue

        def anew(before: Content, session: Session = session) -> Content:
            made = summary(connection, chat, session, book, before.end)
            return replace(made, media=before.media, strict=True)

        changed = reword(connection, chat, wording.name_of(session, mark.name), anew, now)
        if changed:
            sessions.mark(connection, chat.id, session.id, replace(mark, ended_at=now))
        touched += changed
    return touched
