"""A stand-in's process: started, waited for, and ended with whoever started it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

_START = 60.0  # seconds
_STOP = 5.0


@asynccontextmanager
async def stand_in_process(module: str, folder: Path, *arguments: str) -> AsyncIterator[str]:
    """``python -m MODULE ARGUMENT...`` with its log in ``folder/server.log``. Gives the first line that it
    prints, which it does once it answers. Raises ``RuntimeError`` where it ends before."""
    log = await asyncio.to_thread(_open_log, folder)
    with log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments,
            stdout=asyncio.subprocess.PIPE, stderr=log, stdin=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_START):
            line = await process.stdout.readline()
        if not line:
            raise RuntimeError(f"{module} did not start; see {folder / 'server.log'}")
        yield line.decode().strip()
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(_STOP):
                await process.wait()
        except TimeoutError:  # it waits for open connections to end
            process.kill()
            await process.wait()


def _open_log(folder: Path) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / "server.log").open("ab")
