"""The bridge between X and another network: each post once, in order, with its author."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from adapters.twitter import manifest
from bridge.adapter.sandbox import Seen, Stage
from bridge.app import Bridge
from bridge.config.joined import Joined, installation, joined
from bridge.testing import memory
from bridge.testing.contract.harness import word
from bridge.testing.waiting import until, up
from tests.twitter.rig import quick_sandbox


async def arrives(stage: Stage, channel: str, words: str) -> Seen:
    """The one copy there that has these words."""
    found: list[Seen] = []

    async def there() -> bool:
        found[:] = [one for one in await stage.timeline(channel) if one.mine and words in one.text]
        return bool(found)

    await until(there, f"no copy with {words!r}")
    assert len(found) == 1
    return found[0]


def texts(seen: Sequence[Seen]) -> list[str]:
    return [one.text for one in seen]


async def test_a_talk_crosses_both_ways(tmp_path: Path) -> None:
    server = memory.MemoryServer.named(f"hall-{word()}")
    hall = memory.MemoryStage(server, server.name)
    async with quick_sandbox(tmp_path / "x", recheck_hours=0.0003) as sandbox:
        networks = {
            "hall": Joined(manifest=memory.manifest, settings={"server": server.name}, addresses=("#lounge",)),
            "x": joined(manifest, sandbox),
        }
        x = sandbox.stage
        async with Bridge(installation(tmp_path, networks)) as bridge:
            await up(bridge)
            question = await hall.post("#lounge", "Q1: does matrix.org or @bob's README.md help?", author="leader")
            asked = await arrives(x, "#EdLdrs", "Q1:")
            assert "#EdLdrs" in asked.text
            answer = await x.post("#EdLdrs", "A1: it does, see https://example.org/a?b=1 & more", author="reader")
            answered = await arrives(hall, "#lounge", "A1:")
            assert "Reader (X): " in answered.text
            assert "https://example.org/a?b=1 & more" in answered.text
            # An answer to the copy, without the hashtag, is an answer to the original.
            await x.post("", "I asked that, too", author="third", reply_to=asked.id, hashtag=False)
            assert (await arrives(hall, "#lounge", "I asked that")).reply_to == question
            # Who did not address the bot is not answered there: the copy stands alone.
            await hall.post("#lounge", "Thanks for that", author="leader", reply_to=answered.id)
            assert (await arrives(x, "#EdLdrs", "Thanks for that")).reply_to is None
            await x.edit(answer, "A1: it does not")
            await until(lambda: _shows(hall, "A1: it does not"), "the edit did not cross")
            await hall.delete(question)
            await until(lambda: _lacks(x, "#EdLdrs", "Q1:"), "the deletion did not cross to X")
            await x.delete(answer)
            await until(lambda: _lacks(hall, "#lounge", "A1:"), "the deletion did not cross from X")
            # Said in public, since that costs the least; answered in private.
            await x.post("", "@EdLdrsBot stop", author="third", hashtag=False)
            await until(lambda: _lacks(hall, "#lounge", "I asked that"), "stop was not obeyed")
            await until(lambda: _told(x, "Done", author="third"), "stop was not answered")


async def _shows(stage: Stage, words: str) -> bool:
    return any(words in text for text in texts(await stage.timeline("#lounge")))


async def _lacks(stage: Stage, channel: str, words: str) -> bool:
    return not any(words in text for text in texts(await stage.timeline(channel)))


async def _told(stage: Stage, words: str, *, author: str) -> bool:
    return any(words in text for text in await stage.told(author=author))
