"""`edldrs poll`, beside a journal."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli.poll import poll
from bridge.config.load import load
from bridge.store import open_store

CONFIG = """\
networks:
  hall: {platform: memory, server: hall}
  yard: {platform: memory, server: yard}
chats:
  edldrs:
    name: "#EdLdrs"
    hashtags: [EdLdrs]
    channels: [{network: hall, address: "#lounge"}, {network: yard, address: "#porch"}]
"""
ASK = ("open", "What shall we talk about?", "Workload", "Good meetings => Meetings")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)

    async def first_start() -> None:
        await (await open_store(load(file).database)).close()

    asyncio.run(first_start())
    return file


def asked(config: Path, *words: str, answer: str = "") -> Result:
    return CliRunner().invoke(poll, [*words, "--config", str(config)], input=answer)


def test_a_poll_is_shown_before_it_is_opened(config: Path) -> None:
    told = asked(config, *ASK, answer="n\n")
    assert told.exit_code == 1
    assert "Memory #lounge, Memory #porch: answers with a letter" in told.output
    assert (
        "  What shall we talk about?\n\n  A: Workload\n  B: Good meetings\n\n  Answer with a letter. Open until"
        in told.output
    )
    assert "No polls yet." in asked(config, "list").output


def test_from_the_opening_to_the_close(config: Path) -> None:
    assert "Poll 1 is open until " in asked(config, *ASK, "--yes").output
    assert "Poll 2 is open until " in asked(config, *ASK, answer="y\n").output
    assert "  1  open until " in asked(config, "list").output
    assert "Nobody voted.\n\nA: Workload: 0\nB: Good meetings: 0" in asked(config, "show", "1").output
    assert asked(config, "close", "1").output == "Poll 1 is closed; its result goes to every network.\n"
    assert asked(config, "close", "1").output == "Poll 1 was closed already.\n"
    assert "Poll 2 is open until" in asked(config, "show").output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("open", "What?", "one"), "two options at least"),
        (("open", "What?", "one", " One "), "the same"),
        (("open", "What?", "one", "two", "--closes", "soon"), "write a time such as"),
        (("open", " ", "one", "two"), "asks nothing"),
        (("show",), "no poll yet"),
        (("close", "7"), "no poll 7"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_change(config: Path, words: tuple[str, ...], says: str) -> None:
    told = asked(config, *words)
    assert told.exit_code != 0
    assert says in told.stderr
    assert asked(config, "list").output.startswith("No polls yet.")
