"""An adapter like another: its powers, no more and no less, and what it does otherwise."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import structlog

from adapters.mastodon.client import MastodonAdapter
from adapters.matrix.client import MatrixAdapter
from adapters.twitter.client import LookingTwitterAdapter, TwitterAdapter
from bridge.adapter import Adapter, ChannelAt, Context, powers
from bridge.adapter.likeness import like
from bridge.adapter.powers import POWERS
from bridge.demo.clockwork import FastClock, travelling
from bridge.model.ids import ChannelId, NetworkId
from bridge.outbox.dry import dry
from bridge.testing.clock import START, Clock
from bridge.testing.memory.adapter import memory_adapter
from bridge.testing.memory.settings import MemorySettings


def memory(without: frozenset[str] = frozenset()) -> Adapter:
    return memory_adapter(
        Context(
            network=NetworkId("hall"),
            settings=MemorySettings(server="likeness", without=without),
            channels=(ChannelAt(id=ChannelId("lounge"), address="#lounge"),),
            folder=Path("."),
            purse=None,  # type: ignore[arg-type]
            now=Clock(),
            log=None,
        )
    )


KINDS = (MastodonAdapter, MatrixAdapter, TwitterAdapter, LookingTwitterAdapter)


@pytest.mark.parametrize("wrap", [dry, travelling(FastClock(START))], ids=["dry", "travelling"])
def test_a_likeness_has_the_powers_of_its_adapter(wrap: Any) -> None:
    adapters = [object.__new__(kind) for kind in KINDS]
    names = powers(memory())
    adapters += [memory(frozenset(some)) for count in range(len(names) + 1) for some in combinations(names, count)]
    assert {name for one in adapters for name in powers(one)} == {power.__name__ for power in POWERS}
    for one in adapters:
        wrapped = wrap(one, structlog.get_logger())
        assert powers(wrapped) == powers(one)
        assert isinstance(wrapped, Adapter) == isinstance(one, Adapter)  # those that are not entered have no account


async def test_a_likeness_differs_in_what_it_is_given_only() -> None:
    inner = memory(frozenset({"Deletes"}))

    class Other:
        async def check(self) -> str:
            return "mine"

        async def delete(self) -> None:
            raise AssertionError("its adapter deletes nothing")

    async with inner:
        made: Any = like(inner, Other())
        assert await made.check() == "mine"
        assert made.account == inner.account
        assert made.place(ChannelId("lounge")) == inner.place(ChannelId("lounge"))
        assert await made.limits(ChannelId("lounge")) == await inner.limits(ChannelId("lounge"))
        assert not hasattr(made, "delete")
        made = like(made, object())
        assert await made.check() == "mine"


def test_a_method_of_no_adapter_is_refused() -> None:
    class Misspelt:
        async def delte(self) -> None: ...

    with pytest.raises(TypeError, match="no adapter has these methods: delte"):
        like(memory(), Misspelt())
