"""Posts of a batch: which are new, which read differently now, and what should exist of them on the other channels."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bridge.intake.batch import Batch
from bridge.intake.talk import (
    AMONG_MODERATORS,
    addressed_channel,
    heard_in_public,
    moderators_room,
    said_among_moderators,
)
from bridge.model.chat import Channel, Chat
from bridge.model.ids import ChannelId, ChatId, Stream
from bridge.model.message import Post
from bridge.model.policy import IN_DIGEST, Facts, Held, Target, holds, holds_for, says_nobridge
from bridge.model.posting import Content, Posting, PostingKind, PostingState, Priority
from bridge.model.text import Text
from bridge.outbox.compose import Job
from bridge.people import consent
from bridge.store import messages, postings
from bridge.store.messages import Message, Revision

_PRIVATE = frozenset({"not-public", "opted-out", "nobridge"})
"""Rules whose messages are noted without a word of what they said."""


def take_post(batch: Batch, post: Post, channel: ChannelId | None, stream: Stream, seen_at: datetime) -> None:
    """Somebody said something, or edited it. Told again, it changes nothing."""
    if post.ref.id in batch.own:
        return  # what we posted comes back
    if (room := moderators_room(batch, post, channel)) is not None:
        said_among_moderators(batch, post, room, seen_at)
        return
    _profile(batch, post)
    for chat, source in _where(batch, post, channel):
        existing = next((one for one in batch.known.get(post.ref.id, ()) if one.chat == chat.id), None)
        if existing is None:
            _new(batch, post, chat, source, stream, seen_at)
        else:
            _again(batch, existing, post, chat, source, seen_at)


def _where(batch: Batch, post: Post, channel: ChannelId | None) -> list[tuple[Chat, Channel]]:
    """The chats that it was said in, each with the channel where it was read."""
    book, network = batch.setting.book, batch.setting.network.id
    if channel is not None:
        read = batch.setting.channels.get(channel)
        if read is None:
            return []
        # Two chats may share a place: the adapter reads it once.
        return [(book.chats[c.chat], c) for c in book.on(network) if c.address == read.address]
    found: dict[ChatId, Channel] = {}
    for here in book.on(network):
        if batch.setting.places[here.id] in post.places:
            found.setdefault(here.chat, here)
    if not found and post.reply_to is not None:
        own = batch.own.get(post.reply_to.id)
        answered = [(own.chat, own.channel)] if own is not None and own.channel is not None else []
        answered += [(one.chat, one.channel) for one in batch.known.get(post.reply_to.id, ()) if not one.held_rule]
        for chat_id, where in answered:
            of_chat = [c for c in book.on(network) if c.chat == chat_id]
            for here in sorted(of_chat, key=lambda c: c.id != where)[:1]:
                found.setdefault(chat_id, here)
    if not found and post.to_bot and (addressed := addressed_channel(batch, post.author, book.on(network))) is not None:
        found[addressed.chat] = addressed
    return [(book.chats[chat_id], here) for chat_id, here in found.items()]


def _profile(batch: Batch, post: Post) -> None:
    """A profile that says #nobridge is obeyed from now on, and for what crossed before."""
    author = post.author
    said = batch.opted_out.get(author.account)
    nobridge = says_nobridge(author.bio)
    if nobridge and said is None:
        batch.put()
        batch.taken.touch(
            consent.read_profile(batch.connection, batch.platform, author.account, author.handle, True, batch.now)
        )
        batch.opted_out[author.account] = "profile"
    elif said == "profile" and author.bio and not nobridge:
        consent.read_profile(batch.connection, batch.platform, author.account, author.handle, False, batch.now)
        del batch.opted_out[author.account]


def _facts(batch: Batch, post: Post, chat: Chat, source: Channel, parent: int | None, seen_at: datetime) -> Facts:
    return Facts(
        post=post,
        chat=chat,
        source=source,
        source_place=batch.setting.places[source.id],
        source_opened=batch.setting.opened[source.id],
        in_thread=parent is not None,
        opted_out=batch.opted_out.get(post.author.account, ""),
        from_host=chat.is_host(batch.setting.network.id, post.author.handle),
        seen_at=seen_at,
    )


def _new(batch: Batch, post: Post, chat: Chat, source: Channel, stream: Stream, seen_at: datetime) -> None:
    parent = _parent(batch, post, chat)
    facts = _facts(batch, post, chat, source, parent, seen_at)
    held = holds(facts)
    if held is None or (held.rule in ("outside", "opted-out") and _concerns_us(batch, post)):
        held = heard_in_public(batch, post, chat, crosses=held is None) or held
    untold = held is not None and held.rule in _PRIVATE
    message = Message(
        chat=chat.id,
        id=batch.setting.next_id(),
        platform=batch.platform,
        network=batch.setting.network.id,
        channel=source.id,
        ref=post.ref,
        author=post.author.account,
        author_handle="" if untold else post.author.handle,
        author_name="" if untold else post.author.name,
        author_url="" if untold else post.author.url,
        from_host=facts.from_host,
        to_bot=post.to_bot,
        url="" if untold else post.url,
        places=post.places,
        stream=stream,
        parent=parent,
        revision=1,
        late=facts.age_seconds > _late_after(chat).total_seconds(),
        held_rule=held.rule if held else "",
        held_reason=held.reason if held else "",
        created_at=post.created_at,
        seen_at=seen_at,
        journaled_at=batch.now,
        edited_at=post.edited_at,
    )
    batch.messages[message.id] = message
    batch.known.setdefault(post.ref.id, []).append(message)
    said = Content(text=Text()) if untold else _said(post)
    batch.revisions.append(
        Revision(chat=chat.id, message=message.id, number=1, content=said, at=post.edited_at or post.created_at)
    )
    batch.taken.messages += 1
    if held is None:
        _copies(batch, message, facts, chat)


def _parent(batch: Batch, post: Post, chat: Chat) -> int | None:
    if post.reply_to is None:
        return None
    own = batch.own.get(post.reply_to.id)
    if own is not None and own.chat == chat.id:
        return own.message
    answered = (one for one in batch.known.get(post.reply_to.id, ()) if one.chat == chat.id and not one.held_rule)
    return next((one.id for one in answered), None)


def _concerns_us(batch: Batch, post: Post) -> bool:
    """Is it said to the bot, or in answer to a post of ours?"""
    return post.to_bot or (post.reply_to is not None and post.reply_to.id in batch.own)


def _copies(batch: Batch, message: Message, facts: Facts, chat: Chat) -> None:
    """What should now exist on the other channels, and what a rule holds."""
    setting = batch.setting
    for channel in chat.channels:
        if channel.id == message.channel or not channel.writes or channel.id not in setting.opened:
            continue
        target = Target(channel=channel, place=setting.places[channel.id], opened=setting.opened[channel.id])
        held = holds_for(facts, target)
        if held is not None and held.rule == "visible":
            continue
        state = PostingState.DUE
        if held is not None:
            state = PostingState.DIGEST if held.rule == IN_DIGEST else PostingState.HELD
        posting = Posting(
            chat=chat.id,
            id=setting.next_id(),
            kind=PostingKind.COPY,
            network=channel.network,
            channel=channel.id,
            to=None,
            message=message.id,
            content=None,
            wanted=message.revision,
            sent=0,
            state=state,
            priority=Priority.HOST if facts.from_host else Priority.TALK,
            created_at=batch.now,
        )
        if held is None and message.parent is None:
            batch.taken.copies.append(Job(posting=posting, message=message, said=_said(facts.post)))
        elif held is None:
            batch.taken.channels.add(channel.id)  # with where its parent is there
        batch.postings.append(posting)
        batch.reasons.append(held.reason if held else "")


def _again(batch: Batch, existing: Message, post: Post, chat: Chat, source: Channel, seen_at: datetime) -> None:
    """Seen before: perhaps it reads differently now."""
    if existing.deleted_at is not None or existing.held_rule in ("command", "private", AMONG_MODERATORS):
        return
    if existing.edited_at is not None and (post.edited_at is None or post.edited_at < existing.edited_at):
        return  # an older state of it
    if existing.id in batch.messages:
        batch.put()
    if existing.held_rule == "vote":
        _vote_again(batch, existing, post, chat)
        return
    facts = _facts(batch, post, chat, source, existing.parent, seen_at)
    held = holds(facts)
    now_known = replace(existing, ref=post.ref if post.ref.remote else existing.ref)
    said = _said(post)
    before = messages.latest(batch.connection, [existing]).get((existing.chat, existing.id))
    untold = held is not None and held.rule in _PRIVATE
    unchanged = before is not None and before.content == said
    if held is None and not existing.held_rule:
        if not unchanged:
            now_known = _revise(batch, now_known, post, said, seen_at)
            batch.taken.touch(
                postings.want(batch.connection, existing.chat, existing.id, now_known.revision, batch.now)
            )
            if (taken := heard_in_public(batch, post, chat, edited=True, crosses=True)) is not None:
                now_known = _withdrawn(batch, now_known, taken)
        _appeared(batch, existing, post, chat)
    elif held is not None and not existing.held_rule:
        now_known = _withdrawn(batch, replace(now_known, edited_at=post.edited_at or existing.edited_at), held)
        if untold:
            messages.erase_text(batch.connection, existing.chat, [existing.id])
    elif held is None and _taken_up(existing, post):
        now_known = replace(
            _revise(batch, now_known, post, said, seen_at),
            held_rule="",
            held_reason="",
            author_handle=post.author.handle,
            author_name=post.author.name,
            author_url=post.author.url,
            url=post.url,
        )
        revived = postings.revive(batch.connection, existing.chat, existing.id, now_known.revision, batch.now)
        batch.taken.touch(revived)
        if not revived:
            _copies(batch, now_known, facts, chat)
    now_known = replace(now_known, places=now_known.places | post.places)
    if now_known != existing:
        messages.put(batch.connection, [now_known])
        batch.known[post.ref.id] = [now_known if one.id == existing.id else one for one in batch.known[post.ref.id]]


def _withdrawn(batch: Batch, message: Message, held: Held) -> Message:
    """It does not cross any more, since it was edited."""
    which = postings.of_messages(message.chat, [message.id])
    batch.taken.touch(postings.withdraw(batch.connection, which, held.reason, batch.now))
    return replace(message, held_rule=held.rule, held_reason=held.reason)


def _vote_again(batch: Batch, existing: Message, post: Post, chat: Chat) -> None:
    """A vote was edited: what counts is how it reads now. It does not become talk that crosses."""
    if post.edited_at is not None and post.edited_at != existing.edited_at:
        heard_in_public(batch, post, chat, edited=True)
        messages.put(batch.connection, [replace(existing, edited_at=post.edited_at)])


def _revise(batch: Batch, message: Message, post: Post, said: Content, seen_at: datetime) -> Message:
    number = message.revision + 1
    revision = Revision(
        chat=message.chat, message=message.id, number=number, content=said, at=post.edited_at or seen_at
    )
    messages.add(batch.connection, [], [revision])
    return replace(message, revision=number, edited_at=post.edited_at or message.edited_at)


def _appeared(batch: Batch, existing: Message, post: Post, chat: Chat) -> None:
    """It can be seen at further places now: a copy there is one too many."""
    for place in post.places - existing.places:
        for channel in chat.channels:
            if batch.setting.places.get(channel.id) == place and channel.id != existing.channel:
                which = postings.on_channel(existing.chat, existing.id, channel.id)
                reason = "the original itself can be seen there"
                batch.taken.touch(postings.withdraw(batch.connection, which, reason, batch.now))


def _said(post: Post) -> Content:
    return Content(text=post.text, content_warning=post.content_warning, language=post.language, media=post.media)


def _late_after(chat: Chat) -> timedelta:
    return min((channel.late_after for channel in chat.channels), default=timedelta(minutes=10))


def _taken_up(existing: Message, post: Post) -> bool:
    """Did its author edit it so that it may cross now? Not, say, because they said start meanwhile: what
    was said while they were opted out stays where it was said."""
    edited = post.edited_at is not None and (existing.edited_at is None or post.edited_at > existing.edited_at)
    return edited and existing.held_rule in ("nobridge", "outside", "not-public")
