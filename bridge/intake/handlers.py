"""What lies above intake listens here: commands and votes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bridge.model.ids import ChannelId, ChatId, GlobalId, NetworkId, Platform
from bridge.model.message import Author
from bridge.model.text import SpanKind, Text
from bridge.store.postings import Touched

_ADDRESSES = (SpanKind.MENTION, SpanKind.HASHTAG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Something said in a chat: to the bot in private, or where others could read it. ``at``: when it was
    said, or edited; ``to_bot``: it is addressed to the bot; ``answers``: it answers a post; ``ballot``: the posting
    of the ballot that this is, if it is one; ``edited``: it was heard before, and reads differently now;
    ``crosses``: unless a handler takes it, it goes to the other networks; ``room``: the moderators' room that it
    was said in."""

    chat: ChatId
    network: NetworkId
    platform: Platform
    id: GlobalId
    author: Author
    text: Text
    at: datetime
    private: bool = False
    to_bot: bool = False
    answers: bool = False
    ballot: int | None = None
    edited: bool = False
    crosses: bool = False
    room: ChannelId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A handler took it: what to tell in private (empty: nothing), what changed, and the rule by which it does
    not cross, with the reason in words."""

    text: str = ""
    rule: str = "command"
    reason: str = "it is a word to the bot"
    touched: Touched | tuple[()] = ()


Handler = Callable[[Heard], Answer | None]
"""None: not for this handler."""

MakeHandler = Callable[[Connection], Handler]
"""Makes one for each unit of work: it runs inside the one that journals the event."""


def spoken(text: Text) -> str:
    """What is said, without the names and hashtags that it is addressed by; its lines stay lines."""
    pieces, at = [], 0
    for span in text.spans:
        if span.kind in _ADDRESSES and span.start >= at:
            pieces.append(text.plain[at : span.start])
            at = span.end
    pieces.append(text.plain[at:])
    return "\n".join(" ".join(line.split()) for line in " ".join(pieces).strip().splitlines())


def ask(handlers: Sequence[Handler], heard: Heard) -> Answer | None:
    """The first answer."""
    return next((answer for handler in handlers if (answer := handler(heard)) is not None), None)
