"""Acts on the sandbox as sample leaders, through the client-server API, and as fate, through the gateway."""

from __future__ import annotations

import asyncio
import html
import itertools
import mimetypes
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from adapters.matrix.sandbox.people import People, Refused, mxid, path
from adapters.matrix.sandbox.timeline import PAGE, TYPES, seen_from_events
from bridge.adapter import Seen
from bridge.model.ids import GlobalId

RESPONSE = "org.matrix.msc3381.poll.response"
BOT = "edldrs"
HOST = "host"
ALT_TEXT, TEXT = "org.matrix.msc1767.alt_text", "org.matrix.msc1767.text"


@dataclass
class Read:
    """What was read of a room, oldest first, and up to where."""

    events: list[Any] = field(default_factory=list)
    end: str = ""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class MatrixStage:
    """See :class:`bridge.adapter.Stage`. Beyond it: ``people`` may do whatever the API has, ``rooms`` are
    the room ids by address, ``fate`` is told what befalls the bot."""

    def __init__(self, homeserver: str, control: str) -> None:
        self.people = People(homeserver)
        self.rooms: dict[str, str] = {}
        self._control = httpx.AsyncClient(base_url=control, timeout=30)
        self._joined: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._at: dict[str, tuple[str, str]] = {}  # room and sender of each event met
        self._names: dict[str, dict[str, str]] = {}
        self._read: dict[str, Read] = {}
        self._questions = itertools.count()

    async def close(self) -> None:
        await self.people.close()
        await self._control.aclose()

    async def open_room(self, address: str, name: str) -> None:
        """A public room of the host's, with this alias, where the bot is."""
        call = self.people.call
        try:
            room = await call(HOST, "GET", path("directory", "room", address))
        except Refused:
            alias = address.removeprefix("#").partition(":")[0]
            body = {"preset": "public_chat", "room_alias_name": alias, "name": name}
            room = await call(HOST, "POST", path("createRoom"), body)
        self.rooms[address] = room["room_id"]
        await self.join(BOT, room["room_id"])

    async def join(self, who: str, room: str) -> None:
        """Enter a public room, once."""
        if (who, room) not in self._joined:
            self._joined[who, room] = asyncio.create_task(self._join(who, room))
        await self._joined[who, room]

    async def _join(self, who: str, room: str) -> None:
        await self.people.call(who, "POST", path("join", room), {})

    async def post(
        self,
        channel: str,
        text: str,
        *,
        author: str = "leader",
        reply_to: GlobalId | None = None,
        visibility: str = "public",
        content_warning: str = "",
        language: str = "",
        media: Sequence[tuple[bytes, str, str]] = (),
        hashtag: bool = True,
    ) -> GlobalId:
        if visibility != "public":
            raise NotImplementedError("what is said in a room is seen by all who are in it")
        content: dict[str, Any] = {"msgtype": "m.text", "body": text}
        if content_warning:
            content |= _hidden(text, content_warning)
        if reply_to is not None:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
        if not media:
            return await self.say(channel, content, author=author)
        files = [await self._file(author, *one) for one in media]
        first = await self.say(channel, content | files[0], author=author)
        for further in files[1:]:
            await self.say(channel, {"body": further["filename"], **further}, author=author)
        return first

    async def say(
        self, channel: str, content: Mapping[str, Any], *, author: str = "leader", kind: str = "m.room.message"
    ) -> GlobalId:
        """Send any content to a channel."""
        room = self.rooms[channel]
        await self.join(author, room)
        event = await self.people.send(author, room, kind, content)
        self._at[event] = (room, mxid(author))
        return GlobalId(event)

    async def _file(self, author: str, data: bytes, mime: str, alt: str) -> dict[str, Any]:
        name = f"file{mimetypes.guess_extension(mime) or ''}"
        kind = mime.partition("/")[0]
        return {
            "msgtype": f"m.{kind}" if kind in ("image", "video", "audio") else "m.file",
            "url": await self.people.upload(author, data, mime, name),
            "filename": name,
            "info": {"mimetype": mime, "size": len(data)},
            **({ALT_TEXT: {TEXT: [{"body": alt}]}} if alt else {}),
        }

    async def edit(self, post: GlobalId, text: str) -> None:
        room, sender = await self.where(post)
        new = {"msgtype": "m.text", "body": text}
        content = {
            **new,
            "body": f"* {text}",
            "m.new_content": new,
            "m.relates_to": {"rel_type": "m.replace", "event_id": post},
        }
        event = await self.people.send(_name(sender), room, "m.room.message", content)
        self._at[event] = (room, sender)

    async def delete(self, post: GlobalId) -> None:
        """By its author; a post of the bot's by the host, who may."""
        room, sender = await self.where(post)
        who = HOST if sender == mxid(BOT) else _name(sender)
        transaction = f"{who}-{time.monotonic_ns()}"
        await self.people.call(who, "PUT", path("rooms", room, "redact", post, transaction), {})

    async def react(self, post: GlobalId, *, author: str = "reader") -> None:
        await self.annotate(post, "👍", author=author)

    async def annotate(self, post: GlobalId, kind: str, *, author: str = "reader") -> GlobalId:
        """React with this; gives the reaction's own id, which can be deleted."""
        room, _ = await self.where(post)
        await self.join(author, room)
        relation = {"rel_type": "m.annotation", "event_id": post, "key": kind}
        event = await self.people.send(author, room, "m.reaction", {"m.relates_to": relation})
        self._at[event] = (room, mxid(author))
        return GlobalId(event)

    async def vote(self, post: GlobalId, *choices: int, author: str = "reader") -> GlobalId:
        room, _ = await self.where(post)
        await self.join(author, room)
        content = {
            "m.relates_to": {"rel_type": "m.reference", "event_id": post},
            RESPONSE: {"answers": [str(one) for one in choices]},
        }
        event = await self.people.send(author, room, RESPONSE, content)
        self._at[event] = (room, mxid(author))
        return GlobalId(event)

    async def where(self, post: str) -> tuple[str, str]:
        """In which room, and by whom."""
        if post not in self._at:
            for room in self.rooms.values():
                try:
                    event = await self.people.call(HOST, "GET", path("rooms", room, "event", post))
                except Refused:
                    continue
                self._at[post] = (room, event["sender"])
                break
            else:
                raise LookupError(post)
        return self._at[post]

    # In private

    async def tell(self, text: str, *, author: str = "leader") -> None:
        room = next(iter(await self._private(author)), None)
        if room is None:
            body = {"preset": "trusted_private_chat", "is_direct": True, "invite": [mxid(BOT)]}
            room = (await self.people.call(author, "POST", path("createRoom"), body))["room_id"]
        await self.people.send(author, room, "m.room.message", {"msgtype": "m.text", "body": text})

    async def told(self, *, author: str = "leader") -> Sequence[str]:
        said: list[tuple[int, str]] = []
        for room in await self._private(author):
            page = await self.people.call(author, "GET", path("rooms", room, "messages"), dir="b", limit=PAGE)
            said += [
                (event["origin_server_ts"], event["content"].get("body", ""))
                for event in page["chunk"]
                if event["type"] == "m.room.message" and event["sender"] == mxid(BOT)
            ]
        return [words for _, words in sorted(said)]

    async def _private(self, author: str) -> Sequence[str]:
        """Rooms of this person and the bot alone; an invitation by the bot is accepted."""
        call = self.people.call
        # Synapse gives the same answer again for two minutes, unless something in the question differs.
        query = {"timeout": next(self._questions), "filter": '{"room":{"timeline":{"limit":1}}}'}
        everything = await call(author, "GET", path("sync"), **query)
        rooms = everything.get("rooms", {})
        joined = set(rooms.get("join", {}))
        for room, invited in rooms.get("invite", {}).items():
            if any(event["sender"] == mxid(BOT) for event in invited["invite_state"]["events"]):
                await call(author, "POST", path("join", room), {})
                joined.add(room)
        found = []
        for room in joined - set(self.rooms.values()):
            state = await call(author, "GET", path("rooms", room, "members"))
            inside = {e["state_key"] for e in state["chunk"] if e["content"]["membership"] in ("join", "invite")}
            if inside == {mxid(author), mxid(BOT)}:
                found.append(room)
        return found

    async def set_bio(self, bio: str, *, author: str = "leader") -> None:
        raise NotImplementedError("Matrix has no profile text that clients show")

    # What readers see

    async def timeline(self, channel: str) -> Sequence[Seen]:
        room = self.rooms[channel]
        read = self._read.setdefault(room, Read())
        async with read.lock:
            await self._read_on(room, read)
            return seen_from_events(read.events, await self._named(room, read.events), mxid(BOT), room)

    async def _read_on(self, room: str, read: Read) -> None:
        """What is new since the last look: a demo and a burst look often."""
        where: dict[str, Any] = {"dir": "f", "limit": PAGE, "filter": f'{{"types":{TYPES}}}'}
        while True:
            if read.end:
                where["from"] = read.end
            page = await self.people.call(HOST, "GET", path("rooms", room, "messages"), **where)
            read.events += page["chunk"]
            read.end = page.get("end", read.end)
            if len(page["chunk"]) < PAGE:
                return

    async def _named(self, room: str, events: Sequence[Any]) -> Mapping[str, str]:
        names = self._names.setdefault(room, {})
        if any(event["sender"] not in names for event in events):
            members = await self.people.call(HOST, "GET", path("rooms", room, "joined_members"))
            names.update({user: one.get("display_name") or user for user, one in members["joined"].items()})
        return names

    async def file(self, media: str) -> tuple[bytes, str]:
        return await self.people.download(HOST, media)

    # Fate

    async def throttle(self, requests: int, seconds: float) -> None:
        await self.fate(throttled=requests, throttled_until=time.time() + seconds)

    async def fail(self, requests: int, status: int = 503) -> None:
        await self.fate(failing=requests, fail_with=status)

    async def crash_after_send(self, requests: int) -> None:
        await self.fate(losing=requests)

    async def cut(self, seconds: float) -> None:
        (await self._control.post("/cut", json={"seconds": seconds})).raise_for_status()

    async def fate(self, **changes: Any) -> Mapping[str, Any]:
        """Set what befalls the bot (see ``gateway.Fate``); tells how often it asked what."""
        answer = await self._control.post("/fate", json=changes)
        answer.raise_for_status()
        told: Mapping[str, Any] = answer.json()
        return told

    async def garble(self, channel: str) -> GlobalId:
        """Somebody sends what is no message; gives its id."""
        content = {"msgtype": "m.text", "body": "* ?", "m.new_content": 7}
        relation = {"rel_type": "m.replace", "event_id": ["no", "id"]}
        return await self.say(channel, {**content, "m.relates_to": relation}, author="reader")


def _name(user: str) -> str:
    return user.removeprefix("@").partition(":")[0]


def _hidden(text: str, why: str) -> dict[str, str]:
    """https://spec.matrix.org/v1.19/client-server-api/#spoiler-messages"""
    body = html.escape(text).replace("\n", "<br>")
    return {
        "body": f"[Spoiler for {why}]",
        "format": "org.matrix.custom.html",
        "formatted_body": f'<span data-mx-spoiler="{html.escape(why)}">{body}</span>',
    }
