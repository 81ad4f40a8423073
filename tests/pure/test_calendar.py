"""When a chat meets: by examples, and in any timezone whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.calendar import Calendar, Hour, Occurrence, OneOff, Skip, exists

LONDON = ZoneInfo("Europe/London")
MONDAY = Hour(0, time(20), time(21))
FOUNDING = Calendar(zone=LONDON, hour=MONDAY, first=date(2011, 5, 23))


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc]


def some(calendar: Calendar, since: datetime, most: int = 3) -> list[Occurrence]:
    return list(islice(calendar.occurrences(since), most))


def test_the_founding_case() -> None:
    first, second, *_ = some(FOUNDING, at(2011, 1, 1))
    assert (first.number, first.begins, first.ends) == (1, at(2011, 5, 23, 19), at(2011, 5, 23, 20))
    assert (second.number, second.day) == (2, date(2011, 5, 30))


def test_eight_stays_eight_when_clocks_change() -> None:
    assert [one.begins.hour for one in some(FOUNDING, at(2026, 10, 18), 3)] == [19, 20, 20]
    assert [one.begins.astimezone(LONDON).hour for one in some(FOUNDING, at(2026, 3, 1), 8)] == [20] * 8


def test_what_is_left_out_is_told_and_not_counted() -> None:
    calendar = Calendar(
        zone=LONDON,
        hour=MONDAY,
        first=date(2026, 12, 14),
        first_number=700,
        skips=(Skip(date(2026, 12, 21), date(2027, 1, 3), "Christmas"), Skip(date(2027, 1, 11), date(2027, 1, 11))),
    )
    told = [(one.day.day, one.number, one.skipped) for one in some(calendar, at(2026, 12, 1), 6)]
    assert told == [
        (14, 700, ""), (21, 701, "Christmas"), (28, 701, "Christmas"),
        (4, 701, ""), (11, 702, "left out"), (18, 702, ""),
    ]  # fmt: skip


def test_a_one_off_is_beside_the_weekly_hour_or_instead_of_it() -> None:
    calendar = Calendar(
        zone=LONDON,
        hour=MONDAY,
        first=date(2026, 12, 7),
        skips=(Skip(date(2026, 12, 21), date(2026, 12, 31), "Christmas"),),
        one_offs=(
            OneOff(date(2026, 12, 9), time(19), time(20, 30), "Quiz"),
            OneOff(date(2026, 12, 14), time(18), time(19)),
            OneOff(date(2026, 12, 22), time(23), time(1), "Late"),
        ),
    )
    told = [
        (one.number, one.day.day, one.begins.hour, one.why) for one in some(calendar, at(2026, 12, 1), 6) if one.held
    ]
    assert told == [(1, 7, 20, ""), (2, 9, 19, "Quiz"), (3, 14, 18, ""), (4, 22, 23, "Late")]
    assert calendar.in_session(at(2026, 12, 23, 0, 59))
    assert not calendar.in_session(at(2026, 12, 23, 1, 0))


def test_hosts_take_turns_and_nobody_loses_a_turn_to_a_holiday() -> None:
    calendar = Calendar(
        zone=LONDON,
        hour=MONDAY,
        first=date(2026, 12, 7),
        rota=(("ann",), ("ben", "eve")),
        skips=(Skip(date(2026, 12, 14), date(2026, 12, 14), "Inset"),),
    )
    assert [one.hosts for one in some(calendar, at(2026, 12, 1), 4)] == [("ann",), (), ("ben", "eve"), ("ann",)]


@pytest.mark.parametrize(
    ("zone", "day", "wall", "begins", "note"),
    [
        ("Europe/London", date(2027, 3, 28), time(1, 30), at(2027, 3, 28, 1, 30), "at 02:30"),
        ("Europe/London", date(2026, 10, 25), time(1, 30), at(2026, 10, 25, 0, 30), ""),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), at(2026, 10, 3, 15, 45), "at 02:45"),
        ("America/Sao_Paulo", date(2018, 11, 4), time(0, 0), at(2018, 11, 4, 3, 0), "at 01:00"),
    ],
)
def test_an_hour_that_clocks_leave_out_or_show_twice(
    zone: str, day: date, wall: time, begins: datetime, note: str
) -> None:
    lasts = time((wall.hour + 1) % 24, wall.minute)
    calendar = Calendar(zone=ZoneInfo(zone), hour=Hour(day.weekday(), wall, lasts))
    session = next(one for one in calendar.occurrences(begins - timedelta(hours=5)) if one.day == day)
    assert (session.begins, session.ends) == (begins, begins + timedelta(hours=1))
    assert note in session.note
    assert bool(session.note) == bool(note)
    assert exists(day, wall, ZoneInfo(zone)) == (not note)


def test_a_calendar_without_an_hour_ends() -> None:
    assert list(Calendar(zone=LONDON).occurrences(at(2026, 1, 1))) == []
    once = Calendar(zone=LONDON, one_offs=(OneOff(date(2026, 5, 1), time(20), time(21)),))
    assert len(list(once.occurrences(at(2026, 1, 1)))) == 1


def test_a_calendar_that_never_meets_again_ends() -> None:
    never = Calendar(zone=LONDON, hour=MONDAY, skips=(Skip(date(2026, 1, 1), date.max, "closed"),))
    assert not any(one.held for one in never.occurrences(at(2026, 6, 1)))


ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
WALL = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
MOMENT = st.datetimes(datetime(1975, 1, 1), datetime(2045, 1, 1), timezones=st.just(UTC))


@given(ZONES, st.integers(0, 6), WALL, WALL.filter(lambda one: one != time(0)), MOMENT)
def test_in_any_timezone_once_a_week_at_its_wall_time(
    name: str, weekday: int, start: time, end: time, since: datetime
) -> None:
    zone = ZoneInfo(name)
    hour = Hour(weekday, start, end)
    calendar = Calendar(zone=zone, hour=hour)
    sessions = some(calendar, since, 60)
    assert [one.ends - one.begins for one in sessions] == [hour.lasts] * 60
    assert all(later.day - one.day == timedelta(weeks=1) for one, later in pairwise(sessions))
    assert all(one.ends > since for one in sessions)
    for one in sessions:
        wall = one.begins.astimezone(zone)
        if not one.note:
            assert (wall.weekday(), wall.time()) == (weekday, start)
        assert calendar.in_session(one.begins)
        assert calendar.in_session(one.ends - timedelta(seconds=1))


@given(ZONES, MOMENT, st.integers(1, 200))
def test_a_number_is_the_same_from_wherever_it_is_counted(name: str, since: datetime, weeks: int) -> None:
    calendar = Calendar(
        zone=ZoneInfo(name),
        hour=Hour(2, time(20), time(21)),
        first=since.date(),
        skips=(Skip(since.date() + timedelta(days=20), since.date() + timedelta(days=50), "away"),),
    )
    until = since + timedelta(weeks=weeks)
    begun = takewhile(lambda one: one.ends <= until, calendar.occurrences(since))
    held = sum(one.held for one in begun)
    following = next(one for one in calendar.occurrences(until) if one.held)
    earlier = sum(one.held and one.ends <= since for one in islice(calendar.occurrences(at(1970, 1, 1)), 1))
    assert following.number == held + earlier + 1
