"""The table ``reaction``: who appreciated what, counted over all networks and never reposted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from bridge.model.ids import AccountId, ChatId, GlobalId, Platform
from bridge.store import tables
from bridge.store.messages import chunks
from bridge.store.upsert import upsert

_x = tables.reaction.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One person's reaction, or (``by`` empty) a server's count of them."""

    chat: ChatId
    platform: Platform
    post: GlobalId
    message: int
    kind: str
    by: AccountId
    id: GlobalId
    total: int


def put(connection: Connection, reactions: Sequence[Reaction]) -> None:
    rows = {
        (one.chat, one.platform, one.post, one.kind, one.by): {
            "chat_id": one.chat,
            "platform": one.platform,
            "post": one.post,
            "kind": one.kind,
            "by": one.by,
            "message_id": one.message,
            "reaction_id": one.id,
            "total": one.total,
        }
        for one in reactions
    }
    upsert(connection, tables.reaction, list(rows.values()))


def withdraw(
    connection: Connection, platform: Platform, post: GlobalId, kind: str, by: AccountId, id: GlobalId
) -> None:
    """Taken back: by the reaction's own id where it has one, else by who and what."""
    if id:
        connection.execute(delete(tables.reaction).where(_x.platform == platform, _x.reaction_id == id))
    else:
        connection.execute(
            delete(tables.reaction).where(_x.platform == platform, _x.post == post, _x.kind == kind, _x.by == by)
        )


def totals(connection: Connection, chat: ChatId, messages: Sequence[int]) -> dict[int, int]:
    """Reactions to each message and its copies. Of one post and kind, a server's count and the
    single reactions we saw tell of the same people: the larger counts."""
    result: dict[int, int] = {}
    for some in chunks(messages):
        single = func.sum(_x.total).filter(_x.by != "")
        told = func.max(_x.total).filter(_x.by == "")
        rows = connection.execute(
            select(_x.message_id, single, told)
            .where(_x.chat_id == chat, _x.message_id.in_(some))
            .group_by(_x.message_id, _x.platform, _x.post, _x.kind)
        )
        for message, one_by_one, count in rows:
            result[message] = result.get(message, 0) + max(one_by_one or 0, count or 0)
    return result
