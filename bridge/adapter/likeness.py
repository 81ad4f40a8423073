"""An adapter that is like another, but for some of its methods."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, cast

from bridge.adapter.powers import POWERS
from bridge.adapter.protocol import Adapter
from bridge.model.ids import AccountId

Wrap = Callable[[Adapter, Any], Adapter]
"""Gives the adapter to use in place of one that has been entered; it is handed the network's logger too."""


def like(adapter: Adapter, overrides: object) -> Adapter:
    """An adapter with exactly the powers of ``adapter``, which has been entered. What it is asked goes there,
    but for the methods that ``overrides`` has (public, with the names and shapes of those of
    :class:`bridge.adapter.Adapter` and its powers); one of a power that ``adapter`` lacks is left out. Who opened
    ``adapter`` closes it. Raises ``TypeError`` where ``overrides`` has a method of no such name."""
    own = {name: getattr(overrides, name) for name in dir(overrides) if not name.startswith("_")}
    if unknown := sorted(own.keys() - _methods(Adapter, *POWERS)):
        raise TypeError(f"no adapter has these methods: {', '.join(unknown)}")
    names = _methods(Adapter, *(power for power in POWERS if isinstance(adapter, power)))
    return cast(Adapter, _Like(adapter, {name: own.get(name) or getattr(adapter, name) for name in names}))


class _Like:
    """Its methods are attributes of its own: so it has the powers whose methods it was given, and no others."""

    def __init__(self, adapter: Adapter, methods: dict[str, Any]) -> None:
        self._adapter = adapter
        vars(self).update(methods)

    @property
    def account(self) -> AccountId:
        return self._adapter.account

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The adapter is closed by who opened it."""


def _methods(*kinds: type) -> set[str]:
    """What these Protocols ask for, by name (since Python 3.13 `typing` knows)."""
    every = (named for kind in kinds for named in vars(kind).items())
    return {name for name, value in every if not name.startswith("_") and callable(value)}
