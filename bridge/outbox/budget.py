"""What a network may still be used for: the admin's budget, and the platform's own rates.

Counted by whole minutes, so a window frees up to a minute later than it could, never earlier.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bridge.adapter import Rate
from bridge.model.chat import Budget
from bridge.store.spending import Spent, minute_of

_POSTS = frozenset({"post", "note"})
_DAY, _MONTH = timedelta(days=1), timedelta(days=31)
LONGEST = _MONTH
"""How far back a ledger counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """At most ``most`` (operations, or micro-dollars where ``money``) of these operations (empty: all)
    in any window of ``per``. ``own`` says that the admin set it, not the platform."""

    name: str
    most: int
    per: timedelta
    operations: frozenset[str] = frozenset()
    money: bool = False
    own: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How much of a ceiling is used, and when the first of it frees (None: nothing is used)."""

    ceiling: Ceiling
    used: int
    frees_at: datetime | None


def ceilings(budget: Budget) -> tuple[Ceiling, ...]:
    """The admin's budget as ceilings."""
    given = (
        ("15 min", budget.per_15_minutes, timedelta(minutes=15), False),
        ("day", budget.per_day, _DAY, False),
        ("month", budget.per_month, _MONTH, False),
        ("USD a day", budget.micro_usd_per_day, _DAY, True),
        ("USD a month", budget.micro_usd_per_month, _MONTH, True),
    )
    return tuple(
        Ceiling(name=name, most=most, per=per, operations=frozenset() if money else _POSTS, money=money)
        for name, most, per, money in given
        if most is not None
    )


class Ledger:
    """Counts what one network is used for. Load it with what was spent before; take what is new and
    not yet saved with :meth:`unsaved`."""

    def __init__(self, budget: Budget, now: Callable[[], datetime], before: Iterable[Spent] = ()) -> None:
        self._now = now
        self._own = ceilings(budget)
        self._rates: tuple[Ceiling, ...] = ()
        self._units: dict[str, dict[int, list[int]]] = defaultdict(dict)
        self._unsaved: dict[tuple[str, int], list[int]] = {}
        for one in before:
            self._count(one)

    def set_rates(self, rates: Iterable[Rate]) -> None:
        """The platform's own ceilings, as the adapter last read them."""
        self._rates = tuple(
            Ceiling(name=f"{r.operation} rate", most=r.count, per=r.per, operations=frozenset({r.operation}), own=False)
            for r in rates
        )

    def room(self, operation: str, micro_usd: int, *, withdrawal: bool = False) -> Use | None:
        """None if there is room for one more; else the ceiling that has to free first, latest of all.
        A withdrawal waits for the platform's rates only: consent is not for sale."""
        blocked = None
        for ceiling in self._rates if withdrawal else self._rates + self._own:
            adds = micro_usd if ceiling.money else 1
            if not adds or (ceiling.operations and operation not in ceiling.operations):
                continue
            use = self.use(ceiling, adds)
            if use.used + adds > ceiling.most and (blocked is None or _later(use, blocked)):
                blocked = use
        return blocked

    def use(self, ceiling: Ceiling, wanting: int = 1) -> Use:
        """How much of a ceiling is used now, and when there is room for ``wanting`` more."""
        now = self._now()
        first = minute_of(now - ceiling.per) + 1
        rows: dict[int, int] = defaultdict(int)
        for operation, minutes in self._units.items():
            if ceiling.operations and operation not in ceiling.operations:
                continue
            for minute, (units, price) in minutes.items():
                if minute >= first:
                    rows[minute] += price if ceiling.money else units
        used = sum(rows.values())
        left, frees = used, None
        for minute in sorted(rows):
            frees = datetime.fromtimestamp((minute + 1) * 60, UTC) + ceiling.per
            left -= rows[minute]
            if left + wanting <= ceiling.most:
                break
        if frees is None and wanting > ceiling.most:
            frees = now + ceiling.per  # it can never fit: look again when the window has passed
        return Use(ceiling=ceiling, used=used, frees_at=frees)

    def uses(self) -> tuple[Use, ...]:
        """All of the admin's ceilings, for `edldrs status`."""
        return tuple(self.use(ceiling) for ceiling in self._own)

    def spent(self, operation: str, units: int, micro_usd: int) -> None:
        minute = minute_of(self._now())
        self._count(Spent(operation, minute, units, micro_usd))
        entry = self._unsaved.setdefault((operation, minute), [0, 0])
        entry[0] += units
        entry[1] += micro_usd

    def unsaved(self) -> list[Spent]:
        """What was spent since the last call."""
        rows = [Spent(operation, minute, *amounts) for (operation, minute), amounts in self._unsaved.items()]
        self._unsaved.clear()
        return rows

    async def afford(self, micro_usd: int) -> None:
        """Wait until the money budget has room for so much: what adapters call before a read that costs."""
        while (use := self.room("read", micro_usd)) is not None:
            wait = (use.frees_at - self._now()).total_seconds() if use.frees_at else 60.0
            await asyncio.sleep(min(max(wait, 1.0), 60.0))

    def _count(self, one: Spent) -> None:
        minutes = self._units[one.operation]
        entry = minutes.get(one.minute)
        if entry is None:
            # Once a minute and operation: forget what no window reaches any more.
            oldest = one.minute - int(_MONTH.total_seconds() // 60)
            for minute in [m for m in minutes if m < oldest]:
                del minutes[minute]
            entry = minutes[one.minute] = [0, 0]
        entry[0] += one.units
        entry[1] += one.micro_usd


def _later(one: Use, other: Use) -> bool:
    return one.frees_at is not None and (other.frees_at is None or one.frees_at > other.frees_at)


def says(use: Use) -> str:
    """``budget 15 min (100 of 100)``."""
    ceiling = use.ceiling
    word = "budget" if ceiling.own else "the network's own limit,"
    if ceiling.money:
        return f"{word} {ceiling.name} (${use.used / 1e6:.2f} of ${ceiling.most / 1e6:.2f})"
    return f"{word} {ceiling.name} ({use.used} of {ceiling.most})"
