"""Questions that people ask the journal. Only reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, literal, select

from bridge.model.ids import ChannelId, ChatId, GlobalId, NetworkId, Platform
from bridge.model.posting import PartState, Posting, PostingState
from bridge.model.report import NetworkReport, PartTrace, PostingTrace, RevisionTrace, Trace
from bridge.store import messages, parts, postings, reactions, tables
from bridge.store.ids import first_id_at, maybe_moment, moment
from bridge.store.messages import Message

_n, _p, _t = tables.network.c, tables.posting.c, tables.part.c
_RECENT = timedelta(hours=24)


def network_reports(connection: Connection, chats: Collection[ChatId], now: datetime) -> dict[NetworkId, NetworkReport]:
    """All networks that ever ran on this journal."""
    waiting: dict[str, dict[str, int]] = defaultdict(dict)
    oldest: dict[str, int] = {}
    due = select(_p.network, _p.channel_id, func.count(), func.min(_p.created_at)).where(
        _p.state == literal(PostingState.DUE.value, literal_execute=True)
    )
    for network, channel, count, since in connection.execute(due.group_by(_p.network, _p.channel_id)):
        waiting[network][channel] = count
        oldest[network] = min(since, oldest.get(network, since))
    refused_rows = connection.execute(
        select(_p.network, func.count())
        .where(
            _p.chat_id.in_(sorted(chats)),
            _p.id >= first_id_at(now - _RECENT),
            _p.state == PostingState.REFUSED.value,
        )
        .group_by(_p.network)
    )
    refused = {str(network): int(count) for network, count in refused_rows}
    return {
        NetworkId(row["network"]): NetworkReport(
            network=NetworkId(row["network"]),
            state=row["state"],
            reason=row["state_reason"],
            since=maybe_moment(row["since"]),
            next_at=maybe_moment(row["next_at"]),
            paused=row["paused"],
            lag=None if row["lag_us"] is None else timedelta(microseconds=row["lag_us"]),
            last_event_at=maybe_moment(row["last_event_at"]),
            last_error=row["last_error"],
            last_error_at=maybe_moment(row["last_error_at"]),
            waiting=dict(waiting.get(row["network"], {})),
            waiting_since=maybe_moment(oldest.get(row["network"])),
            refused=refused.get(row["network"], 0),
        )
        for row in connection.execute(select(tables.network)).mappings()
    }


def traces(connection: Connection, link: str, platforms: Collection[Platform]) -> list[Trace]:
    """The ways of the messages that a link, or an id, names: the original's, or that of one of its copies."""
    found = messages.by_url(connection, link)
    for platform in platforms:
        found += messages.by_global(connection, platform, [GlobalId(link)])
        own = parts.own_posts(connection, platform, [GlobalId(link), *parts.ids_at(connection, platform, link)])
        found += messages.by_id(
            connection, [(one.chat, one.message) for one in own.values() if one.message is not None]
        ).values()
    heads = {(one.chat, one.id): one for one in found}
    return [_trace(connection, head) for head in heads.values()]


def _trace(connection: Connection, head: Message) -> Trace:
    said = messages.revisions(connection, head.chat, head.id)
    copies = connection.execute(
        select(tables.posting).where(_p.chat_id == head.chat, _p.message_id == head.id).order_by(_p.id)
    ).mappings()
    rows = {row["id"]: dict(row) for row in copies}
    whole = parts.attach(connection, [postings.posting_from_row(row) for row in rows.values()])  # type: ignore[arg-type]
    return Trace(
        chat=head.chat,
        message=head.id,
        network=head.network,
        channel=head.channel,
        author=head.author_handle or head.author_name,
        url=head.url,
        id=head.ref.id,
        created_at=head.created_at,
        seen_at=head.seen_at,
        stream=head.stream,
        journaled_at=head.journaled_at,
        deleted_at=head.deleted_at,
        late=head.late,
        held_rule=head.held_rule,
        held_reason=head.held_reason,
        reactions=reactions.totals(connection, head.chat, [head.id]).get(head.id, 0),
        revisions=tuple(RevisionTrace(number=one.number, text=one.content.text.plain, at=one.at) for one in said),
        postings=tuple(_posting(one, rows[one.id]) for one in whole),
    )


def _posting(posting: Posting, row: dict[str, Any]) -> PostingTrace:
    return PostingTrace(
        kind=posting.kind,
        network=posting.network,
        channel=ChannelId(row["channel_id"]) if row["channel_id"] else None,
        state=posting.state,
        reason=row["reason"],
        wanted=posting.wanted,
        sent=posting.sent,
        created_at=posting.created_at,
        wanted_at=moment(row["wanted_at"]),
        sent_at=maybe_moment(row["sent_at"]),
        closed_at=maybe_moment(row["closed_at"]),
        parts=tuple(
            PartTrace(
                number=one.number,
                state=one.state.value,
                id=one.ref.id if one.ref else "",
                url=one.url,
                tries_since=one.began_at if one.state is PartState.BEGUN else None,
            )
            for one in posting.parts
        ),
    )
