"""One stream, read by looking again and again: the hashtags, mentions, our own posts, threads, messages."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from adapters.twitter.cursor import REACH, Position
from adapters.twitter.ids import id_at
from adapters.twitter.responses import Json
from bridge.adapter import (
    AdapterError,
    CaughtUp,
    Checkpoint,
    Event,
    OutOfCredit,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from bridge.model.ids import Cursor, Stream

Put = Callable[[Event], Awaitable[None]]

_LONGEST_WAIT = 300.0  # seconds between looks at what does not answer
_NOT_ALLOWED_WAIT = 900.0  # seconds until what we may not read is tried again
_IDLE = timedelta(minutes=1)  # how old the checkpoint of a silent stream may get


class Source(Protocol):
    """What is looked at. ``vital``: without it the network is of no use."""

    stream: Stream
    every: float
    vital: bool

    def pages(self, since: int) -> AsyncIterator[Json]:
        """The responses that tell what is there from this id on, newest first."""

    def events(self, page: Json, floor: int) -> list[tuple[int, Event]]:
        """What a response means, each event with its order; no post from before the id ``floor``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """``overlap``: how far before the last look each look begins; ``now``: X's time; ``recheck``: how
    often to ask for a look at missed edits and deletions, None for never."""

    overlap: timedelta
    now: Callable[[], datetime]
    recheck: timedelta | None = None


class Feed:
    """Follows one source."""

    def __init__(self, source: Source, pace: Pace, log: Any) -> None:
        self._source = source
        self._pace = pace
        self._log = log.bind(stream=source.stream)
        self._marked: datetime | None = None
        self._gap = False
        self._asked: datetime
        self.position: Position

    async def begin(self, cursor: Cursor | None, put: Put) -> None:
        """Take up where the cursor left off, or now."""
        now = self._pace.now()
        self.position = Position(now, now)
        if cursor is not None:
            try:
                self.position = Position.of(cursor)
                self._gap = True
            except (ValueError, KeyError, TypeError) as error:
                self._log.warning("the cursor cannot be read: starting now", reason=repr(error))
        self._asked = self.position.read
        await self.checkpoint(put)

    async def run(self, cursor: Cursor | None, put: Put) -> None:
        """Give events for ever. Raises ``Unauthorized`` and ``OutOfCredit`` where the source is vital."""
        await self.begin(cursor, put)
        failures = 0
        while True:
            try:
                await self.look(put)
                failures, wait = 0, self._source.every
            except AdapterError as error:
                failures += 1
                wait = self.wait_after(error, failures)
            await asyncio.sleep(wait)

    def wait_after(self, error: AdapterError, failures: int) -> float:
        """Seconds until the next look. Raises what needs a person."""
        if isinstance(error, Unauthorized | OutOfCredit):
            if self._source.vital:
                raise error
            self._log.warning("may not be read", reason=error.reason)
            return _NOT_ALLOWED_WAIT
        self._log.info("a look failed", reason=error.reason, kind=type(error).__name__)
        if isinstance(error, RateLimited):
            return max(1.0, (error.until - self._pace.now()).total_seconds())
        told = error.retry_after if isinstance(error, Unavailable) else None
        doubled = min(_LONGEST_WAIT, self._source.every * 2 ** min(failures - 1, 10))
        return told or doubled * random.uniform(0.5, 1.0)

    async def look(self, put: Put) -> None:
        """Read all that is there since the last look, to the end, and give it oldest first."""
        since = self._since()
        # X's time when it first answered: from then on there may be posts that it did not hold.
        began: datetime | None = None
        pages: list[Json] = []
        async for page in self._source.pages(id_at(since)):
            began = began or self._pace.now()
            pages.append(page)
        # Only now, since what a look that fails midway has told would not be told again.
        found = [one for page in reversed(pages) for one in self._source.events(page, self.position.floor)]
        for _, event in sorted(found, key=lambda one: one[0]):
            await put(event)
        read = began or self._pace.now()
        self.position = self.position.until(read)
        if found or self._marked is None or read - self._marked >= _IDLE:
            await self.checkpoint(put)
        await self._recheck(put)

    def _since(self) -> datetime:
        since, reach = self.position.start(self._pace.overlap), self._pace.now() - REACH
        if since < reach:
            missed = reach - since
            self._log.warning("X's search reaches back 7 days only: older posts are not read", missed=str(missed))
        return max(since, reach)

    async def checkpoint(self, put: Put) -> None:
        self._marked = self.position.read
        await put(Checkpoint(stream=self._source.stream, cursor=self.position.cursor))

    async def _recheck(self, put: Put) -> None:
        if self._pace.recheck is None:
            return
        if self._gap or self.position.read - self._asked >= self._pace.recheck:
            await put(CaughtUp(since=self._asked, stream=self._source.stream))
            self._gap, self._asked = False, self.position.read
