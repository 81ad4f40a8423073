"""What one run has met: so that re-reading tells only what is new. Lost at a restart, when all is told
again (intake is idempotent)."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from adapters.twitter.ids import order
from adapters.twitter.responses import Json, posts_in
from adapters.twitter.translation import Malformed, Read, Reader, read_post
from bridge.adapter import BadEvent, Edited, Event, Posted, Reacted
from bridge.model.ids import GlobalId, Stream

_REMEMBERED = 10_000
V = TypeVar("V")


class Recent(OrderedDict[str, V], Generic[V]):
    """A dict that forgets what was put in first."""

    def __setitem__(self, key: str, value: V) -> None:
        super().__setitem__(key, value)
        if len(self) > _REMEMBERED:
            self.popitem(last=False)


@dataclass(frozen=True, slots=True)
class _Told:
    version: str
    reactions: tuple[tuple[str, int], ...]


class Known:
    """``originals``: version id of an edited post -> its first id; ``conversations``: post -> the post
    that began its thread; ``own``: posts of ours; ``summons``: posts of others that address us."""

    def __init__(self) -> None:
        self.originals: Recent[str] = Recent()
        self.conversations: Recent[str] = Recent()
        self.own: Recent[None] = Recent()
        self.summons: Recent[None] = Recent()
        self._told: Recent[_Told] = Recent()

    def begin_anew(self) -> None:
        """Tell all again."""
        self._told.clear()

    def events(self, body: Json, reader: Reader, stream: Stream, floor: int = 0) -> list[tuple[int, Event]]:
        """What a response tells that was not told before, each with its order. Posts older than the id
        ``floor`` tell of their reactions only."""
        found: list[tuple[int, Event]] = []
        for data in posts_in(body):
            try:
                read = read_post(data, body, reader)
                if read is not None:
                    found += ((order(read.version), event) for event in self._news(read, reader, stream, floor))
            except (Malformed, ValueError) as error:
                found.append((0, bad(data, error)))
        return found

    def _news(self, read: Read, reader: Reader, stream: Stream, floor: int) -> Iterator[Event]:
        id = read.post.ref.id
        before = self._told.get(id)
        if before is not None and order(before.version) > order(read.version):
            return  # an older version of it
        self._note(read, reader)
        if order(id) >= floor and (before is None or before.version != read.version):
            event = Posted if before is None else Edited
            yield event(post=read.post, stream=stream)
        for kind, total in read.reactions.items():
            if total != (dict(before.reactions).get(kind, 0) if before else 0):
                yield Reacted(post=GlobalId(id), kind=kind, total=total)

    def _note(self, read: Read, reader: Reader) -> None:
        id = read.post.ref.id
        self._told[id] = _Told(read.version, tuple(read.reactions.items()))
        self.conversations[id] = read.conversation
        for version in read.versions:
            if version != id:
                self.originals[version] = id
        if read.post.author.account == reader.me:
            self.own[id] = None
        elif read.post.to_bot:
            self.summons[id] = None


def bad(data: Any, error: Exception) -> BadEvent:
    """What could not be understood, by the best name that it has."""
    named = data.get("id") if isinstance(data, dict) else None
    return BadEvent(id=str(named or "a post without an id"), why=str(error), raw=json.dumps(data, default=str)[:2000])
