"""What X would charge: a ledger (docs.x.com/x-api/getting-started/pricing; amounts of 2026, in micro-dollars).

What was charged for once on a day (UTC) is not charged for again that day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

POST = 15_000
POST_WITH_LINK = 200_000
SUMMONED_REPLY = 10_000
DELETE = 10_000
READ_POST = 5_000
READ_OWN = 1_000
READ_USER = 10_000
READ_LIKE = 1_000
READ_MESSAGE = 10_000
MESSAGE = 15_000
METADATA = 5_000
COUNTS = 5_000

_DAY = 86_400


@dataclass(slots=True)
class Ledger:
    """``lines`` are what was charged, in order; ``total`` is their sum."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    _charged: set[tuple[int, str, str]] = field(default_factory=set)

    def charge(self, operation: str, micro_usd: int, now: float) -> int:
        """For something done."""
        self.lines.append({"operation": operation, "units": 1, "micro_usd": micro_usd, "at": now})
        self.total += micro_usd
        return micro_usd

    def charge_reads(self, operation: str, ids: Iterable[str], each: int, now: float) -> int:
        """For things read, those excepted that were read today."""
        day = int(now // _DAY)
        new = {(day, operation, id) for id in ids} - self._charged
        self._charged |= new
        if new:
            self.lines.append({"operation": operation, "units": len(new), "micro_usd": len(new) * each, "at": now})
            self.total += len(new) * each
        return len(new) * each
