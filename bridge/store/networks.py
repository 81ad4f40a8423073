"""The table ``network``: how each network is, for `edldrs status`, and whether it is paused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from bridge.model.ids import NetworkId, Platform
from bridge.store import tables
from bridge.store.upsert import upsert

_n = tables.network.c


def register(connection: Connection, networks: Sequence[tuple[NetworkId, Platform]]) -> None:
    """Know these networks; one that is paused stays so."""
    rows = [{"network": network, "platform": platform, "paused": False} for network, platform in networks]
    upsert(connection, tables.network, rows, keep=("paused",))


def platforms(connection: Connection) -> dict[NetworkId, Platform]:
    """Of all networks that ever ran on this journal."""
    rows = connection.execute(select(_n.network, _n.platform))
    return {NetworkId(network): Platform(platform) for network, platform in rows}


def paused(connection: Connection) -> frozenset[NetworkId]:
    return frozenset(NetworkId(row[0]) for row in connection.execute(select(_n.network).where(_n.paused)))


def set_paused(connection: Connection, networks: Sequence[NetworkId] | None, value: bool) -> list[NetworkId]:
    """Pause or resume these networks (None: all that are known). Returns those that were changed."""
    which = [] if networks is None else [_n.network.in_(networks)]
    changed = connection.execute(select(_n.network).where(_n.paused != value, *which)).scalars().all()
    connection.execute(update(tables.network).where(*which).values(paused=value))
    return [NetworkId(name) for name in changed]


def note(connection: Connection, network: NetworkId, values: Mapping[str, Any]) -> None:
    """Put down how a network is. Keys are columns of the table."""
    connection.execute(update(tables.network).where(_n.network == network).values(**values))
