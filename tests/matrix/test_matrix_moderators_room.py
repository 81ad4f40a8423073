"""The moderators' room on a real homeserver, beside another network."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.matrix import manifest
from adapters.matrix.sandbox import MatrixStage
from bridge.adapter import Sandbox
from bridge.app import Bridge
from bridge.config.joined import CHAT, Joined, installation, joined
from bridge.model.chat import Channel, channel_id
from bridge.model.ids import NetworkId
from bridge.testing import memory
from bridge.testing.waiting import until, up
from tests.matrix.rig import word

pytestmark = pytest.mark.asyncio(loop_scope="module")
MATRIX = NetworkId("matrix")


async def test_commands_are_taken_there_and_talk_stays_there(
    sandbox: Sandbox, stage: MatrixStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.app._POLL_SECONDS", 0.1)
    memory.MemoryServer("moderating").share()
    hall = memory.MemoryStage(memory.MemoryServer.named("moderating"), "moderating")
    room, desk = sandbox.channels[:2]
    networks = {
        "matrix": joined(manifest, sandbox),
        "hall": Joined(manifest=memory.manifest, settings={"server": "moderating"}, addresses=("#lounge",)),
    }
    chat = {
        "moderators": {MATRIX: frozenset({"@mo:localhost"})},
        "moderators_room": Channel(id=channel_id(CHAT, MATRIX, desk), chat=CHAT, network=MATRIX, address=desk),
    }
    question, secret, public = f"What next, {word()}?", word(), word()

    async def seen(address: str, words: str) -> bool:
        return any(words in one.text for one in await stage.timeline(address) if one.mine)

    async with Bridge(installation(tmp_path, networks, chat=chat)) as bridge:
        await up(bridge)
        await stage.post(desk, f"between us: {secret}", author="mo")
        await stage.post(desk, f'poll "{question}" | red | blue', author="eve")  # a leader who was let in
        await stage.post(desk, f'!poll "{question}" | red | blue', author="mo")
        await until(lambda: seen(desk, "Say yes within 15 minutes to open it"), "the poll is not shown")
        assert not await seen(room, question)
        await stage.post(desk, "yes", author="mo")
        await until(lambda: seen(room, question), "the ballot is not shown in the chat's room")
        await until(lambda: seen(desk, "Poll 1 is open until"), "the yes is not answered")

        async def asked() -> bool:
            return any(question in one.text for one in await hall.timeline("#lounge"))

        await until(asked, "the ballot is not shown on the other network")
        await stage.post(room, f"in public: {public}", author="ann")

        async def crossed() -> bool:
            return any(public in one.text for one in await hall.timeline("#lounge"))

        await until(crossed, "what is said in the chat's room does not cross")
        everything = " ".join(one.text for one in await hall.timeline("#lounge"))
        assert secret not in everything
        copies = [one.text for one in await stage.timeline(desk) if one.mine]
        assert len(copies) == 2, copies  # the preview, and that it is open: no ballot, no copy
        assert list(await stage.told(author="mo")) == []


async def test_a_channel_by_another_address_is_no_room_for_moderators(
    sandbox: Sandbox, stage: MatrixStage, tmp_path: Path
) -> None:
    memory.MemoryServer("elsewhere").share()
    networks = {
        "matrix": joined(manifest, sandbox),
        "hall": Joined(manifest=memory.manifest, settings={"server": "elsewhere"}, addresses=("#lounge",)),
    }
    id = stage.rooms[sandbox.channels[0]]
    room = Channel(id=channel_id(CHAT, MATRIX, id), chat=CHAT, network=MATRIX, address=id)
    async with Bridge(installation(tmp_path, networks, chat={"moderators_room": room})) as bridge:
        await until(lambda: bridge.health[MATRIX].state == "down", "it runs all the same")
        assert "give chats.edldrs.moderators_room another room" in bridge.health[MATRIX].reason
