"""What each step of a programme does, once. All of it happens in the unit of work that marks the step as done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bridge.model.calendar import Occurrence
from bridge.model.chat import Book, Chat
from bridge.model.message import Media
from bridge.model.poll import Option, Poll, PollRefused
from bridge.model.posting import Content, PostingKind
from bridge.model.programme import Programme, Rule, StepKind
from bridge.model.session import Session, StepMark, StepState
from bridge.model.text import Text
from bridge.outbox.announce import announce, everywhere
from bridge.pictures import question_card
from bridge.polls import conduct
from bridge.polls.conduct import Native
from bridge.polls.drafts import Draft
from bridge.polls.labels import letter
from bridge.sessions import closing, suggesting, wording
from bridge.sessions.programme import Step, plan
from bridge.store import polls, sessions

CHANGED = "moderators changed it"
"""The note of a shortlist that is not only what was proposed."""

_REMEMBERED = 12  # sessions back in which no step may have read the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """All that steps need besides the journal. ``tell``: puts a word to the moderators on its way."""

    book: Book
    native: Native
    next_id: Callable[[], int]
    tell: Callable[[Connection, Chat, str, datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """A session at one moment. ``following`` is the session after it."""

    connection: Connection
    means: Means
    chat: Chat
    programme: Programme
    session: Session
    marks: Mapping[str, StepMark]
    following: Occurrence | None
    at: datetime

    def facts(self) -> dict[str, str]:
        return wording.facts(self.chat, self.session, self.following)

    def tell(self, text: str) -> None:
        self.means.tell(self.connection, self.chat, text, self.at)

    def keep(self, **changes: object) -> Session:
        """The session with these changes, in the journal too."""
        changed: Session = replace(self.session, **changes)  # type: ignore[arg-type]
        sessions.put(self.connection, changed)
        return changed


def perform(now: Now, step: Step) -> StepMark:
    """Do it, and say what became of it; it is still waiting where it has to wait for something."""
    mark = now.marks.get(step.name, StepMark(name=step.name))
    if step.kind is not StepKind.THEME:
        now = _with_theme(now)
    ended = _ACTS.get(step.kind, _say)(now, step, mark)
    return ended if ended.state is StepState.WAITING else replace(ended, ended_at=now.at)


def _with_theme(now: Now) -> Now:
    """The poll's winner is the theme, also where the programme announces none."""
    if now.session.theme or now.session.poll is None:
        return now
    kept = polls.by_number(now.connection, now.chat.id, now.session.poll)
    theme = _won(now, kept.poll) if kept is not None and kept.closed_at is not None else ""
    return replace(now, session=now.keep(theme=theme)) if theme else now


def _say(now: Now, step: Step, mark: StepMark) -> StepMark:
    return _said(now, step, mark, now.facts())


def _said(now: Now, step: Step, mark: StepMark, facts: Mapping[str, str], media: tuple[Media, ...] = ()) -> StepMark:
    """Announce what the step's template makes of the facts."""
    text = words(now, step, facts)
    return _announced(now, step, mark, Content(text=Text(text), media=media))


def _announced(now: Now, step: Step, mark: StepMark, content: Content) -> StepMark:
    name, shown = wording.name_of(now.session, step.name), everywhere(now.chat, content)
    announce(now.connection, now.chat, name, content, shown, PostingKind.ANNOUNCEMENT, now.means.next_id, now.at)
    return replace(mark, state=StepState.DONE, said=content.text.plain)


def words(now: Now, step: Step, facts: Mapping[str, str]) -> str:
    """A moderator's own words, or the template whose turn it is, never as it read in one of the last sessions."""
    if step.text:
        return step.text
    before = sessions.said_before(now.connection, now.chat.id, step.name, _REMEMBERED)
    return wording.varied(wording.fill(_template(now, step), facts), before, now.session.begins, now.chat)


def _template(now: Now, step: Step) -> str:
    rule: Rule = now.programme.rules[step.kind]
    turn = now.session.number if now.session.number is not None else now.session.begins.toordinal() // 7
    nth = int(step.name.rpartition("-")[2]) - 1 if "-" in step.name else 0
    return rule.texts[(turn + nth + (step.number or 0)) % len(rule.texts)]


def _call(now: Now, step: Step, mark: StepMark) -> StepMark:
    if now.session.theme:
        return _skipped(mark, "the theme is known")
    return _say(now, step, mark)


def _shortlist(now: Now, step: Step, mark: StepMark) -> StepMark:
    if now.session.theme or now.session.confirmed:
        return _skipped(mark, "the theme is known" if now.session.theme else "the shortlist is confirmed")
    if not now.programme.rules[StepKind.POLL].when:
        return _skipped(mark, "there is no theme poll")
    options = _filled(now, now.session.shortlist)
    now.keep(shortlist=options)
    if not options:
        day = wording.day(now.session.begins, now.chat)
        now.tell(f"Nobody has suggested a theme for {day} yet. Say theme set ... or shortlist add ...")
        return replace(mark, state=StepState.DONE, note="nobody has suggested a theme")
    facts = now.facts() | {"shortlist": shown(options), "poll_opens": _poll_opens(now)}
    text = words(now, step, facts)
    now.tell(f"{text}\n\nSay shortlist confirm, shortlist add ... or shortlist drop A.")
    return replace(mark, state=StepState.DONE, said=text)


def _filled(now: Now, chosen: tuple[Option, ...]) -> tuple[Option, ...]:
    """What moderators have put on the shortlist already, and the best supported themes as far as there is room."""
    known = {suggesting.told_apart(one.text) for one in chosen}
    found = suggesting.proposed(now.connection, now.session, now.programme.themes, now.at)
    more = [one for one in found if suggesting.told_apart(one.text) not in known]
    return (*chosen, *more[: max(0, now.programme.themes - len(chosen))])


def _unconfirmed(now: Now) -> tuple[Option, ...]:
    """As moderators left it, once it was proposed to them; else what is suggested now, so that nothing that was
    taken back is left."""
    mark = now.marks.get(StepKind.SHORTLIST.value)
    proposed = mark is not None and mark.said
    if mark is not None and proposed and mark.note == CHANGED:
        return now.session.shortlist
    return _filled(now, () if proposed else now.session.shortlist)


def shown(options: tuple[Option, ...]) -> str:
    """A shortlist in lines."""
    return "\n".join(
        f"{letter(position)}: {one.text}{f' => {one.short}' if one.short else ''}"
        for position, one in enumerate(options)
    )


def _poll_opens(now: Now) -> str:
    steps = plan(now.session, now.programme, now.chat.zone, now.marks)
    at = next((one.at for one in steps if one.kind is StepKind.POLL), now.session.begins)
    return wording.when(at, now.chat)


def _poll(now: Now, step: Step, mark: StepMark) -> StepMark:
    session = now.session
    if session.theme:
        return _skipped(mark, "the theme is known")
    if session.poll is not None:
        return _skipped(mark, "there is a theme poll already")
    options = session.shortlist if session.confirmed else _unconfirmed(now)
    if len(options) < 2:
        day = wording.day(session.begins, now.chat)
        now.tell(f"No theme poll for {day}: it needs two themes, and there are {len(options)}. Say theme set ...")
        return _skipped(mark, "there were fewer than two themes")
    closes = _closes(now)
    if closes <= now.at:
        now.tell(
            "The theme poll would close before it opens. Say theme set ..., or step delay theme and step run poll."
        )
        return _skipped(mark, "it would close before it opens")
    question = words(now, step, now.facts())
    draft = Draft(question=question, options=options, closes_at=closes, tie=now.programme.tie)
    try:
        poll = _opened(now, draft)
    except PollRefused as refusal:
        # Better a list to answer with a letter than no poll: nobody is there to change it now.
        now.tell(f"Networks whose own polls are too small for the themes get a list to answer: {refusal}")
        poll = _opened(now, draft, lists=True)
    now.keep(shortlist=options, poll=poll.id)
    if not session.confirmed:
        now.tell(f"Nobody confirmed the shortlist, so these themes are in the poll:\n{shown(options)}")
    return replace(mark, state=StepState.DONE, said=question)


def _opened(now: Now, draft: Draft, *, lists: bool = False) -> Poll:
    means = now.means
    return conduct.open_poll(
        now.connection, now.chat, draft, {} if lists else means.native, "the programme", means.next_id, now.at
    )


def _closes(now: Now) -> datetime:
    """When the theme is announced, or at the start."""
    steps = plan(now.session, now.programme, now.chat.zone, now.marks)
    return next((one.at for one in steps if one.kind is StepKind.THEME), now.session.begins)


def _theme(now: Now, step: Step, mark: StepMark) -> StepMark:
    theme = now.session.theme
    if not theme and now.session.poll is not None:
        kept = polls.by_number(now.connection, now.chat.id, now.session.poll)
        if kept is not None and kept.closed_at is None:
            if kept.poll.closes_at > now.at:
                polls.close_at(now.connection, kept.poll, now.at)
            return mark  # its votes are being counted
        theme = _won(now, kept.poll) if kept is not None else ""
    if not theme:
        return _asked(now, mark, "There is no theme yet for {day}, {time}. Say theme set ...")
    now = replace(now, session=now.keep(theme=theme))
    return _said(now, step, mark, now.facts())


def _won(now: Now, poll: Poll) -> str:
    """The poll's winner. Where moderators are to decide a tie, there is none until the session begins; where
    nobody voted, it is the best supported."""
    result = conduct.result_of(now.connection, poll, now.means.book)
    winner = result.winner
    if not result.leading:
        winner = 0
    elif winner is None and now.at >= now.session.begins:
        winner = result.leading[0]
    return "" if winner is None else poll.options[winner].text


def _asked(now: Now, mark: StepMark, question: str) -> StepMark:
    """Still waiting; the moderators are asked once."""
    text = wording.fill(question, now.facts())
    if mark.note != text:
        now.tell(text)
    return replace(mark, note=text)


def _questions(now: Now, step: Step, mark: StepMark) -> StepMark:
    if not now.session.questions and not step.text:
        return _asked(now, mark, "There are no questions yet for {day}, {time}. Say question add ...")
    return _say(now, step, mark)


def _question(now: Now, step: Step, mark: StepMark) -> StepMark:
    number = step.number or 1
    question = now.session.questions[number - 1]
    card = question_card(
        chat=now.chat.name, session=wording.short_title(now.session), label=f"Q{number}", text=question.text
    )
    cards = () if step.text else (card,)  # in a moderator's own words it says something else
    return _said(now, step, mark, now.facts() | {"n": str(number), "question": question.text}, cards)


def _summary(now: Now, step: Step, mark: StepMark) -> StepMark:
    end = Text(words(now, step, now.facts()))
    content = closing.summary(now.connection, now.chat, now.session, now.means.book, end)
    return _announced(now, step, mark, content)


def _skipped(mark: StepMark, note: str) -> StepMark:
    return replace(mark, state=StepState.SKIPPED, note=note)


_ACTS: Mapping[StepKind, Callable[[Now, Step, StepMark], StepMark]] = {
    StepKind.CALL: _call,
    StepKind.SHORTLIST: _shortlist,
    StepKind.POLL: _poll,
    StepKind.THEME: _theme,
    StepKind.QUESTIONS: _questions,
    StepKind.QUESTION: _question,
    StepKind.SUMMARY: _summary,
}
