"""kill -9, ten times in a burst, between a memory network and each real stand-in."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bridge.adapter import Manifest
from bridge.demo.standins import with_stand_ins
from bridge.testing.burst import CLEAN
from bridge.testing.killing import killed_through


@pytest.mark.timeout(300)
@pytest.mark.parametrize("manifest", with_stand_ins(), ids=lambda one: one.platform)
async def test_kill_9_ten_times_in_a_burst(tmp_path: Path, manifest: Manifest) -> None:
    ended, interrupted = await killed_through(tmp_path, manifest, posts=200, kills=10, rng=random.Random(9))
    assert ended == CLEAN
    assert interrupted >= 3, "the kills met no crossing: this shows nothing"
