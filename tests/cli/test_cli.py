"""The command line as a person uses it: processes, files, exit codes, words."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.adapter.sandbox import Sandbox
from bridge.testing.memory import MemoryStage, RemoteServer
from bridge.testing.memory.stage import open_sandbox
from bridge.testing.waiting import until


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


def edldrs(folder: Path, *words: str, typed: str = "") -> Ended:
    """Run the command to its end."""
    ended = subprocess.run(
        [sys.executable, "-c", "from bridge.cli import main; main()", *words],
        cwd=folder, input=typed, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "Traceback" not in ended.stderr, ended.stderr
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@dataclass(frozen=True)
class World:
    """Two memory networks, and a folder with a config.yaml for them."""

    folder: Path
    hall: MemoryStage
    yard: MemoryStage

    @asynccontextmanager
    async def running(self, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """`edldrs run`, until the block ends; then its log is in ``run.log``."""
        with (self.folder / "run.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "from bridge.cli import main; main()", "run", *options,
                cwd=self.folder, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            await until(lambda: self.log().count("network is up") == 2, "the networks do not come up")
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(15):
                    await process.wait()

    def log(self) -> str:
        return (self.folder / "run.log").read_text()

    async def copy(self) -> str:
        """The first copy that arrives in the yard."""
        found: list[str] = []

        async def there() -> bool:
            found[:] = [one.text for one in await self.yard.timeline("#lounge") if one.mine]
            return bool(found)

        await until(there, "nothing crosses")
        return found[0]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_sandbox(tmp_path / "a") as hall, open_sandbox(tmp_path / "b") as yard:
        ended = await asyncio.to_thread(
            edldrs, tmp_path, "init", "--yes", *_options("hall", hall), *_options("yard", yard)
        )
        assert ended.code == 0, ended.err
        yield World(tmp_path, _stage("hall", hall), _stage("yard", yard))


def _options(name: str, sandbox: Sandbox) -> list[str]:
    return [
        "--network", f"{name}=memory", "--channel", f"{name}=#lounge",
        "--set", f"{name}.server={name}", "--set", f"{name}.address={sandbox.settings['address']}",
    ]  # fmt: skip


def _stage(name: str, sandbox: Sandbox) -> MemoryStage:
    return MemoryStage(RemoteServer(sandbox.settings["address"]), name)


async def test_from_nothing_to_a_relayed_post_and_its_trace(world: World) -> None:
    doctor = await asyncio.to_thread(edldrs, world.folder, "doctor")
    assert doctor.code == 0, doctor.out
    assert "All is well." in doctor.out
    async with world.running():
        post = await world.hall.post("#lounge", "A1: we dropped grading of single lessons", author="anna")
        assert await world.copy() == "Anna (Memory): A1: we dropped grading of single lessons\n\noriginal"
        # A running bridge puts down twice a second how it is.
        await until(lambda: (_state(world, "hall"), _state(world, "yard")) == ("up", "up"))
        status = json.loads((await asyncio.to_thread(edldrs, world.folder, "status", "--json")).out)
        assert status["running"] is True
        trace = (await asyncio.to_thread(edldrs, world.folder, "trace", f"https://hall.example/{post}")).out
        first, second, third = trace.splitlines()
        assert first.startswith("@anna@hall on Memory, ")
        assert '"A1: we dropped grading of single lessons"' in first
        assert "journaled +" in second
        assert third.startswith("  -> Memory  #lounge  sent +")
        of_copy = (await asyncio.to_thread(edldrs, world.folder, "trace", third.split()[-1])).out
        assert of_copy == trace
    stopped = await asyncio.to_thread(edldrs, world.folder, "status")
    assert "The bridge is not running" in stopped.out


async def test_pause_holds_and_resume_lets_go(world: World) -> None:
    async with world.running():
        assert "yard: paused" in (await asyncio.to_thread(edldrs, world.folder, "pause", "yard")).out
        await until(lambda: _state(world, "yard") == "paused")
        post = await world.hall.post("#lounge", "meanwhile")
        await until(lambda: "held: paused" in edldrs(world.folder, "trace", post).out)
        await world.hall.edit(post, "meanwhile, edited")
        await until(lambda: "not yet sent: will go out as edited" in edldrs(world.folder, "trace", post).out)
        assert [one for one in await world.yard.timeline("#lounge") if one.mine] == []
        await asyncio.to_thread(edldrs, world.folder, "resume")
        assert "meanwhile, edited" in await world.copy()


def _state(world: World, network: str) -> str:
    return str(json.loads(edldrs(world.folder, "status", "--json").out)["networks"][network]["state"])


async def test_a_second_run_is_refused_with_the_reason(world: World) -> None:
    async with world.running():
        second = await asyncio.to_thread(edldrs, world.folder, "run")
        assert second.code == 3
        assert "another `edldrs run` uses" in second.err


async def test_sigterm_stops_within_seconds(world: World) -> None:
    async with world.running() as process:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await process.wait() == 0
    assert "nothing is lost" in world.log()


async def test_a_dry_run_shows_and_posts_nothing(world: World) -> None:
    async with world.running("--dry-run"):
        await world.hall.post("#lounge", "only looking", author="anna")
        await until(lambda: "only looking" in world.log())
        assert [one for one in await world.yard.timeline("#lounge") if one.mine] == []


def test_a_faulty_config_is_an_error_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("networks:\n  hall:\n    platform: memroy\nchats: {}\n")
    ended = edldrs(tmp_path, "run")
    assert ended.code == 2
    assert 'config.yaml:3: networks.hall.platform: "memroy" is not one of' in ended.err
    assert 'Did you mean "memory"?' in ended.err


@pytest.mark.parametrize("words", [("status",), ("trace", "x"), ("pause",), ("run",), ("doctor",), ("login", "x")])
def test_without_a_config_each_command_says_what_to_do(tmp_path: Path, words: tuple[str, ...]) -> None:
    ended = edldrs(tmp_path, *words)
    assert ended.code == 2
    assert "`edldrs init` writes one" in ended.err


def test_init_asks_and_does_not_overwrite(tmp_path: Path) -> None:
    options = ("--network", "hall=memory", "--channel", "hall=#lounge")
    ended = edldrs(
        tmp_path,
        "init",
        *options,
        typed="#Heads\nHeads\nEurope/London\nTuesday 19:00-20:00\ny\n@mo@hall, @ada@hall\n\n",
    )
    assert ended.code == 0, ended.err
    written = (tmp_path / "config.yaml").read_text()
    assert 'hour: "Tuesday 19:00-20:00"' in written
    assert "\n    programme:\n" in written
    assert 'moderators: {hall: ["@mo@hall", "@ada@hall"]}' in written
    again = edldrs(tmp_path, "init", "--yes", *options)
    assert again.code == 2
    assert "--force" in again.err
    assert (tmp_path / "config.yaml").read_text() == written


def test_init_writes_nothing_that_would_not_load(tmp_path: Path) -> None:
    ended = edldrs(tmp_path, "init", "--yes", "--network", "hall=memory", "--hour", "sometime", "--channel", "hall=#x")
    assert ended.code == 2
    assert "chats.edldrs.hour" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_command_names_those_there_are(tmp_path: Path) -> None:
    ended = edldrs(tmp_path, "strat")
    assert ended.code == 2
    assert "status" in ended.err
