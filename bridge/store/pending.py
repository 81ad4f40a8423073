"""The table ``pending``: commands that wait for a yes, one for each account and chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from bridge.model.ids import AccountId, ChatId, Platform
from bridge.store import tables
from bridge.store.ids import micros, moment
from bridge.store.upsert import upsert

_t = tables.pending.c


@dataclass(frozen=True, slots=True)
class Pending:
    """A command as it was said, and when."""

    words: str
    at: datetime


def put(connection: Connection, chat: ChatId, platform: Platform, account: AccountId, asked: Pending) -> None:
    """This waits from now on, and nothing else of this account."""
    row = {"chat_id": chat, "platform": platform, "account": account, "words": asked.words, "at": micros(asked.at)}
    upsert(connection, tables.pending, [row])


def get(
    connection: Connection, chat: ChatId, platform: Platform, account: AccountId, since: datetime
) -> Pending | None:
    """What waits, if it was said since then."""
    row = connection.execute(
        select(_t.words, _t.at).where(
            _t.chat_id == chat, _t.platform == platform, _t.account == account, _t.at >= micros(since)
        )
    ).first()
    return None if row is None else Pending(row.words, moment(row.at))


def drop(connection: Connection, chat: ChatId, platform: Platform, account: AccountId) -> None:
    """Nothing waits any more."""
    connection.execute(delete(tables.pending).where(_t.chat_id == chat, _t.platform == platform, _t.account == account))
