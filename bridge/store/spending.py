"""The table ``spend``: how often a network was used and what it cost, by minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Insert, select
from sqlalchemy.dialects import postgresql, sqlite

from bridge.model.ids import NetworkId
from bridge.store import tables
from bridge.store.ids import micros
from bridge.store.rows import execute_many

_s = tables.spend.c


@dataclass(frozen=True, slots=True)
class Spent:
    """So many operations of one kind in one minute (minutes since the epoch), and their price."""

    operation: str
    minute: int
    units: int
    micro_usd: int


def minute_of(at: datetime) -> int:
    return micros(at) // 60_000_000


def add(connection: Connection, network: NetworkId, spent: Sequence[Spent]) -> None:
    rows = [
        {"network": network, "operation": s.operation, "minute": s.minute, "units": s.units, "micro_usd": s.micro_usd}
        for s in spent
    ]
    execute_many(connection, _add_to(connection.dialect.name), rows)


@cache
def _add_to(dialect: str) -> Insert:
    insert = sqlite.insert(tables.spend) if dialect == "sqlite" else postgresql.insert(tables.spend)
    return insert.on_conflict_do_update(
        index_elements=["network", "operation", "minute"],
        set_={"units": _s.units + insert.excluded.units, "micro_usd": _s.micro_usd + insert.excluded.micro_usd},
    )


def since(connection: Connection, network: NetworkId, at: datetime) -> list[Spent]:
    rows = connection.execute(
        select(_s.operation, _s.minute, _s.units, _s.micro_usd).where(_s.network == network, _s.minute >= minute_of(at))
    )
    return [Spent(*row) for row in rows]
