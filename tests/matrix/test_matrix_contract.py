"""The shared contract, against the Matrix adapter and a real homeserver."""

from __future__ import annotations

from typing import ClassVar

from adapters.matrix import manifest
from adapters.matrix.sandbox import MatrixStage
from bridge.adapter import Sandbox
from bridge.testing.contract import AdapterContract


class TestMatrix(AdapterContract):
    manifest = manifest
    patience: ClassVar[float] = 20.0

    async def garble(self, sandbox: Sandbox) -> None:
        assert isinstance(sandbox.stage, MatrixStage)
        await sandbox.stage.garble(sandbox.channels[0])
