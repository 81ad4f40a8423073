"""How often the server lets us write, as it says with its answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.mastodon.ceilings import Ceilings
from bridge.adapter import Sandbox
from bridge.model.ids import ChannelId, Key
from bridge.model.message import Outgoing
from bridge.model.text import Text
from tests.mastodon.rig import adapter_for


def counts(ceilings: Ceilings) -> dict[str, int]:
    return {one.operation: one.count for one in ceilings.rates}


def test_until_it_is_told_it_goes_by_what_is_documented(tmp_path: Path) -> None:
    assert counts(Ceilings(tmp_path)) == {"post": 300, "note": 300, "delete": 30}


def test_what_it_is_told_holds_in_the_next_run_too(tmp_path: Path) -> None:
    ceilings = Ceilings(tmp_path / "network")
    ceilings.heard("status_post", 1200)
    ceilings.heard("status_delete", 0)  # an answer without the header
    ceilings.heard("timeline_hashtag", 7)  # of no operation of ours
    again = Ceilings(tmp_path / "network")
    assert counts(ceilings) == counts(again) == {"post": 1200, "note": 1200, "delete": 30}


def test_a_damaged_note_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "limits.json").write_text("[1")
    ceilings = Ceilings(tmp_path)
    ceilings.heard("status_delete", 60)
    assert counts(Ceilings(tmp_path))["delete"] == 60


@pytest.mark.asyncio(loop_scope="module")
async def test_the_first_post_tells(sandbox: Sandbox, tmp_path: Path) -> None:
    async with adapter_for(sandbox, tmp_path) as adapter:
        channel = ChannelId(f"c/m/{sandbox.channels[0]}")
        before = {one.operation: one.count for one in (await adapter.limits(channel)).rates}
        receipt = await adapter.post(Outgoing(text=Text("One of many #EdLdrs"), channel=channel), Key("many-1"))
        await adapter.delete(receipt.ref, channel, Key("many-2"))
        after = {one.operation: one.count for one in (await adapter.limits(channel)).rates}
    assert before == {"post": 300, "note": 300, "delete": 30}
    assert min(after.values()) > 10_000
