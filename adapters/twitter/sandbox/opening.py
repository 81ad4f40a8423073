"""Starts the sandbox as a child process and waits until it answers."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, BinaryIO

from adapters.twitter.sandbox.stage import TwitterStage
from bridge.adapter import Sandbox

CHANNELS = ("#EdLdrs", "#EdLdrsUK")
_KEYS = ("api_url", "consumer_key", "consumer_secret", "access_token", "access_token_secret", "bearer_token")
_INDEX_LAG = 0.2
_START = 30.0  # seconds
_STOP = 5.0


@asynccontextmanager
async def open_sandbox(folder: Path, *, read: str = "search") -> AsyncIterator[Sandbox]:
    """See :class:`bridge.adapter.OpenSandbox`. All that happened is forgotten at the end. ``read`` is how
    the adapter is to read hashtags: ``search`` or ``stream``."""
    async with _process(folder) as told:
        stage = TwitterStage(told["api_url"])
        try:
            # Nobody should wait for a sandbox: its index is quick, and its windows do not end a test early.
            await stage.control("settings", index_lag=_INDEX_LAG, rate_factor=100)
            yield Sandbox(
                settings={
                    **{name: told[name] for name in _KEYS},
                    "read": read,
                    "search_every": 0.3,
                    "index_lag": _INDEX_LAG,
                },
                channels=CHANNELS,
                stage=stage,
                url=f"{told['api_url']}/",
            )
        finally:
            await stage.close()


@asynccontextmanager
async def _process(folder: Path) -> AsyncIterator[Mapping[str, Any]]:
    with await asyncio.to_thread(_log_in, folder) as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "adapters.twitter.sandbox",
            stdout=asyncio.subprocess.PIPE, stderr=log, stdin=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), _START)
        if not line:
            raise RuntimeError(f"the X sandbox did not start; see {folder / 'server.log'}")
        yield json.loads(line)
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP)
        except TimeoutError:
            process.kill()
            await process.wait()


def _log_in(folder: Path) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / "server.log").open("ab")
