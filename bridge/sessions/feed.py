"""The sessions that come, as a calendar that people subscribe to (iCalendar, RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vDuration

from bridge.model.calendar import Occurrence
from bridge.model.chat import Chat

_LOOK_AGAIN = timedelta(hours=6)


def feed(chat: Chat, occurrences: Iterable[Occurrence], now: datetime) -> bytes:
    """One event for each session that is held. Times are in UTC, which every calendar program shows in its
    reader's own; an event keeps its UID from telling to telling, so that programs update it."""
    calendar = Calendar()
    calendar.add("prodid", "-//EdLdrs bridge//sessions//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", chat.name)
    calendar.add("x-wr-calname", chat.name)
    calendar.add("x-wr-timezone", str(chat.zone))
    calendar.add("refresh-interval", _LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_LOOK_AGAIN))
    for one in occurrences:
        if one.held:
            calendar.add_component(_event(chat, one, now))
    told: bytes = calendar.to_ical()
    return told


def _event(chat: Chat, one: Occurrence, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{chat.id}-{one.day.isoformat()}-{one.begins:%H%M}@edldrs-bridge")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", one.begins)
    event.add("dtend", one.ends)
    event.add("summary", title(chat, one))
    said = [f"Hosted by {' and '.join(one.hosts)}." if one.hosts else "", f"#{chat.hashtags[0]}", one.note]
    event.add("description", "\n".join(line for line in said if line))
    event.add("transp", "OPAQUE")
    event.add("status", "CONFIRMED")
    return event


def title(chat: Chat, one: Occurrence) -> str:
    """``#EdLdrs 12: Christmas quiz``."""
    number = "" if one.number is None else f" {one.number}"
    return f"{chat.name}{number}: {one.why}" if one.why else f"{chat.name}{number}"
