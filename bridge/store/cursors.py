"""The tables ``cursor`` and ``channel``: how far each stream was read, and since when a channel is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from bridge.model.ids import ChannelId, ChatId, Cursor, NetworkId, Stream
from bridge.store import tables
from bridge.store.ids import maybe_moment, micros, moment
from bridge.store.upsert import upsert


def cursors(connection: Connection, network: NetworkId) -> dict[Stream, Cursor]:
    rows = connection.execute(
        select(tables.cursor.c.stream, tables.cursor.c.cursor).where(tables.cursor.c.network == network)
    )
    return {Stream(stream): Cursor(cursor) for stream, cursor in rows}


def put_cursors(connection: Connection, network: NetworkId, read: Mapping[Stream, Cursor], at: datetime) -> None:
    rows = [{"network": network, "stream": s, "cursor": c, "at": micros(at)} for s, c in read.items()]
    upsert(connection, tables.cursor, rows)


def open_channels(connection: Connection, channels: Iterable[tuple[ChatId, ChannelId]], now: datetime) -> None:
    """Channels that start now, unless they were open before."""
    rows = [
        {"chat_id": chat, "channel_id": channel, "opened_at": micros(now), "digest_at": micros(now)}
        for chat, channel in channels
    ]
    upsert(connection, tables.channel, rows, keep=("opened_at", "digest_at"))


def opened(connection: Connection) -> dict[ChannelId, datetime]:
    rows = connection.execute(select(tables.channel.c.channel_id, tables.channel.c.opened_at))
    return {ChannelId(channel): moment(at) for channel, at in rows}


def digested_at(connection: Connection, chat: ChatId, channel: ChannelId) -> datetime | None:
    """Up to when the channel's last digest told."""
    c = tables.channel.c
    at = connection.execute(select(c.digest_at).where(c.chat_id == chat, c.channel_id == channel)).scalar()
    return maybe_moment(at)


def set_digested(connection: Connection, chat: ChatId, channel: ChannelId, at: datetime) -> None:
    c = tables.channel.c
    connection.execute(
        update(tables.channel).where(c.chat_id == chat, c.channel_id == channel).values(digest_at=micros(at))
    )
