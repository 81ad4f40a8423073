"""A chat over memory networks, for tests of the core: the real app, a journal on disk, strangers on stages."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bridge.adapter.sandbox import Seen
from bridge.app import Bridge, utc_now
from bridge.config import Installation
from bridge.config.joined import Joined, installation
from bridge.model.chat import Budget
from bridge.testing import memory
from bridge.testing.memory.settings import MemorySettings
from bridge.testing.waiting import until, up


@dataclass(frozen=True, kw_only=True)
class Net:
    """One memory network of the chat: settings, budget, and what is special about its channels."""

    name: str
    rooms: tuple[str, ...] = ("#lounge",)
    settings: Mapping[str, Any] = field(default_factory=dict)
    budget: Budget = Budget()
    channel: Mapping[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class Rig:
    """``stage[name]`` is where strangers act on a network."""

    installation: Installation
    stage: dict[str, memory.MemoryStage]
    now: Callable[[], datetime] = utc_now
    bridge: Bridge | None = None

    @asynccontextmanager
    async def running(self, **by: Any) -> AsyncIterator[Bridge]:
        """``by``: another clock, or what else the app takes."""
        async with Bridge(self.installation, **{"now": self.now, **by}) as bridge:
            self.bridge = bridge
            await up(bridge)
            yield bridge

    async def copies(self, name: str, room: str = "#lounge") -> list[Seen]:
        return [one for one in await self.stage[name].timeline(room) if one.mine]

    async def arrives(self, name: str, words: str, room: str = "#lounge") -> Seen:
        """The one copy on that network that has these words."""
        found: list[Seen] = []

        async def there() -> bool:
            found[:] = [one for one in await self.copies(name, room) if words in one.text]
            return bool(found)

        await until(there, f"no copy with {words!r} on {name}")
        assert len(found) == 1, [one.text for one in found]
        return found[0]


def rig(
    folder: Path,
    *nets: Net,
    database: str = "",
    chat: Mapping[str, Any] | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Rig:
    """A chat on these networks, each with a server of its own in this process, all by one clock."""
    run = uuid.uuid4().hex[:8]
    networks: dict[str, Joined] = {}
    stages: dict[str, memory.MemoryStage] = {}
    for net in nets:
        settings = MemorySettings(**{"server": f"{net.name}-{run}", **net.settings})
        networks[net.name] = Joined(
            manifest=memory.manifest,
            settings=settings.model_dump(),
            addresses=net.rooms,
            title=net.name.title(),
            budget=net.budget,
            channel={"link": False, **net.channel},
        )
        server = (
            memory.RemoteServer(settings.address)
            if settings.address
            else memory.MemoryServer(settings.server, now).share()
        )
        stages[net.name] = memory.MemoryStage(server, settings.server)
    return Rig(installation=installation(folder, networks, database=database, chat=chat), stage=stages, now=now)


def texts(seen: Sequence[Seen]) -> list[str]:
    return [one.text for one in seen]
