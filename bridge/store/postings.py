"""The table ``posting``: what of ours should exist, and what is there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from bridge.model.ids import AccountId, ChannelId, ChatId, NetworkId
from bridge.model.posting import (
    Content,
    Posting,
    PostingKind,
    PostingState,
    content_from_json,
    content_to_json,
)
from bridge.store import parts, tables
from bridge.store.ids import maybe_micros, maybe_moment, micros, moment
from bridge.store.messages import chunks, pairs
from bridge.store.rows import as_json, execute_many

_p = tables.posting.c
_t = tables.part.c
_ADD = insert(tables.posting)
_COPIES_ON = select(tables.posting).where(
    _p.chat_id.in_(bindparam("chats", expanding=True)),
    _p.message_id.in_(bindparam("ids", expanding=True)),
    _p.channel_id == bindparam("channel"),
)
_CLOSE = (
    update(tables.posting)
    .where(_p.chat_id == bindparam("b_chat"), _p.id == bindparam("b_id"))
    .values(
        sent=bindparam("b_revision"),
        closed_at=bindparam("b_at"),
        sent_at=func.coalesce(_p.sent_at, bindparam("b_first")),
        not_before=None,
        state=case((_p.wanted == bindparam("b_revision"), PostingState.DONE.value), else_=PostingState.DUE.value),
    )
)

Touched = list[tuple[NetworkId, int]]
"""Postings whose ``wanted`` changed, with the network whose worker should know."""


def add(connection: Connection, postings: Sequence[Posting], reasons: Sequence[str] | None = None) -> None:
    """New postings. ``reasons`` say why those that are held are held, one for each posting."""
    why = reasons or [""] * len(postings)
    execute_many(connection, _ADD, [_row(one, reason) for one, reason in zip(postings, why, strict=True)])


def _row(one: Posting, reason: str) -> dict[str, Any]:
    return {
        "chat_id": one.chat,
        "id": one.id,
        "kind": one.kind.value,
        "message_id": one.message,
        "network": one.network,
        "channel_id": one.channel or "",
        "to_account": one.to or "",
        "content": None if one.content is None else as_json(content_to_json(one.content)),
        "wanted": one.wanted,
        "sent": one.sent,
        "state": one.state.value,
        "reason": reason,
        "priority": one.priority,
        "created_at": micros(one.created_at),
        "wanted_at": micros(one.created_at),
    }


def posting_from_row(row: RowMapping) -> Posting:
    return Posting(
        chat=ChatId(row["chat_id"]),
        id=row["id"],
        kind=PostingKind(row["kind"]),
        network=NetworkId(row["network"]),
        channel=ChannelId(row["channel_id"]) if row["channel_id"] else None,
        to=AccountId(row["to_account"]) if row["to_account"] else None,
        message=row["message_id"],
        content=None if row["content"] is None else content_from_json(json.loads(row["content"])),
        wanted=row["wanted"],
        sent=row["sent"],
        state=PostingState(row["state"]),
        priority=row["priority"],
        created_at=moment(row["created_at"]),
    )


def want(connection: Connection, chat: ChatId, message: int, revision: int, now: datetime) -> Touched:
    """The copies of a message should read like this revision. What was refused is tried again; what
    somebody removed over there, what a rule holds, and what was withdrawn stay so."""
    changeable = (PostingState.DUE, PostingState.DONE, PostingState.REFUSED)
    return _change(
        connection,
        and_(_p.chat_id == chat, _p.message_id == message, _p.wanted > 0, _p.state.in_([s.value for s in changeable])),
        {
            "wanted": revision,
            "state": PostingState.DUE.value,
            "wanted_at": micros(now),
            "not_before": None,
            "reason": "",
        },
    )


def withdraw(connection: Connection, which: ColumnElement[bool], reason: str, now: datetime) -> Touched:
    """These postings should no longer exist. What never left is held with the reason."""
    touched = _change(
        connection,
        and_(
            which,
            _p.wanted > 0,
            _p.state.in_([s.value for s in (PostingState.DUE, PostingState.DONE, PostingState.REFUSED)]),
        ),
        {"wanted": 0, "state": PostingState.DUE.value, "reason": reason, "wanted_at": micros(now), "not_before": None},
    )
    connection.execute(
        update(tables.posting)
        .where(which, _p.state == PostingState.DIGEST.value)
        .values(wanted=0, state=PostingState.HELD.value, reason=reason)
    )
    return touched


def revive(connection: Connection, chat: ChatId, message: int, revision: int, now: datetime) -> Touched:
    """Copies that were withdrawn should exist again."""
    states = [s.value for s in (PostingState.DUE, PostingState.DONE)]
    return _change(
        connection,
        and_(_p.chat_id == chat, _p.message_id == message, _p.wanted == 0, _p.state.in_(states)),
        {"wanted": revision, "state": PostingState.DUE.value, "reason": "", "wanted_at": micros(now)},
    )


def of_messages(chat: ChatId, messages: Sequence[int]) -> ColumnElement[bool]:
    """The copies of these messages, for :func:`withdraw`."""
    return and_(_p.chat_id == chat, _p.message_id.in_(messages))


def on_channel(chat: ChatId, message: int, channel: ChannelId) -> ColumnElement[bool]:
    """The copy of a message on one channel, for :func:`withdraw`."""
    return and_(_p.chat_id == chat, _p.message_id == message, _p.channel_id == channel)


def _change(connection: Connection, which: ColumnElement[bool], values: dict[str, Any]) -> Touched:
    rows = connection.execute(select(_p.network, _p.chat_id, _p.id).where(which)).all()
    for some in chunks(rows):
        keys = pairs((row.chat_id, row.id) for row in some)
        connection.execute(
            update(tables.posting).where(_p.chat_id.in_(keys["chats"]), _p.id.in_(keys["ids"])).values(values)
        )
    return [(NetworkId(row.network), row.id) for row in rows]


@cache
def _due(withdrawals: bool, by_priority: bool) -> Select[Any]:
    which = [
        _p.network == bindparam("network"),
        _p.state == literal(PostingState.DUE.value, literal_execute=True),
        or_(_p.not_before.is_(None), _p.not_before <= bindparam("now")),
    ]
    which += [_p.wanted == 0] if withdrawals else [_p.wanted > 0, _p.channel_id == bindparam("channel")]
    order = (_p.priority, _p.id) if by_priority else (_p.id,)
    return select(tables.posting).where(*which).order_by(*order).limit(bindparam("most"))


def due(
    connection: Connection,
    network: NetworkId,
    channel: ChannelId | None,
    now: datetime,
    most: int,
    *,
    withdrawals: bool = False,
    by_priority: bool = False,
) -> list[Posting]:
    """What a worker should see to next, with parts: of one channel (None: the private notes) in
    order of arrival, or, when a budget is short, the more important first; or the network's withdrawals."""
    given = {"network": network, "now": micros(now), "most": most}
    if not withdrawals:
        given["channel"] = channel or ""
    rows = connection.execute(_due(withdrawals, by_priority), given).mappings()
    return parts.attach(connection, [posting_from_row(row) for row in rows])


def by_id(connection: Connection, chat: ChatId, posting: int) -> Posting | None:
    row = connection.execute(select(tables.posting).where(_p.chat_id == chat, _p.id == posting)).mappings().first()
    return None if row is None else parts.attach(connection, [posting_from_row(row)])[0]


def channels_of(connection: Connection, chat: ChatId, message: int) -> dict[ChannelId, int]:
    """The postings of a message, by channel."""
    rows = connection.execute(select(_p.channel_id, _p.id).where(_p.chat_id == chat, _p.message_id == message))
    return {ChannelId(channel): posting for channel, posting in rows}


def copies_on(connection: Connection, channel: ChannelId, keys: Iterable[tuple[ChatId, int]]) -> dict[int, Posting]:
    """The copies of these messages on one channel, by message, with parts."""
    found: list[Posting] = []
    for some in chunks(sorted(set(keys))):
        rows = connection.execute(_COPIES_ON, {**pairs(some), "channel": channel}).mappings()
        found.extend(posting_from_row(row) for row in rows)
    return {one.message: one for one in parts.attach(connection, found) if one.message is not None}


def close(connection: Connection, closed: Sequence[tuple[ChatId, int, int]], at: datetime) -> None:
    """(chat, posting, revision): what is there now is this revision (0: nothing). Where something
    else is wanted meanwhile, the posting stays due."""
    when = micros(at)
    execute_many(
        connection,
        _CLOSE,
        [
            {
                "b_chat": chat,
                "b_id": posting,
                "b_revision": revision,
                "b_at": when,
                "b_first": when if revision else None,
            }
            for chat, posting, revision in closed
        ],
    )


def set_aside(
    connection: Connection, chat: ChatId, posting: int, state: PostingState, reason: str, revision: int
) -> None:
    """Refused, or gone over there. Not where something else is wanted meanwhile."""
    connection.execute(
        update(tables.posting)
        .where(_p.chat_id == chat, _p.id == posting, _p.wanted == revision)
        .values(state=state.value, reason=reason)
    )


def set_state(connection: Connection, chat: ChatId, ids: Sequence[int], state: PostingState, reason: str = "") -> None:
    for some in chunks(ids):
        connection.execute(
            update(tables.posting).where(_p.chat_id == chat, _p.id.in_(some)).values(state=state.value, reason=reason)
        )


def rewrite(connection: Connection, chat: ChatId, posting: int, content: Content, now: datetime) -> Touched:
    """What is no copy should read like this instead, where it is there or on its way."""
    states = [PostingState.DUE.value, PostingState.DONE.value]
    which = and_(_p.chat_id == chat, _p.id == posting, _p.wanted > 0, _p.state.in_(states))
    return _change(
        connection,
        which,
        {
            "content": as_json(content_to_json(content)),
            "wanted": _p.wanted + 1,
            "state": PostingState.DUE.value,
            "wanted_at": micros(now),
            "not_before": None,
        },
    )


def hold_unsent(connection: Connection, chat: ChatId, posting: int, reason: str) -> None:
    """It should not be sent any more, if it has not begun to be."""
    begun = exists().where(_t.chat_id == _p.chat_id, _t.posting_id == _p.id)
    connection.execute(
        update(tables.posting)
        .where(_p.chat_id == chat, _p.id == posting, _p.state == PostingState.DUE.value, _p.sent == 0, ~begun)
        .values(wanted=0, state=PostingState.HELD.value, reason=reason)
    )


def for_digest(connection: Connection, chat: ChatId, channel: ChannelId, most: int = 5000) -> list[Posting]:
    """What waits to be told of in the channel's next digest, in order."""
    rows = connection.execute(
        select(tables.posting)
        .where(_p.chat_id == chat, _p.channel_id == channel, _p.state == PostingState.DIGEST.value)
        .order_by(_p.id)
        .limit(most)
    ).mappings()
    return [posting_from_row(row) for row in rows]


def next_due(connection: Connection, network: NetworkId) -> datetime | None:
    """When the earliest of what waits for its time may go."""
    at = connection.execute(
        select(func.min(_p.not_before)).where(_p.network == network, _p.state == PostingState.DUE.value)
    ).scalar()
    return maybe_moment(at)


def defer(connection: Connection, chat: ChatId, posting: int, until: datetime | None) -> None:
    connection.execute(
        update(tables.posting).where(_p.chat_id == chat, _p.id == posting).values(not_before=maybe_micros(until))
    )
