"""One timeline, followed for ever: connect, catch up, live, and again.

Streams never backfill. So each connect is followed by reading the timeline by ``min_id`` (``since_id``
would skip the middle), from an overlap before the last time that it was surely followed; what arrives
live waits until then. Where there is no stream, the same is done every minute.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any, Protocol

from adapters.mastodon.cursor import Position, id_order
from adapters.mastodon.server import PAGE, Server
from adapters.mastodon.streaming import Live, LiveEvent, live
from adapters.mastodon.translation import Malformed
from bridge.adapter import AdapterError, BadEvent, CaughtUp, Checkpoint, Event, Unauthorized, Unavailable
from bridge.model.ids import Cursor, Stream

Put = Callable[[Event], Awaitable[None]]

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 120.0  # seconds between connects
_STEADY = 60.0  # seconds that a connection must hold until the next failure counts as the first
_IDLE = timedelta(minutes=5)  # how old the checkpoint of a silent stream may get
_RECHECK = timedelta(minutes=15)  # how often a polled timeline asks for a look at missed edits and deletes


class Source(Protocol):
    """What a feed follows: a hashtag on a server, or the account's notifications."""

    stream: Stream
    server: Server
    tag: str | None
    overlap: timedelta

    async def page(self, **where: Any) -> Sequence[Mapping[str, Any]]:
        """Up to 40 items, newest first; ``min_id`` or ``max_id`` may say from where on."""

    async def events(self, item: Mapping[str, Any], edited: bool) -> Sequence[Event]:
        """What an item means. Raises :class:`Malformed`."""

    async def deleted(self, local: str) -> Sequence[Event]: ...

    async def connecting(self) -> None:
        """Before each connect."""


def wait_before(failures: int) -> float:
    """Seconds until the next connect: doubling, up to two minutes, half of it by chance, so that a
    restarted server does not meet all its clients at once."""
    return float(min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(failures - 1, 10))) * random.uniform(0.5, 1.0)


class Feed:
    """Follows one source. ``seen`` holds what was given since this process began, to give it once."""

    def __init__(
        self,
        source: Source,
        *,
        transport: str,
        silence: float,
        poll_every: float,
        now: Callable[[], datetime],
        log: Any,
    ) -> None:
        self._source = source
        self._transport = transport
        self._silence = silence
        self._poll_every = poll_every
        self._now = now
        self._log = log.bind(stream=source.stream)
        self._seen: dict[str, str] = {}
        self._rechecked: datetime | None = None

    async def run(self, cursor: Cursor | None, put: Put) -> None:
        """Give events for ever. Raises ``Unauthorized`` if the login's own server no longer knows us."""
        position: Position | None = self._resumed(cursor)
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._source.connecting()
                if position is None:
                    position = self._position = await self._beginning()
                if failures == 0:
                    await self._checkpoint(put)
                await self._follow(put)
            except Unauthorized as error:
                if self._source.server.home:
                    raise
                self._log.warning("a further server does not accept our token", reason=error.reason)
            except AdapterError as error:
                self._log.info("stream ended", reason=error.reason, kind=type(error).__name__)
            failures = 1 if asyncio.get_running_loop().time() - began > _STEADY else failures + 1
            await asyncio.sleep(wait_before(failures))

    def _resumed(self, cursor: Cursor | None) -> Position | None:
        if cursor is None:
            return None
        try:
            self._position = Position.of(cursor)
        except (ValueError, KeyError, TypeError) as error:
            self._log.warning("the cursor cannot be read: starting now", reason=str(error))
            return None
        return self._position

    async def _beginning(self) -> Position:
        page = await self._source.page()
        newest = max((str(one["id"]) for one in page), key=id_order, default="")
        return Position.beginning(self._now(), newest)

    async def _checkpoint(self, put: Put) -> None:
        await put(Checkpoint(stream=self._source.stream, cursor=self._position.cursor))

    async def _follow(self, put: Put) -> None:
        if self._transport == "poll":
            while True:
                await self._catch_up(put)
                await asyncio.sleep(self._poll_every)
        client = self._source.server.client()
        async with AsyncExitStack() as stack:
            opening = live(client, self._source.tag, transport=self._transport, silence=self._silence)
            try:
                wire = await stack.enter_async_context(opening)
            except AdapterError as error:
                # The timeline may be readable all the same; and if it is the token, reading it says so.
                await self._catch_up(put)
                raise Unavailable(f"no stream: {error.reason}") from error
            await self._catch_up(put)
            await self._listen(wire, put)

    async def _listen(self, wire: Live, put: Put) -> None:
        while True:
            try:
                async with asyncio.timeout(_IDLE.total_seconds()):
                    event = await wire.get()
            except TimeoutError:
                event = None
            if event is not None:
                await self._give_live(event, put)
            if wire.empty():
                self._position = self._position.followed(self._now())
                await self._checkpoint(put)

    async def _give_live(self, event: LiveEvent, put: Put) -> None:
        if event.name == "delete":
            self._seen.pop(event.payload, None)
            for one in await self._source.deleted(event.payload):
                await put(one)
        elif event.why:
            await put(BadEvent(id=f"{self._source.stream} {event.name}", why=event.why, raw=event.raw))
        elif (event.name == "notification") == (self._source.tag is None):
            await self._give(event.payload, event.name == "status.update", put)

    async def _catch_up(self, put: Put) -> None:
        since = self._position.alive - self._source.overlap
        began = self._now()
        self._position, start = self._position.start(self._source.overlap)
        async for page in self._pages(start):
            for item in page:
                await self._give(item, False, put)
            await self._checkpoint(put)
        oldest = id_order(self._position.marks[0][1])
        self._seen = {local: stamp for local, stamp in self._seen.items() if id_order(local) >= oldest}
        due = self._rechecked is None or self._transport != "poll" or began - self._rechecked >= _RECHECK
        if self._source.tag is not None and due:
            self._rechecked = began
            await put(CaughtUp(since=since, stream=self._source.stream))
        self._position = self._position.followed(began)
        await self._checkpoint(put)

    async def _pages(self, start: str) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        """Pages from an id on, oldest first. From an empty id (the timeline was empty then) all there is."""
        if not start:
            backwards: list[Sequence[Mapping[str, Any]]] = []
            page = await self._source.page()
            while page:
                backwards.append(page[::-1])
                page = await self._source.page(max_id=str(page[-1]["id"])) if len(page) >= PAGE else ()
            for page in reversed(backwards):
                yield page
            return
        while page := await self._source.page(min_id=start):
            yield sorted(page, key=lambda one: id_order(str(one["id"])))
            furthest = max((str(one["id"]) for one in page), key=id_order)
            if id_order(furthest) <= id_order(start):
                return
            start = furthest

    async def _give(self, item: Any, edited: bool, put: Put) -> None:
        try:
            local = str(item["id"])
            stamp = str(item.get("edited_at") or "")
            if self._seen.get(local) == stamp:
                return
            events = await self._source.events(item, edited or local in self._seen)
        except (Malformed, KeyError, TypeError, AttributeError) as error:
            named = item.get("uri") or item.get("id") if isinstance(item, Mapping) else None
            raw = json.dumps(item, default=str)[:2000]
            await put(BadEvent(id=str(named or self._source.stream), why=str(error), raw=raw))
            return
        for event in events:
            await put(event)
        self._seen[local] = stamp
        self._position = self._position.read(local, self._now())
