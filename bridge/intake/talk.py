"""What is said to the bot, and what handlers make of it: in public, in private, in the moderators' room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bridge.adapter import PrivateMessage
from bridge.intake.batch import Batch
from bridge.intake.handlers import Answer, Handler, Heard, ask
from bridge.model.chat import Channel, Chat
from bridge.model.ids import ChannelId, PostRef
from bridge.model.message import Author, Post
from bridge.model.policy import Held
from bridge.model.posting import PostingKind
from bridge.outbox.moderators import note
from bridge.store import accounts
from bridge.store.messages import Message

_BALLOT = PostingKind.BALLOT

AMONG_MODERATORS = "moderators"
"""The rule of what is said in a moderators' room."""


def heard_in_public(
    batch: Batch, post: Post, chat: Chat, *, edited: bool = False, crosses: bool = False
) -> Held | None:
    """Ask the handlers; what one of them took does not cross."""
    own = batch.own.get(post.reply_to.id) if post.reply_to is not None else None
    answer = _ask(
        batch,
        Heard(
            chat=chat.id,
            network=batch.setting.network.id,
            platform=batch.platform,
            id=post.ref.id,
            author=post.author,
            text=post.text,
            at=post.edited_at or post.created_at,
            to_bot=post.to_bot,
            answers=post.reply_to is not None,
            ballot=own.posting if own is not None and own.chat == chat.id and own.kind is _BALLOT else None,
            edited=edited,
            crosses=crosses,
        ),
        batch.handlers,
    )
    return None if answer is None else Held(answer.rule, answer.reason)


def take_private_message(batch: Batch, told: PrivateMessage, seen_at: datetime) -> None:
    """Noted as seen, and answered in private."""
    channel = addressed_channel(batch, told.author, batch.setting.book.reached(batch.setting.network.id))
    if told.id in batch.known or channel is None:
        return
    _note_unread(batch, channel, told, Held("private", "it was said to the bot in private"), seen_at)
    _ask(
        batch,
        Heard(
            chat=channel.chat,
            network=batch.setting.network.id,
            platform=batch.platform,
            id=told.id,
            author=told.author,
            text=told.text,
            at=told.at,
            private=True,
            to_bot=True,
        ),
        batch.handlers,
    )


def moderators_room(batch: Batch, post: Post, channel: ChannelId | None) -> Channel | None:
    """The moderators' room in which it was said, whoever read it there."""
    if channel in batch.rooms:
        return batch.rooms[channel]
    return next((one for one in batch.rooms.values() if batch.setting.places[one.id] in post.places), None)


def said_among_moderators(batch: Batch, post: Post, room: Channel, seen_at: datetime) -> None:
    """Noted as seen, without its words; a command, perhaps, and never anything else."""
    if post.ref.id in batch.known:
        return
    told = PrivateMessage(id=post.ref.id, author=post.author, text=post.text, at=post.created_at)
    _note_unread(batch, room, told, Held(AMONG_MODERATORS, "it was said in the moderators' room"), seen_at)
    ours = post.author.account == batch.setting.account
    if ours or post.author.bot or post.created_at < batch.setting.opened[room.id]:
        return
    if room.network != batch.setting.network.id:
        return  # the login that the room belongs to hears it too
    _ask(
        batch,
        Heard(
            chat=room.chat,
            network=batch.setting.network.id,
            platform=batch.platform,
            id=post.ref.id,
            author=post.author,
            text=post.text,
            at=post.created_at,
            private=True,
            to_bot=post.to_bot,
            room=room.id,
        ),
        batch.room_handlers,
    )


def addressed_channel(batch: Batch, author: Author, channels: Sequence[Channel]) -> Channel | None:
    """Where what is said to the bot alone belongs: to the chat in which its author may do most, the first
    of several."""
    book, network = batch.setting.book, batch.setting.network.id
    return max(channels, key=lambda one: book.chats[one.chat].role(network, author.handle), default=None)


def _note_unread(batch: Batch, channel: Channel, told: PrivateMessage, held: Held, seen_at: datetime) -> None:
    """Journal what is nobody else's business as seen, so that catch-up answers it no second time."""
    message = Message(
        chat=channel.chat,
        id=batch.setting.next_id(),
        platform=batch.platform,
        network=batch.setting.network.id,
        channel=channel.id,
        ref=PostRef(told.id),
        author=told.author.account,
        author_handle="",
        author_name="",
        author_url="",
        from_host=False,
        to_bot=True,
        url="",
        places=frozenset(),
        stream="",
        parent=None,
        revision=1,
        late=False,
        held_rule=held.rule,
        held_reason=held.reason,
        created_at=told.at,
        seen_at=seen_at,
        journaled_at=batch.now,
    )
    batch.messages[message.id] = message
    batch.known[told.id] = [message]


def _ask(batch: Batch, heard: Heard, handlers: Sequence[Handler]) -> Answer | None:
    if heard.to_bot or heard.private:
        batch.put()  # a word to the bot finds all that was said before
    answer = ask(handlers, heard)
    if answer is None:
        return None
    batch.taken.touch(answer.touched)
    batch.opted_out = accounts.opted_out(batch.connection, batch.platform, [*batch.opted_out, heard.author.account])
    if answer.text:
        batch.taken.networks.add(batch.setting.network.id)
        chat, to = batch.setting.book.chats[heard.chat], heard.author.account
        id = batch.setting.next_id()
        batch.postings.append(note(chat, batch.setting.network.id, answer.text, id, batch.now, room=heard.room, to=to))
        batch.reasons.append("")
    return answer
