"""How `edldrs login NETWORK` obtains a token: the adapter asks, the command line talks to the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Ask(Protocol):
    """The person at the terminal."""

    async def text(self, question: str, default: str = "") -> str: ...

    async def secret(self, question: str) -> str: ...

    def say(self, line: str) -> None: ...

    async def open(self, url: str) -> None:
        """Show an address to open in a browser."""


class Login(Protocol):
    """Obtains what the network's settings lack. Returns the settings to store, by key; what config.yaml
    says itself goes before them. Raises ``AdapterError`` with the mend."""

    async def __call__(self, settings: Any, ask: Ask) -> Mapping[str, str]: ...
