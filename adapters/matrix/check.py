"""What `edldrs doctor` says of a login."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from adapters.matrix.rooms import Rooms
from adapters.matrix.server import Homeserver
from adapters.matrix.settings import Settings
from bridge.adapter import AdapterError, ChannelAt, Context, Finding, Gone, RateLimited, Severity

_APART = 60.0  # seconds that two clocks may differ
_PROBES = 12
_PROBE = "app.edldrs.probe"


def _ok(subject: str, says: str) -> Finding:
    return Finding(severity=Severity.OK, subject=subject, says=says)


def _warning(subject: str, says: str, mend: str) -> Finding:
    return Finding(severity=Severity.WARNING, subject=subject, says=says, mend=mend)


def _error(subject: str, says: str, mend: str) -> Finding:
    return Finding(severity=Severity.ERROR, subject=subject, says=says, mend=mend)


async def findings(server: Homeserver, rooms: Rooms, context: Context, settings: Settings) -> Sequence[Finding]:
    """Looks at everything; one thing that fails does not hide the others."""
    try:
        me, headers = await server.answered("GET", "account", "whoami")
    except AdapterError as error:
        return (_error("login", error.reason, "Run `edldrs login` for this network."),)
    found = [_login(me, settings)]
    found += _clock(headers, context)
    found += await _presence(server, str(me["user_id"]))
    for channel in context.channels:
        found += await _room(server, rooms, channel)
    try:
        found.append(await _rate_limit(server, str(me["user_id"])))
    except AdapterError as error:
        mend = "See why, and run `edldrs doctor` again."
        found.append(_warning("rate limit", f"it could not be measured: {error.reason}", mend))
    return found


def _login(me: Mapping[str, Any], settings: Settings) -> Finding:
    user = str(me["user_id"])
    if settings.user and settings.user != user:
        return _error("login", f"the token is of {user}, config.yaml names {settings.user}", "Mend `user` or `token`.")
    if me.get("is_guest"):
        return _error("login", f"{user} is a guest", "Register an account for the bot, and run `edldrs login`.")
    return _ok("login", f"{user} on {settings.homeserver}")


def _clock(headers: Mapping[str, str], context: Context) -> list[Finding]:
    try:
        apart = (parsedate_to_datetime(headers.get("Date", "")) - context.now()).total_seconds()
    except (ValueError, TypeError):
        return []
    if abs(apart) > _APART:
        mend = "Let this machine set its clock by NTP."
        return [_warning("clock", f"the homeserver's clock is {apart:+.0f} s from ours", mend)]
    return [_ok("clock", f"{apart:+.0f} s from ours")]


async def _presence(server: Homeserver, me: str) -> list[Finding]:
    try:
        told = await server.get("presence", me, "status")
    except AdapterError:
        return []  # many homeservers do without
    return [_ok("presence", f"shown as {told.get('presence', 'unknown')}")]


async def _room(server: Homeserver, rooms: Rooms, channel: ChannelAt) -> list[Finding]:
    subject = f"room {channel.address}"
    if channel.id in rooms.closed:
        mend = f"Invite {rooms.me} to the room, or mend its address in config.yaml."
        return [_error(subject, rooms.closed[channel.id], mend)]
    room = rooms.configured()[channel.id]
    try:
        return await _inside(server, rooms, subject, room)
    except AdapterError as error:
        return [_error(subject, error.reason, f"Invite {rooms.me} to the room.")]


async def _inside(server: Homeserver, rooms: Rooms, subject: str, room: str) -> list[Finding]:
    if await server.state(room, "m.room.encryption") is not None:
        mend = "Make a room without encryption (it cannot be turned off), and configure that one."
        return [_error(subject, "it is encrypted: the bridge can neither read nor write there", mend)]
    tombstone = await server.state(room, "m.room.tombstone")
    if tombstone is not None:
        mend = "Configure the new room, or its alias."
        return [_error(subject, f"it was replaced by {tombstone.get('replacement_room')}", mend)]
    levels = await server.state(room, "m.room.power_levels") or {}
    creation = await _creation(server, room)
    mine, needed = power(creation, levels, rooms.me), needed_to_send(levels)
    if mine is not None and mine < needed:
        mend = f"Give {rooms.me} the power level {needed} in the room's settings."
        return [_error(subject, f"the bot may not write there (it has {mine}, {needed} is needed)", mend)]
    return [_ok(subject, f"{room}: joined, may write")]


async def _creation(server: Homeserver, room: str) -> Mapping[str, Any]:
    """The event that made the room: its sender is a creator."""
    try:
        event: Mapping[str, Any] = await server.get("rooms", room, "state", "m.room.create", "", format="event")
    except AdapterError:
        return {}
    return event


def power(creation: Mapping[str, Any], levels: Mapping[str, Any], me: str) -> int | None:
    """Our power level; None for without limit: from room version 12 on creators have that, and no entry.
    https://spec.matrix.org/v1.19/rooms/v12/"""
    content = creation.get("content") or {}
    version = str(content.get("room_version", "1"))
    creators = {creation.get("sender"), *content.get("additional_creators", ())}
    if version.isdigit() and int(version) >= 12 and me in creators:
        return None
    if not levels:
        return 100 if me in creators else 0
    return int((levels.get("users") or {}).get(me, levels.get("users_default", 0)))


def needed_to_send(levels: Mapping[str, Any]) -> int:
    """The power level that a message needs."""
    return int((levels.get("events") or {}).get("m.room.message", levels.get("events_default", 0)))


async def _rate_limit(server: Homeserver, me: str) -> Finding:
    """The limit is nowhere to be read, so it is met: a dozen events, of a type that no client shows, into a
    room where nobody else is. Synapse's default takes ten at once and then one in five seconds."""
    room = await _scratch_room(server, me)
    for number in range(_PROBES):
        try:
            await server.send(room, _PROBE, f"probe-{secrets.token_hex(8)}", {"number": number}, creates=False)
        except RateLimited as limited:
            mend = (
                "Ask the homeserver's admin to lift it for the bot: on Synapse, POST "
                f'/_synapse/admin/v1/users/{me}/override_ratelimit with {{"messages_per_second": 0}}.'
            )
            says = f"after {number} messages at once the homeserver makes the bot wait"
            return _warning("rate limit", f"{says} ({limited.reason})", mend)
    return _ok("rate limit", f"none met in {_PROBES} messages at once")


async def _scratch_room(server: Homeserver, me: str) -> str:
    try:
        known = (await server.get("user", me, "account_data", _PROBE)).get("room_id")
    except Gone:
        known = None
    if isinstance(known, str) and await server.state(known, "m.room.create") is not None:
        return known
    body = {"preset": "private_chat", "name": "EdLdrs bridge: measuring the rate limit"}
    made = str((await server.call("POST", "createRoom", body=body))["room_id"])
    await server.call("PUT", "user", me, "account_data", _PROBE, body={"room_id": made})
    return made
