"""What an adapter tells the core: a closed union.

A private message is a type that intake cannot turn into a message, so that a leak is a type error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bridge.model.ids import AccountId, ChannelId, Cursor, GlobalId, Stream
from bridge.model.message import Author, Post
from bridge.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Somebody said something. At least once: catch-up repeats, intake is idempotent.

    ``channel`` is where it was read; None where the adapter cannot say, then intake finds the channel
    by the post's places, or by what it answers.
    """

    post: Post
    channel: ChannelId | None = None
    stream: Stream = Stream("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A post as it reads now; ``post.edited_at`` says since when. May come before its ``Posted``."""

    post: Post
    channel: ChannelId | None = None
    stream: Stream = Stream("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A post is gone at its source. May come before its ``Posted``, and for posts never seen."""

    post: GlobalId
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """Reactions to a post, of theirs or of ours.

    Either one person's (``by`` given; ``withdrawn`` when taken back; ``id`` the reaction's own id
    where it has one), or a count as the server tells it (``total`` given). ``kind`` is the
    platform-neutral word ``favourite`` or ``boost``, or the emoji itself.
    """

    post: GlobalId
    kind: str
    by: AccountId | None = None
    id: GlobalId | None = None
    withdrawn: bool = False
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voted:
    """Somebody voted in a poll of ours, or changed their vote. ``ballot`` is our post; ``id`` the vote's own,
    which a later ``Deleted`` may name; ``choices`` are positions of labels, from 0, in the order given: empty
    takes the vote back, None is one that the ballot does not offer."""

    ballot: GlobalId
    id: GlobalId
    by: AccountId
    choices: tuple[int, ...] | None
    at: datetime
    stream: Stream = Stream("")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateMessage:
    """Somebody wrote to the bot in private. Handlers answer it; nothing relays it."""

    id: GlobalId
    author: Author
    text: Text
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """The bot was asked into a place. ``accepted`` says what the adapter did and ``why``."""

    place: str
    by: AccountId
    accepted: bool
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtUp:
    """After a connect, all that was said since ``since`` has been read. Edits and deletes of that
    time may have been missed: where the adapter has ``Lookup``, the core now asks for the posts it
    knows from then."""

    since: datetime
    stream: Stream = Stream("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """All events of this stream up to here have been given. Comes after the last that it covers."""

    stream: Stream
    cursor: Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class BadEvent:
    """What could not be understood, as a value: logged once and set aside, the stream goes on.
    ``id`` is the best name there is for it; ``raw`` at most 2,000 characters of what came."""

    id: str
    why: str
    raw: str = ""


Event = Posted | Edited | Deleted | Reacted | Voted | PrivateMessage | Invited | CaughtUp | Checkpoint | BadEvent
