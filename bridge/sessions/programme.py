"""Which steps a session has, when each is due, and from when on it is too late. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.model.programme import Programme, StepKind, When
from bridge.model.session import Session, StepMark, StepState

_PATIENCE = timedelta(minutes=10)
"""So long any step may still be done that somebody wants at a time when it is usually too late for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """``at``: when it is due (UTC); ``until``: from then on it makes no sense any more; ``number``: of a
    question, from 1; ``text``: a moderator's words instead of the template's."""

    name: str
    kind: StepKind
    at: datetime
    until: datetime
    state: StepState = StepState.WAITING
    number: int | None = None
    text: str = ""
    note: str = ""


def plan(session: Session, programme: Programme, zone: ZoneInfo, marks: Mapping[str, StepMark]) -> tuple[Step, ...]:
    """All steps in the order in which they are due."""
    kinds = list(StepKind)
    steps = [_marked(one, marks.get(one.name)) for one in _steps(session, programme, zone)]
    return tuple(sorted(steps, key=lambda one: (one.at, kinds.index(one.kind), one.number or 0)))


def due(steps: tuple[Step, ...], now: datetime) -> tuple[Step, ...]:
    """Those whose time has come and that nobody has dealt with."""
    return tuple(one for one in steps if one.state is StepState.WAITING and one.at <= now)


def _steps(session: Session, programme: Programme, zone: ZoneInfo) -> Iterator[Step]:
    for kind, rule in programme.rules.items():
        if kind is StepKind.QUESTION:
            if rule.when:
                yield from _questions(session, programme)
            continue
        for nth, when in enumerate(rule.when, start=1):
            at, limit = _moment(when, session, zone), _limit(kind, session, programme, zone)
            name = kind.value if nth == 1 else f"{kind.value}-{nth}"
            yield Step(name=name, kind=kind, at=at, until=limit if limit > at else at + _PATIENCE)


def _questions(session: Session, programme: Programme) -> Iterator[Step]:
    lasts = session.ends - session.begins
    first = min(programme.first_question, lasts)
    apart = (lasts - first) / max(len(session.questions), 1)
    for number, question in enumerate(session.questions, start=1):
        chosen = None if question.minute is None else timedelta(minutes=question.minute)
        # Evenly, and each on a whole minute, as hosts announce them.
        minutes = int((first + (number - 1) * apart).total_seconds() // 60)
        at = session.begins + (timedelta(minutes=minutes) if chosen is None else chosen)
        until = session.ends if session.ends > at else at + _PATIENCE
        yield Step(name=f"q{number}", kind=StepKind.QUESTION, at=at, until=until, number=number)


def _limit(kind: StepKind, session: Session, programme: Programme, zone: ZoneInfo) -> datetime:
    """From when on a step of this kind makes no sense."""

    def first(kind: StepKind) -> datetime:
        rule = programme.rules.get(kind)
        moments = [_moment(when, session, zone) for when in rule.when] if rule else []
        return min(moments, default=session.begins)

    match kind:
        case StepKind.CALL:
            return min(first(StepKind.SHORTLIST), first(StepKind.POLL))
        case StepKind.SHORTLIST:
            return first(StepKind.POLL)
        case StepKind.POLL:
            return first(StepKind.THEME) - _PATIENCE
        case StepKind.QUESTIONS | StepKind.REMINDER:
            return session.begins
        case StepKind.WELCOME | StepKind.INTRODUCTIONS:
            return session.begins + (session.ends - session.begins) / 3
        case StepKind.THEME | StepKind.QUESTION:
            return session.ends
        case StepKind.THANKS:
            return session.ends + timedelta(hours=2)
        case StepKind.SUMMARY:
            return session.ends + timedelta(days=2)


def _moment(when: When, session: Session, zone: ZoneInfo) -> datetime:
    return when.moment(session.begins, session.ends, zone)


def _marked(step: Step, mark: StepMark | None) -> Step:
    """As a moderator, or the programme itself, has dealt with it."""
    if mark is None:
        return step
    if mark.at is not None:
        step = replace(step, at=mark.at, until=max(step.until, mark.at + _PATIENCE))
    return replace(step, state=mark.state, text=mark.text, note=mark.note)
