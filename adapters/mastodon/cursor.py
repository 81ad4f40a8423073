"""How far one timeline has been read, such that it can be read again from a day earlier. Pure.

Ids of federated posts are made from ``created_at``, so a late arrival has an old id and ``min_id``
skips it. How a time becomes an id differs from software to software (snowflakes, ULIDs, flakes), so
nothing is computed: the cursor remembers, an hour apart, which id was the newest at what time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from bridge.model.ids import Cursor

_GRAIN = 3600.0  # seconds between two marks


def id_order(local: str) -> tuple[int, str]:
    """Sorts ids by age: numbers by size; ULIDs and flakes are of one length and sort as strings."""
    return len(local), local


@dataclass(frozen=True, slots=True)
class Position:
    """``alive``: until when the timeline was surely followed. ``marks``: (epoch seconds, the newest id
    then), oldest first, at least one; the id is empty where the timeline was empty."""

    alive: datetime
    marks: tuple[tuple[float, str], ...]

    @classmethod
    def beginning(cls, now: datetime, newest: str) -> Self:
        return cls(now, ((now.timestamp(), newest),))

    @classmethod
    def of(cls, cursor: Cursor) -> Self:
        """What :attr:`cursor` wrote. Raises ValueError."""
        value = json.loads(cursor)
        return cls(
            datetime.fromtimestamp(float(value["alive"]), UTC),
            tuple((float(at), str(newest)) for at, newest in value["marks"]),
        )

    @property
    def cursor(self) -> Cursor:
        value = {"alive": self.alive.timestamp(), "marks": self.marks}
        return Cursor(json.dumps(value, separators=(",", ":")))

    def read(self, local: str, now: datetime) -> Self:
        """This id has been read. An old one changes nothing."""
        at, newest = self.marks[-1]
        if id_order(local) <= id_order(newest):
            return self
        same_hour = len(self.marks) > 1 and at // _GRAIN == now.timestamp() // _GRAIN
        kept = self.marks[:-1] if same_hour else self.marks
        return replace(self, marks=(*kept, (now.timestamp(), local)))

    def followed(self, now: datetime) -> Self:
        return replace(self, alive=now)

    def start(self, overlap: timedelta) -> tuple[Self, str]:
        """From which id on to read again: the newest one of ``overlap`` before ``alive``, or the oldest
        there is. Also the position without the marks that are no longer needed."""
        if not overlap:
            return replace(self, marks=self.marks[-1:]), self.marks[-1][1]
        cut = (self.alive - overlap).timestamp()
        first = max((number for number, (at, _) in enumerate(self.marks) if at <= cut), default=0)
        return replace(self, marks=self.marks[first:]), self.marks[first][1]
