"""kill -9 in the middle of a burst, ten times over, on each network."""

from __future__ import annotations

import random
from pathlib import Path

from bridge.adapter import manifests
from bridge.testing.burst import CLEAN
from bridge.testing.killing import killed_through

_POSTS = 500
_KILLS = 10


async def kill9(folder: Path) -> dict[str, float]:
    """What was lost, doubled or out of order on all networks together."""
    total = CLEAN
    for manifest in manifests().values():
        if manifest.sandbox and manifest.login:
            ended, interrupted = await killed_through(
                folder / manifest.platform, manifest, posts=_POSTS, kills=_KILLS, rng=random.Random(9)
            )
            print(f"  {manifest.title}: {ended}, {interrupted} of {_KILLS} kills in the middle", flush=True)
            total += ended
    return {
        "kill9_lost": total.lost,
        "kill9_duplicated": total.duplicated,
        "kill9_reordered": total.reordered,
    }
