"""A burst of numbered posts, and what became of it: lost, duplicated, out of order."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bridge.adapter.sandbox import Seen, Stage
from bridge.testing.process import BridgeProcess

_NUMBERED = re.compile(r"number (\d+)\b")


@dataclass(frozen=True, slots=True)
class Outcome:
    lost: int
    duplicated: int
    reordered: int

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.lost + other.lost, self.duplicated + other.duplicated, self.reordered + other.reordered)


CLEAN = Outcome(0, 0, 0)


def numbered(number: int) -> str:
    """The words of one post of a burst: of a usual length, and unlike any other's."""
    return f"number {number}: we cancelled one meeting in three and nobody asked for it back"


def number_of(text: str) -> int | None:
    """Which post of a burst this is, or a copy of it."""
    found = _NUMBERED.search(text)
    return int(found[1]) if found else None


def numbers(seen: Sequence[Seen]) -> list[int]:
    """Which posts of a burst arrived as copies, in order of arrival."""
    return [number for one in seen if one.mine and (number := number_of(one.text)) is not None]


def outcome(posted: int, arrived: Sequence[int]) -> Outcome:
    """What became of the posts 0, 1, ... that were posted, by the numbers that arrived. Pure."""
    counts = Counter(arrived)
    first = list(dict.fromkeys(arrived))
    return Outcome(
        lost=sum(number not in counts for number in range(posted)),
        duplicated=sum(count - 1 for count in counts.values()),
        reordered=sum(after < before for before, after in pairwise(first)),
    )


async def arrived(stage: Stage, channel: str) -> list[int]:
    return numbers(await stage.timeline(channel))


async def kill_through(
    bridge: BridgeProcess,
    source: tuple[Stage, str],
    target: tuple[Stage, str],
    *,
    posts: int,
    kills: int,
    rng: random.Random,
    patience: float = 120.0,
) -> tuple[Outcome, int]:
    """Kill the running bridge again and again while a burst crosses: what became of the posts, and how
    many of the kills met a crossing that was not done."""
    stage, channel = source
    bounds = [posts * kill // kills for kill in range(kills + 1)]
    interrupted = 0
    for begin, end in pairwise(bounds):
        await bridge.kill()
        interrupted += begin > 0 and len(set(await arrived(*target))) < begin
        for number in range(begin, end):
            await stage.post(channel, numbered(number))
        await bridge.start()
        await _until_some(target, begin + rng.randint(1, max(1, (end - begin) // 2)), patience)
    await bridge.kill()
    await bridge.start()
    await _until_some(target, posts, patience)
    await bridge.stop()
    await bridge.start()  # what would be sent twice is sent now
    await stage.post(channel, numbered(posts))
    await _until_some(target, posts + 1, patience)
    return outcome(posts + 1, await arrived(*target)), interrupted


async def _until_some(target: tuple[Stage, str], count: int, patience: float) -> None:
    """Until so many posts have arrived; what is lost then shows in the outcome."""
    try:
        async with asyncio.timeout(patience):
            while len(set(await arrived(*target))) < count:  # noqa: ASYNC110 - another process has no event
                await asyncio.sleep(0.005)
    except TimeoutError:
        return
