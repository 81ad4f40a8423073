"""What of ours should exist somewhere, what is there, and of which parts it is made. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from bridge.model.ids import AccountId, ChannelId, ChatId, GlobalId, Key, NetworkId, PostRef, RemoteId
from bridge.model.message import Media, MediaKind
from bridge.model.poll import NativePoll
from bridge.model.text import Text, text_from_json, text_to_json


class PostingKind(StrEnum):
    COPY = "copy"
    DIGEST = "digest"
    NOTE = "note"
    BALLOT = "ballot"
    RESULT = "result"
    ANNOUNCEMENT = "announcement"


class PostingState(StrEnum):
    DUE = "due"  # wanted is not what is there: a worker will see to it
    DONE = "done"
    HELD = "held"  # a rule keeps it from this channel; its reason says which
    DIGEST = "digest"  # waits to be told of in the channel's next digest
    DIGESTED = "digested"
    REFUSED = "refused"  # the network does not take it
    GONE = "gone"  # somebody removed our post over there: it is not made again


class PartState(StrEnum):
    READY = "ready"  # frozen, its operation not begun
    BEGUN = "begun"  # the request may have left
    DONE = "done"
    REMOVED = "removed"
    REFUSED = "refused"


class Operation(StrEnum):
    POST = "post"
    EDIT = "edit"
    DELETE = "delete"


class Priority(IntEnum):
    """Who goes first when a budget is short."""

    ANNOUNCEMENT = 1
    HOST = 2
    TALK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One remote post as it was frozen: the text that fits, and what goes with it. ``standalone`` says
    that it does not answer anything over there.

    What is no copy may have more to say where a channel has the room: ``more`` are pieces in order, each in
    one or more forms from the longest to the shortest, and ``end`` are words that come last. Frozen parts
    have neither: their text says what was put in. ``strict``: it must not go on reading as before; where a
    post cannot be edited it is removed."""

    text: Text
    content_warning: str = ""
    language: str = ""
    media: tuple[Media, ...] = ()
    standalone: bool = False
    poll: NativePoll | None = None
    more: tuple[tuple[Text, ...], ...] = ()
    end: Text = Text()
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One remote post of a posting. ``number`` counts from 1."""

    number: int
    generation: int
    revision: int
    content: Content
    operation: Operation
    state: PartState
    key: Key
    ref: PostRef | None = None
    url: str = ""
    began_at: datetime | None = None

    @property
    def exists(self) -> bool:
        """It is at the network, as far as we know."""
        return self.ref is not None and self.state is not PartState.REMOVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Something of ours that should exist on a channel, or reach an account."""

    chat: ChatId
    id: int
    kind: PostingKind
    network: NetworkId
    channel: ChannelId | None
    to: AccountId | None
    message: int | None
    content: Content | None  # of what is no copy
    wanted: int
    sent: int
    state: PostingState
    priority: int
    created_at: datetime
    parts: tuple[Part, ...] = ()


def part_key(posting: int, generation: int, revision: int, number: int, operation: Operation) -> Key:
    """The name under which one request is sent."""
    return Key(f"edldrs-{posting:x}-{generation}-{revision}-{number}-{operation.value}")


def content_to_json(content: Content) -> dict[str, Any]:
    """As the journal keeps it; what is empty is left out."""
    value: dict[str, Any] = {"text": text_to_json(content.text)}
    if content.content_warning:
        value["cw"] = content.content_warning
    if content.language:
        value["lang"] = content.language
    if content.media:
        value["media"] = [media_to_json(one) for one in content.media]
    if content.standalone:
        value["standalone"] = True
    if content.poll is not None:
        value["poll"] = _poll_to_json(content.poll)
    if content.more:
        value["more"] = [[text_to_json(form) for form in forms] for forms in content.more]
    if content.end:
        value["end"] = text_to_json(content.end)
    if content.strict:
        value["strict"] = True
    return value


def content_from_json(value: Mapping[str, Any]) -> Content:
    """What :func:`content_to_json` wrote."""
    return Content(
        text=text_from_json(value["text"]),
        content_warning=value.get("cw", ""),
        language=value.get("lang", ""),
        media=tuple(media_from_json(one) for one in value.get("media", ())),
        standalone=value.get("standalone", False),
        poll=_poll_from_json(value["poll"]) if "poll" in value else None,
        more=tuple(tuple(text_from_json(form) for form in forms) for forms in value.get("more", ())),
        end=text_from_json(value["end"]) if "end" in value else Text(),
        strict=value.get("strict", False),
    )


def _poll_to_json(poll: NativePoll) -> dict[str, Any]:
    return {
        "labels": list(poll.labels),
        "multiple": poll.multiple,
        "closes_at": poll.closes_at.isoformat(),
        "closed": poll.closed,
    }


def _poll_from_json(value: Mapping[str, Any]) -> NativePoll:
    return NativePoll(
        labels=tuple(value["labels"]),
        multiple=value["multiple"],
        closes_at=datetime.fromisoformat(value["closes_at"]),
        closed=value["closed"],
    )


def media_to_json(media: Media) -> dict[str, Any]:
    fields = {
        "kind": media.kind.value,
        "url": media.url,
        "mime": media.mime,
        "alt": media.alt,
        "name": media.name,
        "size": media.size,
        "web_url": media.web_url,
    }
    return {name: value for name, value in fields.items() if value}


def media_from_json(value: Mapping[str, Any]) -> Media:
    return Media(kind=MediaKind(value["kind"]), **{k: v for k, v in value.items() if k != "kind"})


def part_ref(global_id: str | None, remote_id: str) -> PostRef | None:
    return None if global_id is None else PostRef(GlobalId(global_id), RemoteId(remote_id))
