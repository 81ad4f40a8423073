"""What exists on the sandbox: users, posts with their versions, pictures, polls, private messages. In memory."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.twitter.ids import id_at, time_of
from adapters.twitter.sandbox.entities import Composed

BOT = "EdLdrsBot"
SITE = "https://x.com"


@dataclass(slots=True)
class User:
    id: str
    username: str
    name: str
    bio: str = ""
    protected: bool = False
    refuses_messages: bool = False

    @property
    def created_at(self) -> datetime:
        return time_of(self.id)


@dataclass(slots=True)
class Media:
    """A file of somebody's. ``ready_at`` is when X is done with it (epoch seconds)."""

    id: str
    owner: User
    mime: str
    size: int
    category: str
    chunks: dict[int, bytes] = field(default_factory=dict)
    alt: str = ""
    final: bool = False
    ready_at: float = 0.0

    @property
    def kind(self) -> str:
        if self.mime == "image/gif":
            return "animated_gif"
        return "photo" if self.mime.startswith("image/") else "video"

    @property
    def key(self) -> str:
        return f"{ {'photo': 3, 'animated_gif': 16}.get(self.kind, 7) }_{self.id}"

    @property
    def data(self) -> bytes:
        return b"".join(self.chunks[index] for index in sorted(self.chunks))


@dataclass(slots=True)
class Poll:
    """``votes`` are by user id: the position that each chose, from 1."""

    id: str
    options: tuple[str, ...]
    minutes: int
    ends_at: datetime
    votes: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Version:
    """A post as it read from one moment on. ``head`` is what is shown of a long one."""

    id: str
    raw: str
    whole: Composed
    head: Composed | None = None
    likes: set[str] = field(default_factory=set)

    @property
    def at(self) -> datetime:
        return time_of(self.id)

    @property
    def shown(self) -> Composed:
        return self.head or self.whole


@dataclass(slots=True)
class Post:
    """``reply_to``, ``quotes`` and ``retweets`` are ids of versions, ``conversation`` is that of the
    post that began it. Oldest version first."""

    author: User
    versions: list[Version]
    conversation: str
    reply_to: str | None = None
    quotes: str | None = None
    retweets: str | None = None
    media: tuple[Media, ...] = ()
    poll: Poll | None = None
    language: str = "en"
    sensitive: bool = False
    deleted: bool = False

    @property
    def id(self) -> str:
        """The first version's, which is what a reader follows."""
        return self.versions[0].id

    @property
    def newest(self) -> Version:
        return self.versions[-1]


@dataclass(frozen=True, slots=True)
class Message:
    """A private message. ``conversation`` is both users' ids, the smaller first."""

    id: str
    sender: User
    to: User
    text: str
    media: tuple[Media, ...] = ()

    @property
    def conversation(self) -> str:
        return "-".join(sorted((self.sender.id, self.to.id), key=int))


@dataclass(frozen=True, slots=True)
class Said:
    """For a stream: a post that was made or revised, raw bytes, or why it ends (``gone``, ``cut``, or
    ``operational``, which X announces)."""

    post: Post | None = None
    raw: bytes = b""
    end: str = ""


@dataclass(slots=True)
class Settings:
    """What a test or the demo may turn. Times in seconds.

    ``index_lag``: until a new post is in search, counts and timelines. ``window``: how long X's fifteen
    minutes last here. ``keep_alive``: between two signs of life of a stream (X: 20). ``rate_factor``
    multiplies what the windows allow. ``credits``: micro-dollars left, None for no end."""

    index_lag: float = 0.2
    window: float = 900.0
    keep_alive: float = 20.0
    rate_factor: float = 1.0
    media_processing: float = 0.0
    stream_lag: float = 0.0
    credits: int | None = None


class World:
    """All that exists, and the clock by which it does. Ids rise with time."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.settings = Settings()
        self.clock_offset = 0.0
        self.users: dict[str, User] = {}
        self.names: dict[str, User] = {}
        self.posts: dict[str, Post] = {}  # by the id of each version
        self.order: list[Post] = []  # as they were first made
        self.media: dict[str, Media] = {}
        self.messages: list[Message] = []
        self.streams: list[asyncio.Queue[Said]] = []
        self._related: dict[tuple[str, str], list[Post]] = {}
        self._last_id = 0
        self.bot = self.user(BOT, name="EdLdrs", bio="A bridge: carries #EdLdrs between networks. Run by @EdLdrsHost.")

    def now(self) -> float:
        """Epoch seconds by X's clock."""
        return time.time() + self.clock_offset

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    def new_id(self) -> str:
        self._last_id = max(self._last_id + 1, id_at(self.moment()))
        return str(self._last_id)

    def short_link(self) -> str:
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return "https://t.co/" + "".join(secrets.choice(alphabet) for _ in range(10))

    def user(self, username: str, *, name: str = "", bio: str = "") -> User:
        """The user of this name; made if there is none (every short name is taken on X)."""
        found = self.names.get(username.casefold())
        if found is None:
            found = User(self.new_id(), username, name or username.title(), bio)
            self.users[found.id] = found
            self.names[username.casefold()] = found
        return found

    def post(self, id: str) -> Post | None:
        """The post that has a version of this id, unless it was deleted."""
        found = self.posts.get(id)
        return None if found is None or found.deleted else found

    def version(self, id: str) -> tuple[Post, Version] | None:
        post = self.post(id)
        return None if post is None else (post, next(one for one in post.versions if one.id == id))

    def add(self, post: Post) -> None:
        self.posts[post.id] = post
        self.order.append(post)
        for relation in ("reply_to", "quotes", "retweets"):
            if (to := self.posts.get(getattr(post, relation) or "")) is not None:
                self._related.setdefault((relation, to.id), []).append(post)
        self.tell(Said(post))

    def revise(self, post: Post, version: Version) -> None:
        post.versions.append(version)
        self.posts[version.id] = post
        self.tell(Said(post))

    def tell(self, said: Said) -> None:
        """Whoever streams hears of it."""
        for stream in self.streams:
            stream.put_nowait(said)

    def living(self) -> Iterator[Post]:
        """All posts that exist, oldest first."""
        return (post for post in self.order if not post.deleted)

    def indexed(self) -> list[Post]:
        """What search and timelines know by now, newest version first. A post whose newest version is not
        there yet is not either."""
        until = id_at(datetime.fromtimestamp(self.now() - self.settings.index_lag, UTC))
        known = [post for post in self.living() if int(post.newest.id) <= until]
        return sorted(known, key=lambda post: int(post.newest.id), reverse=True)

    def related(self, post: Post, relation: str) -> list[Post]:
        """Those that refer to it: by ``reply_to``, ``quotes`` or ``retweets``."""
        return [one for one in self._related.get((relation, post.id), ()) if not one.deleted]


def settings_from(settings: Settings, changes: dict[str, Any]) -> None:
    """Raises ``KeyError`` for a setting that there is not."""
    for name, value in changes.items():
        if name not in Settings.__dataclass_fields__:
            raise KeyError(name)
        setattr(settings, name, value)
