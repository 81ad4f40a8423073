"""The shared contract, against the Mastodon adapter and its stand-in."""

from __future__ import annotations

from typing import ClassVar

from adapters.mastodon import manifest
from adapters.mastodon.sandbox import MastodonStage
from bridge.adapter import Sandbox
from bridge.testing.contract import AdapterContract


class TestMastodon(AdapterContract):
    manifest = manifest
    tagged = True
    patience: ClassVar[float] = 45.0  # find waits until the server can no longer be at work on a lost request

    async def garble(self, sandbox: Sandbox) -> None:
        assert isinstance(sandbox.stage, MastodonStage)
        await sandbox.stage.garble(sandbox.channels[0])
