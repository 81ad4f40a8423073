"""``stop``, ``start`` and ``#nobridge``: a person's word on being bridged, and what follows from it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bridge.model.ids import AccountId, ChatId, Platform
from bridge.store import accounts, messages, postings
from bridge.store.postings import Touched


def stop(connection: Connection, platform: Platform, account: AccountId, handle: str, now: datetime) -> Touched:
    """Nothing of theirs crosses any more, and what crossed is withdrawn."""
    accounts.set_stopped(connection, platform, account, handle, now)
    return withdraw_all(connection, platform, account, "its author said stop to the bot", now)


def start(connection: Connection, platform: Platform, account: AccountId, handle: str) -> None:
    """What they say from now on crosses again. What was withdrawn stays so: its moment has passed."""
    accounts.set_stopped(connection, platform, account, handle, None)


def read_profile(
    connection: Connection, platform: Platform, account: AccountId, handle: str, nobridge: bool, now: datetime
) -> Touched:
    """Their profile says #nobridge, or no longer does."""
    accounts.set_nobridge(connection, platform, account, handle, now if nobridge else None)
    if not nobridge:
        return []
    return withdraw_all(connection, platform, account, "its author's profile says #nobridge", now)


def withdraw_all(connection: Connection, platform: Platform, account: AccountId, reason: str, now: datetime) -> Touched:
    """Take back all copies of what an account said."""
    by_chat: dict[ChatId, list[int]] = {}
    for message in messages.by_author(connection, platform, account):
        by_chat.setdefault(message.chat, []).append(message.id)
    return [
        one
        for chat, ids in by_chat.items()
        for some in messages.chunks(ids)
        for one in postings.withdraw(connection, postings.of_messages(chat, some), reason, now)
    ]
