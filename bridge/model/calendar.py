"""When a chat meets: a weekly hour in its own timezone, with weeks left out and sessions beside it. Pure.

Wall times are kept, and turned into moments last, so that 20:00 stays 20:00 when clocks change. Where a clock
change leaves out the wall time, the offset from before it holds (RFC 5545, 3.3.5: 01:30 is then 02:30); where
it comes twice, the first is meant. A session always lasts as long as its hour says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_FAR = 5 * 53  # weeks without a session until we believe that none comes


@dataclass(frozen=True, slots=True)
class Hour:
    """Every week on ``weekday`` (0 is Monday) from ``start`` to ``end``, wall time. An end before the start
    is on the next day."""

    weekday: int
    start: time
    end: time

    @property
    def lasts(self) -> timedelta:
        return span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Skip:
    """No weekly hour on these days, the last included."""

    first: date
    last: date
    why: str = ""


@dataclass(frozen=True, slots=True)
class OneOff:
    """A session beside the weekly hour, wall time; on a day of the weekly hour it is instead of it."""

    day: date
    start: time
    end: time
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One occurrence. ``begins`` and ``ends`` are moments (UTC), the end outside; ``day`` is the chat's own.
    ``number`` counts from the calendar's first, None without one; ``hosts`` by the rota; ``skipped``: why
    it does not take place (its number is that of the next); ``note``: what is odd about it; ``nth`` of its day."""

    day: date
    begins: datetime
    ends: datetime
    number: int | None = None
    hosts: tuple[str, ...] = ()
    why: str = ""
    skipped: str = ""
    note: str = ""
    nth: int = 1

    @property
    def key(self) -> str:
        """Its name among the chat's, whatever becomes of its time: ``2011-05-23``, ``2011-05-23/2``."""
        return self.day.isoformat() if self.nth == 1 else f"{self.day.isoformat()}/{self.nth}"

    @property
    def held(self) -> bool:
        return not self.skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """``first``: day of the session with the number ``first_number``; before it there are none. ``rota``:
    who hosts, in turn, one or several together."""

    zone: ZoneInfo
    hour: Hour | None = None
    first: date | None = None
    first_number: int = 1
    skips: tuple[Skip, ...] = ()
    one_offs: tuple[OneOff, ...] = ()
    rota: tuple[tuple[str, ...], ...] = ()

    def in_session(self, moment: datetime) -> bool:
        """Is there a session at this moment (aware)?"""
        return any(one.held and one.begins <= moment < one.ends for one in self._around(moment))

    def occurrences(self, since: datetime) -> Iterator[Occurrence]:
        """All that end after this moment, in order, those that are left out among them; for ever where there
        is a weekly hour."""
        number = self._number_of(since)
        for day in self._days(since.astimezone(self.zone).date() - 2 * _DAY):
            for session in self._on(day):
                if session.ends <= since:
                    continue
                hosts = self.rota[(number or 0) % len(self.rota)] if self.rota and session.held else ()
                counted = None if number is None else number + self.first_number
                yield replace(session, number=counted, hosts=hosts)
                if number is not None and session.held:
                    number += 1

    def _number_of(self, since: datetime) -> int | None:
        """How many were held from the first on and are over; None where nobody counts."""
        if self.first is None:
            return None
        days = self._days(self.first, since.astimezone(self.zone).date() + _DAY)
        return sum(one.held and one.ends <= since for day in days for one in self._on(day))

    def _days(self, begin: date, end: date | None = None) -> Iterator[date]:
        """Days with a session or a skipped one, in order."""
        begin = max(begin, self.first) if self.first else begin
        beside = sorted({one.day for one in self.one_offs if one.day >= begin})
        day = begin + timedelta(days=(self.hour.weekday - begin.weekday()) % 7) if self.hour else date.max
        without = 0  # weeks in a row
        while (beside or day < date.max - _WEEK) and without < _FAR:
            following = min(day, beside[0]) if beside else day
            if end is not None and following > end:
                return
            beside = [one for one in beside if one != following]
            if following == day:
                day += _WEEK
            yield following
            without = 0 if any(one.held for one in self._on(following)) else without + 1

    def _around(self, moment: datetime) -> Iterator[Occurrence]:
        today = moment.astimezone(self.zone).date()
        # A session may last a day, and that day an hour more where clocks go forward.
        for day in (today - 2 * _DAY, today - _DAY, today):
            if self.first is None or day >= self.first:
                yield from self._on(day)

    def _on(self, day: date) -> list[Occurrence]:
        """The sessions that begin on a day, or would."""
        beside = [one for one in self.one_offs if one.day == day]
        made = [self._occurrence(day, one.start, span(one.start, one.end), why=one.why) for one in beside]
        if self.hour is not None and day.weekday() == self.hour.weekday and not beside:
            why = next((one.why or "left out" for one in self.skips if one.first <= day <= one.last), "")
            made.append(self._occurrence(day, self.hour.start, self.hour.lasts, skipped=why))
        in_order = sorted(made, key=lambda one: one.begins)
        return [replace(one, nth=nth) for nth, one in enumerate(in_order, start=1)]

    def _occurrence(self, day: date, start: time, lasts: timedelta, *, why: str = "", skipped: str = "") -> Occurrence:
        begins = moment_of(day, start, self.zone)
        shown = begins.astimezone(self.zone).time()
        note = "" if shown == start else f"clocks change: {start:%H:%M} does not exist that day, so at {shown:%H:%M}"
        return Occurrence(day=day, begins=begins, ends=begins + lasts, why=why, skipped=skipped, note=note)


def span(start: time, end: time) -> timedelta:
    """From one wall time to the next time that the clock shows the other."""
    apart = datetime.combine(date.min, end) - datetime.combine(date.min, start)
    return apart if apart > timedelta(0) else apart + _DAY


def moment_of(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """A wall time as a moment, UTC."""
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def exists(day: date, wall: time, zone: ZoneInfo) -> bool:
    """Do clocks there show this time on this day?"""
    return moment_of(day, wall, zone).astimezone(zone).replace(tzinfo=None) == datetime.combine(day, wall)
