"""What the journal tells to people who ask: how each network is, and what became of a post. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.model.ids import ChannelId, ChatId, NetworkId
from bridge.model.posting import PostingKind, PostingState


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkReport:
    """How a network was when the running bridge last put it down (at most a second ago). ``waiting``
    are postings that are due, by channel (empty: private notes), the oldest since ``waiting_since``;
    ``refused`` those that the network did not take in the last 24 hours."""

    network: NetworkId
    state: str  # up, waiting, paused, down, starting, stopped; empty: never run
    reason: str
    since: datetime | None
    next_at: datetime | None
    paused: bool
    lag: timedelta | None
    last_event_at: datetime | None
    last_error: str
    last_error_at: datetime | None
    waiting: Mapping[str, int]
    waiting_since: datetime | None
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartTrace:
    """One remote post: its id there and where people see it."""

    number: int
    state: str
    id: str
    url: str
    tries_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingTrace:
    """What became of a message on one channel. ``wanted_at`` is when the latest change of it was asked
    for, ``closed_at`` when it was done, ``sent_at`` when it was first complete."""

    kind: PostingKind
    network: NetworkId
    channel: ChannelId | None
    state: PostingState
    reason: str
    wanted: int
    sent: int
    created_at: datetime
    wanted_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None
    parts: tuple[PartTrace, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionTrace:
    number: int
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The way of one message. A message that a rule held (``held_rule``) has no postings; of one that
    was private or opted out, neither author nor text is kept. ``network`` is empty where the chat itself
    said it. ``message`` is the journal's own number of it."""

    chat: ChatId
    message: int
    network: NetworkId
    channel: ChannelId
    author: str
    url: str
    id: str
    created_at: datetime
    seen_at: datetime
    stream: str
    journaled_at: datetime
    deleted_at: datetime | None
    late: bool
    held_rule: str
    held_reason: str
    reactions: int
    revisions: tuple[RevisionTrace, ...]
    postings: tuple[PostingTrace, ...]
