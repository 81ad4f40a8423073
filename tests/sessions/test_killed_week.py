"""The week again with `kill -9` at random moments: the same posts, each once, and every step of the programme once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bridge.adapter.sandbox import Sandbox
from bridge.config.joined import Joined, installation, joined
from bridge.demo.clockwork import FastClock
from bridge.demo.standins import with_stand_ins
from bridge.model.session import StepState
from bridge.sessions.standard import STANDARD
from bridge.testing import memory
from bridge.testing.memory.stage import open_sandbox
from bridge.testing.process import bridge_process
from bridge.testing.waiting import until
from tests.sessions.killed import MONDAY, STEPS, Played, play
from tests.sessions.weekly import calendar

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Of each kind of network one: what makes sending again harmless, or how it is found out whether it is needed.
KINDS: Mapping[str, Mapping[str, Any]] = {
    "hall": {"idempotent": True, "carries_keys": True},
    "yard": {"idempotent": False, "carries_keys": False, "find_lag": 0.05},
    "hut": {"idempotent": False, "carries_keys": True},
}


def some(kills: int, points: int) -> frozenset[int]:
    """At which of a week's points fate strikes."""
    return frozenset(random.Random(11).sample(range(1, points + 1), kills))


async def played(
    folder: Path,
    networks: Mapping[str, Joined],
    sandboxes: Mapping[str, Sandbox],
    strikes: frozenset[int] = frozenset(),
    database: str = "",
) -> Played:
    chat = {"calendar": calendar(date(2026, 11, 9)), "programme": STANDARD, "clock_name": "UK"}
    made = installation(folder, networks, database=database, chat=chat)
    clock = FastClock(MONDAY - timedelta(days=6, minutes=5))
    async with bridge_process(made, folder, clock) as bridge:
        await until(lambda: bridge.log().count("network is up") == len(networks), "the networks do not come up", 60)
        return await play(sandboxes, made, bridge, clock, strikes)


@asynccontextmanager
async def memory_networks(folder: Path) -> AsyncIterator[tuple[dict[str, Joined], dict[str, Sandbox]]]:
    async with AsyncExitStack() as stack:
        sandboxes = {name: await stack.enter_async_context(open_sandbox(folder / name)) for name in KINDS}
        networks = {
            name: Joined(
                manifest=memory.manifest,
                settings={**one.settings, **KINDS[name]},
                addresses=one.channels[:1],
                title=name.title(),
                channel={"link": False},
            )
            for name, one in sandboxes.items()
        }
        yield networks, sandboxes


def as_if_nothing_had_happened(killed: Played, whole: Played) -> None:
    """Nothing is left out of the comparison: each network has read all that is said before the clock goes on, so no
    copy is late. Of the steps it is only the second at which they ended."""
    for name, posts in whole.posts.items():
        assert killed.posts[name] == posts, name
    assert killed.told == whole.told
    for week in (killed, whole):
        assert {name: mark.state for name, mark in week.steps.items()} == dict.fromkeys(STEPS, StepState.DONE)
    assert {name: mark.said for name, mark in killed.steps.items()} == {
        name: mark.said for name, mark in whole.steps.items()
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The week over memory networks, with no kill."""
    folder = tmp_path_factory.mktemp("whole")
    async with memory_networks(folder) as (networks, sandboxes):
        return await played(folder, networks, sandboxes)


async def test_a_week_with_kill_9_fifteen_times(tmp_path: Path, database_url: str, whole: Played) -> None:
    async with memory_networks(tmp_path) as (networks, sandboxes):
        killed = await played(tmp_path, networks, sandboxes, some(15, whole.points), database_url)
    as_if_nothing_had_happened(killed, whole)
    assert killed.interrupted >= 3, "the kills met nothing that was not done: this shows nothing"


@asynccontextmanager
async def stand_ins(folder: Path) -> AsyncIterator[tuple[dict[str, Joined], dict[str, Sandbox]]]:
    networks: dict[str, Joined] = {}
    sandboxes: dict[str, Sandbox] = {}
    async with AsyncExitStack() as stack:
        for one in with_stand_ins():
            name = str(one.platform)
            sandboxes[name] = await stack.enter_async_context(one.load(one.sandbox)(folder / name))
            networks[name] = joined(one, sandboxes[name])
        yield networks, sandboxes


@pytest.mark.timeout(300)
async def test_a_week_on_the_stand_ins_with_kill_9_six_times(tmp_path: Path, whole: Played) -> None:
    async def week(name: str, kills: int) -> Played:
        async with stand_ins(tmp_path / name) as (networks, sandboxes):
            return await played(tmp_path / name, networks, sandboxes, some(kills, whole.points))

    async with asyncio.TaskGroup() as both:
        quiet, struck = both.create_task(week("whole", 0)), both.create_task(week("killed", 6))
    as_if_nothing_had_happened(struck.result(), quiet.result())
    assert struck.result().interrupted, "the kills met nothing that was not done: this shows nothing"
