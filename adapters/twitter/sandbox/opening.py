"""Starts the sandbox as a child process and waits until it answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.twitter.sandbox.stage import TwitterStage
from bridge.adapter import Sandbox, stand_in_process

CHANNELS = ("#EdLdrs", "#EdLdrsUK")
_KEYS = ("api_url", "consumer_key", "consumer_secret", "access_token", "access_token_secret", "bearer_token")
_INDEX_LAG = 0.2
_QUICK = {
    "search_every": 0.3,
    "mentions_every": 0.5,
    "own_every": 0.5,
    "watch_every": 0.5,
    "private_messages": True,
    "messages_every": 0.5,
    "lookup": True,
    "recheck_hours": 0.001,
    "index_lag": 1,  # a margin over the sandbox's own
    "request_timeout": 5,
    "stream_sorting": 0.1,
}
"""Nobody should wait for a sandbox."""


@asynccontextmanager
async def open_sandbox(folder: Path, *, read: str = "search") -> AsyncIterator[Sandbox]:
    """See :class:`bridge.adapter.OpenSandbox`. All that happened is forgotten at the end. ``read`` is how
    the adapter is to read hashtags: ``search`` or ``stream``."""
    async with stand_in_process("adapters.twitter.sandbox", folder) as said:
        told = json.loads(said)
        stage = TwitterStage(told["api_url"])
        try:
            # X's windows would end such haste early.
            await stage.control("settings", index_lag=_INDEX_LAG, rate_factor=1000)
            yield Sandbox(
                settings={**{name: told[name] for name in _KEYS}, "read": read, **_QUICK},
                channels=CHANNELS,
                stage=stage,
                url=f"{told['api_url']}/",
            )
        finally:
            await stage.close()
