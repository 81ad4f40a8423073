"""The hashtags by X's filtered stream, with what it misses filled in by recent search.

The stream is unsorted, repeats itself, and never tells what passed while it was down
(https://docs.x.com/x-api/fundamentals/handling-disconnections).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tweepy import StreamRule  # type: ignore[import-untyped]

from adapters.twitter.api import Broken, StreamClient
from adapters.twitter.feed import Feed, Put
from adapters.twitter.known import bad
from adapters.twitter.prices import Till
from adapters.twitter.responses import Json, posts_in, said_in
from adapters.twitter.sources import FIELDS, pay_for
from bridge.adapter import AdapterError, Event, RateLimited, Unavailable
from bridge.model.ids import Cursor

RULE = 1024  # characters; https://docs.x.com/x-api/posts/filtered-stream/integrate/build-a-rule
_BUFFER = 1000  # lines that wait while a catch-up runs; then X is read no faster
_LOOK_EVERY = 600.0  # seconds between searches for what the stream left out; free for posts of the same day
_STEADY = 60.0  # seconds that a connection must hold until the next failure counts as the first


def wait_before(error: AdapterError, failures: int) -> float:
    """Seconds until the next connect, as X asks: nothing after the first break, then 0.25 s more each
    time up to 16; 5 s doubling up to 320 after an error; 60 s doubling after a rate limit."""
    if isinstance(error, Broken):
        return min(16.0, 0.25 * (failures - 1))
    first = 60.0 if isinstance(error, RateLimited) else 5.0
    return float(min(320.0, first * 2 ** min(failures - 1, 10)))


async def sync_rules(client: StreamClient, rules: Sequence[str], tag: str) -> None:
    """Have exactly these rules under this tag; other rules of the app are others' business."""
    there = posts_in(await client.get_rules())
    ours = {str(one.get("value")): str(one["id"]) for one in there if one.get("tag") == tag and one.get("id")}
    stale = [id for value, id in ours.items() if value not in rules]
    if stale:
        await client.delete_rules(stale)
    missing = [StreamRule(value=value, tag=tag) for value in rules if value not in ours]
    if missing:
        body = await client.add_rules(missing)
        if said := said_in(body):
            raise Unavailable(f"X does not take our stream rules: {said}")


class StreamFeed:
    """Follows the hashtags: ``feeds`` are their searches, which catch up after each connect, and look
    every ``every`` seconds while there is none. Lines are held for ``sorting`` seconds and given in order."""

    def __init__(
        self,
        open_client: Callable[[], StreamClient],
        feeds: Sequence[Feed],
        rules: Sequence[str],
        *,
        tag: str,
        every: float,
        index_lag: float,
        sorting: float,
        till: Till,
        events: Callable[[Json, int], list[tuple[int, Event]]],
        log: Any,
    ) -> None:
        self._open_client = open_client
        self._feeds = feeds
        self._rules = rules
        self._tag = tag
        self._every = every
        self._index_lag = index_lag
        self._sorting = sorting
        self._till = till
        self._events = events
        self._log = log

    async def run(self, cursors: Sequence[Cursor | None], put: Put) -> None:
        """Give events for ever. Raises ``Unauthorized`` and ``OutOfCredit``."""
        for feed, cursor in zip(self._feeds, cursors, strict=True):
            await feed.begin(cursor, put)
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            began = loop.time()
            try:
                async with self._open_client() as client:
                    await sync_rules(client, self._rules, self._tag)
                    async with self._connected(client) as lines:
                        await self._follow(lines, put)
            except AdapterError as error:
                failures = 1 if loop.time() - began > _STEADY else failures + 1
                self._feeds[0].wait_after(error, failures)  # raises what needs a person, and logs
                await self._wait(wait_before(error, failures), put)

    async def _wait(self, seconds: float, put: Put) -> None:
        """Until the next connect; search goes on meanwhile."""
        until = asyncio.get_running_loop().time() + seconds
        while (left := until - asyncio.get_running_loop().time()) > 0:
            wait = self._every
            try:
                await self._catch_up(put)
            except AdapterError as error:
                wait = self._feeds[0].wait_after(error, 1)
            await asyncio.sleep(min(left, wait))

    @asynccontextmanager
    async def _connected(self, client: StreamClient) -> AsyncIterator[asyncio.Queue[bytes | AdapterError]]:
        """Connect; inside the block lines come, and at last why there are no more."""
        lines: asyncio.Queue[bytes | AdapterError] = asyncio.Queue(_BUFFER)
        opened = asyncio.Event()

        async def on_open() -> None:
            opened.set()

        client.on_open, client.on_line = on_open, lines.put
        connection: asyncio.Task[None] = client.filter(**FIELDS)

        async def tell_end() -> None:
            try:
                await connection
            except AdapterError as error:
                await lines.put(error)
            finally:
                opened.set()

        telling = asyncio.create_task(tell_end(), name="stream: end")
        try:
            await opened.wait()
            if connection.done():
                connection.result()
            yield lines
        finally:
            for task in (telling, connection):
                task.cancel()
            await asyncio.gather(telling, connection, return_exceptions=True)

    async def _follow(self, lines: asyncio.Queue[bytes | AdapterError], put: Put) -> None:
        loop = asyncio.get_running_loop()
        await self._catch_up(put)
        # What was said just before the connect is not in X's index yet; so long what comes live waits.
        await asyncio.sleep(self._index_lag)
        await self._catch_up(put)
        next_look = loop.time() + _LOOK_EVERY
        while True:
            try:
                async with asyncio.timeout_at(next_look):
                    first = await lines.get()
            except TimeoutError:
                await self._catch_up(put)
                next_look = loop.time() + _LOOK_EVERY
                continue
            await self._give([first, *await self._more(lines)], put)

    async def _more(self, lines: asyncio.Queue[bytes | AdapterError]) -> list[bytes | AdapterError]:
        """What else comes in the time that lines are held."""
        more: list[bytes | AdapterError] = []
        try:
            async with asyncio.timeout(self._sorting):
                while True:
                    more.append(await lines.get())
        except TimeoutError:
            return more

    async def _give(self, lines: Sequence[bytes | AdapterError], put: Put) -> None:
        found: list[tuple[int, Event]] = []
        ended: AdapterError | None = None
        for line in lines:
            if isinstance(line, AdapterError):
                ended = line
                break
            try:
                body = json.loads(line)
                if not isinstance(body, dict):
                    raise ValueError("not a JSON object")
            except ValueError as error:
                found.append((0, bad(line.decode(errors="replace"), error)))
                continue
            if "data" not in body:
                ended = Broken(said_in(body) or "X says nothing that we understand")
                continue
            pay_for(self._till, body)
            found += self._events(body, self._feeds[0].position.floor)
        for _, event in sorted(found, key=lambda one: one[0]):
            await put(event)
        if found:
            # Of the last search: the stream may have left something out, which the next one finds.
            await self._feeds[0].checkpoint(put)
        if ended is not None:
            raise ended

    async def _catch_up(self, put: Put) -> None:
        for feed in self._feeds:
            await feed.look(put)
