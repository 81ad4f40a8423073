"""Start-up and memory."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bridge.adapter import manifests
from bridge.config.joined import installation, joined
from bridge.testing.process import bridge_process
from bridge.testing.waiting import until

_RUNS = 7
_SETTLED_SECONDS = 15.0


async def help_s(folder: Path) -> dict[str, float]:
    """Seconds that `edldrs --help` takes, median, as a process from start to end."""
    command = Path(sys.executable).with_name("edldrs")

    def once() -> float:
        began = time.perf_counter()
        subprocess.run([command, "--help"], check=True, capture_output=True)
        return time.perf_counter() - began

    times = [await asyncio.to_thread(once) for _ in range(_RUNS)]
    return {"help_s": statistics.median(times)}


async def idle_rss(folder: Path) -> dict[str, float]:
    """Megabytes of resident memory of a bridge that reads three networks on which nothing is said."""
    platforms = [one for one in manifests().values() if one.sandbox and one.login]
    async with AsyncExitStack() as stack:
        networks = {}
        for manifest in platforms:
            opened = manifest.load(manifest.sandbox)(folder / manifest.platform)
            networks[str(manifest.platform)] = joined(manifest, await stack.enter_async_context(opened))
        process = await stack.enter_async_context(bridge_process(installation(folder, networks), folder))
        await until(lambda: process.log().count("network is up") == len(networks), "not all networks come up", 60)
        await asyncio.sleep(_SETTLED_SECONDS)
        return {"idle_rss_mb": _rss(process.pid) / 1024}


def _rss(pid: int) -> int:
    """Kilobytes. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html"""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
