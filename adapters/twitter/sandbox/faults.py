"""What is to befall the next requests, as a test or the demo says."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

KINDS = {
    "window": "429 of the window, which ends after `seconds`",
    "cap": "429 UsageCapExceeded, beside headers that look fine",
    "credits": "402",
    "capacity": "503 in HTML",
    "internal": "500",
    "hang": "nothing is done and no answer comes",
    "refuse": "the connection ends before anything is done",
    "lose": "it is done, and the connection ends without an answer",
    "half": "it is done, and the connection ends in the middle of the answer",
}


@dataclass(slots=True)
class Fault:
    """Befalls the next ``requests`` that match; ``path`` is a pattern (``/2/tweets*``), ``method`` may be
    empty for any. ``until`` is when a window ends (epoch seconds); the fault lapses then."""

    kind: str
    requests: int
    methods: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ("*",)
    until: float | None = None

    def meets(self, method: str, path: str) -> bool:
        return (not self.methods or method in self.methods) and any(fnmatchcase(path, one) for one in self.paths)


@dataclass(slots=True)
class Fate:
    """``away_until``: nobody gets through until then (epoch seconds). ``seen`` counts what was asked."""

    faults: list[Fault] = field(default_factory=list)
    away_until: float = 0.0
    seen: dict[str, int] = field(default_factory=dict)

    def take(self, method: str, path: str, now: float) -> Fault | None:
        """What befalls this request; it is used up by it."""
        for fault in self.faults:
            if fault.requests > 0 and fault.meets(method, path) and (fault.until is None or now < fault.until):
                fault.requests -= 1
                return fault
        self.faults = [one for one in self.faults if one.requests > 0 and (one.until is None or now < one.until)]
        return None


def fault_from(wanted: dict[str, Any], now: float) -> Fault:
    """Of a control request. Raises ``ValueError`` with what to write instead."""
    kind = wanted.get("kind")
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}")
    methods = wanted.get("methods", [])
    return Fault(
        kind=str(kind),
        requests=int(wanted.get("requests", 1)),
        methods=frozenset(str(one).upper() for one in methods),
        paths=tuple(wanted.get("paths", ["*"])),
        until=now + float(wanted["seconds"]) if "seconds" in wanted else None,
    )
