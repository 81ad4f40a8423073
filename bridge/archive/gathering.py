"""What was said in a stretch of time, read from the journal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bridge.archive import lines
from bridge.model.chat import Chat
from bridge.model.ids import NetworkId
from bridge.model.text import Text
from bridge.store import messages, reactions, statistics
from bridge.store.messages import Message
from bridge.store.statistics import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message. ``person`` is who said it, shown as ``handle``; ``new``: they had never said anything in the
    chat before the stretch. ``reactions`` are those of all networks. ``answers`` are by others, within the
    stretch; ``crossed``: one of them came from another network. ``parent`` is the message that it answers."""

    id: int
    person: Person
    handle: str
    new: bool
    network: NetworkId
    text: Text
    content_warning: str
    url: str
    at: datetime
    parent: int | None
    reactions: int
    answers: int
    crossed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line that somebody wants to be kept."""

    words: str
    by: Said


@dataclass(frozen=True, slots=True)
class Shared:
    """A web address, and how many messages shared it."""

    address: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """All in order of time; ``links`` those that were shared most often first. What stands behind a content
    warning is in ``said``, but gives no lines and links: they would be told without it."""

    said: tuple[Said, ...]
    links: tuple[Shared, ...]
    actions: tuple[Line, ...]
    notes: tuple[Line, ...]


def gather(connection: Connection, chat: Chat, begins: datetime, ends: datetime) -> Gathered:
    """What was said in the chat from ``begins`` to ``ends`` (aware; the end outside), as it reads now: what
    crossed, or could have. Without what was deleted, and without people who do not want to be bridged."""
    networks = {channel.network for channel in chat.channels}
    heads = statistics.said_between(connection, chat.id, networks, begins, ends)
    said = _said(connection, chat, heads, begins)
    open_ones = [one for one in said if not one.content_warning]
    return Gathered(
        said=said,
        links=_links(connection, open_ones),
        actions=tuple(Line(words=words, by=one) for one in open_ones for words in lines.actions(one.text)),
        notes=tuple(Line(words=words, by=one) for one in open_ones for words in lines.notes(one.text)),
    )


def _said(connection: Connection, chat: Chat, heads: list[Message], begins: datetime) -> tuple[Said, ...]:
    known = statistics.spoke_before(connection, chat.id, {_person(one) for one in heads}, begins)
    texts = messages.latest(connection, heads)
    liked = reactions.totals(connection, chat.id, [one.id for one in heads])
    by_id = {one.id: one for one in heads}
    answers: Counter[int] = Counter()
    crossed: set[int] = set()
    for one in heads:
        parent = by_id.get(one.parent) if one.parent is not None else None
        if parent is None or _person(parent) == _person(one):
            continue  # who goes on below a post of their own answers nobody
        answers[parent.id] += 1
        if parent.network != one.network:
            crossed.add(parent.id)
    return tuple(
        Said(
            id=one.id,
            person=_person(one),
            handle=one.author_handle,
            new=_person(one) not in known,
            network=one.network,
            text=texts[one.chat, one.id].content.text,
            content_warning=texts[one.chat, one.id].content.content_warning,
            url=one.url,
            at=one.created_at,
            parent=one.parent,
            reactions=liked.get(one.id, 0),
            answers=answers[one.id],
            crossed=one.id in crossed,
        )
        for one in heads
    )


def _person(message: Message) -> Person:
    return message.platform, message.author


def _links(connection: Connection, said: list[Said]) -> tuple[Shared, ...]:
    """Each once. A link to what was said here, or to a post of the bridge, is an answer of a kind and nothing
    that was shared."""
    shared = Counter(address for one in said for address in lines.links(one.text))
    posts = statistics.post_addresses(connection, shared)
    return tuple(Shared(address, times) for address, times in shared.most_common() if address not in posts)
