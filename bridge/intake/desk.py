"""One batch of events, journaled in one unit of work: messages, revisions, reactions, and what should
now exist on the other channels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bridge.adapter import Checkpoint, Deleted, Edited, Posted, PrivateMessage, Reacted, Voted
from bridge.intake.batch import Arrival, Batch, Setting, Taken
from bridge.intake.happenings import take_deletion, take_reaction, take_vote
from bridge.intake.posts import take_post
from bridge.intake.talk import take_private_message


def take(connection: Connection, setting: Setting, arrivals: Sequence[Arrival], now: datetime) -> Taken:
    """Journal these events. Repeating it changes nothing."""
    batch = Batch(connection, setting, now)
    batch.read(arrivals)
    for arrival in arrivals:
        _enter(batch, arrival)
    batch.put()
    return batch.taken


def _enter(batch: Batch, arrival: Arrival) -> None:
    """Each kind of event where it belongs."""
    match arrival.event:
        case Posted(post=post, channel=channel, stream=stream) | Edited(post=post, channel=channel, stream=stream):
            take_post(batch, post, channel, stream, arrival.seen_at)
        case Deleted(post=id, at=at):
            take_deletion(batch, id, at or arrival.seen_at)
        case Reacted() as reacted:
            take_reaction(batch, reacted)
        case Voted() as voted:
            take_vote(batch, voted)
        case PrivateMessage() as told:
            take_private_message(batch, told, arrival.seen_at)
        case Checkpoint(stream=stream, cursor=cursor):
            batch.cursors[stream] = cursor
