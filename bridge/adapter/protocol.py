"""The adapter boundary: what the core asks of a platform. Small, and required.

Each further power is its own Protocol in :mod:`bridge.adapter.powers`; an adapter declares it by
implementing it, and what is not declared is never called.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

from bridge.adapter.events import Event
from bridge.adapter.limits import Limits
from bridge.model.ids import AccountId, ChannelId, Cursor, GlobalId, Key, NetworkId, Place, PostRef, Stream
from bridge.model.message import Outgoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A post of ours that exists now: how to refer to it, and where people see it."""

    ref: PostRef
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A send whose end is not known. ``began_at`` is when it first may have left (UTC);
    ``claimed`` are posts of ours that belong to other sends, and are never the answer."""

    post: Outgoing
    key: Key
    began_at: datetime
    claimed: frozenset[GlobalId] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """It was done: once (one receipt), or, by a retry, more than once (the first is kept)."""

    receipts: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """It surely was not done: it may be sent again."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """It cannot be told yet (the platform's own index may lag). Ask again in so many seconds."""

    seconds: float


class Severity(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `edldrs doctor`: what was looked at, what is so, and what to do about it."""

    severity: Severity
    subject: str
    says: str
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAt:
    """A channel as config names it: its id, and its address on the platform (``#EdLdrs``, a room)."""

    id: ChannelId
    address: str


class Purse(Protocol):
    """What the admin allows this network to spend on reading. Amounts are in micro-dollars
    (1,000,000 is one US dollar)."""

    async def afford(self, micro_usd: int) -> None:
        """Wait until the budget has room for so much. Call before a read that costs money."""

    def spent(self, operation: str, units: int, micro_usd: int) -> None:
        """Note what a read has cost. Never blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All that an adapter is handed. ``settings`` is an instance of the model that its manifest
    names. ``folder`` is a private directory of this network's own, kept between runs (what can be
    made again only; what must last belongs to the journal)."""

    network: NetworkId
    settings: Any
    channels: tuple[ChannelAt, ...]
    folder: Path
    purse: Purse
    now: Callable[[], datetime]
    log: Any = field(repr=False)
    """A structlog logger, already bound to the network."""


@runtime_checkable
class Adapter(Protocol):
    """One network: an async context manager that logs in on entry and leaves no task, thread or
    connection behind on exit. All methods raise only :mod:`bridge.adapter.errors`.
    Blocking client libraries run in threads that the adapter owns."""

    @property
    def account(self) -> AccountId:
        """The account of the login, as ``Author.account`` would name it. Known once entered."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def events(self, cursors: Mapping[Stream, Cursor]) -> AsyncIterator[Event]:
        """All that happens, from the cursors on, for ever: it reconnects by itself and backs off.

        At least once, and resumable from any checkpoint it gave. Catch-up overlaps, by a day where
        posts can arrive late; live events of a stream wait until its catch-up is done; the first
        checkpoint of a stream precedes its events. Without a cursor a stream starts now. It pulls no
        faster than it is asked (back-pressure), and ends only by cancellation or by an error that
        needs a person (``Unauthorized``, ``OutOfCredit``)."""

    async def post(self, post: Outgoing, key: Key) -> Receipt:
        """Make one remote post. After ``Uncertain`` the core asks ``find`` before it tries again;
        any other error promises that nothing was posted."""

    async def find(self, attempt: Attempt) -> Found | Absent | NotYet:
        """Was it done? Asked before any resend after an uncertain end, unless the same key is still
        honoured (``Limits.idempotent_for``)."""

    async def limits(self, channel: ChannelId) -> Limits:
        """What the channel takes. Cached by the adapter; cheap to call before each render."""

    def place(self, channel: ChannelId) -> Place:
        """The place of the channel, equal for all channels that show the same posts. Known once the
        adapter is entered; may change when a room can be resolved later."""

    async def check(self) -> Sequence[Finding]:
        """Findings for `edldrs doctor`: login, permissions, rate limits, clock, bot flag."""
