"""How far one stream has been read: by X's time. Pure.

Posts become searchable late, so each look reads again from a while before that; ids tell the time, so
a time is all that has to be kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from adapters.twitter.ids import id_at
from bridge.model.ids import Cursor

REACH = timedelta(days=7) - timedelta(minutes=5)
"""How far back X's recent search goes; a request on the very edge is refused."""


@dataclass(frozen=True, slots=True)
class Position:
    """All was read until ``read``; nothing from before ``began`` is ever told."""

    read: datetime
    began: datetime

    @classmethod
    def of(cls, cursor: Cursor) -> Self:
        """What :attr:`cursor` wrote. Raises ValueError, KeyError or TypeError."""
        value = json.loads(cursor)
        return cls(_time(value["read"]), _time(value["began"]))

    @property
    def cursor(self) -> Cursor:
        value = {"read": self.read.isoformat(), "began": self.began.isoformat()}
        return Cursor(json.dumps(value, separators=(",", ":")))

    @property
    def floor(self) -> int:
        """The smallest id that may be told."""
        return id_at(self.began)

    def until(self, moment: datetime) -> Self:
        """Read until then (never backwards: clocks are set)."""
        return replace(self, read=max(self.read, moment))

    def start(self, overlap: timedelta) -> datetime:
        """From when on to read again."""
        return max(self.began, self.read - overlap)


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)
