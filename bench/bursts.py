"""A burst through the bridge into a stand-in, beside a bare client that posts the same there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bridge.adapter import Manifest, manifests
from bridge.adapter.sandbox import Sandbox
from bridge.app import Bridge
from bridge.config.joined import Joined, installation, joined
from bridge.model.ids import NetworkId, Platform
from bridge.testing import memory
from bridge.testing.burst import CLEAN, numbered, numbers, outcome
from bridge.testing.waiting import until, up

TARGET = NetworkId("target")
_POSTS = 500
_WARM = 20
_ROUNDS = 3
Bare = Callable[[Sandbox, list[str]], Awaitable[float]]


async def matrix(folder: Path) -> dict[str, float]:
    """Wall time of the bridge over that of matrix-nio; the median of three rounds, each side by side."""
    return {"burst_matrix_ratio": await _ratio(folder, manifests()[Platform("matrix")], _nio)}


async def mastodon(folder: Path) -> dict[str, float]:
    """The same over that of Mastodon.py."""
    return {"burst_mastodon_ratio": await _ratio(folder, manifests()[Platform("mastodon")], _mastodon_py)}


async def _ratio(folder: Path, manifest: Manifest, bare: Bare) -> float:
    ratios = []
    for number in range(_ROUNDS):
        async with manifest.load(manifest.sandbox)(folder / f"{manifest.platform}{number}") as sandbox:
            await bare(sandbox, _texts(_WARM, "warm"))  # the server's own caches
            # Each goes first in turn: a stand-in gets slower with what it holds.
            if number % 2:
                alone = await bare(sandbox, _texts(_POSTS, "bare"))
                bridged = await _bridged(folder / f"bridge{number}", manifest, sandbox)
            else:
                bridged = await _bridged(folder / f"bridge{number}", manifest, sandbox)
                alone = await bare(sandbox, _texts(_POSTS, "bare"))
        print(f"  {manifest.title}: bridge {bridged:.2f} s, bare client {alone:.2f} s", flush=True)
        ratios.append(bridged / alone)
    return sorted(ratios)[len(ratios) // 2]


def _texts(count: int, mark: str) -> list[str]:
    return [f"{mark} {numbered(number)}" for number in range(count)]


async def _bridged(folder: Path, manifest: Manifest, sandbox: Sandbox) -> float:
    """Seconds from the first post said to the last copy sent, nothing lost, doubled or out of order."""
    server = memory.MemoryServer(f"burst-{folder.name}").share()
    hall = Joined(manifest=memory.manifest, settings={"server": server.name}, addresses=("#lounge",))
    stage = memory.MemoryStage(server, server.name)
    chat = installation(folder, {"hall": hall, TARGET: joined(manifest, sandbox)})
    async with Bridge(chat) as bridge:
        await up(bridge)
        began = time.perf_counter()
        for number in range(_POSTS):
            await stage.post("#lounge", numbered(number))
        await until(lambda: bridge.health[TARGET].sent == _POSTS, "the burst does not arrive", 300)
        took = time.perf_counter() - began
    seen = numbers(await sandbox.stage.timeline(sandbox.channels[0]))
    assert outcome(_POSTS, seen[-_POSTS:]) == CLEAN, outcome(_POSTS, seen[-_POSTS:])
    return took


async def _nio(sandbox: Sandbox, texts: list[str]) -> float:
    import nio

    settings: dict[str, Any] = dict(sandbox.settings)
    client = nio.AsyncClient(settings["homeserver"])
    client.access_token = settings["token"]
    try:
        room = await client.room_resolve_alias(sandbox.channels[0])
        assert isinstance(room, nio.RoomResolveAliasResponse)
        began = time.perf_counter()
        for text in texts:
            # The same event that a copy is: its kind and size decide what it costs the homeserver.
            content = {
                "msgtype": "m.text",
                "body": f"Leader (Memory): {text}",
                "format": "org.matrix.custom.html",
                "formatted_body": f"<strong>Leader</strong> (Memory): {text}",
                "m.mentions": {},
            }
            sent = await client.room_send(room.room_id, "m.room.message", content)
            assert isinstance(sent, nio.RoomSendResponse), sent
        return time.perf_counter() - began
    finally:
        await client.close()


async def _mastodon_py(sandbox: Sandbox, texts: list[str]) -> float:
    def post_all() -> float:
        from mastodon import Mastodon

        client = Mastodon(api_base_url=sandbox.settings["server"], access_token=sandbox.settings["token"])
        began = time.perf_counter()
        for text in texts:
            client.status_post(f"Leader (Memory): {text} #EdLdrs", visibility="public")
        return time.perf_counter() - began

    return await asyncio.to_thread(post_all)
