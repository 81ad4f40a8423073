"""What the bridge tells a chat's moderators: in their room, or each in private where there is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from bridge.model.chat import Chat
from bridge.model.ids import AccountId, ChannelId, NetworkId
from bridge.model.posting import Content, Posting, PostingKind, PostingState, Priority
from bridge.model.text import Text
from bridge.store import accounts, networks, postings
from bridge.store.postings import Touched


def tell_moderators(
    connection: Connection, chat: Chat, text: str, next_id: Callable[[], int], now: datetime
) -> Touched:
    """They should know this. Without a room it reaches those moderators and admins who said something since the
    bridge knows them as such: a handle alone does not say which account it is."""
    room = chat.moderators_room
    if room is not None:
        told = [note(chat, room.network, text, next_id(), now, room=room.id)]
    else:
        told = [
            note(chat, network, text, next_id(), now, to=account) for network, account in _accounts(connection, chat)
        ]
    postings.add(connection, told)
    return [(one.network, one.id) for one in told]


def note(
    chat: Chat,
    network: NetworkId,
    text: str,
    id: int,
    now: datetime,
    *,
    room: ChannelId | None = None,
    to: AccountId | None = None,
) -> Posting:
    """Something said to one person in private, or to the moderators in their room."""
    return Posting(
        chat=chat.id,
        id=id,
        kind=PostingKind.NOTE,
        network=network,
        channel=room,
        to=None if room is not None else to,
        message=None,
        content=Content(text=Text(text)),
        wanted=1,
        sent=0,
        state=PostingState.DUE,
        priority=Priority.ANNOUNCEMENT,
        created_at=now,
    )


def _accounts(connection: Connection, chat: Chat) -> list[tuple[NetworkId, AccountId]]:
    """Each once, also where two networks of one platform name them."""
    platforms = networks.platforms(connection)
    found: dict[tuple[str, AccountId], NetworkId] = {}
    for network in dict.fromkeys((*chat.moderators, *chat.admins)):
        if (platform := platforms.get(network)) is None:
            continue
        handles = chat.moderators.get(network, frozenset()) | chat.admins.get(network, frozenset())
        for account in accounts.with_handles(connection, platform, handles):
            found.setdefault((platform, account), network)
    return [(network, account) for (_, account), network in found.items()]
