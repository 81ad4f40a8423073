"""The tables ``message`` and ``revision``: what was said, and how it read at each time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from bridge.model.ids import AccountId, ChannelId, ChatId, GlobalId, NetworkId, Place, Platform, PostRef, RemoteId
from bridge.model.posting import Content, content_from_json, content_to_json
from bridge.model.text import Text
from bridge.store import tables
from bridge.store.ids import maybe_micros, maybe_moment, micros, moment
from bridge.store.rows import as_json, execute_many

_m, _r = tables.message.c, tables.revision.c
T = TypeVar("T")
CHUNK = 400  # values in one IN list
OURS = Platform("")
"""Where the chat's own messages come from: no platform."""

_ADD = insert(tables.message)
_ADD_REVISION = insert(tables.revision)
_BY_GLOBAL = select(tables.message).where(
    _m.platform == bindparam("platform"), _m.global_id.in_(bindparam("ids", expanding=True))
)
# Lists of pairs would be the exact question, but SQLite answers those by reading the whole table.
_BY_ID = select(tables.message).where(
    _m.chat_id.in_(bindparam("chats", expanding=True)), _m.id.in_(bindparam("ids", expanding=True))
)
_REVISIONS = select(tables.revision).where(
    _r.chat_id.in_(bindparam("chats", expanding=True)),
    _r.message_id.in_(bindparam("ids", expanding=True)),
    _r.number.in_(bindparam("numbers", expanding=True)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of the journal, without its text (that is in its revisions)."""

    chat: ChatId
    id: int
    platform: Platform
    network: NetworkId
    channel: ChannelId
    ref: PostRef
    author: AccountId
    author_handle: str
    author_name: str
    author_url: str
    from_host: bool
    to_bot: bool
    url: str
    places: frozenset[Place]
    stream: str
    parent: int | None
    revision: int
    late: bool
    held_rule: str
    held_reason: str
    created_at: datetime
    seen_at: datetime
    journaled_at: datetime
    edited_at: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """How a message read from ``at`` on. Numbers count from 1."""

    chat: ChatId
    message: int
    number: int
    content: Content
    at: datetime


def _row(message: Message) -> dict[str, Any]:
    return {
        "chat_id": message.chat,
        "id": message.id,
        "platform": message.platform,
        "network": message.network,
        "channel_id": message.channel,
        "global_id": message.ref.id,
        "remote_id": message.ref.remote,
        "author": message.author,
        "author_handle": message.author_handle,
        "author_name": message.author_name,
        "author_url": message.author_url,
        "from_host": message.from_host,
        "to_bot": message.to_bot,
        "url": message.url,
        "places": as_json(sorted(message.places)),
        "stream": message.stream,
        "parent_id": message.parent,
        "revision": message.revision,
        "late": message.late,
        "held_rule": message.held_rule,
        "held_reason": message.held_reason,
        "created_at": micros(message.created_at),
        "seen_at": micros(message.seen_at),
        "journaled_at": micros(message.journaled_at),
        "edited_at": maybe_micros(message.edited_at),
        "deleted_at": maybe_micros(message.deleted_at),
    }


def message_from_row(row: RowMapping) -> Message:
    return Message(
        chat=ChatId(row["chat_id"]),
        id=row["id"],
        platform=Platform(row["platform"]),
        network=NetworkId(row["network"]),
        channel=ChannelId(row["channel_id"]),
        ref=PostRef(GlobalId(row["global_id"]), RemoteId(row["remote_id"])),
        author=AccountId(row["author"]),
        author_handle=row["author_handle"],
        author_name=row["author_name"],
        author_url=row["author_url"],
        from_host=row["from_host"],
        to_bot=row["to_bot"],
        url=row["url"],
        places=frozenset(json.loads(row["places"] or "[]")),
        stream=row["stream"],
        parent=row["parent_id"],
        revision=row["revision"],
        late=row["late"],
        held_rule=row["held_rule"],
        held_reason=row["held_reason"],
        created_at=moment(row["created_at"]),
        seen_at=moment(row["seen_at"]),
        journaled_at=moment(row["journaled_at"]),
        edited_at=maybe_moment(row["edited_at"]),
        deleted_at=maybe_moment(row["deleted_at"]),
    )


def add(connection: Connection, messages: Sequence[Message], revisions: Sequence[Revision]) -> None:
    """New messages with their first revisions, and further revisions of known ones."""
    execute_many(connection, _ADD, [_row(one) for one in messages])
    execute_many(
        connection,
        _ADD_REVISION,
        [
            {
                "chat_id": one.chat,
                "message_id": one.message,
                "number": one.number,
                "content": as_json(content_to_json(one.content)),
                "at": micros(one.at),
            }
            for one in revisions
        ],
    )


def put(connection: Connection, messages: Sequence[Message]) -> None:
    """Known messages, as they are now (all but their key)."""
    if not messages:
        return
    statement = (
        update(tables.message)
        .where(_m.chat_id == bindparam("b_chat"), _m.id == bindparam("b_id"))
        .values({name: bindparam(name) for name in _row(messages[0]) if name not in ("chat_id", "id")})
    )
    rows = []
    for one in messages:
        row = _row(one)
        row["b_chat"], row["b_id"] = row.pop("chat_id"), row.pop("id")
        rows.append(row)
    connection.execute(statement, rows)


def erase_text(connection: Connection, chat: ChatId, ids: Sequence[int]) -> None:
    """Forget what these messages said: they were deleted, or their author took their words back."""
    empty = as_json(content_to_json(Content(text=Text())))
    for some in chunks(ids):
        connection.execute(
            update(tables.revision).where(_r.chat_id == chat, _r.message_id.in_(some)).values(content=empty)
        )


def by_global(connection: Connection, platform: Platform, ids: Iterable[GlobalId]) -> list[Message]:
    """The messages with these ids, in all chats."""
    found: list[Message] = []
    for some in chunks(sorted(set(ids))):
        rows = connection.execute(_BY_GLOBAL, {"platform": platform, "ids": some}).mappings()
        found.extend(message_from_row(row) for row in rows)
    return found


def by_id(connection: Connection, ids: Iterable[tuple[ChatId, int]]) -> dict[tuple[ChatId, int], Message]:
    found = {}
    for some in chunks(sorted(set(ids))):
        rows = connection.execute(_BY_ID, pairs(some)).mappings()
        for row in rows:
            found[ChatId(row["chat_id"]), int(row["id"])] = message_from_row(row)
    return found


def by_author(connection: Connection, platform: Platform, author: AccountId) -> list[Message]:
    rows = connection.execute(select(tables.message).where(_m.platform == platform, _m.author == author)).mappings()
    return [message_from_row(row) for row in rows]


def by_url(connection: Connection, url: str) -> list[Message]:
    """The messages that people see at this address."""
    rows = connection.execute(select(tables.message).where(_m.url == url)).mappings()
    return [message_from_row(row) for row in rows]


def recent(connection: Connection, network: NetworkId, since: datetime, most: int) -> list[Message]:
    """What still stands of what was said on a network since then, newest first."""
    rows = connection.execute(
        select(tables.message)
        .where(_m.network == network, _m.created_at >= micros(since), _m.deleted_at.is_(None), _m.held_rule == "")
        .order_by(_m.created_at.desc())
        .limit(most)
    ).mappings()
    return [message_from_row(row) for row in rows]


def latest(connection: Connection, heads: Iterable[Message]) -> dict[tuple[ChatId, int], Revision]:
    """How each of these messages reads now."""
    return numbered(connection, {(one.chat, one.id): one.revision for one in heads})


def numbered(connection: Connection, wanted: Mapping[tuple[ChatId, int], int]) -> dict[tuple[ChatId, int], Revision]:
    """How each of these messages reads in the revision of that number."""
    found = {}
    for some in chunks(list(wanted)):
        numbers = sorted({wanted[key] for key in some})
        for row in connection.execute(_REVISIONS, {**pairs(some), "numbers": numbers}).mappings():
            key = ChatId(row["chat_id"]), int(row["message_id"])
            if wanted.get(key) == row["number"]:
                found[key] = _revision(row)
    return found


def revisions(connection: Connection, chat: ChatId, message: int) -> list[Revision]:
    """All revisions of a message, in order."""
    rows = connection.execute(
        select(tables.revision).where(_r.chat_id == chat, _r.message_id == message).order_by(_r.number)
    ).mappings()
    return [_revision(row) for row in rows]


def _revision(row: RowMapping) -> Revision:
    return Revision(
        chat=ChatId(row["chat_id"]),
        message=row["message_id"],
        number=row["number"],
        content=content_from_json(json.loads(row["content"])),
        at=moment(row["at"]),
    )


def pairs(keys: Iterable[tuple[ChatId, int]]) -> dict[str, list[Any]]:
    """Parameters ``chats`` and ``ids`` that find all these (chat, id); ids are unique over all chats."""
    keys = list(keys)
    return {"chats": sorted({chat for chat, _ in keys}), "ids": [id for _, id in keys]}


def chunks(values: Sequence[T]) -> Iterable[Sequence[T]]:
    """In pieces that fit one statement."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
