"""Times as people write them: how long, and when. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.model.calendar import WEEKDAYS, exists, moment_of

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.IGNORECASE)
_MOMENT = re.compile(r"\s*(?:(\d{4}-\d\d-\d\d)|([a-z]+)),?\s+(?:at\s+)?(\d{1,2})[:.](\d{2})\s*", re.IGNORECASE)
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
    try:
        if found is None:
            raise ValueError
        return timedelta(seconds=float(found[1]) * _UNITS[found[2].lower()])
    except (ValueError, KeyError, OverflowError):
        raise ValueError("write a time such as 30 s, 10 min, 12 h or 1 day") from None


def weekday(written: str) -> int | None:
    """0 is Monday; three letters are enough. None where it is none."""
    days = [number for number, day in enumerate(WEEKDAYS) if len(written) >= 3 and day.startswith(written.lower())]
    return days[0] if days else None


def moment(written: str, now: datetime, zone: ZoneInfo) -> datetime:
    """``2026-11-30 19:00`` or ``Monday 19:00`` (the next one) on the clocks of a zone, as a moment (UTC).
    ValueError says what is understood, or that clocks do not show this time."""
    found = _MOMENT.fullmatch(written)
    today = now.astimezone(zone).date()
    try:
        if found is None:
            raise ValueError
        wall = time(int(found[3]), int(found[4]))
        day = date.fromisoformat(found[1]) if found[1] else _next(today, weekday(found[2]))
        at = moment_of(day, wall, zone)
        if not found[1] and at <= now:
            day += timedelta(weeks=1)
            at = moment_of(day, wall, zone)
    except (ValueError, OverflowError):
        raise ValueError("write a day and a time such as Monday 19:00 or 2026-11-30 19:00") from None
    if not exists(day, wall, zone):
        raise ValueError(f"clocks in {zone.key} do not show {wall:%H:%M} on {day}: name another time")
    return at


def _next(today: date, day: int | None) -> date:
    """That day of the week, today at the earliest."""
    if day is None:
        raise ValueError
    return today + timedelta(days=(day - today.weekday()) % 7)
