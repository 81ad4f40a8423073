"""A clock of the chat that one process moves and another goes by. What they share is a file: the clock itself, with
all its jumps until now, so that who starts again reads what was said before a jump by the time it was then."""

from __future__ import annotations

import pickle
from datetime import datetime
from pathlib import Path

from bridge.demo.clockwork import FastClock


def keep(clock: FastClock, file: Path) -> None:
    """From now on this is the clock of all who follow the file."""
    new = file.with_suffix(".new")
    new.write_bytes(pickle.dumps(clock))
    new.replace(file)  # nobody reads half a clock


class Followed:
    """The clock in a file as it is now: called and asked as a :class:`FastClock` is."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = (0, 0)
        self._clock: FastClock

    def __call__(self) -> datetime:
        return self._now()()

    def real(self) -> datetime:
        return self._now().real()

    def to_chat(self, real: datetime) -> datetime:
        return self._now().to_chat(real)

    def usual_since(self) -> datetime | None:
        return self._now().usual_since()

    def to_real(self, chat: datetime) -> datetime:
        return self._now().to_real(chat)

    def _now(self) -> FastClock:
        told = self._file.stat()
        if (found := (told.st_ino, told.st_mtime_ns)) != self._read:
            self._clock = pickle.loads(self._file.read_bytes())
            self._read = found
        return self._clock
