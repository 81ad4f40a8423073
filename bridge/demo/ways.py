"""What the journal holds of the posts on the page: from where a copy came, and where a post went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, RowMapping, select

from bridge.model.posting import PartState, PostingKind, PostingState
from bridge.store import tables
from bridge.store.ids import moment

Place = tuple[str, str]
"""A platform, and the id of a post there."""

_MOST = 1000  # rows: all that the page shows of a busy chat
_m, _p, _t = tables.message.c, tables.posting.c, tables.part.c
_b, _l = tables.ballot.c, tables.poll.c
_OURS = (PostingKind.ANNOUNCEMENT.value, PostingKind.BALLOT.value, PostingKind.RESULT.value)


@dataclass(frozen=True)
class There:
    """How a post fares on another network. ``words`` say it, ``took`` how long it was under way from its
    author to there; ``post`` is the copy's first part."""

    network: str
    words: str
    took: timedelta | None = None
    post: Place | None = None


@dataclass(frozen=True)
class Way:
    """Of an original: ``there``, and ``stays``, why it goes nowhere. Of a copy: ``source`` and ``origin``, the
    network and the post it was copied from, and ``took``. ``part`` counts from 1. ``ours``: the chat itself says it;
    ``over``: it is the ballot of a poll that is closed, whatever its network shows."""

    there: tuple[There, ...] = ()
    stays: str = ""
    source: str = ""
    author: str = ""
    origin: Place | None = None
    took: timedelta | None = None
    part: int = 1
    ours: bool = False
    over: bool = False


def read_ways(connection: Connection) -> dict[Place, Way]:
    """The latest of the journal. Only reads."""
    copies = tables.message.outerjoin(
        tables.posting, (_p.chat_id == _m.chat_id) & (_p.message_id == _m.id) & (_p.kind == "copy")
    ).outerjoin(tables.part, (_t.chat_id == _p.chat_id) & (_t.posting_id == _p.id))
    wanted = (
        *(_m.id, _m.platform, _m.network, _m.global_id, _m.author_name, _m.author_handle),
        *(_m.held_reason, _m.created_at),
        *(_p.id.label("posting"), _p.network.label("to"), _p.state, _p.reason, _p.wanted, _p.sent, _p.sent_at),
        *(_t.number, _t.platform.label("there"), _t.global_id.label("copy")),
        *(_t.state.label("done"), _t.revision.label("reads")),
    )
    rows = connection.execute(select(*wanted).select_from(copies).order_by(_m.id.desc(), _p.id, _t.number).limit(_MOST))
    return _of_the_chat(connection) | ways(rows.mappings())


def _of_the_chat(connection: Connection) -> dict[Place, Way]:
    polls = tables.posting.outerjoin(tables.ballot, (_b.chat_id == _p.chat_id) & (_b.posting_id == _p.id)).outerjoin(
        tables.poll, (_l.chat_id == _b.chat_id) & (_l.id == _b.poll_id)
    )
    said = tables.part.join(polls, (_p.chat_id == _t.chat_id) & (_p.id == _t.posting_id))
    wanted = select(_t.platform, _t.global_id, _l.closed_at).select_from(said)
    rows = connection.execute(wanted.where(_p.kind.in_(_OURS)).order_by(_p.id.desc()).limit(_MOST))
    return {(place, id): Way(ours=True, over=closed is not None) for place, id, closed in rows if id is not None}


def ways(rows: Iterable[RowMapping]) -> dict[Place, Way]:
    """``rows``: messages with their postings and parts, the parts of a posting in order. Pure."""
    found: dict[Place, Way] = {}
    postings: dict[Place, dict[int, RowMapping]] = defaultdict(dict)
    reads: dict[int, int] = defaultdict(int)  # the latest revision that a part was made of
    for row in rows:
        origin = (row["platform"], row["global_id"])
        found.setdefault(origin, Way(stays=row["held_reason"]))
        if row["posting"] is None:
            continue
        postings[origin].setdefault(row["posting"], row)
        if row["copy"] is not None:
            found[row["there"], row["copy"]] = Way(
                source=row["network"],
                author=row["author_name"] or row["author_handle"],
                origin=origin,
                took=_span(row["created_at"], row["sent_at"]),
                part=row["number"],
            )
            reads[row["posting"]] = max(reads[row["posting"]], row["reads"])
    for origin, copies in postings.items():
        there = tuple(_there(row, reads[posting]) for posting, row in copies.items())
        found[origin] = Way(there=there, stays=found[origin].stays)
    return found


def _there(row: RowMapping, reads: int) -> There:
    took = _span(row["created_at"], row["sent_at"])
    post = (row["there"], row["copy"]) if row["copy"] and row["done"] == PartState.DONE.value else None
    return There(network=row["to"], words=_words(row, reads), took=took if post else None, post=post)


def _words(row: RowMapping, reads: int) -> str:
    match PostingState(row["state"]):
        case PostingState.DUE if not row["sent"]:
            return "on its way"
        case PostingState.DUE:
            return "changing" if row["wanted"] else "being withdrawn"
        case PostingState.DIGEST | PostingState.DIGESTED:
            return "for the digest"
        case PostingState.DONE if row["sent"]:
            return "" if reads >= row["sent"] else "as first said: it cannot be edited there"
        case state:
            return row["reason"] or state.value


def _span(begin: int, end: int | None) -> timedelta | None:
    return None if end is None else max(moment(end) - moment(begin), timedelta(0))
