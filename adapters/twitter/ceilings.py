"""How much X lets us do: as it last said, else as documented.

X says its limits with each answer only, so what it said is kept in the network's folder for the next run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from bridge.adapter import Rate

_HEADERS = ("x-rate-limit-limit", "x-user-limit-24hour-limit", "x-app-limit-24hour-limit")
_QUARTER, _DAY = timedelta(minutes=15), timedelta(days=1)
_DOCUMENTED = {
    ("post", "POST /2/tweets", _HEADERS[0], _QUARTER): 100,
    ("post", "POST /2/tweets", _HEADERS[2], _DAY): 10_000,
    ("delete", "DELETE /2/tweets", _HEADERS[0], _QUARTER): 50,
    ("note", "POST /2/dm_conversations", _HEADERS[0], _QUARTER): 15,
    ("note", "POST /2/dm_conversations", _HEADERS[1], _DAY): 1_440,
}
"""https://docs.x.com/x-api/fundamentals/rate-limits"""
_ROUTES = {route for _, route, _, _ in _DOCUMENTED}


class Ceilings:
    """``heard`` takes the headers of an answer; ``rates`` are what is so now."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "limits.json"
        self._told = self._load()
        self.rates = self._rates()

    def heard(self, method: str, route: str, headers: Mapping[str, str]) -> None:
        asked = f"{method} {'/'.join(route.split('/')[:3])}"  # without ids
        if asked not in _ROUTES:
            return
        given = {f"{asked} {name}": int(value) for name in _HEADERS if (value := headers.get(name, "")).isdigit()}
        told = self._told | given
        if told != self._told:
            self._told = told
            self.rates = self._rates()
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(told))

    def _rates(self) -> tuple[Rate, ...]:
        return tuple(
            Rate(operation=operation, count=self._told.get(f"{route} {header}", documented), per=per)
            for (operation, route, header, per), documented in _DOCUMENTED.items()
        )

    def _load(self) -> dict[str, int]:
        try:
            kept = json.loads(self._file.read_text())
            return {str(name): int(count) for name, count in kept.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}  # it can be made again
