"""How often the server lets us write: as it last said, else as Mastodon documents.

A server says so with each answer only, so what it said is kept in the network's folder for the next run.
Where it is taken at less than its word, it answers 429 and says until when.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from bridge.adapter import Rate

_STATUSES, _DELETES = timedelta(hours=3), timedelta(minutes=30)
_DOCUMENTED = (
    Rate(operation="post", count=300, per=_STATUSES),
    Rate(operation="note", count=300, per=_STATUSES),
    Rate(operation="delete", count=30, per=_DELETES),
)
"""https://docs.joinmastodon.org/api/rate-limits/"""
_ASKED = {"post": "status_post", "note": "status_post", "delete": "status_delete"}


class Ceilings:
    """``heard`` takes what ``X-RateLimit-Limit`` said with an answer; ``rates`` are what is so now."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "limits.json"
        self._told = self._load()
        self.rates = self._rates()

    def heard(self, method: str, limit: int) -> None:
        """``method`` is Mastodon.py's; ``limit`` is 0 where the server did not say."""
        if limit < 1 or method not in _ASKED.values() or self._told.get(method) == limit:
            return
        self._told[method] = limit
        self.rates = self._rates()
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self._told))

    def _rates(self) -> tuple[Rate, ...]:
        return tuple(
            Rate(operation=one.operation, count=self._told.get(_ASKED[one.operation], one.count), per=one.per)
            for one in _DOCUMENTED
        )

    def _load(self) -> dict[str, int]:
        try:
            return {str(name): int(count) for name, count in json.loads(self._file.read_text()).items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}  # it can be made again
