"""The bridge as a process: killed, stopped, started twice."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bridge.adapter.sandbox import Sandbox
from bridge.app import Bridge
from bridge.store.lock import AlreadyRunning
from bridge.testing import memory
from bridge.testing.burst import CLEAN, arrived, numbered
from bridge.testing.killing import killed_through
from bridge.testing.memory.stage import open_sandbox
from bridge.testing.process import bridge_process
from bridge.testing.waiting import until
from tests.core.rig import Net, rig


@pytest.mark.parametrize("idempotent", [True, False])
async def test_kill_9_ten_times_in_a_burst(tmp_path: Path, database_url: str, idempotent: bool) -> None:
    kind = {"idempotent": idempotent, "carries_keys": idempotent, "find_lag": 0.05}
    ended, interrupted = await killed_through(
        tmp_path, memory.manifest, posts=1000, kills=10, rng=random.Random(7), database=database_url, **kind
    )
    assert ended == CLEAN
    assert interrupted >= 3, "the kills met no crossing: this shows nothing"


async def started(hall: Sandbox, yard: Sandbox) -> None:
    """Its networks are up: nothing from before that is relayed."""

    async def crosses() -> bool:
        await hall.stage.post("#lounge", "is it there?")
        return bool([one for one in await yard.stage.timeline("#lounge") if one.mine])

    await until(crosses, seconds=20)


async def test_sigterm_stops_within_seconds_and_nothing_is_lost(tmp_path: Path) -> None:
    async with open_sandbox(tmp_path / "hall") as hall, open_sandbox(tmp_path / "yard") as yard:
        chat = rig(tmp_path, Net(name="hall", settings=hall.settings), Net(name="yard", settings=yard.settings))
        async with bridge_process(chat.installation, tmp_path) as bridge:
            await started(hall, yard)
            for number in range(200):
                await hall.stage.post("#lounge", numbered(number))
            assert await bridge.stop() == 0
            await bridge.start()
            await until(lambda: _all(yard, 200), seconds=20)


async def _all(yard: Sandbox, count: int) -> bool:
    return await arrived(yard.stage, "#lounge") == list(range(count))


async def test_a_second_run_on_the_same_file_is_refused(tmp_path: Path) -> None:
    chat = rig(tmp_path, Net(name="hall"), Net(name="yard"))
    async with chat.running():
        with pytest.raises(AlreadyRunning, match="stop it first"):
            async with Bridge(chat.installation):
                pass
