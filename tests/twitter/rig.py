"""Adapters logged in to the stand-in for X, quick enough for tests, and an ear that listens to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import structlog

from adapters.twitter.client import TwitterAdapter, twitter_adapter
from adapters.twitter.sandbox import TwitterStage, open_sandbox
from adapters.twitter.settings import Settings
from bridge.adapter import ChannelAt, Checkpoint, Context, Event, Sandbox
from bridge.model.ids import ChannelId, Cursor, NetworkId, Stream
from bridge.model.message import Outgoing
from bridge.model.text import Text
from bridge.testing.contract.harness import FreePurse

PATIENCE = 20.0
INDEX_LAG = 0.05
"""Of the stand-in. That which the adapters believe in is longer, and what they read again ten times that."""
QUICK: dict[str, Any] = {
    "search_every": 0.1,
    "mentions_every": 0.15,
    "own_every": 0.15,
    "watch_every": 0.15,
    "messages_every": 0.15,
    "private_messages": True,
    "lookup": True,
    "index_lag": 0.3,
    "stream_sorting": 0.05,
    "request_timeout": 3,
}
T = TypeVar("T")


@asynccontextmanager
async def quick_sandbox(folder: Path, **settings: Any) -> AsyncIterator[Sandbox]:
    """A stand-in that lets itself be asked often, with settings that do."""
    async with open_sandbox(folder) as sandbox:
        assert isinstance(sandbox.stage, TwitterStage)
        await sandbox.stage.control("settings", index_lag=INDEX_LAG, rate_factor=1000)
        yield replace(sandbox, settings={**sandbox.settings, **QUICK, **settings})


class Ear:
    """Listens to an adapter; ``heard`` waits for the first event that passes."""

    def __init__(self, adapter: TwitterAdapter, cursors: Mapping[Stream, Cursor]) -> None:
        self.events: list[Event] = []
        self.cursors = dict(cursors)
        self._news = asyncio.Condition()
        self.task = asyncio.create_task(self._listen(adapter, dict(cursors)))

    async def _listen(self, adapter: TwitterAdapter, cursors: Mapping[Stream, Cursor]) -> None:
        try:
            async for event in adapter.events(cursors):
                self.events.append(event)
                if isinstance(event, Checkpoint):
                    self.cursors[event.stream] = event.cursor
                async with self._news:
                    self._news.notify_all()
        finally:
            async with self._news:
                self._news.notify_all()

    async def heard(self, kind: type[T], wanted: Callable[[T], object] = lambda _: True, after: int = 0) -> T:
        async def search() -> T:
            async with self._news:
                while True:
                    for event in self.events[after:]:
                        if isinstance(event, kind) and wanted(event):
                            return event
                    if self.task.done():
                        self.task.result()
                    await self._news.wait()

        async with asyncio.timeout(PATIENCE):
            return await search()

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]


@asynccontextmanager
async def listening(adapter: TwitterAdapter, cursors: Mapping[Stream, Cursor] | None = None) -> AsyncIterator[Ear]:
    ear = Ear(adapter, cursors or {})
    try:
        await ear.heard(Checkpoint, lambda one: one.stream == "search")
        yield ear
    finally:
        ear.task.cancel()
        await asyncio.wait({ear.task})


def adapter_for(sandbox: Sandbox, folder: Path, purse: FreePurse | None = None, **changes: Any) -> TwitterAdapter:
    settings = Settings.model_validate({**sandbox.settings, **changes})
    return twitter_adapter(
        Context(
            network=NetworkId("x"),
            settings=settings,
            channels=tuple(ChannelAt(id=ChannelId(f"c/x/{one}"), address=one) for one in sandbox.channels),
            folder=folder,
            purse=purse or FreePurse(),
            now=lambda: datetime.now(UTC),
            log=structlog.get_logger(),
        )
    )


def outgoing(sandbox: Sandbox, text: Text | str, **more: Any) -> Outgoing:
    said = Text(text) if isinstance(text, str) else text
    return Outgoing(text=said, channel=ChannelId(f"c/x/{sandbox.channels[0]}"), **more)
