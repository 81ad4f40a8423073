"""Adapters logged in to the stand-in, and an ear that listens to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import structlog

from adapters.mastodon.client import MastodonAdapter
from adapters.mastodon.sandbox import MastodonStage
from adapters.mastodon.settings import Settings
from bridge.adapter import ChannelAt, Checkpoint, Context, Event, Sandbox
from bridge.model.ids import ChannelId, Cursor, NetworkId, Stream

PATIENCE = 15.0
T = TypeVar("T")


class FreePurse:
    async def afford(self, micro_usd: int) -> None:
        return None

    def spent(self, operation: str, units: int, micro_usd: int) -> None:
        return None


class Ear:
    """Listens to an adapter; ``heard`` waits for the first event that passes."""

    def __init__(self, adapter: MastodonAdapter, cursors: Mapping[Stream, Cursor]) -> None:
        self.events: list[Event] = []
        self.cursors = dict(cursors)
        self._news = asyncio.Condition()
        self.task = asyncio.create_task(self._listen(adapter, dict(cursors)))

    async def _listen(self, adapter: MastodonAdapter, cursors: Mapping[Stream, Cursor]) -> None:
        async for event in adapter.events(cursors):
            async with self._news:
                self.events.append(event)
                if isinstance(event, Checkpoint):
                    self.cursors[event.stream] = event.cursor
                self._news.notify_all()

    async def heard(self, kind: type[T], wanted: Callable[[T], object] = lambda _: True) -> T:
        async def search() -> T:
            async with self._news:
                while True:
                    for event in self.events:
                        if isinstance(event, kind) and wanted(event):
                            return event
                    if self.task.done():
                        self.task.result()
                    await self._news.wait()

        async with asyncio.timeout(PATIENCE):
            return await search()

    async def live(self) -> None:
        """All streams have caught up (their second checkpoint)."""

        async def search() -> None:
            async with self._news:
                while True:
                    counts: dict[str, int] = {}
                    for event in self.events:
                        if isinstance(event, Checkpoint):
                            counts[event.stream] = counts.get(event.stream, 0) + 1
                    if len(counts) >= 3 and min(counts.values()) >= 2:
                        return
                    await self._news.wait()

        async with asyncio.timeout(PATIENCE):
            await search()

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]


async def connected(stage: MastodonStage, times: int) -> Sequence[float]:
    """When the bot connected its streams, once it has done so that often."""
    async with asyncio.timeout(PATIENCE):
        while True:
            connects: list[float] = (await stage.fate())["connects"]
            if len(connects) >= times:
                return connects


@asynccontextmanager
async def listening(adapter: MastodonAdapter, cursors: Mapping[Stream, Cursor] | None = None) -> AsyncIterator[Ear]:
    ear = Ear(adapter, cursors or {})
    try:
        await ear.live()
        yield ear
    finally:
        ear.task.cancel()
        await asyncio.wait({ear.task})


def adapter_for(sandbox: Sandbox, folder: Path, **changes: Any) -> MastodonAdapter:
    settings = Settings.model_validate({**sandbox.settings, **changes})
    return MastodonAdapter(
        Context(
            network=NetworkId("mastodon"),
            settings=settings,
            channels=tuple(ChannelAt(id=ChannelId(f"c/m/{one}"), address=one) for one in sandbox.channels),
            folder=folder,
            purse=FreePurse(),
            now=lambda: datetime.now(UTC),
            log=structlog.get_logger(),
        )
    )
