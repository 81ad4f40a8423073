"""Days off, from an iCalendar file such as schools and governments publish."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from bridge.model.calendar import Skip

_BACK, _AHEAD = 366, 5 * 366  # days of repeating events that are looked at
_DAY = timedelta(days=1)


def holidays(file: Path, today: date) -> tuple[Skip, ...]:
    """The days of its events, repeating ones too (from a year ago until in five years). Raises ``OSError`` and
    ``ValueError``."""
    # Few installations need these, so they are not in the memory of all.
    import recurring_ical_events  # type: ignore[import-untyped]
    from icalendar import Calendar

    calendar = Calendar.from_ical(file.read_bytes())
    events = recurring_ical_events.of(calendar).between(today - _BACK * _DAY, today + _AHEAD * _DAY)
    found = {_skip(one.start, one.end, str(one.get("SUMMARY", ""))) for one in events}
    return tuple(sorted(found, key=lambda one: (one.first, one.last, one.why)))


def _skip(start: date | datetime, end: date | datetime, why: str) -> Skip:
    """The end is outside (RFC 5545, 3.6.1), and that of an event without a length is its start."""
    first = start.date() if isinstance(start, datetime) else start
    last = (end - timedelta(microseconds=1)).date() if isinstance(end, datetime) else end - _DAY
    return Skip(first, max(first, last), why)
