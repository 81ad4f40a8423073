"""``python -m bridge.testing.memory [--name NAME] [--port PORT]``: a server until it is interrupted.

Its first line of output is its address.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from bridge.testing.memory.server import MemoryServer
from bridge.testing.memory.wire import serve


async def _run(name: str, port: int) -> None:
    async with serve(MemoryServer(name), port=port) as address:
        print(address, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bridge.testing.memory", description="A memory server.")
    parser.add_argument("--name", default="memory", help="its name, part of all ids")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(asked.name, asked.port))
