"""Which steps a session has and when they are due: by examples, and in any timezone whatever its clocks do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.calendar import Calendar, Hour, OneOff
from bridge.model.ids import ChatId
from bridge.model.programme import Anchor, Rule, StepKind, When
from bridge.model.session import Question, Session, StepMark, StepState
from bridge.sessions.programme import due, plan
from bridge.sessions.standard import STANDARD
from bridge.sessions.tending import coming

LONDON = ZoneInfo("Europe/London")


def session(begins: datetime, questions: int = 5, lasts: timedelta = timedelta(hours=1)) -> Session:
    return Session(
        chat=ChatId("edldrs"),
        id=begins.date().isoformat(),
        number=2,
        begins=begins,
        ends=begins + lasts,
        questions=tuple(Question(f"Question {n}?") for n in range(1, questions + 1)),
    )


MONDAY = session(datetime(2026, 3, 30, 19, tzinfo=UTC))  # the day after London's clocks went forward


def clock(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%a %H:%M}"


def test_the_standard_programme_stays_at_its_wall_times_when_clocks_change() -> None:
    assert [(one.name, clock(one.at)) for one in plan(MONDAY, STANDARD, LONDON, {})] == [
        ("call", "Tue 20:00"),
        ("shortlist", "Fri 20:00"),
        ("poll", "Sat 20:00"),
        ("reminder", "Sun 20:00"),
        ("theme", "Mon 19:00"),
        ("questions", "Mon 19:15"),
        ("reminder-2", "Mon 19:45"),
        ("welcome", "Mon 20:00"),
        ("introductions", "Mon 20:02"),
        ("q1", "Mon 20:05"),
        ("q2", "Mon 20:16"),
        ("q3", "Mon 20:27"),
        ("q4", "Mon 20:38"),
        ("q5", "Mon 20:49"),
        ("thanks", "Mon 21:00"),
        ("summary", "Mon 21:20"),
    ]


def test_a_step_is_left_out_put_off_and_asked_for() -> None:
    marks = {
        "welcome": StepMark(name="welcome", state=StepState.SKIPPED),
        "q5": StepMark(name="q5", at=MONDAY.ends + timedelta(minutes=5)),
        "thanks": StepMark(name="thanks", text="Thank you."),
    }
    steps = plan(MONDAY, STANDARD, LONDON, marks)
    assert [one.name for one in steps[-3:]] == ["thanks", "q5", "summary"]
    assert next(one.text for one in steps if one.name == "thanks") == "Thank you."
    late = {one.name for one in due(steps, MONDAY.ends + timedelta(minutes=6))}
    assert "q5" in late
    assert "welcome" not in late
    q5 = next(one for one in steps if one.name == "q5")
    assert q5.until > q5.at


def test_sessions_that_are_over_keep_none_that_runs_or_comes_from_being_looked_at() -> None:
    monday = date(2026, 3, 30)
    hour = Hour(0, time(20), time(21))
    beside = [OneOff(monday - timedelta(days=back), time(20), time(21)) for back in (3, 2, 1)]
    found = coming(Calendar(zone=LONDON, hour=hour, one_offs=tuple(beside)), MONDAY.begins)
    assert [one.day.day for one, _ in found] == [27, 28, 29, 30, 6, 13]
    assert [after.day.day for _, after in found if after] == [28, 29, 30, 6, 13, 20]
    thrice = [OneOff(monday, time(start), time(start + 1)) for start in (9, 11, 20)]
    found = coming(Calendar(zone=LONDON, one_offs=tuple(thrice)), MONDAY.begins)
    assert [(one.nth, after and after.nth) for one, after in found] == [(1, 2), (2, 3), (3, None)]


def test_the_host_chooses_a_minute() -> None:
    chosen = replace(MONDAY, questions=(Question("First?"), Question("At half past?", 30)))
    assert [clock(one.at) for one in plan(chosen, STANDARD, LONDON, {}) if one.number] == ["Mon 20:05", "Mon 20:30"]


def test_a_kind_without_a_time_never_comes() -> None:
    rules = {**STANDARD.rules, StepKind.POLL: Rule((), ("?",)), StepKind.QUESTION: Rule((), ("?",))}
    names = {one.name for one in plan(MONDAY, replace(STANDARD, rules=rules), LONDON, {})}
    assert names.isdisjoint({"poll", "q1"})


@pytest.mark.parametrize(
    ("offset", "shown"),
    [
        (timedelta(days=-2), "Sat 20:00"),
        (timedelta(days=-1, hours=-1), "Sun 19:00"),
        (timedelta(hours=-24), "Sun 20:00"),
        (timedelta(minutes=-90), "Mon 18:30"),
    ],
)
def test_whole_days_are_days_of_the_clock(offset: timedelta, shown: str) -> None:
    assert clock(When(Anchor.START, offset).moment(MONDAY.begins, MONDAY.ends, LONDON)) == shown


ZONES = st.sampled_from(sorted(available_timezones() - {"localtime"})).map(ZoneInfo)


@given(
    zone=ZONES,
    day=st.dates(date(2011, 1, 1), date(2040, 12, 31)),
    start=st.times().map(lambda one: time(one.hour, one.minute)),
    questions=st.integers(0, 12),
    lasts=st.integers(10, 180),
)
def test_in_any_timezone_steps_come_in_their_order_and_are_never_too_late_at_once(
    zone: ZoneInfo, day: date, start: time, questions: int, lasts: int
) -> None:
    end = (datetime.combine(date.min, start) + timedelta(minutes=lasts)).time()
    calendar = Calendar(zone=zone, hour=Hour(day.weekday(), start, end))
    one = next(islice(calendar.occurrences(datetime(day.year, day.month, day.day, tzinfo=UTC)), 1))
    made = session(one.begins, questions, one.ends - one.begins)
    steps = plan(made, STANDARD, zone, {})
    assert len({step.name for step in steps}) == len(steps)
    assert sum(step.kind is StepKind.QUESTION for step in steps) == questions
    assert all(step.until > step.at for step in steps)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    asked = [step for step in steps if step.number]
    assert [step.number for step in asked] == list(range(1, questions + 1))
    assert all(made.begins <= step.at < made.ends for step in asked)
    # Nothing is due a moment before it is, and all of it in the end.
    for step in steps:
        assert step not in due(steps, step.at - timedelta(seconds=1))
    assert due(steps, max(step.at for step in steps)) == steps
