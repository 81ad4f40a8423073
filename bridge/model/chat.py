"""Chats, their channels, and the networks they are on, as an admin set them up. Frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

from bridge.model.calendar import Calendar
from bridge.model.ids import ChannelId, ChatId, NetworkId, Platform
from bridge.model.programme import Programme


class Role(IntEnum):
    """What an account may do in a chat; each may what those before it may."""

    LEADER = 1  # everybody
    HOST = 2
    MODERATOR = 3
    ADMIN = 4

    @property
    def word(self) -> str:
        return self.name.lower()


Handles = Mapping[NetworkId, frozenset[str]]
"""Accounts by network, as the network writes their handles, casefolded."""


class Relay(StrEnum):
    """Which messages of the others a channel gets."""

    ALL = "all"
    HOSTS = "hosts"
    SESSION = "session"  # hosts always, everybody during the weekly hour
    DIGEST = "digest"
    NONE = "none"


class Direction(StrEnum):
    BOTH = "both"
    IN = "in"  # read here, nothing is posted here
    OUT = "out"  # posted here, nothing is taken from here


class Late(StrEnum):
    """What becomes of messages that are too old when they are read (after an outage)."""

    RELAY = "relay"
    DIGEST = "digest"
    SKIP = "skip"


class Split(StrEnum):
    THREAD = "thread"
    SHORTEN = "shorten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A place of a chat on one network. ``link``: copies end with a link to the original;
    ``links``: links that people share stay links (else their addresses are plain words)."""

    id: ChannelId
    chat: ChatId
    network: NetworkId
    address: str
    relay: Relay = Relay.ALL
    direction: Direction = Direction.BOTH
    link: bool = True
    links: bool = True
    hashtag: str = ""  # added to copies that lack it, without its sign; empty where a room needs none
    split: Split = Split.THREAD
    max_parts: int = 3
    late_after: timedelta = timedelta(minutes=10)
    max_age: timedelta = timedelta(hours=12)
    late: Late = Late.DIGEST
    digest_every: timedelta = timedelta(days=1)
    digest_link: str = ""
    unlisted: bool = False

    @property
    def reads(self) -> bool:
        return self.direction is not Direction.OUT

    @property
    def writes(self) -> bool:
        return self.direction is not Direction.IN and self.relay is not Relay.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One community. ``moderators_room`` is where its moderators talk: the bot reads commands there and answers
    them. It is none of the ``channels``, so that whatever goes to channels cannot go there."""

    id: ChatId
    name: str
    hashtags: tuple[str, ...]
    calendar: Calendar
    hosts: Handles = field(default_factory=dict)
    moderators: Handles = field(default_factory=dict)
    admins: Handles = field(default_factory=dict)
    bots: bool = False  # relay posts of other bots too
    channels: tuple[Channel, ...] = ()
    programme: Programme | None = None  # None: nothing happens by itself
    clock_name: str = ""
    moderators_room: Channel | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Where its clock hangs."""
        return self.calendar.zone

    @property
    def clock(self) -> str:
        """How people call its time: ``UK``; the timezone's city where nobody said."""
        return self.clock_name or f"({self.zone.key.rpartition('/')[2].replace('_', ' ')})"

    def is_host(self, network: NetworkId, handle: str) -> bool:
        return handle.casefold() in self.hosts.get(network, frozenset())

    def role(self, network: NetworkId, handle: str) -> Role:
        """The highest that this account has."""
        named = handle.casefold()
        for role, handles in ((Role.ADMIN, self.admins), (Role.MODERATOR, self.moderators), (Role.HOST, self.hosts)):
            if named in handles.get(network, frozenset()):
                return role
        return Role.LEADER


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What the admin allows a network. None is no limit. Money is in micro-dollars."""

    per_15_minutes: int | None = None
    per_day: int | None = None
    per_month: int | None = None
    micro_usd_per_day: int | None = None
    micro_usd_per_month: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One login on one server. ``title`` is its platform as shown to people."""

    id: NetworkId
    platform: Platform
    title: str
    budget: Budget = Budget()


@dataclass(frozen=True, slots=True)
class Book:
    """Who is where: all networks and chats of an installation, with the ways to look them up."""

    networks: Mapping[NetworkId, Network]
    chats: Mapping[ChatId, Chat]

    @property
    def channels(self) -> dict[ChannelId, Channel]:
        return {channel.id: channel for chat in self.chats.values() for channel in chat.channels}

    @property
    def moderators_rooms(self) -> dict[ChannelId, Channel]:
        """Where moderators talk: no channels, so nothing is copied from there or to there."""
        rooms = (chat.moderators_room for chat in self.chats.values())
        return {room.id: room for room in rooms if room is not None}

    def on(self, network: NetworkId) -> tuple[Channel, ...]:
        """The channels of a network, of all chats."""
        return tuple(c for chat in self.chats.values() for c in chat.channels if c.network == network)

    def reached(self, network: NetworkId) -> tuple[Channel, ...]:
        """All that the network's login reads and may post in: its channels, and the moderators' rooms there."""
        rooms = self.moderators_rooms.values()
        return (*self.on(network), *(room for room in rooms if room.network == network))


def channel_id(chat: ChatId, network: NetworkId, address: str) -> ChannelId:
    return ChannelId(f"{chat}/{network}/{address}")
