"""Which room is which: channels by id or alias, joined where the bot may, and private rooms with one person."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from adapters.matrix.known import Known
from adapters.matrix.server import Homeserver
from bridge.adapter import (
    AdapterError,
    ChannelAt,
    ChannelClosed,
    Gone,
    Invited,
    NetworkError,
    RateLimited,
    Rejected,
    Unavailable,
)
from bridge.model.ids import AccountId, ChannelId, Place

_JOIN = 60.0  # seconds; a room on another server takes its time
_VIA = 3  # servers to try
_UNREADABLE = (
    "This room is encrypted, so I can neither read what is said here nor bring anything here. "
    "Encryption cannot be turned off: make a room without it, and invite me there."
)
_UNREADABLE_IN_PRIVATE = (
    "This conversation is encrypted, so I cannot read it. Write to me in one without encryption, "
    "or say !stop, !start or !help in the chat's room."
)


class Rooms:
    """The rooms that concern the bot. ``joined`` are all it is in."""

    def __init__(
        self,
        server: Homeserver,
        channels: Sequence[ChannelAt],
        admins: Collection[str],
        me: AccountId,
        known: Known,
        log: Any,
    ) -> None:
        self.joined: set[str] = set()
        self.closed: dict[ChannelId, str] = {}  # why the bot is not in it
        self.encrypted: set[str] = set()  # of those looked at
        self._server = server
        self._channels = channels
        self._admins = admins
        self.me = me
        self._known = known
        self._log = log
        self._room: dict[ChannelId, str] = {}
        self._channel: dict[str, ChannelId] = {}
        self._told_places: dict[ChannelId, set[Place]] = {}
        self._others: dict[str, str | None] = {}  # who is in a private room with us
        self._private = asyncio.Lock()

    # Channels

    async def open(self) -> None:
        """Find the channels' rooms, and enter those where the bot is not yet. Raises errors of the whole
        network only; a room that cannot be entered is in ``closed``."""
        answer = await self._server.get("joined_rooms")
        self.joined = {str(one) for one in answer.get("joined_rooms", ())}
        await asyncio.gather(*(self._open(channel) for channel in self._channels))

    async def reopen(self) -> None:
        """Try again what could not be entered."""
        await asyncio.gather(*(self._open(channel) for channel in self._channels if channel.id in self.closed))

    async def _open(self, channel: ChannelAt) -> None:
        self.closed.pop(channel.id, None)
        try:
            room, via = await self._resolve(channel.address)
            self._set(channel.id, room)
            if room not in self.joined:
                await self._join(room, via)
            await self._look(room)
        except Gone:
            self.closed[channel.id] = "there is no such room"
        except (ChannelClosed, Rejected) as error:
            self.closed[channel.id] = f"the bot may not enter it ({error.reason}): invite {self.me}"
        except (RateLimited, Unavailable) as error:  # of a room on another server, often; ours has just answered
            self.closed[channel.id] = f"it could not be entered yet ({error.reason})"
        if channel.id in self.closed:
            self._log.warning("a room is closed to us", room=channel.address, reason=self.closed[channel.id])

    async def _resolve(self, address: str) -> tuple[str, Sequence[str]]:
        """A room's id, and servers through which it is reached."""
        if not address.startswith("#"):
            server = address.partition(":")[2]
            return address, [server] if server else []
        try:
            found = await self._server.get("directory", "room", address)
        except Unavailable:  # the alias is of a server that is away; we may know it from before
            if (room := self._known.room(address)) is None:
                raise
            return room, []
        self._known.name(address, str(found["room_id"]))
        return str(found["room_id"]), [str(one) for one in found.get("servers", ())]

    async def _join(self, room: str, via: Sequence[str] = ()) -> None:
        # `server_name` is what servers before spec 1.12 call it.
        query = {"via": list(via[:_VIA]), "server_name": list(via[:_VIA])} if via else None
        await self._server.call("POST", "join", room, body={}, query=query, within=_JOIN)
        self.joined.add(room)

    async def _look(self, room: str) -> None:
        if await self._server.state(room, "m.room.encryption") is not None:
            await self.is_encrypted(room)

    def _set(self, channel: ChannelId, room: str) -> None:
        self._room[channel] = room
        self._channel.setdefault(room, channel)

    def channel(self, room: str) -> ChannelId | None:
        """Whose room this is; the first channel of several."""
        return self._channel.get(room)

    def place(self, channel: ChannelId) -> Place:
        """The room's id; its address as long as it cannot be found."""
        address = next(one.address for one in self._channels if one.id == channel)
        place = Place(self._room.get(channel, address))
        self._told_places.setdefault(channel, set()).add(place)
        return place

    def places(self, room: str) -> frozenset[Place]:
        """What a room's posts are seen at: also by the name that we gave it before it was found."""
        told = (self._told_places.get(channel, set()) for channel, one in self._room.items() if one == room)
        return frozenset({Place(room)}.union(*told))

    def configured(self) -> Mapping[ChannelId, str]:
        """The channels' rooms, as far as they are found."""
        return self._room

    def writable(self, channel: ChannelId) -> str:
        """The room to post to. Raises ``ChannelClosed``."""
        if channel in self.closed:
            raise ChannelClosed(self.closed[channel])
        room = self._room[channel]
        if room in self.encrypted:
            raise ChannelClosed("the room is encrypted: make one without encryption, and invite the bot there")
        return room

    def entered(self, room: str) -> None:
        """We are in it now, as a sync says."""
        self.joined.add(room)
        for channel, one in self._room.items():
            if one == room:
                self.closed.pop(channel, None)

    def left(self, room: str, why: str) -> None:
        """We are no longer in it."""
        self.joined.discard(room)
        self._others.pop(room, None)
        for channel, one in self._room.items():
            if one == room:
                self.closed[channel] = f"the bot is no longer in it ({why}): invite {self.me}"

    async def is_encrypted(self, room: str) -> None:
        """Say once, there, that we cannot read it. A plain message into an encrypted room is shown with a
        warning, and is the only way to be heard there."""
        self.encrypted.add(room)
        if self._known.told(room):
            return
        private = room not in self._channel
        self._log.warning("a room is encrypted and cannot be bridged", room=room, private=private)
        content = {
            "msgtype": "m.notice",
            "body": _UNREADABLE_IN_PRIVATE if private else _UNREADABLE,
            "m.mentions": {},
        }
        try:
            await self._server.send(room, "m.room.message", "edldrs-encrypted", content, creates=False)
        except AdapterError as error:
            self._log.warning("could not say so there", room=room, reason=error.reason)
            return
        self._known.tell(room)

    # Invitations

    async def invited(self, room: str, state: Sequence[Any]) -> Invited:
        """Answer an invitation: into a channel's room by anybody, into any room by an admin, and into a
        private conversation by whoever wants to talk to the bot. Others are declined."""
        mine = [
            event
            for event in state
            if isinstance(event, dict) and event.get("type") == "m.room.member" and event.get("state_key") == self.me
        ]
        by = str(mine[-1].get("sender", "")) if mine else ""
        told = mine[-1].get("content") if mine else None
        direct = isinstance(told, dict) and told.get("is_direct") is True
        for channel in self._channels:
            if channel.id in self.closed and channel.id not in self._room:
                await self._open(channel)  # its alias may be visible now
        if room in self._channel:
            why = "it is the room of a channel"
        elif by in self._admins:
            why = "an admin invited"
        elif direct:
            why = "to talk in private"
        else:
            return await self._decline(room, by)
        try:
            await self._join(room, [by.partition(":")[2]] if by else [])
            self.entered(room)
            if direct and room not in self._channel:
                await self._note_direct(by, room)
            if direct or room in self._channel:
                await self._look(room)
        except NetworkError:
            raise
        except AdapterError as error:
            return Invited(place=room, by=AccountId(by), accepted=room in self.joined, why=error.reason)
        return Invited(place=room, by=AccountId(by), accepted=True, why=why)

    async def _decline(self, room: str, by: str) -> Invited:
        why = "neither a channel's room, nor by an admin, nor a private conversation"
        try:
            await self._server.call("POST", "rooms", room, "leave", body={"reason": "I enter rooms of my chats only"})
        except NetworkError:
            raise
        except AdapterError as error:
            why = f"{why}; it could not be declined: {error.reason}"
        return Invited(place=room, by=AccountId(by), accepted=False, why=why)

    # Private rooms

    async def other_in(self, room: str) -> str | None:
        """The one person who is in a room with the bot alone; None where there are more, or none."""
        if room not in self._others:
            answer = await self._server.get("rooms", room, "joined_members")
            inside = {str(one) for one in answer.get("joined", {})} - {self.me}
            self._others[room] = inside.pop() if len(inside) == 1 and room not in self._channel else None
        return self._others[room]

    def changed(self, room: str) -> None:
        """Somebody came or went."""
        self._others.pop(room, None)

    async def private_with(self, person: str) -> str:
        """A room for the bot and this person alone, made where there is none. ``createRoom`` is not
        idempotent, so all rooms are looked through first: an earlier answer may have been lost."""
        async with self._private:
            direct = await self._direct()
            noted = [one for one in direct.get(person, ()) if one in self.joined]
            for room in [*noted, *sorted(self.joined - set(noted) - self._channel.keys())]:
                if await self._is_for(room, person):
                    if room not in direct.get(person, ()):
                        await self._note_direct(person, room)
                    return room
            body = {"preset": "trusted_private_chat", "is_direct": True, "invite": [person]}
            made = await self._server.call("POST", "createRoom", body=body, within=_JOIN)
            room = str(made["room_id"])
            self.joined.add(room)
            await self._note_direct(person, room)
            return room

    async def all_with(self, person: str) -> list[str]:
        """The rooms that are noted as private with this person."""
        return [room for room in (await self._direct()).get(person, ()) if room in self.joined]

    async def _is_for(self, room: str, person: str) -> bool:
        """Is it a readable room of the bot and this person, who is there or invited?"""
        if room in self.encrypted:
            return False
        try:
            members = await self._server.get("rooms", room, "members")
        except (ChannelClosed, Gone):
            self.joined.discard(room)
            return False
        inside = {
            str(event.get("state_key"))
            for event in members.get("chunk", ())
            if event.get("content", {}).get("membership") in ("join", "invite")
        }
        if inside != {self.me, person}:
            return False
        if await self._server.state(room, "m.room.encryption") is None:
            return True
        self.encrypted.add(room)
        return False

    async def _direct(self) -> dict[str, list[str]]:
        """https://spec.matrix.org/v1.19/client-server-api/#direct-messaging"""
        try:
            value = await self._server.get("user", self.me, "account_data", "m.direct")
        except Gone:
            return {}
        return {user: [str(one) for one in rooms] for user, rooms in value.items() if isinstance(rooms, list)}

    async def _note_direct(self, person: str, room: str) -> None:
        direct = await self._direct()
        rooms = direct.setdefault(person, [])
        if room not in rooms:
            rooms.append(room)
            await self._server.call("PUT", "user", self.me, "account_data", "m.direct", body=direct)
