"""An installation put together from networks that run already: stand-ins, or memory servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bridge.adapter import Manifest
from bridge.adapter.sandbox import Sandbox
from bridge.config.installation import Installation, NetworkAt, hashtag_of
from bridge.model.calendar import Calendar
from bridge.model.chat import Book, Budget, Channel, Chat, Network, channel_id
from bridge.model.ids import ChatId, NetworkId

LONDON = ZoneInfo("Europe/London")
CHAT = ChatId("edldrs")


@dataclass(frozen=True, kw_only=True)
class Joined:
    """One network of the chat: how it is reached, where in it the chat is, and what is special about its
    channels (fields of :class:`bridge.model.chat.Channel`). ``settings`` are as in config.yaml."""

    manifest: Manifest
    settings: Mapping[str, Any]
    addresses: tuple[str, ...]
    title: str = ""
    budget: Budget = Budget()
    channel: Mapping[str, Any] = field(default_factory=dict)


def joined(manifest: Manifest, sandbox: Sandbox, **channel: Any) -> Joined:
    """The first channel of a stand-in."""
    return Joined(
        manifest=manifest, settings=sandbox.settings, addresses=sandbox.channels[:1], channel={"link": False, **channel}
    )


def installation(
    folder: Path, networks: Mapping[str, Joined], *, database: str = "", chat: Mapping[str, Any] | None = None
) -> Installation:
    """A chat #EdLdrs on these networks. ``chat`` sets fields of :class:`bridge.model.chat.Chat`; without
    ``database`` it is an SQLite file in the folder."""
    channels: list[Channel] = []
    known: dict[NetworkId, Network] = {}
    reached: dict[NetworkId, NetworkAt] = {}
    for key, one in networks.items():
        name = NetworkId(key)
        known[name] = Network(
            id=name, platform=one.manifest.platform, title=one.title or one.manifest.title, budget=one.budget
        )
        model = one.manifest.load(one.manifest.settings)
        reached[name] = NetworkAt(manifest=one.manifest, settings=model.model_validate(dict(one.settings)))
        for address in one.addresses:
            plain = Channel(
                id=channel_id(CHAT, name, address),
                chat=CHAT,
                network=name,
                address=address,
                hashtag=hashtag_of(one.manifest, address),
            )
            channels.append(replace(plain, **one.channel))
    given = {"name": "#EdLdrs", "hashtags": ("EdLdrs",), "calendar": Calendar(zone=LONDON), **(chat or {})}
    book = Book(networks=known, chats={CHAT: Chat(id=CHAT, channels=tuple(channels), **given)})
    return Installation(
        database=database or f"sqlite:///{folder / 'edldrs.db'}",
        folder=folder,
        book=book,
        networks=reached,
        private_media=True,
    )
