"""How long and when, as people write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.calendar import WEEKDAYS
from bridge.model.times import duration, moment

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("Monday 19:00", datetime(2026, 11, 30, 19, 0, tzinfo=UTC)),
        ("mon at 19.30", datetime(2026, 11, 30, 19, 30, tzinfo=UTC)),
        ("Wednesday 13:00", datetime(2026, 11, 25, 13, 0, tzinfo=UTC)),
        ("Wednesday 12:00", datetime(2026, 12, 2, 12, 0, tzinfo=UTC)),  # now is over
        ("2026-11-30 19:00", datetime(2026, 11, 30, 19, 0, tzinfo=UTC)),
        ("2027-07-05, 19:00", datetime(2027, 7, 5, 18, 0, tzinfo=UTC)),  # British Summer Time
    ],
)
def test_a_moment_is_on_the_clocks_of_its_zone(written: str, at: datetime) -> None:
    assert moment(written, NOW, LONDON) == at


@pytest.mark.parametrize("written", ["", "Monday", "Mo 19:00", "Someday 19:00", "Monday 25:00", "2026-13-01 19:00"])
def test_no_moment_is_told_with_what_is(written: str) -> None:
    with pytest.raises(ValueError, match=r"Monday 19:00 or 2026-11-30 19:00"):
        moment(written, NOW, LONDON)


def test_a_time_that_clocks_leave_out_is_none() -> None:
    with pytest.raises(ValueError, match="do not show 01:30 on 2027-03-28"):
        moment("2027-03-28 01:30", NOW, LONDON)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(WEEKDAYS),
    st.integers(3, 23),
)
def test_a_weekday_is_the_next_one(now: datetime, day: str, hour: int) -> None:
    at = moment(f"{day} {hour}:00", now, LONDON)
    assert now < at <= now + timedelta(days=7, hours=1)
    assert (at.astimezone(LONDON).weekday(), at.astimezone(LONDON).hour) == (WEEKDAYS.index(day), hour)


@given(st.text(max_size=20) | st.from_regex(r"\d{1,400}(\.\d+)? ?[a-z]{1,7}", fullmatch=True))
def test_whatever_is_written_is_a_duration_or_told(written: str) -> None:
    told = ""
    try:
        lasts = duration(written)
    except ValueError as error:
        lasts, told = timedelta(0), str(error)
    assert lasts >= timedelta(0)
    assert told in ("", "write a time such as 30 s, 10 min, 12 h or 1 day")
