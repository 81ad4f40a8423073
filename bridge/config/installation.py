"""An installation as the rest of the program sees it: plain values, nothing left to check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.adapter import Manifest, PollLimit
from bridge.model.chat import Book
from bridge.model.ids import NetworkId


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAt:
    """How one network is reached: its platform's manifest, and an instance of its settings model."""

    manifest: Manifest
    settings: Any = field(repr=False)


def hashtag_of(manifest: Manifest, address: str) -> str:
    """The hashtag that copies must carry to be found in a channel; empty where a channel is no hashtag."""
    return address.lstrip("#＃") if manifest.hashtags else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """``database`` is a URL; ``folder`` keeps what networks may make again, and stored tokens;
    ``private_media`` lets files be fetched from private addresses (sandboxes on this machine)."""

    database: str = field(repr=False)
    folder: Path
    book: Book
    networks: Mapping[NetworkId, NetworkAt]
    private_media: bool = False

    @property
    def native_polls(self) -> Mapping[NetworkId, PollLimit | None]:
        """What polls of its own each network takes."""
        return {name: one.manifest.poll for name, one in self.networks.items()}
