"""A clock that one process moves and another goes by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bridge.demo.clockwork import FastClock
from bridge.testing.moving import Followed, keep

MONDAY = datetime(2026, 11, 16, 20, 0, tzinfo=UTC)


def test_who_follows_a_clock_sees_each_jump_and_knows_all_before_it(tmp_path: Path) -> None:
    clock = FastClock(MONDAY)
    keep(clock, tmp_path / "clock")
    followed = Followed(tmp_path / "clock")
    began = clock.real()
    assert followed.to_chat(began) == clock.to_chat(began)
    for day in (1, 2, 6):
        clock.jump(MONDAY + timedelta(days=day))
        keep(clock, tmp_path / "clock")
        assert clock() <= followed() <= clock()
        assert followed() - MONDAY >= timedelta(days=day)
    later = Followed(tmp_path / "clock")
    for real in (began, followed.real()):
        assert later.to_chat(real) == followed.to_chat(real) == clock.to_chat(real)
        assert later.to_real(later.to_chat(real)) == real
    assert later.to_chat(began) - MONDAY < timedelta(days=1), "the time before the jumps is forgotten"
