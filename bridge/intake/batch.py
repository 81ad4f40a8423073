"""The working set of one unit of work: what the journal knows of a batch of events, and what gathers to be written
down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from bridge.adapter import Deleted, Edited, Event, Posted, PrivateMessage, Reacted, Voted
from bridge.intake.handlers import MakeHandler
from bridge.model.chat import Book, Channel, Network
from bridge.model.ids import AccountId, ChannelId, Cursor, GlobalId, NetworkId, Place, Stream
from bridge.model.posting import Posting
from bridge.outbox.compose import Job
from bridge.store import accounts, cursors, messages, parts, postings, reactions
from bridge.store.messages import Message, Revision
from bridge.store.parts import OwnPost
from bridge.store.reactions import Reaction


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


class Batch:
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
