"""What happens on the homeserver: one sync after another, gaps filled, each event translated."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.matrix import polls
from adapters.matrix.happenings import Happenings
from adapters.matrix.rooms import Rooms
from adapters.matrix.server import Homeserver
from bridge.adapter import (
    AdapterError,
    CaughtUp,
    ChannelClosed,
    Checkpoint,
    Event,
    PartError,
    RateLimited,
    Rejected,
    Unauthorized,
)
from bridge.model.ids import Cursor, Stream

STREAM = Stream("sync")
_WAIT = 30.0  # seconds that the homeserver holds a sync in which nothing happens
_BACKOFF = (0.5, 60.0)  # seconds before the first and before later tries
_REOPEN = 60.0  # seconds between two tries to enter rooms that are closed to us
_ECHO = (0.05, 1.0)  # seconds after a sync that brought only what we sent, and after many such: a sync for
# each echo costs the homeserver a third of what it can take from us
_PAGE = 100
TYPES = [
    "m.room.message",
    "m.sticker",
    "m.reaction",
    *polls.RESPONSES,
    "m.room.redaction",
    "m.room.encrypted",
    "m.room.encryption",
    "m.room.member",
    "m.room.tombstone",
]
_LAZY = {"lazy_load_members": True, "include_redundant_members": True}
_FILTER = json.dumps(
    {
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {
            "timeline": {"types": TYPES, "limit": _PAGE, **_LAZY},
            "state": {"types": ["m.room.member"], **_LAZY},
            "ephemeral": {"types": []},
            "account_data": {"types": []},
        },
    },
    separators=(",", ":"),
)
_FIRST_FILTER = json.dumps(
    {
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {
            "timeline": {"types": ["m.room.create"], "limit": 1},
            "state": {"types": ["m.room.create"]},
            "ephemeral": {"types": []},
            "account_data": {"types": []},
        },
    },
    separators=(",", ":"),
)
_PAGE_FILTER = json.dumps({"types": TYPES, **_LAZY}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Position:
    """How far we have read: the sync token, when we got it, and the rooms that we were in then. What was
    said in a room before the bot came is not for the bridge."""

    since: str
    at: datetime
    rooms: frozenset[str]

    def cursor(self) -> Cursor:
        return Cursor(json.dumps({"since": self.since, "at": self.at.isoformat(), "rooms": sorted(self.rooms)}))


def position_of(cursor: Cursor) -> Position:
    """Raises ``ValueError`` for what is no cursor of ours."""
    value = json.loads(cursor)
    try:
        at = datetime.fromisoformat(value["at"])
        return Position(str(value["since"]), at, frozenset(str(one) for one in value["rooms"]))
    except (TypeError, KeyError) as error:
        raise ValueError(f"not a cursor of this platform: {cursor[:100]}") from error


class Feed:
    """Reads the homeserver for ever."""

    def __init__(
        self, server: Homeserver, rooms: Rooms, happenings: Happenings, now: Callable[[], datetime], log: Any
    ) -> None:
        self._server = server
        self._rooms = rooms
        self._happenings = happenings
        self._now = now
        self._log = log

    async def run(self, cursor: Cursor | None) -> AsyncIterator[Event]:
        """All events from the cursor on. Ends with ``Unauthorized`` only."""
        at = self._position(cursor)
        caught_up = at is None
        since = at.at if at is not None else self._now()
        if at is not None:
            yield Checkpoint(stream=STREAM, cursor=at.cursor())
        failures, echoes, reopened = 0, 0.0, time.monotonic()
        while True:
            try:
                if at is None:
                    at, invites = await self._first()
                    yield Checkpoint(stream=STREAM, cursor=at.cursor())
                    for room, state in invites.items():
                        yield await self._rooms.invited(room, state)
                said = await self._sync(at.since, _WAIT if caught_up else 0.0)
                if said is None:
                    at = None
                    continue
                async for event in self._events(said, at):
                    yield event
                at = self._reached(said)
                yield Checkpoint(stream=STREAM, cursor=at.cursor())
                failures = 0
                echoes = min(max(2 * echoes, _ECHO[0]), _ECHO[1]) if self._only_ours(said) else 0.0
                await asyncio.sleep(echoes)
                if not caught_up:
                    caught_up = True
                    yield CaughtUp(since=since, stream=STREAM)
                if self._rooms.closed and time.monotonic() - reopened > _REOPEN:
                    reopened = time.monotonic()
                    await self._rooms.reopen()
            except Unauthorized:
                raise
            except AdapterError as error:
                if caught_up and at is not None:
                    caught_up, since = False, at.at
                failures += 1
                wait = self._pause(error, failures)
                self._log.warning("reading stopped, trying again", reason=error.reason, again_in=round(wait, 1))
                await asyncio.sleep(wait)

    def _position(self, cursor: Cursor | None) -> Position | None:
        try:
            return None if cursor is None else position_of(cursor)
        except ValueError as error:
            self._log.error("reading from now on", reason=str(error))
            return None

    def _reached(self, said: Any) -> Position:
        return Position(str(said["next_batch"]), self._now(), frozenset(self._rooms.joined))

    def _pause(self, error: AdapterError, failures: int) -> float:
        if isinstance(error, RateLimited):
            return max((error.until - self._now()).total_seconds(), _BACKOFF[0])
        longest = min(_BACKOFF[0] * 2.0 ** min(failures - 1, 10), _BACKOFF[1])
        return longest * random.uniform(0.5, 1)

    async def _first(self) -> tuple[Position, Mapping[str, Sequence[Any]]]:
        """Where the stream is now, and invitations that wait."""
        # Synapse answers a first sync from its memory for two minutes, unless something in the question differs.
        query = {"filter": _FIRST_FILTER, "timeout": random.randrange(1_000_000)}
        said = await self._server.call("GET", "sync", query=query, within=60)
        rooms = _rooms(said, "invite")
        invites = {room: _list(value, "invite_state", "events") for room, value in rooms.items()}
        self._rooms.joined |= set(_rooms(said, "join"))
        return self._reached(said), invites

    async def _sync(self, since: str, wait: float) -> Any:
        """None where the homeserver does not know the token (any more)."""
        query = {"since": since, "timeout": int(wait * 1000), "filter": _FILTER}
        try:
            return await self._server.call("GET", "sync", query=query, within=wait + 30)
        except Rejected as error:
            self._log.error("the homeserver does not know where we were: reading from now on", reason=error.reason)
            return None

    def _only_ours(self, said: Any) -> bool:
        """Did this sync bring nothing but what we sent ourselves?"""
        if _rooms(said, "invite") or _rooms(said, "leave"):
            return False
        events = [event for room in _rooms(said, "join").values() for event in _list(room, "timeline", "events")]
        return bool(events) and all(isinstance(one, dict) and one.get("sender") == self._rooms.me for one in events)

    async def _events(self, said: Any, at: Position) -> AsyncIterator[Event]:
        for room, value in _rooms(said, "leave").items():
            self._rooms.left(room, _why(_list(value, "timeline", "events"), self._rooms.me))
        for room, value in _rooms(said, "invite").items():
            yield await self._rooms.invited(room, _list(value, "invite_state", "events"))
        joined = _rooms(said, "join")
        # Private rooms first: a `stop` comes before what its author said elsewhere meanwhile.
        for room in sorted(joined, key=lambda one: self._rooms.channel(one) is not None):
            self._rooms.entered(room)
            async for event in self._room(room, joined[room], at):
                yield event

    async def _room(self, room: str, value: Any, at: Position) -> AsyncIterator[Event]:
        happenings = self._happenings
        happenings.meet(room, _list(value, "state", "events"))
        timeline = _list(value, "timeline", "events")
        channel = self._rooms.channel(room)
        new = room not in at.rooms and channel is not None
        given: set[str] = set()
        if value.get("timeline", {}).get("limited") and (room in at.rooms or new):
            async for event in self._gap(room, at.since):
                given.add(event.get("event_id", ""))
                new = new and not happenings.is_our_coming(event)
                if not new:
                    async for happened in happenings.of(room, channel, event):
                        yield happened
        for event in timeline:
            if isinstance(event, dict) and event.get("event_id") in given:
                continue
            new = new and not happenings.is_our_coming(event)
            if not new:
                async for happened in happenings.of(room, channel, event):
                    yield happened

    async def _gap(self, room: str, since: str) -> AsyncIterator[Any]:
        """What a sync left out of a room, oldest first: paged forward from the last sync's token. It goes
        on to the present, so what the sync did tell comes too."""
        where: dict[str, Any] = {"dir": "f", "limit": _PAGE, "filter": _PAGE_FILTER, "from": since}
        while True:
            try:
                page = await self._server.get("rooms", room, "messages", **where)
            except (ChannelClosed, PartError) as error:
                self._log.error("what was said meanwhile cannot be read", room=room, reason=error.reason)
                return
            self._happenings.meet(room, page.get("state") or [])
            chunk = [event for event in page.get("chunk") or [] if isinstance(event, dict)]
            for event in chunk:
                yield event
            if not chunk or not page.get("end"):
                return
            where["from"] = str(page["end"])


def _rooms(said: Any, kind: str) -> dict[str, Any]:
    rooms = said.get("rooms")
    found = rooms.get(kind) if isinstance(rooms, dict) else None
    return found if isinstance(found, dict) else {}


def _list(value: Any, *path: str) -> Sequence[Any]:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def _why(timeline: Sequence[Any], me: str) -> str:
    """Who removed us, and what they said."""
    for event in reversed(timeline):
        if isinstance(event, dict) and event.get("type") == "m.room.member" and event.get("state_key") == me:
            said = event.get("content", {})
            reason = f": {said['reason']}" if said.get("reason") else ""
            return f"{said.get('membership', 'leave')} by {event.get('sender')}{reason}"
    return "left"
