"""The memory platform keeps the contract, in this process and across a wire, with all powers and with none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bridge.adapter import Sandbox
from bridge.testing import memory
from bridge.testing.contract import AdapterContract
from bridge.testing.memory import MemoryServer, MemoryStage


class TestMemoryInThisProcess(AdapterContract):
    manifest = memory.manifest
    patience = 5.0

    @classmethod
    @asynccontextmanager
    async def open_sandbox(cls, folder: Path) -> AsyncIterator[Sandbox]:
        server = MemoryServer("here").share()
        settings = {"server": "here", "without": []}
        yield Sandbox(settings=settings, channels=("#lounge", "#garden"), stage=MemoryStage(server, "here"))

    async def garble(self, sandbox: Sandbox) -> None:
        assert isinstance(sandbox.stage, MemoryStage)
        await sandbox.stage.garble({"kind": "?"})


class TestMemoryAcrossAWire(AdapterContract):
    manifest = memory.manifest
    patience = 5.0


class TestMemoryWithoutPowers(AdapterContract):
    """A platform that can do little: no powers, no keys, and an index that lags."""

    manifest = memory.manifest
    patience = 5.0

    @classmethod
    @asynccontextmanager
    async def open_sandbox(cls, folder: Path) -> AsyncIterator[Sandbox]:
        server = MemoryServer("poor").share()
        settings = {
            "server": "poor",
            "without": ["Edits", "Deletes", "PrivateNotes", "ThreadWatching", "Lookup", "Priced"],
            "idempotent": False,
            "carries_keys": False,
            "find_lag": 0.2,
            "text_limit": 280,
            "content_warnings": False,
            "labelled_links": False,
            "replies": "own",
            "media": 0,
        }
        yield Sandbox(settings=settings, channels=("#lounge", "#garden"), stage=MemoryStage(server, "poor"))
