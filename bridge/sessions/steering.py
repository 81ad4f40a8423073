"""What hosts and moderators do with a session: its theme, shortlist and questions, and its steps while the hour
runs. Each function gives the words to answer with; ``ValueError`` says what to change, and nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bridge.model.chat import Chat
from bridge.model.ids import ChannelId
from bridge.model.poll import MOST_OPTIONS, Option, PollRefused, same
from bridge.model.programme import StepKind
from bridge.model.session import Question, Session, StepMark, StepState
from bridge.model.text import Text
from bridge.outbox.announce import reword
from bridge.polls import conduct
from bridge.polls.conduct import Native
from bridge.polls.drafts import Draft, options_of
from bridge.polls.fitting import Ballot
from bridge.sessions import wording
from bridge.sessions.belonging import session_at
from bridge.sessions.programme import Step
from bridge.sessions.steps import CHANGED, shown
from bridge.sessions.suggesting import MOST_OF_A_THEME
from bridge.sessions.tending import coming, session_of, steps_of
from bridge.sessions.wording import name_of
from bridge.store import messages, polls, sessions
from bridge.store.postings import Touched

_AFTER = timedelta(minutes=10)  # so long after its last step a session is still the one that is meant
_LONGEST = 300  # characters of a question
_LISTED = 20  # suggestions
_LATEST = timedelta(days=2)  # after the end of a session: soon after it nobody looks at its steps any more
_STATES = {StepState.DONE: "done", StepState.SKIPPED: "left out", StepState.MISSED: "missed"}


@dataclass(frozen=True, slots=True)
class AtHand:
    """The session that people mean now, and its steps."""

    connection: Connection
    chat: Chat
    session: Session
    steps: tuple[Step, ...]
    now: datetime

    def step(self, name: str) -> Step:
        """Raises ``ValueError``."""
        found = next((one for one in self.steps if one.name == name.casefold()), None)
        if found is None:
            raise ValueError(f"There is no step {name}. There are {wording.listed([one.name for one in self.steps])}.")
        return found

    def mark(self, name: str) -> StepMark:
        return self._marks().get(name, StepMark(name=name))

    def _marks(self) -> Mapping[str, StepMark]:
        return sessions.marks(self.connection, self.chat.id, self.session.id)

    def put(self, mark: StepMark) -> None:
        self.keep()
        sessions.mark(self.connection, self.chat.id, self.session.id, mark)

    def keep(self, **changes: object) -> Session:
        changed: Session = replace(self.session, **changes)  # type: ignore[arg-type]
        sessions.put(self.connection, changed)
        return changed

    def clock(self, at: datetime) -> str:
        wall = at.astimezone(self.chat.zone)
        day = "" if wall.date() == self.session.begins.astimezone(self.chat.zone).date() else f"{wall:%a %d %b} "
        return f"{day}{wall:%H:%M}"


def at_hand(connection: Connection, chat: Chat, now: datetime) -> AtHand:
    """The session of this week, until its last step is over. Raises ``ValueError`` where none comes."""
    for occurrence, _ in coming(chat.calendar, now):
        session = session_of(connection, chat, occurrence, now)
        steps = steps_of(connection, chat, session)
        if max([session.ends, *(one.at for one in steps)]) + _AFTER > now:
            return AtHand(connection, chat, session, steps, now)
    raise ValueError(f"{chat.name} has no session ahead: its hour is not in config.yaml.")


def overview(hand: AtHand) -> str:
    """The session as it stands, in lines."""
    session = hand.session
    lines = [f"{wording.title(hand.chat, session)}, {wording.when(session.begins, hand.chat)}"]
    lines += [f"Hosted by {wording.listed(session.hosts)}."] if session.hosts else []
    lines += [] if session.theme else ["No theme yet."]
    if session.shortlist and not session.theme:
        lines += [f"Shortlist, {'confirmed' if session.confirmed else 'not confirmed'}:", shown(session.shortlist)]
    lines += [f"Q{number}: {one.text}" for number, one in enumerate(session.questions, start=1)]
    lines += ["No questions yet."] if not session.questions else []
    lines += ["", *(_line(hand, one) for one in hand.steps)]
    return "\n".join(lines).strip()


def _line(hand: AtHand, step: Step) -> str:
    state = _STATES.get(step.state, "")
    note = step.note if step.state is not StepState.WAITING else ""
    words = f" {state}{f': {note}' if note else ''}" if state else " with words of its own" if step.text else ""
    return f"{hand.clock(step.at)} {step.name}{words}"


def set_theme(hand: AtHand, theme: str) -> str:
    theme = _theme(theme)
    if not theme:
        raise ValueError("Say what the theme is: theme set Managing workload.")
    if hand.session.ends <= hand.now:
        raise ValueError("The hour is over.")
    hand.keep(theme=theme)
    told = hand.mark(StepKind.THEME.value).state is StepState.DONE
    after = " It has been announced already: say step change theme ... to change that too." if told else ""
    return f"The theme on {wording.when(hand.session.begins, hand.chat)}: {theme}.{after}"


def _theme(text: str) -> str:
    """On one line; most steps name it."""
    text = " ".join(text.split())
    if len(text) > MOST_OF_A_THEME:
        raise ValueError(f"A theme has {MOST_OF_A_THEME} characters at most, and this one has {len(text)}.")
    return text


# Questions.


def add_question(hand: AtHand, text: str, minute: int | None) -> str:
    question = Question(_question(text), _minute(hand, minute))
    if hand.session.ends <= hand.now:
        raise ValueError("The hour is over.")
    session = hand.keep(questions=(*hand.session.questions, question))
    return _asked_at(replace(hand, session=session), len(session.questions))


def change_question(hand: AtHand, number: int, text: str, minute: int | None) -> str:
    before = _existing(hand, number)
    if hand.mark(f"q{number}").state is StepState.DONE:
        raise ValueError(f"Q{number} has been asked. Say step change q{number} ... to change what it says there.")
    changed = Question(_question(text), before.minute if minute is None else _minute(hand, minute))
    questions = list(hand.session.questions)
    questions[number - 1] = changed
    return _asked_at(replace(hand, session=hand.keep(questions=tuple(questions))), number)


def drop_question(hand: AtHand, number: int) -> str:
    _existing(hand, number)
    behind = range(number, len(hand.session.questions) + 1)
    if any(hand.mark(f"q{one}").state is StepState.DONE for one in behind):
        raise ValueError(f"Q{number}, or one after it, has been asked. Say step skip to leave one out.")
    for one in behind:  # what was decided of those that move up does not fit the others
        if hand.mark(f"q{one}") != StepMark(name=f"q{one}"):
            hand.put(StepMark(name=f"q{one}"))
    questions = tuple(one for n, one in enumerate(hand.session.questions, start=1) if n != number)
    return f"Q{number} is gone; {_how_many(hand.keep(questions=questions))}."


def _how_many(session: Session) -> str:
    count = len(session.questions)
    return "there is 1 question" if count == 1 else f"there are {count} questions"


def _existing(hand: AtHand, number: int) -> Question:
    if not 1 <= number <= len(hand.session.questions):
        raise ValueError(f"There is no Q{number}: {_how_many(hand.session)}.")
    return hand.session.questions[number - 1]


def _question(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise ValueError("Say what to ask: question add What eats your week?")
    if len(text) > _LONGEST:
        raise ValueError(f"A question has {_LONGEST} characters at most, and this one has {len(text)}.")
    return text


def _minute(hand: AtHand, minute: int | None) -> int | None:
    most = int((hand.session.ends - hand.session.begins).total_seconds() // 60)
    if minute is not None and not 0 <= minute < most:
        raise ValueError(f"The hour has the minutes 0 to {most - 1}.")
    return minute


def _asked_at(hand: AtHand, number: int) -> str:
    steps = steps_of(hand.connection, hand.chat, hand.session)
    step = next((one for one in steps if one.name == f"q{number}"), None)
    return f"Q{number} is asked at {hand.clock(step.at)}." if step is not None else f"Q{number} is noted."


# The shortlist.


def shortlist(hand: AtHand, themes: tuple[tuple[str, int], ...]) -> str:
    """The shortlist, and what has been suggested, each with its support."""
    lines = []
    if hand.session.shortlist:
        state = "confirmed" if hand.session.confirmed else "not confirmed: say shortlist confirm"
        lines += [f"Shortlist ({state}):", shown(hand.session.shortlist), ""]
    lines += ["Suggested, with the support of others:"] if themes else ["Nobody has suggested a theme yet."]
    lines += [f"{support:3}  {text}" for text, support in themes[:_LISTED]]
    lines += [f"and {len(themes) - _LISTED} more."] if len(themes) > _LISTED else []
    return "\n".join(lines)


def add_to_shortlist(hand: AtHand, written: str) -> str:
    _open_shortlist(hand)
    (option,) = options_of([written])
    if not option.text:
        raise ValueError("Say which theme: shortlist add Managing workload.")
    option = replace(option, text=_theme(option.text))
    if any(same(one.text) == same(option.text) for one in hand.session.shortlist):
        raise ValueError(f'"{option.text}" is on the shortlist already.')
    if len(hand.session.shortlist) >= MOST_OPTIONS:
        raise ValueError(f"A poll takes {MOST_OPTIONS} themes at most. Drop one first.")
    return _changed(hand, (*hand.session.shortlist, option))


def drop_from_shortlist(hand: AtHand, position: int) -> str:
    _open_shortlist(hand)
    if not 0 <= position < len(hand.session.shortlist):
        raise ValueError(f"The shortlist has {len(hand.session.shortlist)} themes. Say the letter of one.")
    return _changed(hand, tuple(one for n, one in enumerate(hand.session.shortlist) if n != position))


def _open_shortlist(hand: AtHand) -> None:
    if hand.session.poll is not None:
        raise ValueError("The theme poll is open already.")


def _changed(hand: AtHand, options: tuple[Option, ...]) -> str:
    hand.put(replace(hand.mark(StepKind.SHORTLIST.value), note=CHANGED))
    hand.keep(shortlist=options, confirmed=False)
    return f"{shown(options)}\n\nSay shortlist confirm when it is right." if options else "The shortlist is empty."


def ballots(hand: AtHand, native: Native) -> Mapping[ChannelId, Ballot]:
    """What each channel would show of the theme poll. Raises ``ValueError``."""
    _open_shortlist(hand)
    session = hand.session
    if session.theme:
        raise ValueError(f"The theme is set already: {session.theme}.")
    if len(session.shortlist) < 2:
        raise PollRefused("A poll needs two themes at least. Say shortlist add Managing workload.")
    closes = next((one.at for one in hand.steps if one.kind is StepKind.THEME), session.begins)
    opens = next((one.at for one in hand.steps if one.kind is StepKind.POLL), hand.now)
    question = f"What shall we talk about on {wording.when(session.begins, hand.chat)}?"
    draft = Draft(question=question, options=session.shortlist, closes_at=closes)
    poll = draft.poll(hand.chat.id, polls.next_number(hand.connection, hand.chat.id), max(opens, hand.now))
    return conduct.preview(poll, hand.chat, native)


def confirm_shortlist(hand: AtHand, native: Native) -> str:
    """Raises ``ValueError`` where no poll can be made of it."""
    ballots(hand, native)
    hand.keep(confirmed=True)
    opens = next((one.at for one in hand.steps if one.kind is StepKind.POLL), None)
    return f"Confirmed. The poll opens {hand.clock(opens)}." if opens else "Confirmed."


# Steps.


def run_step(hand: AtHand, name: str) -> str:
    step = _not_done(hand, name)
    hand.put(replace(hand.mark(step.name), state=StepState.WAITING, at=hand.now, note="", ended_at=None))
    return f"{step.name}: now."


def skip_step(hand: AtHand, name: str) -> str:
    step = _not_done(hand, name)
    mark = hand.mark(step.name)
    hand.put(replace(mark, state=StepState.SKIPPED, note="a moderator said so", ended_at=hand.now))
    return f"{step.name} is left out."


def delay_step(hand: AtHand, name: str, span: timedelta, *, rest: bool) -> str:
    """``rest``: all that come after it, too, by the same time."""
    step = _not_done(hand, name)
    if step.state is not StepState.WAITING:
        raise ValueError(f"{step.name} was {_STATES[step.state]}. Say step run {step.name} to have it now.")
    moved = [step]
    if rest:
        later = hand.steps[hand.steps.index(step) + 1 :]
        moved += [one for one in later if one.state is StepState.WAITING]
    before = max(step.at, hand.now)
    if span > hand.session.ends + _LATEST - (before + (moved[-1].at - step.at)):
        raise ValueError("That is days after the hour. Delay it by less, or say step skip to leave it out.")
    at = before + span
    for one in moved:
        hand.put(replace(hand.mark(one.name), at=one.at + (at - step.at)))
    others = f", and {len(moved) - 1} after it" if len(moved) > 1 else ""
    return f"{step.name} comes at {hand.clock(at)}{others}."


def change_step(hand: AtHand, name: str, text: str) -> tuple[str, Touched]:
    """Other words: of what has been said already, on every network that lets a post be edited."""
    step, text = hand.step(name), text.strip()
    if not text:
        raise ValueError(f"Say what it is to say: step change {step.name} ...")
    mark = hand.mark(step.name)
    if step.state is not StepState.DONE:
        hand.put(replace(mark, text=text))
        return f"{step.name} will say that at {hand.clock(step.at)}.", []
    if step.kind in (StepKind.POLL, StepKind.SHORTLIST):
        raise ValueError(f"{step.name} is done, and what it said cannot be changed.")
    hand.put(replace(mark, text=text, said=text))
    name = name_of(hand.session, step.name)
    touched = reword(hand.connection, hand.chat, name, lambda said: replace(said, text=Text(text)), hand.now)
    card = " Its picture stays as it was." if step.kind is StepKind.QUESTION and not step.text else ""
    return f"{step.name} says that now, wherever posts can be edited.{card}", touched


def _not_done(hand: AtHand, name: str) -> Step:
    step = hand.step(name)
    if step.state is StepState.DONE:
        raise ValueError(f"{step.name} is done.")
    return step


# The summary.


def introduce(hand: AtHand, text: str) -> str:
    _not_done(hand, StepKind.SUMMARY.value)
    hand.keep(introduction=" ".join(text.split()))
    return "It stands over the summary." if text.strip() else "The summary has no introduction."


def highlight(hand: AtHand, link: str) -> str:
    """A message of the session for its summary, by its address."""
    _not_done(hand, StepKind.SUMMARY.value)
    found = [one for one in messages.by_url(hand.connection, link.strip()) if one.chat == hand.chat.id]
    if not found or found[0].deleted_at is not None or found[0].held_rule:
        raise ValueError("The journal knows no such post. Give its own address, as its network shows it.")
    if session_at(hand.connection, hand.chat, found[0].created_at) != hand.session:
        raise ValueError("That was not said in this session, and its summary tells of nothing else.")
    if found[0].id not in hand.session.highlights:
        hand.keep(highlights=(*hand.session.highlights, found[0].id))
    return f"{len({*hand.session.highlights, found[0].id})} for the summary."
