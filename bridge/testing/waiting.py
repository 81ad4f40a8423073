"""Wait for a thing to be so, instead of for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bridge.app import Bridge


async def until(holds: Callable[[], Any], otherwise: str = "it did not come to be", seconds: float = 30.0) -> None:
    """Ask (a function, or one that gives an awaitable) until the answer is true; AssertionError with these
    words when it takes longer than so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                answer = holds()
                if asyncio.iscoroutine(answer):
                    answer = await answer
                if answer:
                    return
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(otherwise) from None


async def up(bridge: Bridge, seconds: float = 30.0) -> None:
    """All its networks are read: nothing said from now on is missed."""
    states = bridge.health
    await until(
        lambda: all(health.state == "up" for health in states.values()), f"not all networks are up: {states}", seconds
    )
