"""What crosses, and to where: small ordered rules, each with a reason. Pure.

A rule looks at the facts and says nothing, or why it holds the message. The first that speaks decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bridge.model.chat import Channel, Chat, Late, Relay
from bridge.model.ids import Place
from bridge.model.message import Post, Visibility

_NOBRIDGE = re.compile(r"(?<!\w)#nobridge(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Held:
    """A rule's word (stable, for counting) and its reason (a sentence, for `edldrs trace`)."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the rules look at. ``source`` is the channel where the post was read, open since
    ``source_opened``; ``in_thread`` says that it answers a message that we hold; ``opted_out`` how its
    author said no (empty: they did not)."""

    post: Post
    chat: Chat
    source: Channel
    source_place: Place
    source_opened: datetime
    in_thread: bool
    opted_out: str
    from_host: bool
    seen_at: datetime

    @property
    def age_seconds(self) -> float:
        return (self.seen_at - self.post.created_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A channel that may get a copy. ``place`` is where its posts are seen, ``opened`` since when it is open."""

    channel: Channel
    place: Place
    opened: datetime


def says_nobridge(text: str) -> bool:
    """Does a post or a profile say ``#nobridge``?"""
    return _NOBRIDGE.search(text) is not None


def holds(facts: Facts) -> Held | None:
    """Why a message crosses nowhere, or None."""
    return next((held for rule in RULES if (held := rule(facts))), None)


def holds_for(facts: Facts, target: Target) -> Held | None:
    """Why a message that crosses does not cross to this channel, or None."""
    return next((held for rule in CHANNEL_RULES if (held := rule(facts, target))), None)


def _not_public(facts: Facts) -> Held | None:
    if facts.post.visibility is Visibility.PUBLIC:
        return None
    return Held("not-public", f"its author chose who may see it ({facts.post.visibility.value})")


def _opted_out(facts: Facts) -> Held | None:
    if facts.opted_out == "stop":
        return Held("opted-out", "its author said stop to the bot")
    if facts.opted_out or says_nobridge(facts.post.author.bio):
        return Held("opted-out", "its author's profile says #nobridge")
    return None


def _nobridge(facts: Facts) -> Held | None:
    return Held("nobridge", "the post says #nobridge") if says_nobridge(facts.post.text.plain) else None


def _not_read(facts: Facts) -> Held | None:
    return None if facts.source.reads else Held("direction-out", "this channel is only posted to, not read")


def _bot(facts: Facts) -> Held | None:
    if not facts.post.author.bot or facts.chat.bots or facts.from_host:
        return None
    return Held("bot", "its author is a bot (another bridge, perhaps)")


def _before_first_start(facts: Facts) -> Held | None:
    if facts.post.created_at >= facts.source_opened:
        return None
    return Held("before-first-start", "it is older than the bridge's first start on this channel")


def _outside(facts: Facts) -> Held | None:
    if facts.in_thread or facts.source_place in facts.post.places:
        return None
    return Held("outside", "it lacks the hashtag and answers nothing that the chat knows")


RULES: tuple[Callable[[Facts], Held | None], ...] = (
    _not_public,
    _opted_out,
    _nobridge,
    _not_read,
    _bot,
    _before_first_start,
    _outside,
)


def _visible_there(facts: Facts, target: Target) -> Held | None:
    if target.place not in facts.post.places and target.channel.id != facts.source.id:
        return None
    return Held("visible", "the original itself can be seen there")


def _target_before_first_start(facts: Facts, target: Target) -> Held | None:
    if facts.post.created_at >= target.opened:
        return None
    return Held("before-first-start", "it is older than the bridge's first start on that channel")


def _relay_policy(facts: Facts, target: Target) -> Held | None:
    channel, chat = target.channel, facts.chat
    if not channel.writes:
        return Held("relay-none", "that channel takes no copies")
    if channel.relay is Relay.DIGEST:
        return Held(IN_DIGEST, "that channel gets a digest")
    if facts.from_host or channel.relay is Relay.ALL:
        return None
    if channel.relay is Relay.HOSTS:
        return Held("relay-hosts", "that channel gets what hosts say")
    if chat.calendar.in_session(facts.post.created_at):
        return None
    return Held("relay-session", "that channel gets what is said in the weekly hour, and what hosts say")


def _too_old(facts: Facts, target: Target) -> Held | None:
    channel = target.channel
    if channel.late is Late.RELAY or facts.age_seconds <= channel.max_age.total_seconds():
        return None
    if channel.late is Late.DIGEST:
        return Held(IN_DIGEST, "it was read late, and is told of in a digest")
    return Held("late-skip", "it was read too late for that channel")


IN_DIGEST = "in-digest"
"""The rule of what is not copied, but told of in the channel's next digest."""

CHANNEL_RULES: tuple[Callable[[Facts, Target], Held | None], ...] = (
    _visible_there,
    _target_before_first_start,
    _relay_policy,
    _too_old,
)
