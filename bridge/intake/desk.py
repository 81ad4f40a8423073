"""One batch of events, journaled in one unit of work: messages, revisions, reactions, and what should
now exist on the other channels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bridge.adapter import Checkpoint, Deleted, Edited, Event, Posted, PrivateMessage, Reacted, Voted
from bridge.intake.handlers import Answer, Handler, Heard, MakeHandler, ask
from bridge.model.chat import Book, Channel, Chat, Network
from bridge.model.ids import AccountId, ChannelId, ChatId, Cursor, GlobalId, NetworkId, Place, PostRef, Stream
from bridge.model.message import Author, Post
from bridge.model.policy import IN_DIGEST, Facts, Held, Target, holds, holds_for, says_nobridge
from bridge.model.poll import Vote
from bridge.model.posting import Content, Posting, PostingKind, PostingState, Priority
from bridge.model.text import Text
from bridge.outbox.compose import Job
from bridge.outbox.moderators import note
from bridge.people import consent
from bridge.store import accounts, cursors, messages, parts, polls, postings, reactions
from bridge.store.messages import Message, Revision
from bridge.store.parts import OwnPost
from bridge.store.reactions import Reaction

_PRIVATE = frozenset({"not-public", "opted-out", "nobridge"})
"""Rules whose messages are noted without a word of what they said."""
_BALLOT = PostingKind.BALLOT

_AMONG_MODERATORS = "moderators"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """All that stays the same from batch to batch of one network. ``opened``: since when each channel
    is open; ``places``: where each channel's posts are seen (both of the moderators' rooms too); ``account``:
    the login's own; ``room_handlers`` hear what is said in moderators' rooms, and no others do."""

    network: Network
    account: AccountId
    book: Book
    channels: Mapping[ChannelId, Channel]
    opened: Mapping[ChannelId, datetime]
    places: Mapping[ChannelId, Place]
    handlers: tuple[MakeHandler, ...]
    room_handlers: tuple[MakeHandler, ...]
    next_id: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Arrival:
    event: Event
    seen_at: datetime


@dataclass(slots=True)
class Taken:
    """What a batch changed: new copies, whole; channels that get others, which are to be read; networks of
    which something else is to be done, and postings of which something else is wanted than before."""

    copies: list[Job] = field(default_factory=list)
    channels: set[ChannelId] = field(default_factory=set)
    networks: set[NetworkId] = field(default_factory=set)
    changed: list[int] = field(default_factory=list)
    messages: int = 0

    def touch(self, touched: Iterable[tuple[NetworkId, int]]) -> None:
        for network, posting in touched:
            self.networks.add(network)
            self.changed.append(posting)


def take(connection: Connection, setting: Setting, arrivals: Sequence[Arrival], now: datetime) -> Taken:
    """Journal these events. Repeating it changes nothing."""
    desk = _Desk(connection, setting, now)
    desk.read(arrivals)
    for arrival in arrivals:
        desk.enter(arrival)
    desk.put()
    return desk.taken


class _Desk:
    """The working set of one unit of work."""

    def __init__(self, connection: Connection, setting: Setting, now: datetime) -> None:
        self.connection = connection
        self.setting = setting
        self.platform = setting.network.platform
        self.now = now
        self.taken = Taken()
        self.handlers = [make(connection) for make in setting.handlers]
        self.rooms = setting.book.moderators_rooms
        self.room_handlers = [make(connection) for make in setting.room_handlers]
        self.known: dict[GlobalId, list[Message]] = {}
        self.own: dict[GlobalId, OwnPost] = {}
        self.opted_out: dict[AccountId, str] = {}
        self.messages: dict[int, Message] = {}  # new ones, by id
        self.revisions: list[Revision] = []
        self.postings: list[Posting] = []
        self.reasons: list[str] = []
        self.reactions: list[Reaction] = []
        self.cursors: dict[Stream, Cursor] = {}

    def read(self, arrivals: Sequence[Arrival]) -> None:
        """What the journal knows of all that these events speak of, in a few questions."""
        ids: set[GlobalId] = set()
        authors: set[AccountId] = set()
        for arrival in arrivals:
            match arrival.event:
                case Posted(post=post) | Edited(post=post):
                    ids.add(post.ref.id)
                    authors.add(post.author.account)
                    if post.reply_to is not None:
                        ids.add(post.reply_to.id)
                case Deleted(post=id) | Reacted(post=id) | PrivateMessage(id=id) | Voted(ballot=id):
                    ids.add(id)
        for message in messages.by_global(self.connection, self.platform, ids):
            self.known.setdefault(message.ref.id, []).append(message)
        self.own = parts.own_posts(self.connection, self.platform, ids)
        self.opted_out = accounts.opted_out(self.connection, self.platform, authors)

    def enter(self, arrival: Arrival) -> None:
        match arrival.event:
            case Posted(post=post, channel=channel, stream=stream) | Edited(post=post, channel=channel, stream=stream):
                self._post(post, channel, stream, arrival.seen_at)
            case Deleted(post=id, at=at):
                self._deleted(id, at or arrival.seen_at)
            case Reacted() as reacted:
                self._reacted(reacted)
            case Voted() as voted:
                self._voted(voted)
            case PrivateMessage() as told:
                self._told(told, arrival.seen_at)
            case Checkpoint(stream=stream, cursor=cursor):
                self.cursors[stream] = cursor

    def put(self) -> None:
        """Write down what has gathered."""
        messages.add(self.connection, list(self.messages.values()), self.revisions)
        postings.add(self.connection, self.postings, self.reasons)
        reactions.put(self.connection, self.reactions)
        cursors.put_cursors(self.connection, self.setting.network.id, self.cursors, self.now)
        for gathered in (self.messages, self.cursors):
            gathered.clear()
        for rows in (self.revisions, self.postings, self.reasons, self.reactions):
            rows.clear()

    # Posts.

    def _post(self, post: Post, channel: ChannelId | None, stream: Stream, seen_at: datetime) -> None:
        if post.ref.id in self.own:
            return  # what we posted comes back
        if (room := self._moderators_room(post, channel)) is not None:
            self._among_moderators(post, room, seen_at)
            return
        self._profile(post)
        for chat, source in self._where(post, channel):
            existing = next((one for one in self.known.get(post.ref.id, ()) if one.chat == chat.id), None)
            if existing is None:
                self._new(post, chat, source, stream, seen_at)
            else:
                self._again(existing, post, chat, source, seen_at)

    def _where(self, post: Post, channel: ChannelId | None) -> list[tuple[Chat, Channel]]:
        """The chats that it was said in, each with the channel where it was read."""
        book, network = self.setting.book, self.setting.network.id
        if channel is not None:
            read = self.setting.channels.get(channel)
            if read is None:
                return []
            # Two chats may share a place: the adapter reads it once.
            return [(book.chats[c.chat], c) for c in book.on(network) if c.address == read.address]
        found: dict[ChatId, Channel] = {}
        for here in book.on(network):
            if self.setting.places[here.id] in post.places:
                found.setdefault(here.chat, here)
        if not found and post.reply_to is not None:
            own = self.own.get(post.reply_to.id)
            answered = [(own.chat, own.channel)] if own is not None and own.channel is not None else []
            answered += [(one.chat, one.channel) for one in self.known.get(post.reply_to.id, ()) if not one.held_rule]
            for chat_id, where in answered:
                of_chat = [c for c in book.on(network) if c.chat == chat_id]
                for here in sorted(of_chat, key=lambda c: c.id != where)[:1]:
                    found.setdefault(chat_id, here)
        if not found and post.to_bot and (spoken_to := self._spoken_to(post.author, book.on(network))) is not None:
            found[spoken_to.chat] = spoken_to
        return [(book.chats[chat_id], here) for chat_id, here in found.items()]

    def _spoken_to(self, author: Author, channels: Sequence[Channel]) -> Channel | None:
        """Where what is said to the bot alone belongs: to the chat in which its author may do most, the first
        of several."""
        book, network = self.setting.book, self.setting.network.id
        return max(channels, key=lambda one: book.chats[one.chat].role(network, author.handle), default=None)

    def _profile(self, post: Post) -> None:
        """A profile that says #nobridge is obeyed from now on, and for what crossed before."""
        author = post.author
        said = self.opted_out.get(author.account)
        nobridge = says_nobridge(author.bio)
        if nobridge and said is None:
            self.put()
            self.taken.touch(
                consent.read_profile(self.connection, self.platform, author.account, author.handle, True, self.now)
            )
            self.opted_out[author.account] = "profile"
        elif said == "profile" and author.bio and not nobridge:
            consent.read_profile(self.connection, self.platform, author.account, author.handle, False, self.now)
            del self.opted_out[author.account]

    def _facts(self, post: Post, chat: Chat, source: Channel, parent: int | None, seen_at: datetime) -> Facts:
        return Facts(
            post=post,
            chat=chat,
            source=source,
            source_place=self.setting.places[source.id],
            source_opened=self.setting.opened[source.id],
            in_thread=parent is not None,
            opted_out=self.opted_out.get(post.author.account, ""),
            from_host=chat.is_host(self.setting.network.id, post.author.handle),
            seen_at=seen_at,
        )

    def _new(self, post: Post, chat: Chat, source: Channel, stream: Stream, seen_at: datetime) -> None:
        parent = self._parent(post, chat)
        facts = self._facts(post, chat, source, parent, seen_at)
        held = holds(facts)
        if held is None or (held.rule in ("outside", "opted-out") and self._concerns_us(post)):
            held = self._heard(post, chat, crosses=held is None) or held
        untold = held is not None and held.rule in _PRIVATE
        message = Message(
            chat=chat.id,
            id=self.setting.next_id(),
            platform=self.platform,
            network=self.setting.network.id,
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
            journaled_at=self.now,
            edited_at=post.edited_at,
        )
        self.messages[message.id] = message
        self.known.setdefault(post.ref.id, []).append(message)
        said = Content(text=Text()) if untold else _said(post)
        self.revisions.append(
            Revision(chat=chat.id, message=message.id, number=1, content=said, at=post.edited_at or post.created_at)
        )
        self.taken.messages += 1
        if held is None:
            self._copies(message, facts, chat)

    def _parent(self, post: Post, chat: Chat) -> int | None:
        if post.reply_to is None:
            return None
        own = self.own.get(post.reply_to.id)
        if own is not None and own.chat == chat.id:
            return own.message
        answered = (one for one in self.known.get(post.reply_to.id, ()) if one.chat == chat.id and not one.held_rule)
        return next((one.id for one in answered), None)

    def _concerns_us(self, post: Post) -> bool:
        """Is it said to the bot, or in answer to a post of ours?"""
        return post.to_bot or (post.reply_to is not None and post.reply_to.id in self.own)

    def _heard(self, post: Post, chat: Chat, *, edited: bool = False, crosses: bool = False) -> Held | None:
        """Ask the handlers; what one of them took does not cross."""
        own = self.own.get(post.reply_to.id) if post.reply_to is not None else None
        answer = self._ask(
            Heard(
                chat=chat.id,
                network=self.setting.network.id,
                platform=self.platform,
                id=post.ref.id,
                author=post.author,
                text=post.text,
                at=post.edited_at or post.created_at,
                to_bot=post.to_bot,
                ballot=own.posting if own is not None and own.chat == chat.id and own.kind is _BALLOT else None,
                edited=edited,
                crosses=crosses,
            ),
            self.handlers,
        )
        return None if answer is None else Held(answer.rule, answer.reason)

    def _copies(self, message: Message, facts: Facts, chat: Chat) -> None:
        """What should now exist on the other channels, and what a rule holds."""
        setting = self.setting
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
                created_at=self.now,
            )
            if held is None and message.parent is None:
                self.taken.copies.append(Job(posting=posting, message=message, said=_said(facts.post)))
            elif held is None:
                self.taken.channels.add(channel.id)  # with where its parent is there
            self.postings.append(posting)
            self.reasons.append(held.reason if held else "")

    def _again(self, existing: Message, post: Post, chat: Chat, source: Channel, seen_at: datetime) -> None:
        """Seen before: perhaps it reads differently now."""
        if existing.deleted_at is not None or existing.held_rule in ("command", "private", _AMONG_MODERATORS):
            return
        if existing.edited_at is not None and (post.edited_at is None or post.edited_at < existing.edited_at):
            return  # an older state of it
        if existing.id in self.messages:
            self.put()
        if existing.held_rule == "vote":
            self._vote_again(existing, post, chat)
            return
        facts = self._facts(post, chat, source, existing.parent, seen_at)
        held = holds(facts)
        now_known = replace(existing, ref=post.ref if post.ref.remote else existing.ref)
        said = _said(post)
        before = messages.latest(self.connection, [existing]).get((existing.chat, existing.id))
        untold = held is not None and held.rule in _PRIVATE
        unchanged = before is not None and before.content == said
        if held is None and not existing.held_rule:
            if not unchanged:
                now_known = self._revise(now_known, post, said, seen_at)
                self.taken.touch(
                    postings.want(self.connection, existing.chat, existing.id, now_known.revision, self.now)
                )
                self._heard(post, chat, edited=True, crosses=True)
            self._appeared(existing, post, chat)
        elif held is not None and not existing.held_rule:
            edited_at = post.edited_at or existing.edited_at
            now_known = replace(now_known, held_rule=held.rule, held_reason=held.reason, edited_at=edited_at)
            which = postings.of_messages(existing.chat, [existing.id])
            self.taken.touch(postings.withdraw(self.connection, which, held.reason, self.now))
            if untold:
                messages.erase_text(self.connection, existing.chat, [existing.id])
        elif held is None and _taken_up(existing, post):
            now_known = replace(
                self._revise(now_known, post, said, seen_at),
                held_rule="",
                held_reason="",
                author_handle=post.author.handle,
                author_name=post.author.name,
                author_url=post.author.url,
                url=post.url,
            )
            revived = postings.revive(self.connection, existing.chat, existing.id, now_known.revision, self.now)
            self.taken.touch(revived)
            if not revived:
                self._copies(now_known, facts, chat)
        now_known = replace(now_known, places=now_known.places | post.places)
        if now_known != existing:
            messages.put(self.connection, [now_known])
            self.known[post.ref.id] = [now_known if one.id == existing.id else one for one in self.known[post.ref.id]]

    def _vote_again(self, existing: Message, post: Post, chat: Chat) -> None:
        """A vote was edited: what counts is how it reads now. It does not become talk that crosses."""
        if post.edited_at is not None and post.edited_at != existing.edited_at:
            self._heard(post, chat, edited=True)
            messages.put(self.connection, [replace(existing, edited_at=post.edited_at)])

    def _revise(self, message: Message, post: Post, said: Content, seen_at: datetime) -> Message:
        number = message.revision + 1
        revision = Revision(
            chat=message.chat, message=message.id, number=number, content=said, at=post.edited_at or seen_at
        )
        messages.add(self.connection, [], [revision])
        return replace(message, revision=number, edited_at=post.edited_at or message.edited_at)

    def _appeared(self, existing: Message, post: Post, chat: Chat) -> None:
        """It can be seen at further places now: a copy there is one too many."""
        for place in post.places - existing.places:
            for channel in chat.channels:
                if self.setting.places.get(channel.id) == place and channel.id != existing.channel:
                    which = postings.on_channel(existing.chat, existing.id, channel.id)
                    reason = "the original itself can be seen there"
                    self.taken.touch(postings.withdraw(self.connection, which, reason, self.now))

    # Everything else.

    def _deleted(self, id: GlobalId, at: datetime) -> None:
        if (own := self.own.get(id)) is not None:
            if parts.removed_there(self.connection, own):
                self.taken.touch([(self.setting.network.id, own.posting)])
            return
        self.put()
        if id not in self.known:
            polls.take_back(self.connection, self.platform, id)
        for message in self.known.get(id, ()):
            if message.deleted_at is not None:
                continue
            messages.put(self.connection, [replace(message, deleted_at=at)])
            messages.erase_text(self.connection, message.chat, [message.id])
            which = postings.of_messages(message.chat, [message.id])
            self.taken.touch(postings.withdraw(self.connection, which, "its author deleted it", self.now))
        self.known[id] = [replace(one, deleted_at=one.deleted_at or at) for one in self.known.get(id, ())]

    def _reacted(self, reacted: Reacted) -> None:
        if reacted.withdrawn:
            self.put()
            reactions.withdraw(
                self.connection,
                self.platform,
                reacted.post,
                reacted.kind,
                reacted.by or AccountId(""),
                reacted.id or GlobalId(""),
            )
            return
        own = self.own.get(reacted.post)
        of = [(own.chat, own.message)] if own is not None and own.message is not None else []
        of += [(one.chat, one.id) for one in self.known.get(reacted.post, ()) if _is_counted(one)]
        for chat, message in of:
            self.reactions.append(
                Reaction(
                    chat=chat,
                    platform=self.platform,
                    post=reacted.post,
                    message=message,
                    kind=reacted.kind,
                    by=reacted.by or AccountId(""),
                    id=reacted.id or GlobalId(""),
                    total=1 if reacted.total is None else reacted.total,
                )
            )

    def _voted(self, voted: Voted) -> None:
        """In a poll of the network's own. Of several choices where one may choose one, the first counts."""
        own = self.own.get(voted.ballot)
        kept = None if own is None else polls.of_posting(self.connection, own.chat, own.posting)
        if kept is None:
            return
        most = len(kept.poll.options) if kept.poll.multiple else 1
        choices = None if voted.choices is None else frozenset(voted.choices[:most])
        vote = Vote(id=voted.id, voter=voted.by, at=voted.at, choices=choices)
        polls.put_vote(self.connection, kept.poll, self.platform, self.setting.network.id, vote)

    def _told(self, told: PrivateMessage, seen_at: datetime) -> None:
        channel = self._spoken_to(told.author, self.setting.book.reached(self.setting.network.id))
        if told.id in self.known or channel is None:
            return
        self._note_unread(channel, told, Held("private", "it was said to the bot in private"), seen_at)
        self._ask(
            Heard(
                chat=channel.chat,
                network=self.setting.network.id,
                platform=self.platform,
                id=told.id,
                author=told.author,
                text=told.text,
                at=told.at,
                private=True,
                to_bot=True,
            ),
            self.handlers,
        )

    def _moderators_room(self, post: Post, channel: ChannelId | None) -> Channel | None:
        """The moderators' room in which it was said, whoever read it there."""
        if channel in self.rooms:
            return self.rooms[channel]
        return next((one for one in self.rooms.values() if self.setting.places[one.id] in post.places), None)

    def _among_moderators(self, post: Post, room: Channel, seen_at: datetime) -> None:
        """Noted as seen, without its words; a command, perhaps, and never anything else."""
        if post.ref.id in self.known:
            return
        told = PrivateMessage(id=post.ref.id, author=post.author, text=post.text, at=post.created_at)
        self._note_unread(room, told, Held(_AMONG_MODERATORS, "it was said in the moderators' room"), seen_at)
        ours = post.author.account == self.setting.account
        if ours or post.author.bot or post.created_at < self.setting.opened[room.id]:
            return
        if room.network != self.setting.network.id:
            return  # the login that the room belongs to hears it too
        self._ask(
            Heard(
                chat=room.chat,
                network=self.setting.network.id,
                platform=self.platform,
                id=post.ref.id,
                author=post.author,
                text=post.text,
                at=post.created_at,
                private=True,
                to_bot=post.to_bot,
                room=room.id,
            ),
            self.room_handlers,
        )

    def _note_unread(self, channel: Channel, told: PrivateMessage, held: Held, seen_at: datetime) -> None:
        """Journal what is nobody else's business as seen, so that catch-up answers it no second time."""
        message = Message(
            chat=channel.chat,
            id=self.setting.next_id(),
            platform=self.platform,
            network=self.setting.network.id,
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
            journaled_at=self.now,
        )
        self.messages[message.id] = message
        self.known[told.id] = [message]

    def _ask(self, heard: Heard, handlers: Sequence[Handler]) -> Answer | None:
        if heard.to_bot or heard.private:
            self.put()  # a word to the bot finds all that was said before
        answer = ask(handlers, heard)
        if answer is None:
            return None
        self.taken.touch(answer.touched)
        self.opted_out = accounts.opted_out(self.connection, self.platform, [*self.opted_out, heard.author.account])
        if answer.text:
            self.taken.networks.add(self.setting.network.id)
            chat, to = self.setting.book.chats[heard.chat], heard.author.account
            id = self.setting.next_id()
            self.postings.append(note(chat, self.setting.network.id, answer.text, id, self.now, room=heard.room, to=to))
            self.reasons.append("")
        return answer


def _is_counted(message: Message) -> bool:
    """May reactions to it be kept?"""
    return message.deleted_at is None and message.held_rule != _AMONG_MODERATORS


def _said(post: Post) -> Content:
    return Content(text=post.text, content_warning=post.content_warning, language=post.language, media=post.media)


def _late_after(chat: Chat) -> timedelta:
    return min((channel.late_after for channel in chat.channels), default=timedelta(minutes=10))


def _taken_up(existing: Message, post: Post) -> bool:
    """Did its author edit it so that it may cross now? Not, say, because they said start meanwhile: what
    was said while they were opted out stays where it was said."""
    edited = post.edited_at is not None and (existing.edited_at is None or post.edited_at > existing.edited_at)
    return edited and existing.held_rule in ("nobridge", "outside", "not-public")
