"""The table ``part``: the remote posts of each posting."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, exists, literal, select, update

from bridge.model.ids import ChannelId, ChatId, GlobalId, Key, NetworkId, Platform, PostRef, RemoteId
from bridge.model.posting import (
    Operation,
    Part,
    PartState,
    Posting,
    PostingKind,
    PostingState,
    content_from_json,
    content_to_json,
    part_ref,
)
from bridge.store import tables
from bridge.store.ids import maybe_micros, maybe_moment, micros, moment
from bridge.store.messages import chunks, pairs
from bridge.store.rows import as_json, execute_many
from bridge.store.upsert import upsert

_t = tables.part.c
_p = tables.posting.c

_OF_POSTINGS = (
    select(tables.part)
    .where(_t.chat_id.in_(bindparam("chats", expanding=True)), _t.posting_id.in_(bindparam("ids", expanding=True)))
    .order_by(_t.number)
)
_OWN = (
    select(tables.part, _p.kind, _p.message_id, _p.channel_id)
    .join(tables.posting, (_p.chat_id == _t.chat_id) & (_p.id == _t.posting_id))
    .where(_t.platform == bindparam("platform"), _t.global_id.in_(bindparam("ids", expanding=True)))
)

_SETTLE = (
    update(tables.part)
    .where(
        _t.chat_id == bindparam("b_chat"),
        _t.posting_id == bindparam("b_posting"),
        _t.number == bindparam("b_number"),
    )
    .values(
        state=bindparam("b_state"),
        global_id=bindparam("b_global"),
        remote_id=bindparam("b_remote"),
        url=bindparam("b_url"),
        done_at=bindparam("b_at"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPost:
    """One of our posts, and what it is part of."""

    chat: ChatId
    posting: int
    kind: PostingKind
    message: int | None
    channel: ChannelId | None
    number: int
    ref: PostRef


def attach(connection: Connection, postings: Sequence[Posting]) -> list[Posting]:
    """The same postings, with their parts."""
    found: dict[tuple[str, int], list[Part]] = {}
    # What has never been worked on has no parts: most postings, when many are due at once.
    for some in chunks([(one.chat, one.id) for one in postings]):
        rows = connection.execute(_OF_POSTINGS, pairs(some)).mappings()
        for row in rows:
            found.setdefault((row["chat_id"], row["posting_id"]), []).append(_part(row))
    return [
        replace(one, parts=tuple(found[one.chat, one.id])) if (one.chat, one.id) in found else one for one in postings
    ]


def _part(row: RowMapping) -> Part:
    return Part(
        number=row["number"],
        generation=row["generation"],
        revision=row["revision"],
        content=content_from_json(json.loads(row["content"])),
        operation=Operation(row["operation"]),
        state=PartState(row["state"]),
        key=Key(row["key"]),
        ref=part_ref(row["global_id"], row["remote_id"]),
        url=row["url"],
        began_at=maybe_moment(row["began_at"]),
    )


def put(connection: Connection, network: NetworkId, platform: Platform, frozen: Sequence[tuple[Posting, Part]]) -> None:
    """Freeze parts, or put down how they stand now."""
    rows: list[dict[str, Any]] = [
        {
            "chat_id": posting.chat,
            "posting_id": posting.id,
            "number": one.number,
            "generation": one.generation,
            "revision": one.revision,
            "content": as_json(content_to_json(one.content)),
            "operation": one.operation.value,
            "state": one.state.value,
            "key": one.key,
            "network": network,
            "platform": platform,
            "global_id": one.ref.id if one.ref else None,
            "remote_id": one.ref.remote if one.ref else "",
            "url": one.url,
            "began_at": maybe_micros(one.began_at),
        }
        for posting, one in frozen
    ]
    upsert(connection, tables.part, rows)


def settle(connection: Connection, settled: Sequence[tuple[Posting, Part]], at: datetime) -> None:
    """How operations ended: their state, and what is at the network since."""
    execute_many(
        connection,
        _SETTLE,
        [
            {
                "b_chat": posting.chat,
                "b_posting": posting.id,
                "b_number": one.number,
                "b_state": one.state.value,
                "b_global": one.ref.id if one.ref else None,
                "b_remote": one.ref.remote if one.ref else "",
                "b_url": one.url,
                "b_at": micros(at),
            }
            for posting, one in settled
        ],
    )


def own_posts(connection: Connection, platform: Platform, ids: Iterable[GlobalId]) -> dict[GlobalId, OwnPost]:
    """Which of these posts are ours, and of what they are part."""
    found = {}
    for some in chunks(sorted(set(ids))):
        rows = connection.execute(_OWN, {"platform": platform, "ids": some}).mappings()
        for row in rows:
            ref = part_ref(row["global_id"], row["remote_id"])
            assert ref is not None
            found[ref.id] = OwnPost(
                chat=ChatId(row["chat_id"]),
                posting=row["posting_id"],
                kind=PostingKind(row["kind"]),
                message=row["message_id"],
                channel=ChannelId(row["channel_id"]) if row["channel_id"] else None,
                number=row["number"],
                ref=ref,
            )
    return found


def ids_at(connection: Connection, platform: Platform, url: str) -> list[GlobalId]:
    """Our posts that people see at this address."""
    rows = connection.execute(
        select(_t.global_id).where(_t.url == url, _t.url != literal("", literal_execute=True), _t.platform == platform)
    )
    return [GlobalId(row[0]) for row in rows if row[0]]


def claimed(connection: Connection, network: NetworkId, since: datetime) -> frozenset[GlobalId]:
    """Posts of ours on a network, made since then, that belong to a part already."""
    rows = connection.execute(
        select(_t.global_id).where(_t.network == network, _t.global_id.is_not(None), _t.done_at >= micros(since))
    )
    return frozenset(GlobalId(row[0]) for row in rows)


def begun_keys(connection: Connection, network: NetworkId) -> list[Key]:
    """The keys of the sends that have begun there and not ended."""
    rows = connection.execute(select(_t.key).where(_t.network == network, _t.state == PartState.BEGUN.value))
    return [Key(row[0]) for row in rows]


def removed_there(connection: Connection, own: OwnPost) -> bool:
    """Somebody removed our post at the network (a moderator, say): it is not made again. False where we
    removed it ourselves, or are about to."""
    theirs = connection.execute(
        update(tables.part)
        .where(
            _t.chat_id == own.chat,
            _t.posting_id == own.posting,
            _t.number == own.number,
            _t.operation != Operation.DELETE.value,
            exists().where(_p.chat_id == own.chat, _p.id == own.posting, _p.wanted > 0),
        )
        .values(state=PartState.REMOVED.value)
    )
    if not theirs.rowcount:
        return False
    connection.execute(
        update(tables.posting)
        .where(_p.chat_id == own.chat, _p.id == own.posting)
        .values(state=PostingState.GONE.value, reason="somebody removed it over there")
    )
    return True


def recent(connection: Connection, network: NetworkId, since: datetime, most: int) -> list[tuple[datetime, PostRef]]:
    """Our latest posts on a network that still stand, newest first, with when they were done."""
    rows = connection.execute(
        select(_t.done_at, _t.global_id, _t.remote_id)
        .where(_t.network == network, _t.state == PartState.DONE.value, _t.number == 1, _t.done_at >= micros(since))
        .order_by(_t.done_at.desc())
        .limit(most)
    )
    return [(moment(at), PostRef(GlobalId(id), RemoteId(remote))) for at, id, remote in rows]
