"""The stand-ins of all platforms that have one, started side by side."""

from __future__ import annotations

import asyncio
import textwrap
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bridge.adapter import Manifest, manifests
from bridge.adapter.sandbox import Sandbox

Say = Callable[[str], None]


@dataclass(frozen=True)
class StandIn:
    """A running stand-in; ``address`` is the channel that the demo uses."""

    manifest: Manifest
    sandbox: Sandbox

    @property
    def name(self) -> str:
        return str(self.manifest.platform)

    @property
    def title(self) -> str:
        return self.manifest.title

    @property
    def address(self) -> str:
        return self.sandbox.channels[0]


def with_stand_ins() -> tuple[Manifest, ...]:
    """The platforms that people know and that have a stand-in; what needs no login is for tests."""
    return tuple(one for one in manifests().values() if one.sandbox and one.login)


class StandIns:
    """An async context manager: all that start, in the order of the manifests. One that does not start is
    told of with the reason, and the others go on."""

    def __init__(self, platforms: Sequence[Manifest], folder: Path, say: Say) -> None:
        self._platforms = platforms
        self._folder = folder
        self._say = say
        self._done = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.running: tuple[StandIn, ...] = ()

    async def __aenter__(self) -> Self:
        opened: list[asyncio.Future[StandIn | None]] = []
        for manifest in self._platforms:
            future: asyncio.Future[StandIn | None] = asyncio.get_running_loop().create_future()
            opened.append(future)
            # Each is entered and left by a task of its own, so that all can start at once.
            self._tasks.append(asyncio.create_task(self._keep(manifest, future)))
        found = await asyncio.gather(*opened)
        self.running = tuple(one for one in found if one is not None)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, manifest: Manifest, opened: asyncio.Future[StandIn | None]) -> None:
        began = time.monotonic()
        try:
            async with AsyncExitStack() as stack:
                folder = self._folder / manifest.platform
                sandbox = await stack.enter_async_context(manifest.load(manifest.sandbox)(folder))
                took = time.monotonic() - began
                self._say(f"  {manifest.title:10} ready after {took:.1f} s   {sandbox.url}".rstrip())
                if sandbox.note:
                    self._say(textwrap.indent(sandbox.note, " " * 13))
                opened.set_result(StandIn(manifest, sandbox))
                await self._done.wait()
        except Exception as error:
            if not opened.done():
                self._say(f"  {manifest.title:10} does not start: {_reason(error)}")
                opened.set_result(None)


def _reason(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"{error.name} is not installed (pip install 'edldrs-bridge[demo]')"
    return str(error) or repr(error)
