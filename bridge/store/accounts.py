"""The table ``account``: who does not want to be bridged, and which accounts moderators have."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select

from bridge.model.ids import AccountId, Platform
from bridge.store import tables
from bridge.store.ids import micros
from bridge.store.messages import chunks
from bridge.store.upsert import upsert

_a = tables.account.c
_OPTED_OUT = select(_a.account, _a.stopped_at).where(
    _a.platform == bindparam("platform"),
    _a.account.in_(bindparam("accounts", expanding=True)),
    or_(_a.stopped_at.is_not(None), _a.nobridge_at.is_not(None)),
)


def opted_out(connection: Connection, platform: Platform, accounts: Iterable[AccountId]) -> dict[AccountId, str]:
    """Those of these accounts who are not to be bridged, and how they said it: ``stop`` or ``profile``."""
    found = {}
    for some in chunks(sorted(set(accounts))):
        for account, stopped_at in connection.execute(_OPTED_OUT, {"platform": platform, "accounts": some}):
            found[AccountId(account)] = "profile" if stopped_at is None else "stop"
    return found


def set_stopped(
    connection: Connection, platform: Platform, account: AccountId, handle: str, at: datetime | None
) -> None:
    """They said stop (``at``), or start (None)."""
    row = {"platform": platform, "account": account, "handle": handle, "stopped_at": None if at is None else micros(at)}
    upsert(connection, tables.account, [row])


def set_nobridge(
    connection: Connection, platform: Platform, account: AccountId, handle: str, at: datetime | None
) -> None:
    """Their profile says #nobridge (``at``), or no longer does (None)."""
    row = {
        "platform": platform,
        "account": account,
        "handle": handle,
        "nobridge_at": None if at is None else micros(at),
    }
    upsert(connection, tables.account, [row])


def meet(connection: Connection, platform: Platform, account: AccountId, handle: str) -> None:
    """Know whose handle this is."""
    upsert(connection, tables.account, [{"platform": platform, "account": account, "handle": handle}])


def with_handles(connection: Connection, platform: Platform, handles: Collection[str]) -> list[AccountId]:
    """The accounts that are known by these handles (casefolded)."""
    rows = connection.execute(
        select(_a.account, _a.handle).where(_a.platform == platform, _a.handle != "").order_by(_a.account)
    )
    return [AccountId(account) for account, handle in rows if handle.casefold() in handles]
