"""Kill a bridge between a memory network and a stand-in, again and again, while a burst crosses."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from bridge.adapter import Manifest
from bridge.config.joined import Joined, installation, joined
from bridge.testing import memory
from bridge.testing.burst import Outcome, kill_through
from bridge.testing.memory.stage import open_sandbox
from bridge.testing.process import bridge_process
from bridge.testing.waiting import until


async def killed_through(
    folder: Path, manifest: Manifest, *, posts: int, kills: int, rng: random.Random, database: str = "", **settings: Any
) -> tuple[Outcome, int]:
    """What became of the burst, and how many kills met a crossing that was not done. The networks are
    processes of their own, and outlive each kill. ``settings`` are put over those of the stand-in."""
    async with open_sandbox(folder / "hall") as hall, manifest.load(manifest.sandbox)(folder / "target") as target:
        networks = {
            "hall": Joined(manifest=memory.manifest, settings=hall.settings, addresses=hall.channels[:1]),
            "target": joined(manifest, replace(target, settings={**target.settings, **settings})),
        }
        chat = installation(folder, networks, database=database)
        async with bridge_process(chat, folder) as bridge:
            await until(lambda: bridge.log().count("network is up") == 2, "the networks do not come up", 60)
            return await kill_through(
                bridge,
                (hall.stage, hall.channels[0]),
                (target.stage, target.channels[0]),
                posts=posts,
                kills=kills,
                rng=rng,
            )
