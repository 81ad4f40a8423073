from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.twitter.sandbox import open_sandbox
from tests.twitter.sandbox.rig import Asking

_DEFAULTS = {
    "index_lag": 0,
    "window": 900,
    "keep_alive": 20,
    "rate_factor": 1000,
    "media_processing": 0,
    "stream_lag": 0,
    "credits": None,
    "clock_offset": 0,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def _opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asking]:
    async with open_sandbox(tmp_path_factory.mktemp("x")) as sandbox:
        asking = Asking(sandbox)
        yield asking
        await asking.close()


@pytest_asyncio.fixture(loop_scope="module")
async def x(_opened: Asking) -> Asking:
    """A stand-in for X that answers at once, with nothing to befall anybody."""
    await _opened.stage.control("settings", **_DEFAULTS)
    await _opened.stage.control("faults", clear=True)
    return _opened
