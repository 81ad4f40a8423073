"""What a channel can take, as data. Read from the server, and again after each connect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bridge.model.message import MediaKind
from bridge.model.text import Text


class Replies(StrEnum):
    """Whom the bot may reply to there."""

    ANYONE = "anyone"
    ENGAGED = "engaged"  # only who addressed the bot first, and our own posts
    OWN = "own"  # only our own posts: threads


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLimit:
    """At most ``maximum`` by ``measure``, which counts a text as the platform would after the
    adapter has written it (links at their fixed price, neutralised names at their real length).
    ``measure`` is pure and never shrinks when a text grows. ``unit`` is the word for people."""

    maximum: int
    measure: Callable[[Text], int]
    unit: str = "characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLimit:
    """What files one post takes: how many, which types (exact, or ``image/*``), how many bytes each."""

    count: int = 0
    types: frozenset[str] = frozenset()
    max_bytes: dict[MediaKind, int] | None = None
    alt_max: int = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class PollLimit:
    """What a poll of the platform's own takes: so many ``options``, each label at most ``label`` by
    ``measure`` (pure), open from ``shortest`` to ``longest``. ``ends``: it ends by itself; else the core
    asks for it, by an edit."""

    options: int
    label: int
    measure: Callable[[str], int] = len
    multiple: bool = False
    shortest: timedelta = timedelta(0)
    longest: timedelta = timedelta.max
    ends: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The platform's own ceiling: ``count`` operations in any window of ``per``."""

    operation: str  # "post", "edit", "delete", "note"
    count: int
    per: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """All that rendering and the outbox need to know about one channel.

    ``idempotent_for``: how long the platform does the same key once only; zero where it never does,
    then ``find`` is asked. ``settles_in``: how long the server may still be working on a request that
    we lost sight of; the same key is not sent again sooner. ``edit_within``: how old a post may be and
    still be edited; None is any age. ``content_warning``: the platform has a field for it (its length
    counts with the text); else the core writes it into the text. ``labelled_links``: it can show a
    label instead of an address.
    """

    text: TextLimit
    media: MediaLimit = MediaLimit()
    idempotent_for: timedelta = timedelta(0)
    settles_in: timedelta = timedelta(0)
    edit_within: timedelta | None = None
    replies: Replies = Replies.ANYONE
    content_warning: bool = False
    labelled_links: bool = False
    rates: tuple[Rate, ...] = ()
