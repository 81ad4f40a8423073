"""What we do on the homeserver: send, edit, redact, write in private, and find what may have been sent.

The key is the transaction id, which the homeserver honours for as long as it remembers it, and stands in
the event's content, where we look for it later.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.matrix import composing, polls
from adapters.matrix.errors import Forbidden
from adapters.matrix.known import Known
from adapters.matrix.rooms import Rooms
from adapters.matrix.server import Homeserver
from adapters.matrix.translation import KEY, Malformed, content_of, is_redacted, link_to, moment
from bridge.adapter import Absent, Attempt, ChannelClosed, Found, Gone, NotYet, Receipt, Rejected
from bridge.model.ids import AccountId, ChannelId, GlobalId, Key, PostRef, RemoteId
from bridge.model.message import Outgoing

_CLOCKS = timedelta(minutes=10)  # that the homeserver's clock may be apart from ours
_PAGE = 100


class Writing:
    """Requests that people see. Raises errors of the boundary only."""

    def __init__(
        self,
        server: Homeserver,
        rooms: Rooms,
        known: Known,
        *,
        settle: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        """``settle`` is how long the homeserver may still be at work on a request that we lost sight of."""
        self._server = server
        self._rooms = rooms
        self._known = known
        self._settle = settle
        self._now = now
        self._via = rooms.me.partition(":")[2]

    async def post(self, post: Outgoing, key: Key) -> Receipt:
        assert post.channel is not None
        room = self._rooms.writable(post.channel)
        if post.poll is not None:
            self._check(post)
            content = polls.start(post.poll, composing.written(post.text).body, key)
            return await self._send(room, content, key, kind=polls.START)
        return await self._send(room, await self._content(post, key), key)

    async def note(self, to: AccountId, post: Outgoing, key: Key) -> Receipt:
        try:
            room = await self._rooms.private_with(to)
            return await self._send(room, await self._content(post, key), key)
        except ChannelClosed as error:
            raise Rejected(f"they cannot be written to in private: {error.reason}") from error

    async def _send(self, room: str, content: Mapping[str, Any], key: Key, *, kind: str = "m.room.message") -> Receipt:
        try:
            id = await self._server.send(room, kind, key, content)
        except Gone as error:  # of the room: an answer to what is gone is taken all the same
            raise ChannelClosed(error.reason) from error
        return self._receipt(room, id)

    def _receipt(self, room: str, id: str) -> Receipt:
        return Receipt(ref=PostRef(GlobalId(id), RemoteId(room)), url=link_to(room, self._via, id))

    async def _content(self, post: Outgoing, key: Key) -> dict[str, Any]:
        self._check(post)
        file = None
        if post.media:
            one = post.media[0]
            file = composing.file_of(one, await self._server.upload(one.data, one.mime, one.name))
        return composing.message(post, key, self._relation(post.reply_to), file)

    def _check(self, post: Outgoing) -> None:
        size = composing.measure(post.text)
        if size > composing.MAX_BYTES:
            raise Rejected(f"the text has {size:,} bytes, and a message takes {composing.MAX_BYTES:,}")
        if len(post.media) > 1:
            raise Rejected("a message takes one file")

    def _relation(self, answered: PostRef | None) -> Mapping[str, Any] | None:
        if answered is None:
            return None
        past = self._known.past(answered.id)
        thread = past.target if past is not None and past.kind == "thread" else None
        return composing.reply(answered.id, thread)

    # What is there already

    async def edit(self, ref: PostRef, post: Outgoing, key: Key) -> None:
        """The original is read first: an edit of what was removed would be a new message to some clients,
        and its file stays unless there is another."""
        self._check(post)
        room, original = await self._original(ref)
        if post.poll is not None:
            if post.poll.closed:  # nothing else of a poll can be changed
                await self._server.send(room, polls.END, key, polls.end(ref.id, key), creates=False)
            return
        if post.media:
            one = post.media[0]
            file = composing.file_of(one, await self._server.upload(one.data, one.mime, one.name))
        else:
            file = composing.file_in(content_of(original))
        content = composing.replacement(composing.message(post, key, None, file), ref.id, key)
        await self._server.send(room, "m.room.message", key, content, creates=False)

    async def _original(self, ref: PostRef) -> tuple[str, Mapping[str, Any]]:
        for room in [ref.remote] if ref.remote else set(self._rooms.configured().values()):
            event = await self._server.event(room, ref.id)
            if event is not None and not is_redacted(event):
                return room, event
        raise Gone("the message is no longer there")

    async def delete(self, ref: PostRef, channel: ChannelId | None, key: Key) -> None:
        room = ref.remote or (self._rooms.configured().get(channel, "") if channel is not None else "")
        if not room:
            raise Gone("it is not known in which room the message is")
        try:
            await self._server.call("PUT", "rooms", room, "redact", ref.id, key, body={})
        except Forbidden as error:
            # Of this message only: that the bot is out of one room must not hold up what it removes elsewhere.
            raise Rejected(f"the bot may no longer remove its message: {error.reason}") from error

    # What may have been sent

    async def find(self, attempt: Attempt) -> Found | Absent | NotYet:
        post = attempt.post
        if post.channel is not None:
            rooms = [room] if (room := self._rooms.configured().get(post.channel)) else []
        else:
            rooms = await self._rooms.all_with(post.to or "")
        found = [
            self._receipt(room, str(event["event_id"]))
            for room in rooms
            async for event in self._own(room, attempt.began_at - _CLOCKS)
            if event.get("event_id") not in attempt.claimed and _has(event, attempt.key)
        ]
        if found:
            return Found(tuple(reversed(found)))
        left = self._settle - (self._now() - attempt.began_at)
        return NotYet(left.total_seconds()) if left > timedelta(0) else Absent()

    async def _own(self, room: str, since: datetime) -> AsyncIterator[Mapping[str, Any]]:
        """Our own messages in a room since then, newest first, without edits."""
        types = f'{{"types":["m.room.message","{polls.START}"],"senders":["{self._rooms.me}"]}}'
        where: dict[str, Any] = {"dir": "b", "limit": _PAGE, "filter": types}
        while True:
            page = await self._server.get("rooms", room, "messages", **where)
            for event in page.get("chunk", ()):
                try:
                    if moment(event) < since:
                        return
                except Malformed:
                    continue
                if (event.get("content", {}).get("m.relates_to") or {}).get("rel_type") != "m.replace":
                    yield event
            if not page.get("chunk") or not page.get("end"):
                return
            where["from"] = str(page["end"])


def _has(event: Mapping[str, Any], key: Key) -> bool:
    """Was it sent under this key? What was redacted has lost its content, and may still tell its
    transaction."""
    content, unsigned = event.get("content") or {}, event.get("unsigned") or {}
    return bool(content.get(KEY) == key or unsigned.get("transaction_id") == key)
