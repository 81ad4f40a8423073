"""A real homeserver (Synapse) on loopback, and a stage on which sample leaders act there."""

from adapters.matrix.sandbox.opening import open_sandbox
from adapters.matrix.sandbox.stage import MatrixStage

__all__ = ["MatrixStage", "open_sandbox"]
