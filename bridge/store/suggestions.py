"""The table ``suggestion``: themes that people would like to talk about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, delete, or_, select

from bridge.model.ids import AccountId, ChatId, GlobalId, Platform
from bridge.model.session import Suggestion
from bridge.store import reactions, tables
from bridge.store.ids import micros, moment
from bridge.store.upsert import upsert

_g = tables.suggestion.c
_m = tables.message.c
_a = tables.account.c


def put(connection: Connection, chat: ChatId, suggestion: Suggestion) -> None:
    """A suggestion, or what an edit made of it."""
    row = {
        "chat_id": chat,
        "platform": suggestion.platform,
        "post": suggestion.post,
        "author": suggestion.author,
        "author_name": suggestion.name,
        "text": suggestion.text,
        "private": suggestion.private,
        "at": micros(suggestion.at),
    }
    upsert(connection, tables.suggestion, [row], keep=("at",))


def drop(connection: Connection, chat: ChatId, platform: Platform, post: GlobalId) -> None:
    """It is no suggestion any more."""
    connection.execute(delete(tables.suggestion).where(_g.chat_id == chat, _g.platform == platform, _g.post == post))


def between(connection: Connection, chat: ChatId, since: datetime, until: datetime) -> list[Suggestion]:
    """Those of a stretch of time that still stand, in order, with their support: not those whose post was deleted
    or is held back, or whose author does not want to be bridged."""
    by = and_(_a.platform == _g.platform, _a.account == _g.author)
    said = and_(_m.platform == _g.platform, _m.global_id == _g.post, _m.chat_id == _g.chat_id)
    rows = connection.execute(
        select(tables.suggestion, _m.id.label("message"))
        .outerjoin(tables.message, said)
        .outerjoin(tables.account, by)
        .where(
            _g.chat_id == chat,
            _g.at >= micros(since),
            _g.at < micros(until),
            _a.stopped_at.is_(None),
            _a.nobridge_at.is_(None),
            or_(_g.private, and_(_m.deleted_at.is_(None), _m.held_rule == "")),
        )
        .order_by(_g.at, _g.post)
    ).mappings()
    found = [(row["message"], _suggestion(row)) for row in rows]
    support = reactions.totals(connection, chat, [message for message, _ in found if message is not None])
    return [replace(one, support=support.get(message, 0)) for message, one in found]


def _suggestion(row: RowMapping) -> Suggestion:
    return Suggestion(
        platform=Platform(row["platform"]),
        post=GlobalId(row["post"]),
        author=AccountId(row["author"]),
        name=row["author_name"],
        text=row["text"],
        at=moment(row["at"]),
        private=row["private"],
    )
