"""Adapters logged in to the sandbox's homeserver."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from adapters.matrix.client import MatrixAdapter
from adapters.matrix.settings import Settings
from bridge.adapter import ChannelAt, Context, Sandbox
from bridge.model.ids import ChannelId, Key, NetworkId
from bridge.model.message import Outgoing
from bridge.model.text import Text
from bridge.testing.contract import listening
from bridge.testing.contract.harness import Ear, FreePurse

PATIENCE = 15.0
__all__ = ["PATIENCE", "Ear", "adapter_for", "channel_of", "key", "listening", "outgoing", "word"]


def word() -> str:
    """A word that nobody else has said."""
    return "w" + secrets.token_hex(6)


def key() -> Key:
    return Key(f"edldrs-{secrets.token_hex(6)}-1-1-1-post")


def channel_of(address: str) -> ChannelId:
    return ChannelId(f"chat/matrix/{address}")


def outgoing(address: str, text: Text | str, **more: Any) -> Outgoing:
    return Outgoing(text=Text(text) if isinstance(text, str) else text, channel=channel_of(address), **more)


def adapter_for(
    sandbox: Sandbox, folder: Path, channels: tuple[str, ...] | None = None, **changes: Any
) -> MatrixAdapter:
    """An adapter as the core would make it; enter it with ``async with``."""
    addresses = sandbox.channels if channels is None else channels
    return MatrixAdapter(
        Context(
            network=NetworkId("matrix"),
            settings=Settings.model_validate({**sandbox.settings, **changes}),
            channels=tuple(ChannelAt(id=channel_of(one), address=one) for one in addresses),
            folder=folder,
            purse=FreePurse(),
            now=lambda: datetime.now(UTC),
            log=structlog.get_logger(),
        )
    )
