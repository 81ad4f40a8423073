"""What happens to posts: they are deleted, reacted to, voted in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bridge.adapter import Reacted, Voted
from bridge.intake.batch import Batch
from bridge.intake.talk import AMONG_MODERATORS
from bridge.model.ids import AccountId, GlobalId
from bridge.model.poll import Vote
from bridge.store import messages, parts, polls, postings, reactions
from bridge.store.messages import Message
from bridge.store.reactions import Reaction


def take_deletion(batch: Batch, id: GlobalId, at: datetime) -> None:
    if (own := batch.own.get(id)) is not None:
        if parts.removed_there(batch.connection, own):
            batch.taken.touch([(batch.setting.network.id, own.posting)])
        return
    batch.put()
    if id not in batch.known:
        polls.take_back(batch.connection, batch.platform, id)
    for message in batch.known.get(id, ()):
        if message.deleted_at is not None:
            continue
        messages.put(batch.connection, [replace(message, deleted_at=at)])
        messages.erase_text(batch.connection, message.chat, [message.id])
        which = postings.of_messages(message.chat, [message.id])
        batch.taken.touch(postings.withdraw(batch.connection, which, "its author deleted it", batch.now))
    batch.known[id] = [replace(one, deleted_at=one.deleted_at or at) for one in batch.known.get(id, ())]


def take_reaction(batch: Batch, reacted: Reacted) -> None:
    if reacted.withdrawn:
        batch.put()
        reactions.withdraw(
            batch.connection,
            batch.platform,
            reacted.post,
            reacted.kind,
            reacted.by or AccountId(""),
            reacted.id or GlobalId(""),
        )
        return
    own = batch.own.get(reacted.post)
    of = [(own.chat, own.message)] if own is not None and own.message is not None else []
    of += [(one.chat, one.id) for one in batch.known.get(reacted.post, ()) if _is_counted(one)]
    for chat, message in of:
        batch.reactions.append(
            Reaction(
                chat=chat,
                platform=batch.platform,
                post=reacted.post,
                message=message,
                kind=reacted.kind,
                by=reacted.by or AccountId(""),
                id=reacted.id or GlobalId(""),
                total=1 if reacted.total is None else reacted.total,
            )
        )


def take_vote(batch: Batch, voted: Voted) -> None:
    """In a poll of the network's own. Of several choices where one may choose one, the first counts."""
    own = batch.own.get(voted.ballot)
    kept = None if own is None else polls.of_posting(batch.connection, own.chat, own.posting)
    if kept is None:
        return
    most = len(kept.poll.options) if kept.poll.multiple else 1
    choices = None if voted.choices is None else frozenset(voted.choices[:most])
    vote = Vote(id=voted.id, voter=voted.by, at=voted.at, choices=choices)
    polls.put_vote(batch.connection, kept.poll, batch.platform, batch.setting.network.id, vote)


def _is_counted(message: Message) -> bool:
    """May reactions to it be kept?"""
    return message.deleted_at is None and message.held_rule != AMONG_MODERATORS
