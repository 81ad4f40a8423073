"""The weekly hour of a chat: a rule in its own timezone, so that 20:00 stays 20:00 across clock changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Hour:
    """Every week on ``weekday`` (0 is Monday) from ``start`` to ``end``, wall time in ``zone``. An end
    before the start is on the next day; the end itself is outside."""

    weekday: int
    start: time
    end: time
    zone: ZoneInfo

    def contains(self, at: datetime) -> bool:
        """Is it the hour at this moment (aware)?"""
        wall = at.astimezone(self.zone)
        now = wall.time()
        if self.start <= self.end:
            return wall.weekday() == self.weekday and self.start <= now < self.end
        late_evening = wall.weekday() == self.weekday and now >= self.start
        after_midnight = wall.weekday() == (self.weekday + 1) % 7 and now < self.end
        return late_evening or after_midnight
