"""How long to wait after failures: twice as long each time, up to a minute, never the same for everybody."""

from __future__ import annotations

import random
from datetime import timedelta

_FIRST, _LONGEST = 0.5, 60.0


class Backoff:
    """Counts failures in a row."""

    def __init__(self) -> None:
        self._failures = 0

    def failed(self) -> timedelta:
        """The wait after one more failure."""
        longest = min(_FIRST * 2**self._failures, _LONGEST)
        self._failures = min(self._failures + 1, 16)
        return timedelta(seconds=random.uniform(longest / 2, longest))

    def succeeded(self) -> None:
        self._failures = 0
