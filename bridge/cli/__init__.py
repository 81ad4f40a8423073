"""The command `edldrs`."""

from bridge.cli.main import main

__all__ = ["main"]
