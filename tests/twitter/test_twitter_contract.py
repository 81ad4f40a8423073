"""The shared contract, against the X adapter and its stand-in: read by search, and by stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

from adapters.twitter import manifest
from adapters.twitter.sandbox import TwitterStage
from bridge.adapter import Sandbox
from bridge.testing.contract import AdapterContract
from tests.twitter.rig import quick_sandbox

_EXEMPT = {"test_a_deletion_is_heard": "X tells of deletions only when asked (Lookup)"}


class TestTwitterBySearch(AdapterContract):
    manifest = manifest
    patience: ClassVar[float] = 20.0
    tagged: ClassVar[bool] = True
    exempt = _EXEMPT

    @classmethod
    @asynccontextmanager
    async def open_sandbox(cls, folder: Path) -> AsyncIterator[Sandbox]:
        async with quick_sandbox(folder, read="search") as sandbox:
            yield sandbox


class TestTwitterByStream(AdapterContract):
    manifest = manifest
    tagged: ClassVar[bool] = True
    patience: ClassVar[float] = 30.0  # X asks for waits between connects
    exempt = _EXEMPT

    @classmethod
    @asynccontextmanager
    async def open_sandbox(cls, folder: Path) -> AsyncIterator[Sandbox]:
        async with quick_sandbox(folder, read="stream") as sandbox:
            yield sandbox

    async def garble(self, sandbox: Sandbox) -> None:
        assert isinstance(sandbox.stage, TwitterStage)
        await sandbox.stage.control("garble", raw='{"data": {"id": "x"}, "includes"')
