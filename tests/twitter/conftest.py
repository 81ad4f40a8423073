"""A stand-in for X for each module, and adapters logged in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.twitter.client import TwitterAdapter
from adapters.twitter.sandbox import TwitterStage
from bridge.adapter import Sandbox
from tests.twitter.rig import INDEX_LAG, adapter_for, quick_sandbox


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    async with quick_sandbox(tmp_path_factory.mktemp("x")) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def stage(sandbox: Sandbox) -> AsyncIterator[TwitterStage]:
    acting = sandbox.stage
    assert isinstance(acting, TwitterStage)
    yield acting
    await acting.control("faults", clear=True)
    await acting.control("settings", index_lag=INDEX_LAG, credits=None, clock_offset=0, keep_alive=20)


@pytest_asyncio.fixture(loop_scope="module")
async def adapter(sandbox: Sandbox, stage: TwitterStage, tmp_path: Path) -> AsyncIterator[TwitterAdapter]:
    async with adapter_for(sandbox, tmp_path) as entered:
        yield entered
