"""`edldrs say`: the commands of moderators, on the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli.say import say
from bridge.config.load import load
from bridge.store import open_store
from tests.cli.test_poll import CONFIG

POLL = 'poll "What next?" | One | Two closes in 3 hours'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)

    async def first_start() -> None:
        await (await open_store(load(file).database)).close()

    asyncio.run(first_start())
    return file


def said(config: Path, *words: str, answer: str = "") -> Result:
    return CliRunner().invoke(say, [*words, "--config", str(config)], input=answer)


def test_a_poll_is_shown_and_opened_by_a_yes(config: Path) -> None:
    shown = said(config, POLL, answer="n\n")
    assert shown.exit_code == 1
    assert "Memory #lounge, Memory #porch: answers with a letter\n  What next?" in shown.output
    assert "Open it? [y/N]" in shown.output
    assert said(config, "poll", "list").output.startswith("No polls yet.")
    assert "Poll 1 is open until " in said(config, POLL, answer="y\n").output
    assert "Poll 2 is open until " in said(config, POLL, "--yes").output
    assert said(config, "poll", "close", "1").output == "Poll 1 is closed; its result goes to every network.\n"
    assert "Nobody voted." in said(config, "poll show 2").output


def test_help_lists_all_that_an_admin_may_say(config: Path) -> None:
    told = said(config, "help")
    assert told.exit_code == 0
    for name in ("stop", "poll open", "poll close", "status", "roles", "pause", "resume", "trace"):
        assert f"\n{name}: " in told.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("dance",), "I do not know that. You can say: stop,"),
        (("pol", "close"), 'Did you mean "poll close"?'),
        (("poll", "close", "soon"), "Write: poll close [number]."),
        (("poll", "close", "7"), "#EdLdrs has no poll 7."),
        (('poll "What?" | one',), "two options at least"),
        (("pause", "hal"), 'Did you mean "hall"?'),
        (("stop",), "people to say from their own accounts"),
        (("yes",), "Nothing waits for your yes or no."),
    ],
)
def test_what_is_refused_ends_with_the_reason(config: Path, words: tuple[str, ...], says: str) -> None:
    told = said(config, *words)
    assert told.exit_code == 1
    assert says in told.stderr
