"""Messages, neutral: what somebody said, as an adapter read it, and what of ours is to be said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.model.ids import AccountId, ChannelId, Key, Place, PostRef
from bridge.model.poll import NativePoll
from bridge.model.text import Text


class Visibility(StrEnum):
    """Whom its author chose to tell. Only PUBLIC ever crosses."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who said it. ``handle`` is how the platform writes the account (``@leader@example.org``,
    ``@anna:example.org``, ``@anna``); ``name`` is the display name, possibly empty; ``bio`` is the
    profile text as plain characters, where the platform tells it with the post."""

    account: AccountId
    handle: str
    name: str = ""
    url: str = ""
    bio: str = ""
    bot: bool = False


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture or file of a post, where it can be read. ``url`` is a public web address, or what the
    adapter's ``MediaReading`` understands where reading needs the login (a scheme that is not http);
    ``alt`` is its description; ``size`` is in bytes, 0 where unknown; ``web_url`` is where a person
    can open it, where that differs."""

    kind: MediaKind
    url: str
    mime: str = ""
    alt: str = ""
    name: str = ""
    size: int = 0
    web_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A public-side post of somebody, as an adapter read it.

    ``created_at`` and ``edited_at`` are aware, in UTC. ``places`` are all places of ours in which it
    can be seen (empty for a reply without the hashtag). ``reply_to`` is the post that it answers.
    ``to_bot`` says that it addresses the bot's account (a mention, or a command in a room).
    ``key`` is the key of ours that it carries, where the platform lets us leave one.
    """

    ref: PostRef
    author: Author
    text: Text
    created_at: datetime
    url: str = ""
    visibility: Visibility = Visibility.PUBLIC
    places: frozenset[Place] = frozenset()
    reply_to: PostRef | None = None
    media: tuple[Media, ...] = ()
    content_warning: str = ""
    language: str = ""
    edited_at: datetime | None = None
    to_bot: bool = False
    key: Key | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """A file to send along: its bytes, media type (``image/png``), name and description."""

    data: bytes = field(repr=False)
    mime: str
    name: str = "file"
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One remote post of ours, ready to send: what fits one post of its channel.

    ``channel`` is None for a private note, which then has ``to``, the account it is private to. ``poll`` is
    given only where the platform's manifest takes such a one; the text is then its question.
    """

    text: Text
    channel: ChannelId | None = None
    to: AccountId | None = None
    reply_to: PostRef | None = None
    media: tuple[MediaFile, ...] = ()
    content_warning: str = ""
    language: str = ""
    visibility: Visibility = Visibility.PUBLIC
    poll: NativePoll | None = None
