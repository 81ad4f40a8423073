"""How times and hours are written in config.yaml."""

from __future__ import annotations

import re
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from bridge.model.hour import WEEKDAYS, Hour

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.IGNORECASE)
_HOUR = re.compile(r"\s*([a-z]+)\s+(\d{1,2})[:.](\d{2})\s*(?:-|–|to)\s*(\d{1,2})[:.](\d{2})\s*", re.IGNORECASE)
_UNITS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86400),
    **dict.fromkeys(("w", "week", "weeks"), 604800),
}


def duration(written: object) -> timedelta:
    """``30 s``, ``10 min``, ``12 h``, ``1 day``. ValueError says what is understood."""
    if isinstance(written, timedelta):
        return written
    found = _DURATION.fullmatch(written) if isinstance(written, str) else None
    if found is None or found[2].lower() not in _UNITS:
        raise ValueError("write a time such as 30 s, 10 min, 12 h or 1 day")
    return timedelta(seconds=float(found[1]) * _UNITS[found[2].lower()])


def hour(written: str, zone: ZoneInfo) -> Hour:
    """``Monday 20:00-21:00``. ValueError says what is understood."""
    found = _HOUR.fullmatch(written)
    days = [day for day in WEEKDAYS if found and len(found[1]) >= 3 and day.startswith(found[1].lower())]
    try:
        if found is None or not days:
            raise ValueError
        start, end = time(int(found[2]), int(found[3])), time(int(found[4]) % 24, int(found[5]))
    except ValueError:
        raise ValueError("write a weekday and two times, such as Monday 20:00-21:00") from None
    if start == end:
        raise ValueError("the hour must not end when it starts")
    return Hour(WEEKDAYS.index(days[0]), start, end, zone)
