"""One homeserver for all tests of this folder, and adapters logged in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.matrix.client import MatrixAdapter
from adapters.matrix.sandbox import MatrixStage, open_sandbox
from bridge.adapter import Sandbox
from tests.matrix.rig import adapter_for


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    async with open_sandbox(tmp_path_factory.mktemp("matrix")) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def stage(sandbox: Sandbox) -> AsyncIterator[MatrixStage]:
    acting = sandbox.stage
    assert isinstance(acting, MatrixStage)
    yield acting
    await acting.fate(throttled=0, failing=0, losing=0, garbled_syncs=0)


@pytest_asyncio.fixture(loop_scope="module")
async def adapter(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[MatrixAdapter]:
    async with adapter_for(sandbox, tmp_path) as entered:
        yield entered
