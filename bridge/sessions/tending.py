"""What a running bridge does for sessions: look what of their programme is due and not done, and do it, each step
in one unit of work with the mark that it is done. From the journal and the clock alone, so that nothing is lost or
done twice when the bridge was away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any

from sqlalchemy import Connection

from bridge.model.calendar import Calendar, Occurrence
from bridge.model.chat import Chat
from bridge.model.session import Session, StepMark, StepState
from bridge.sessions import closing
from bridge.sessions.programme import Step, due, plan
from bridge.sessions.steps import Means, Now, perform
from bridge.store import Store, is_outage, sessions
from bridge.store.postings import Touched

_BACK = timedelta(days=3)  # longer than any step may wait after the end
_AHEAD = 3  # sessions to come whose steps may be due at once


class Tending:
    """``step`` every second or so. ``done``: there is something to send, and perhaps another poll; ``changed``: of
    these postings something else is wanted."""

    def __init__(
        self,
        store: Store,
        means: Means,
        done: Callable[[], Awaitable[None]],
        changed: Callable[[Touched], None],
        now: Callable[[], datetime],
        log: Any,
    ) -> None:
        self._store = store
        self._means = means
        self._done = done
        self._changed = changed
        self._now = now
        self._log = log

    async def step(self) -> None:
        for chat in self._means.book.chats.values():
            if chat.programme is not None:
                for occurrence, following in coming(chat.calendar, self._now()):
                    await self._tend(chat, occurrence, following)

    async def amend(self) -> None:
        """Every minute or so: what people take back, summaries take back too."""
        book = self._means.book
        for chat in book.chats.values():
            if chat.programme is not None:
                changed = await self._store.write(lambda c, of=chat: closing.amend(c, of, book, self._now()))  # type: ignore[misc]
                if changed:
                    self._changed(changed)

    async def _tend(self, chat: Chat, occurrence: Occurrence, following: Occurrence | None) -> None:
        while await self._store.read(lambda c: bool(_due(c, chat, occurrence, self._now()))):
            changed = await self._store.write(
                lambda c: advance(c, self._means, chat, occurrence, following, self._now())
            )
            for mark in changed:
                self._log.info("step", chat=chat.id, session=occurrence.key, step=mark.name, state=mark.state.value)
            if not changed:
                return
            await self._done()


def coming(calendar: Calendar, now: datetime) -> tuple[tuple[Occurrence, Occurrence | None], ...]:
    """The sessions that are held around now, each with the one after it."""
    return _coming(calendar, now.replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=64)
def _coming(calendar: Calendar, hour: datetime) -> tuple[tuple[Occurrence, Occurrence | None], ...]:
    held = (one for one in calendar.occurrences(hour - _BACK) if one.held)
    found: list[tuple[Occurrence, Occurrence | None]] = []
    for one, after in pairwise(chain(held, (None,))):
        assert one is not None
        found.append((one, after))
        if sum(known.ends > hour for known, _ in found) == _AHEAD:
            break
    return tuple(found)


def session_of(connection: Connection, chat: Chat, occurrence: Occurrence, now: datetime) -> Session:
    """The session as the journal has it, or as the calendar makes it. Until it begins, the calendar decides when
    that is."""
    kept = sessions.by_id(connection, chat.id, occurrence.key)
    fresh = Session(
        chat=chat.id,
        id=occurrence.key,
        number=occurrence.number,
        begins=occurrence.begins,
        ends=occurrence.ends,
        hosts=occurrence.hosts,
        theme=occurrence.why,
    )
    if kept is None:
        return fresh
    if kept.begins <= now:
        return kept
    return replace(kept, number=fresh.number, begins=fresh.begins, ends=fresh.ends, hosts=fresh.hosts)


def steps_of(connection: Connection, chat: Chat, session: Session) -> tuple[Step, ...]:
    """The session's programme, as it stands."""
    if chat.programme is None:
        return ()
    return plan(session, chat.programme, chat.zone, sessions.marks(connection, chat.id, session.id))


def _due(connection: Connection, chat: Chat, occurrence: Occurrence, now: datetime) -> tuple[Step, ...]:
    session = session_of(connection, chat, occurrence, now)
    if session.ends <= now and sessions.by_id(connection, chat.id, session.id) is None:
        return ()  # it was over before anybody minded it
    return due(steps_of(connection, chat, session), now)


def advance(
    connection: Connection,
    means: Means,
    chat: Chat,
    occurrence: Occurrence,
    following: Occurrence | None,
    now: datetime,
) -> list[StepMark]:
    """Do what is due, in order. Gives what has changed."""
    return list(_advance(connection, means, chat, occurrence, following, now))


def _advance(
    connection: Connection,
    means: Means,
    chat: Chat,
    occurrence: Occurrence,
    following: Occurrence | None,
    now: datetime,
) -> Iterator[StepMark]:
    for step in _due(connection, chat, occurrence, now):
        session = session_of(connection, chat, occurrence, now)
        if session != sessions.by_id(connection, chat.id, session.id):
            sessions.put(connection, session)
        marks = sessions.marks(connection, chat.id, session.id)
        before = marks.get(step.name, StepMark(name=step.name))
        if now > step.until:
            mark = replace(before, state=StepState.MISSED, note=before.note or "it was too late", ended_at=now)
        else:
            assert chat.programme is not None
            at = Now(
                connection=connection,
                means=means,
                chat=chat,
                programme=chat.programme,
                session=session,
                marks=marks,
                following=following,
                at=now,
            )
            mark = _performed(at, step, before)
        if mark != before:
            sessions.mark(connection, chat.id, session.id, mark)
            yield mark


def _performed(now: Now, step: Step, before: StepMark) -> StepMark:
    """One that fails takes back what it did, and stops none that come after it."""
    try:
        with now.connection.begin_nested():
            return perform(now, step)
    except Exception as error:
        if is_outage(error):
            raise
        reason = str(error) or repr(error)
        now.tell(f"The step {step.name} has failed: {reason}. Say step run {step.name} to try it again.")
        return replace(before, state=StepState.MISSED, note=f"it failed: {reason}", ended_at=now.at)
