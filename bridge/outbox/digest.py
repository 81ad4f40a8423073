"""What happened since the last digest, in one posting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bridge.model.chat import Channel, Chat, Network, Relay
from bridge.model.ids import NetworkId
from bridge.model.posting import Content, Posting, PostingKind, PostingState, Priority
from bridge.outbox.render import DigestFacts, digest
from bridge.store import cursors, messages, postings, reactions

_QUIET = timedelta(seconds=60)
"""What was missed in an outage is told when nothing more of it has come in for so long."""


def make_digest(
    connection: Connection,
    chat: Chat,
    channel: Channel,
    networks: Mapping[NetworkId, Network],
    next_id: Callable[[], int],
    now: datetime,
) -> bool:
    """The channel's next digest, if it is time and there is something to tell. True: one was made."""
    waiting = postings.for_digest(connection, chat.id, channel.id)
    if not waiting or not _time(connection, chat, channel, waiting[-1].created_at, now):
        return False
    heads = messages.by_id(connection, [(chat.id, one.message) for one in waiting if one.message is not None])
    told = [one for one in heads.values() if one.deleted_at is None and not one.held_rule]
    postings.set_state(connection, chat.id, [one.id for one in waiting], PostingState.DIGESTED)
    cursors.set_digested(connection, chat.id, channel.id, now)
    if not told:
        return False
    counts = reactions.totals(connection, chat.id, [one.id for one in told])
    answered = {one.id: sum(other.parent == one.id for other in told) for one in told}
    top = max(told, key=lambda one: (counts.get(one.id, 0) + answered[one.id], -one.id))
    said = messages.latest(connection, [top]).get((chat.id, top.id))
    facts = DigestFacts(
        since=min(one.created_at for one in told),
        posts=len(told),
        people=len({(one.platform, one.author) for one in told}),
        networks=tuple(sorted({networks[one.network].title for one in told})),
        top_text=said.content.text if said else None,
        top_author=top.author_name or top.author_handle,
        link=channel.digest_link,
    )
    postings.add(
        connection,
        [
            Posting(
                chat=chat.id,
                id=next_id(),
                kind=PostingKind.DIGEST,
                network=channel.network,
                channel=channel.id,
                to=None,
                message=None,
                content=Content(text=digest(facts, chat.zone, now)),
                wanted=1,
                sent=0,
                state=PostingState.DUE,
                priority=Priority.ANNOUNCEMENT,
                created_at=now,
            )
        ],
    )
    return True


def _time(connection: Connection, chat: Chat, channel: Channel, last: datetime, now: datetime) -> bool:
    if channel.relay is not Relay.DIGEST:
        return now - last >= _QUIET
    told = cursors.digested_at(connection, chat.id, channel.id)
    return told is None or now - told >= channel.digest_every
