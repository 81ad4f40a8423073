"""The tables ``poll``, ``ballot`` and ``vote``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, and_, delete, func, insert, or_, select, update

from bridge.model.ids import AccountId, ChannelId, ChatId, GlobalId, NetworkId, Platform
from bridge.model.poll import Counts, Form, Option, Poll, Tie, Vote
from bridge.store import tables
from bridge.store.ids import maybe_moment, micros, moment
from bridge.store.upsert import upsert

_l = tables.poll.c
_b = tables.ballot.c
_v = tables.vote.c
_m = tables.message.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A poll in the journal. ``closed_at``: when its result was made; None while it is open."""

    poll: Poll
    opened_by: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """A poll on one channel: the posting that it is, and how it stood when the network was last asked. ``lost``:
    so many votes the network counted once and counts no more."""

    channel: ChannelId
    network: NetworkId
    posting: int
    form: Form
    counts: Counts | None = None
    lost: int = 0


def next_number(connection: Connection, chat: ChatId) -> int:
    """What the chat's next poll is called."""
    last: int | None = connection.execute(select(func.max(_l.id)).where(_l.chat_id == chat)).scalar()
    return (last or 0) + 1


def add(connection: Connection, poll: Poll, opened_by: str, ballots: Sequence[Ballot]) -> None:
    """A new poll with its ballots."""
    connection.execute(
        insert(tables.poll).values(
            chat_id=poll.chat,
            id=poll.id,
            question=poll.question,
            options=json.dumps([[one.text, one.short] for one in poll.options], ensure_ascii=False),
            multiple=poll.multiple,
            tie=poll.tie.value,
            opened_by=opened_by,
            opens_at=micros(poll.opens_at),
            closes_at=micros(poll.closes_at),
        )
    )
    rows = [
        {
            "chat_id": poll.chat,
            "poll_id": poll.id,
            "channel_id": one.channel,
            "network": one.network,
            "posting_id": one.posting,
            "form": one.form.value,
        }
        for one in ballots
    ]
    if rows:
        connection.execute(insert(tables.ballot), rows)


def by_number(connection: Connection, chat: ChatId, number: int) -> Kept | None:
    return _one(connection, select(tables.poll).where(_l.chat_id == chat, _l.id == number))


def of_posting(connection: Connection, chat: ChatId, posting: int) -> Kept | None:
    """The poll of which a posting is a ballot."""
    joined = and_(_b.chat_id == _l.chat_id, _b.poll_id == _l.id)
    which = select(tables.poll).join(tables.ballot, joined).where(_b.chat_id == chat, _b.posting_id == posting)
    return _one(connection, which)


def still_open(connection: Connection) -> list[Kept]:
    """Those without a result yet, of all chats, the oldest first."""
    return _all(connection, select(tables.poll).where(_l.closed_at.is_(None)).order_by(_l.chat_id, _l.id))


def closed_between(connection: Connection, since: datetime, until: datetime) -> list[Kept]:
    """Those whose result was made then, of all chats."""
    which = select(tables.poll).where(_l.closed_at >= micros(since), _l.closed_at < micros(until))
    return _all(connection, which.order_by(_l.chat_id, _l.id))


def latest(connection: Connection, chat: ChatId, most: int) -> list[Kept]:
    """The newest polls of a chat, the newest first."""
    return _all(connection, select(tables.poll).where(_l.chat_id == chat).order_by(_l.id.desc()).limit(most))


def ballots(connection: Connection, chat: ChatId, number: int) -> list[Ballot]:
    rows = connection.execute(
        select(tables.ballot).where(_b.chat_id == chat, _b.poll_id == number).order_by(_b.channel_id)
    ).mappings()
    return [
        Ballot(
            channel=ChannelId(row["channel_id"]),
            network=NetworkId(row["network"]),
            posting=row["posting_id"],
            form=Form(row["form"]),
            counts=_counts(row),
            lost=row["lost"],
        )
        for row in rows
    ]


def _counts(row: RowMapping) -> Counts | None:
    if row["counted_at"] is None:
        return None
    return Counts(votes=tuple(json.loads(row["counts"])), voters=row["voters"], at=moment(row["counted_at"]))


def put_counts(connection: Connection, poll: Poll, channel: ChannelId, counts: Counts) -> None:
    """How its ballot on this channel stands. Nobody can take back a vote where only numbers are told, so that
    fewer than before are a loss: somebody edited the ballot there."""
    which = and_(_b.chat_id == poll.chat, _b.poll_id == poll.id, _b.channel_id == channel)
    before = connection.execute(select(tables.ballot).where(which)).mappings().one()
    known = _counts(before)
    fewer = max(0, sum(known.votes) - sum(counts.votes)) if known is not None else 0
    connection.execute(
        update(tables.ballot)
        .where(which)
        .values(
            counts=json.dumps(counts.votes),
            voters=counts.voters,
            counted_at=micros(counts.at),
            lost=before["lost"] + fewer,
        )
    )


def close_at(connection: Connection, poll: Poll, at: datetime) -> None:
    """It closes then."""
    connection.execute(
        update(tables.poll)
        .where(_l.chat_id == poll.chat, _l.id == poll.id, _l.closed_at.is_(None))
        .values(closes_at=micros(at))
    )


def set_closed(connection: Connection, poll: Poll, closes_at: datetime, at: datetime) -> None:
    """Its result is made; it was open until ``closes_at``."""
    connection.execute(
        update(tables.poll)
        .where(_l.chat_id == poll.chat, _l.id == poll.id)
        .values(closed_at=micros(at), closes_at=micros(closes_at))
    )


def put_vote(connection: Connection, poll: Poll, platform: Platform, network: NetworkId, vote: Vote) -> None:
    """A vote, or what an edit made of it."""
    row = {
        "chat_id": poll.chat,
        "poll_id": poll.id,
        "platform": platform,
        "vote": vote.id,
        "network": network,
        "voter": vote.voter,
        "choices": "" if vote.choices is None else json.dumps(sorted(vote.choices)),
        "at": micros(vote.at),
    }
    upsert(connection, tables.vote, [row])


def take_back(connection: Connection, platform: Platform, vote: GlobalId) -> None:
    """It is no vote any more."""
    connection.execute(delete(tables.vote).where(_v.platform == platform, _v.vote == vote))


def votes(connection: Connection, poll: Poll) -> list[tuple[NetworkId, Platform, Vote]]:
    """Those that stand: not those whose post was deleted."""
    post = and_(_m.chat_id == _v.chat_id, _m.platform == _v.platform, _m.global_id == _v.vote)
    rows = connection.execute(
        select(tables.vote)
        .outerjoin(tables.message, post)
        .where(_v.chat_id == poll.chat, _v.poll_id == poll.id, or_(_m.id.is_(None), _m.deleted_at.is_(None)))
    ).mappings()
    return [(NetworkId(row["network"]), Platform(row["platform"]), _vote(row)) for row in rows]


def _vote(row: RowMapping) -> Vote:
    return Vote(
        id=GlobalId(row["vote"]),
        voter=AccountId(row["voter"]),
        at=moment(row["at"]),
        choices=frozenset(json.loads(row["choices"])) if row["choices"] else None,
    )


def _one(connection: Connection, which: Select[tuple[object]]) -> Kept | None:
    return next(iter(_all(connection, which)), None)


def _all(connection: Connection, which: Select[tuple[object]]) -> list[Kept]:
    return [
        Kept(
            poll=Poll(
                chat=ChatId(row["chat_id"]),
                id=row["id"],
                question=row["question"],
                options=tuple(Option(text, short) for text, short in json.loads(row["options"])),
                multiple=row["multiple"],
                opens_at=moment(row["opens_at"]),
                closes_at=moment(row["closes_at"]),
                tie=Tie(row["tie"]),
            ),
            opened_by=row["opened_by"],
            closed_at=maybe_moment(row["closed_at"]),
        )
        for row in connection.execute(which).mappings()
    ]
