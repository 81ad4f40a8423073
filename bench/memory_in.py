"""Throughput through the memory platform: taken in, journaled with fsync, fanned out to two channels."""

from __future__ import annotations

import time
from pathlib import Path

from bridge.app import Bridge
from bridge.config.joined import Joined, installation
from bridge.testing import memory
from bridge.testing.burst import numbered, numbers
from bridge.testing.waiting import until, up

_MESSAGES = 10_000


async def memory_in(folder: Path) -> dict[str, float]:
    """Messages a second, of which each becomes two postings."""
    names = ("hall", "yard", "hut")
    servers = {name: memory.MemoryServer(f"in-{name}").share() for name in names}
    networks = {
        name: Joined(manifest=memory.manifest, settings={"server": f"in-{name}"}, addresses=("#lounge",))
        for name in names
    }
    stages = {name: memory.MemoryStage(servers[name], f"in-{name}") for name in names}
    async with Bridge(installation(folder, networks)) as bridge:
        await up(bridge)
        began = time.perf_counter()
        for number in range(_MESSAGES):
            await stages["hall"].post("#lounge", numbered(number))

        def done() -> bool:
            return all(len(servers[name].posts) >= _MESSAGES for name in ("yard", "hut"))

        await until(done, seconds=120)
        took = time.perf_counter() - began
        for name in ("yard", "hut"):
            assert numbers(await stages[name].timeline("#lounge")) == list(range(_MESSAGES)), "lost or out of order"
    return {"memory_in_msgs_per_s": _MESSAGES / took}
