"""What readers of each network see, asked again and again while somebody looks at the page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bridge.adapter.sandbox import Seen
from bridge.app import Bridge
from bridge.demo.clockwork import FastClock
from bridge.demo.playing import Playing, Standing
from bridge.demo.standins import StandIn
from bridge.demo.ways import Place, Way, read_ways
from bridge.model.ids import NetworkId

_EVERY = 0.4  # seconds
_SHOWN = 60  # the latest of each network
_WEEK = "week"


@dataclass(frozen=True)
class Row:
    """A post, how deep it hangs, and what the journal holds of it."""

    post: Seen
    depth: int
    way: Way


@dataclass(frozen=True)
class Column:
    """One network's timeline, newest thread first; or what is wrong with it. ``state`` is the bridge's there,
    and why; ``today`` the chat's day, from which people tell the others."""

    today: date
    rows: tuple[Row, ...] = ()
    trouble: str = ""
    state: str = "up"
    reason: str = ""


class Timelines:
    """Many may look; the networks are asked once for all of them, and only while somebody does."""

    def __init__(self, bridge: Bridge, clock: FastClock, networks: Sequence[StandIn], playing: Playing) -> None:
        self._bridge = bridge
        self._clock = clock
        self._networks = {one.name: one for one in networks}
        self._playing = playing
        self._shown: dict[str, Column | Standing] = {}
        self._changed = asyncio.Condition()
        self._looking = 0
        self._asking: asyncio.Task[None] | None = None
        self._closed = False

    async def now(self) -> Mapping[str, Column]:
        """All columns, asked for just now."""
        found = await asyncio.gather(*(self._ask(one) for one in self._networks.values()))
        ways = await self._bridge.store.read(read_ways)
        columns = zip(self._networks, found, strict=True)
        return {name: self._column(name, posts, ways) for name, posts in columns}

    async def changes(self) -> AsyncIterator[tuple[str, Column | Standing]]:
        """First all columns, by network, and how the week stands; then each that changed, until :meth:`close`."""
        seen: dict[str, Column | Standing] = {}

        def is_news() -> bool:
            return self._closed or self._shown != seen

        self._looking += 1
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_on())
        try:
            while not self._closed:
                async with self._changed:
                    await self._changed.wait_for(is_news)
                    now = dict(self._shown)
                for name, shown in now.items():
                    if seen.get(name) != shown:
                        yield name, shown
                seen = now
        finally:
            self._looking -= 1
            if not self._looking and self._asking is not None:
                self._asking.cancel()
                self._asking = None

    def close(self) -> None:
        self._closed = True
        if self._asking is not None:
            self._asking.cancel()
        self._wake = asyncio.create_task(self._notify())

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _ask_on(self) -> None:
        while True:
            now: dict[str, Column | Standing] = {_WEEK: await self._playing.standing(), **await self.now()}
            if now != self._shown:
                self._shown = now
                await self._notify()
            await asyncio.sleep(_EVERY)

    async def _ask(self, network: StandIn) -> Sequence[Seen] | str:
        """What is to be seen there, or why nothing is."""
        try:
            return await network.sandbox.stage.timeline(network.address)
        except Exception as error:
            return f"{network.title} does not answer: {str(error) or repr(error)}"

    def _column(self, name: str, posts: Sequence[Seen] | str, ways: Mapping[Place, Way]) -> Column:
        health = self._bridge.health[NetworkId(name)]
        (chat,) = self._bridge.installation.book.chats.values()
        today = self._clock().astimezone(chat.zone).date()
        if isinstance(posts, str):
            return Column(today=today, trouble=posts, state=health.state, reason=health.reason)
        shown = threaded(posts)[:_SHOWN]
        rows = tuple(Row(post, depth, ways.get((name, post.id), Way())) for post, depth in shown)
        return Column(today=today, rows=rows, state=health.state, reason=health.reason)


def threaded(posts: Sequence[Seen]) -> list[tuple[Seen, int]]:
    """The newest first, but answers in order below what they answer, each with its depth. Pure."""
    ids = {post.id for post in posts}
    below: dict[str | None, list[Seen]] = {}
    for post in posts:
        below.setdefault(post.reply_to if post.reply_to in ids else None, []).append(post)
    found: list[tuple[Seen, int]] = []
    waiting = [(post, 0) for post in below.get(None, ())]
    while waiting:
        post, depth = waiting.pop()
        found.append((post, depth))
        waiting += [(answer, depth + 1) for answer in reversed(below.get(post.id, ()))]
    return found
