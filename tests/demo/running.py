"""The demo as a process: `python -m tests.demo.running NAME...` runs it on memory networks of these names, or
on all real stand-ins where none is given."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.demo.running import run_demo
from bridge.model.ids import Platform
from bridge.testing.memory import manifest

ROOT = Path(__file__).parents[2]
_START = 60.0


@dataclass(frozen=True)
class Demo:
    url: str
    process: asyncio.subprocess.Process

    async def stop(self) -> int:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            return await self.process.wait()


@asynccontextmanager
async def demo(*names: str) -> AsyncIterator[Demo]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, *names, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = ""
    try:
        async with asyncio.timeout(_START):
            async for raw in process.stdout:
                said += raw.decode()
                if "Try it: " in said:
                    break
        assert "Try it: " in said, said
        running = Demo(said.split("Try it: ")[1].split()[0], process)
        yield running
        await running.stop()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


if __name__ == "__main__":
    platforms = [replace(manifest, platform=Platform(name), title=name.title()) for name in sys.argv[1:]]
    asyncio.run(run_demo(0, open_browser=False, platforms=platforms or None))
