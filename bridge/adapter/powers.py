"""What only some platforms can do. Declared by implementing it, and never called otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from bridge.adapter.protocol import Receipt
from bridge.model.ids import AccountId, ChannelId, GlobalId, Key, PostRef
from bridge.model.message import Media, MediaFile, Outgoing, Post
from bridge.model.poll import Counts


@runtime_checkable
class Edits(Protocol):
    async def edit(self, ref: PostRef, post: Outgoing, key: Key) -> None:
        """Make our post read like this. Repeating it is harmless. ``Gone`` if it is no longer there."""


@runtime_checkable
class Deletes(Protocol):
    async def delete(self, ref: PostRef, channel: ChannelId | None, key: Key) -> None:
        """Remove our post. Removing what is gone already raises ``Gone``, which the core takes as done."""


@runtime_checkable
class PrivateNotes(Protocol):
    async def note(self, to: AccountId, post: Outgoing, key: Key) -> Receipt:
        """Tell one person something in private. ``Rejected`` where they do not receive such: then the
        core stays silent, and never answers in public what was asked in private."""


@runtime_checkable
class MediaReading(Protocol):
    async def read_media(self, media: Media, max_bytes: int) -> MediaFile:
        """The bytes of a file whose reading needs our login. ``Gone`` or ``Rejected`` (too large)."""


@runtime_checkable
class ThreadWatching(Protocol):
    async def watch(self, threads: Sequence[PostRef]) -> None:
        """Follow answers to these posts too, since answers may lack the hashtag. The whole list each
        time, newest first; the adapter follows as many as its limits allow."""


@runtime_checkable
class Lookup(Protocol):
    async def lookup(self, posts: Sequence[PostRef]) -> Mapping[GlobalId, Post | None]:
        """Do these posts still exist, as they were? None for one that is surely gone; a post that
        cannot be told about is left out."""


@runtime_checkable
class Ballots(Protocol):
    async def counts(self, ballots: Sequence[PostRef]) -> Mapping[GlobalId, Counts]:
        """How polls of ours stand, where the platform tells numbers and not who voted; those that it cannot
        tell of are left out. Asked every minute while a poll is open, and once when it closes."""


@runtime_checkable
class Priced(Protocol):
    def price(self, operation: str, post: Outgoing | None) -> int:
        """What an operation (``post``, ``edit``, ``delete``, ``note``) costs, in micro-dollars, for the
        text as it will be sent. Pure."""


POWERS: tuple[type, ...] = (Edits, Deletes, PrivateNotes, MediaReading, ThreadWatching, Lookup, Ballots, Priced)


def powers(adapter: object) -> tuple[str, ...]:
    """The names of the powers that an adapter declares."""
    return tuple(power.__name__ for power in POWERS if isinstance(adapter, power))
