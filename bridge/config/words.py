"""How hours and days are written in config.yaml."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

from bridge.model.calendar import Hour, OneOff, Skip
from bridge.model.programme import Anchor, When
from bridge.model.times import duration, weekday

_EARLIEST, _LATEST = timedelta(weeks=3), timedelta(days=2)
"""From the hour. Beyond that nobody looks at the steps of a session yet, or any more."""

_HOUR = re.compile(r"\s*([a-z]+)\s+(\d{1,2})[:.](\d{2})\s*(?:-|–|to)\s*(\d{1,2})[:.](\d{2})\s*", re.IGNORECASE)
_TIMES = re.compile(r"(\d{1,2})[:.](\d{2})\s*(?:-|–|to)\s*(\d{1,2})[:.](\d{2})")
_SKIP = re.compile(r"\s*(\d{4}-\d\d-\d\d)(?:\s*(?:\.\.|–|to)\s*(\d{4}-\d\d-\d\d))?\s*(.*)", re.DOTALL)
_ONE_OFF = re.compile(rf"\s*(\d{{4}}-\d\d-\d\d)\s+{_TIMES.pattern}\s*(.*)", re.DOTALL)
_WHEN = re.compile(r"\s*(?:(.+?)\s+(before|after))?\s*(?:(?:the\s+)?(start|end))?\s*", re.IGNORECASE)


def when(written: object) -> When:
    """``2 days before``, ``start``, ``5 min after``, ``end``, ``20 min after the end``. ValueError says what is
    understood."""
    found = _WHEN.fullmatch(written) if isinstance(written, str) else None
    try:
        if found is None:
            raise ValueError
        offset = duration(found[1]) if found[1] else timedelta(0)
    except ValueError:
        raise ValueError(
            "write a time such as 2 days before, start, 5 min after, end or 20 min after the end"
        ) from None
    anchor = Anchor.END if (found[3] or "").lower() == "end" else Anchor.START
    offset = -offset if (found[2] or "").lower() == "before" else offset
    if not -_EARLIEST <= offset <= _LATEST:
        raise ValueError("a step comes 3 weeks before the hour at the earliest, and 2 days after it at the latest")
    return When(anchor, offset)


def hour(written: str) -> Hour:
    """``Monday 20:00-21:00``. ValueError says what is understood."""
    found = _HOUR.fullmatch(written)
    day = weekday(found[1]) if found else None
    try:
        if found is None or day is None:
            raise ValueError
        start, end = _times(*found.groups()[1:])
    except ValueError:
        raise ValueError("write a weekday and two times, such as Monday 20:00-21:00") from None
    if start == end:
        raise ValueError("the hour must not end when it starts")
    return Hour(day, start, end)


def skip(written: object) -> Skip:
    """``2026-12-21..2027-01-03 Christmas``, or one day. ValueError says what is understood."""
    if isinstance(written, Skip):
        return written
    found = _SKIP.fullmatch(str(written)) if isinstance(written, str | date) else None
    try:
        if found is None:
            raise ValueError
        first, last = date.fromisoformat(found[1]), date.fromisoformat(found[2] or found[1])
    except ValueError:
        raise ValueError("write a day or two, and why, such as 2026-12-21..2027-01-03 Christmas") from None
    if last < first:
        raise ValueError(f"it ends on {last}, before it begins")
    return Skip(first, last, found[3].strip())


def one_off(written: object) -> OneOff:
    """``2026-12-15 19:00-20:30 Christmas quiz``. ValueError says what is understood."""
    if isinstance(written, OneOff):
        return written
    found = _ONE_OFF.fullmatch(written) if isinstance(written, str) else None
    try:
        if found is None:
            raise ValueError
        day, (start, end) = date.fromisoformat(found[1]), _times(*found.groups()[1:5])
    except ValueError:
        raise ValueError("write a day and two times, such as 2026-12-15 19:00-20:30 Christmas quiz") from None
    if start == end:
        raise ValueError("it must not end when it starts")
    return OneOff(day, start, end, found[6].strip())


def _times(*written: str) -> tuple[time, time]:
    begin_hour, begin_minute, end_hour, end_minute = (int(one) for one in written)
    return time(begin_hour, begin_minute), time(end_hour % 24, end_minute)
