"""One event of a room, as the core is told of it. What an event only names is looked up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from adapters.matrix import polls
from adapters.matrix.known import Known, Past
from adapters.matrix.rooms import Rooms
from adapters.matrix.server import Homeserver
from adapters.matrix.translation import (
    KEY,
    Malformed,
    View,
    annotation_of,
    author_of,
    content_of,
    id_of,
    is_redacted,
    moment,
    post_from_event,
    redacts,
    relation_of,
    replaces,
    sender_of,
    thread_of,
    words_of,
)
from bridge.adapter import (
    BadEvent,
    ChannelClosed,
    Deleted,
    Edited,
    Event,
    PartError,
    Posted,
    PrivateMessage,
    Reacted,
)
from bridge.model.ids import AccountId, ChannelId, GlobalId, Place, Stream
from bridge.model.message import Post

STREAM = Stream("sync")
_MESSAGES = ("m.room.message", "m.sticker")
_ENCRYPTED = ("m.room.encrypted", "m.room.encryption")
_NO_TALK = {"m.key.verification.request", "m.server_notice"}
_RAW = 2000
OUR_KEYS = "edldrs-"


class Happenings:
    """Turns events into those of the boundary. What cannot be understood is a ``BadEvent``."""

    def __init__(self, server: Homeserver, rooms: Rooms, known: Known, me: AccountId, log: Any) -> None:
        self._server = server
        self._rooms = rooms
        self._known = known
        self._me = me
        self._log = log
        self._names: dict[str, dict[str, str]] = {}

    def view(self, room: str) -> View:
        places: frozenset[Place] = self._rooms.places(room) if self._rooms.channel(room) else frozenset()
        return View(self._me, room, self._me.partition(":")[2], self._names.get(room, {}), places)

    def meet(self, room: str, members: Sequence[Any]) -> None:
        """Note the names in member events."""
        for event in members:
            if isinstance(event, dict) and event.get("type") == "m.room.member":
                content, user = event.get("content"), event.get("state_key")
                name = content.get("displayname") if isinstance(content, dict) else None
                if isinstance(user, str):
                    self._names.setdefault(room, {})[user] = name if isinstance(name, str) else ""

    def is_our_coming(self, event: Any) -> bool:
        """Did the bot enter the room by this?"""
        if not isinstance(event, dict) or event.get("type") != "m.room.member" or event.get("state_key") != self._me:
            return False
        before = (event.get("unsigned") or {}).get("prev_content") or {}
        return event.get("content", {}).get("membership") == "join" and before.get("membership") != "join"

    async def of(self, room: str, channel: ChannelId | None, event: Any) -> AsyncIterator[Event]:
        """What happened by this event; most tell of one thing, some of none. Raises errors of the whole
        network only."""
        if not isinstance(event, dict):
            yield _bad(event, "it is no object")
            return
        try:
            if channel is not None:
                async for happened in self._public(room, channel, event):
                    yield happened
            elif (told := await self._in_private(room, event)) is not None:
                yield told
        except Malformed as error:
            yield _bad(event, str(error))
        except (ChannelClosed, PartError) as error:
            yield _bad(event, f"what it speaks of cannot be read: {error.reason}")
        except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
            yield _bad(event, f"{type(error).__name__}: {error}")

    async def _public(self, room: str, channel: ChannelId, event: Mapping[str, Any]) -> AsyncIterator[Event]:
        kind = event.get("type")
        if kind in _MESSAGES:
            async for happened in self._message(room, channel, event):
                yield happened
        elif kind == "m.reaction":
            for reacted in self._reaction(event):
                yield reacted
        elif kind in polls.RESPONSES:
            if not is_redacted(event):
                yield replace(polls.vote_from_event(event), stream=STREAM)
        elif kind == "m.room.redaction":
            async for happened in self._redaction(room, channel, event):
                yield happened
        else:
            await self._state(room, event)

    async def _state(self, room: str, event: Mapping[str, Any]) -> None:
        kind = event.get("type")
        if kind in _ENCRYPTED:
            await self._rooms.is_encrypted(room)
        elif kind == "m.room.member":
            self.meet(room, [event])
            self._rooms.changed(room)
        elif kind == "m.room.tombstone":
            self._log.warning("a room was replaced by another: configure that one", room=room, by=content_of(event))

    async def _message(self, room: str, channel: ChannelId, event: Mapping[str, Any]) -> AsyncIterator[Event]:
        content = content_of(event)
        if is_redacted(event) or not content or content.get("msgtype") in _NO_TALK:
            return
        target = replaces(content)
        if target is None:
            if (root := thread_of(content)) is not None:
                self._known.remember(id_of(event), Past("thread", root))
            yield Posted(post=post_from_event(event, self.view(room)), channel=channel, stream=STREAM)
        elif not (sender_of(event) == self._me and KEY in content):
            self._known.remember(id_of(event), Past("edit", target))
            original = await self._server.event(room, target)
            if original is None:
                raise Malformed("it edits a post that cannot be read")
            if sender_of(original) != sender_of(event):
                raise Malformed("it edits a post of somebody else")
            if (post := self.current(room, original)) is not None and post.edited_at is not None:
                yield Edited(post=post, channel=channel, stream=STREAM)

    def current(self, room: str, event: Mapping[str, Any], at: datetime | None = None) -> Post | None:
        """An event that was asked for by its id, as it reads now; None where it was taken back. The
        homeserver bundles the latest edit that counts: by its author, and not taken back itself."""
        if is_redacted(event) or not content_of(event):
            return None
        relations = (event.get("unsigned") or {}).get("m.relations") or {}
        edit = relations.get("m.replace")
        return post_from_event(event, self.view(room), edit if isinstance(edit, dict) else None)

    def _reaction(self, event: Mapping[str, Any]) -> Iterator[Event]:
        if is_redacted(event) or not content_of(event) or relation_of(content_of(event)) == {}:
            return
        by = sender_of(event)
        post, what = annotation_of(event)
        self._known.remember(id_of(event), Past("reaction", post, what, by))
        if by != self._me:
            yield Reacted(post=GlobalId(post), kind=what, by=AccountId(by), id=GlobalId(id_of(event)))

    async def _redaction(self, room: str, channel: ChannelId, event: Mapping[str, Any]) -> AsyncIterator[Event]:
        target = redacts(event)
        unsigned = event.get("unsigned") or {}
        if sender_of(event) == self._me and str(unsigned.get("transaction_id", "")).startswith(OUR_KEYS):
            return  # our own withdrawal
        past = self._known.past(target)
        if past is not None and past.kind == "reaction":
            yield Reacted(
                post=GlobalId(past.target), kind=past.what, by=AccountId(past.by), id=GlobalId(target), withdrawn=True
            )
        elif past is not None and past.kind == "edit":
            original = await self._server.event(room, past.target)
            post = self.current(room, original) if original is not None else None
            if post is not None:  # it reads again as before
                yield Edited(post=replace(post, edited_at=moment(event)), channel=channel, stream=STREAM)
        else:
            yield Deleted(post=GlobalId(target), at=moment(event))

    async def _in_private(self, room: str, event: Mapping[str, Any]) -> Event | None:
        kind = event.get("type")
        if kind not in _MESSAGES:
            if kind not in _ENCRYPTED or await self._rooms.other_in(room) is not None:
                await self._state(room, event)
            return None
        content = content_of(event)
        sender = sender_of(event)
        if sender == self._me or is_redacted(event) or not content or content.get("msgtype") in _NO_TALK:
            return None
        if await self._rooms.other_in(room) != sender or replaces(content) is not None:
            return None
        words = words_of(content, self._me, sticker=kind == "m.sticker")
        name = self._names.get(room, {}).get(sender, "")
        return PrivateMessage(
            id=GlobalId(id_of(event)), author=author_of(sender, name), text=words.text, at=moment(event)
        )


def _bad(event: Any, why: str) -> BadEvent:
    id = event.get("event_id") if isinstance(event, dict) else None
    raw = json.dumps(event, ensure_ascii=False)
    name = (
        id if isinstance(id, str) and id else f"event {hashlib.sha256(raw.encode(errors='replace')).hexdigest()[:16]}"
    )
    return BadEvent(id=name, why=why, raw=raw[:_RAW])
