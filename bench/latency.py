"""Added latency: from the event reaching the adapter to the request leaving for the target."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

from bridge.app import Bridge
from bridge.config.joined import Joined, installation
from bridge.testing import memory
from bridge.testing.burst import number_of, numbered
from bridge.testing.memory.server import Body, MemoryServer
from bridge.testing.waiting import until, up

_RATE = 20  # messages a second
_MESSAGES = 500


class _Timed(MemoryServer):
    """A server that notes when it hands an event to the bot, and when the bot's request reaches it."""

    def __init__(self, name: str, given: dict[int, float], asked: dict[int, float]) -> None:
        super().__init__(name)
        self._given = given
        self._asked = asked

    async def request(self, operation: str, body: Body) -> Body:
        if operation == "post" and (number := number_of(body["text"]["plain"])) is not None:
            self._asked.setdefault(number, time.perf_counter())
        answer = await super().request(operation, body)
        if operation == "log":
            now = time.perf_counter()
            for entry in answer["entries"]:
                if (number := number_of(entry.get("post", {}).get("text", {}).get("plain", ""))) is not None:
                    self._given.setdefault(number, now)
        return answer


async def added_latency(folder: Path) -> dict[str, float]:
    """Milliseconds, median and 99th percentile, at 20 messages a second, SQLite with fsync."""
    given: dict[int, float] = {}
    asked: dict[int, float] = {}
    servers = {"hall": _Timed("latency-hall", given, {}), "yard": _Timed("latency-yard", {}, asked)}
    networks = {
        name: Joined(manifest=memory.manifest, settings={"server": server.share().name}, addresses=("#lounge",))
        for name, server in servers.items()
    }
    stage = memory.MemoryStage(servers["hall"], servers["hall"].name)
    async with Bridge(installation(folder, networks)) as bridge:
        await up(bridge)
        began = time.perf_counter()
        for number in range(_MESSAGES):
            await asyncio.sleep(max(0.0, began + number / _RATE - time.perf_counter()))
            await stage.post("#lounge", numbered(number))
        await until(lambda: len(asked) == _MESSAGES)
    delays = [(asked[number] - given[number]) * 1000 for number in range(_MESSAGES)]
    cuts = statistics.quantiles(delays, n=100)
    return {"added_latency_p50_ms": cuts[49], "added_latency_p99_ms": cuts[98]}
