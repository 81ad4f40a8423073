"""A Mastodon stand-in for each module, and adapters logged in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.mastodon.client import MastodonAdapter
from adapters.mastodon.sandbox import MastodonStage, open_sandbox
from bridge.adapter import Sandbox
from tests.mastodon.rig import adapter_for


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    async with open_sandbox(tmp_path_factory.mktemp("mastodon")) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def stage(sandbox: Sandbox) -> AsyncIterator[MastodonStage]:
    acting = sandbox.stage
    assert isinstance(acting, MastodonStage)
    yield acting
    await acting.fate(throttled=0, failing=0, losing=0, away_until=0.0, close_streams_at_once=False)


@pytest_asyncio.fixture(loop_scope="module")
async def adapter(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[MastodonAdapter]:
    async with adapter_for(sandbox, tmp_path) as entered:
        yield entered
