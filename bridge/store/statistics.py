"""What was said in a stretch of time, for who counts and sums up. Only reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, and_, literal, or_, select

from bridge.model.ids import AccountId, ChatId, NetworkId, Platform
from bridge.store import accounts, tables
from bridge.store.ids import micros
from bridge.store.messages import Message, chunks, message_from_row

_m, _t, _a = tables.message.c, tables.part.c, tables.account.c
_SAID_THERE = ("", "before-first-start")
"""What a message is held by that was talk in the chat all the same, or would have been."""

Person = tuple[Platform, AccountId]


def said_between(
    connection: Connection, chat: ChatId, networks: Collection[NetworkId], begins: datetime, ends: datetime
) -> list[Message]:
    """The messages of a chat on these networks that cross and still stand, from ``begins`` to ``ends`` (the
    end outside), the earliest first; without those of people who do not want to be bridged. What the chat
    itself says is of no network, and not among them."""
    found: list[Message] = []
    for network in networks:  # asked for all at once, SQLite reads all that the chat ever said
        rows = connection.execute(
            select(tables.message).where(
                _m.chat_id == chat,
                _m.network == network,
                _m.created_at >= micros(begins),
                _m.created_at < micros(ends),
                _m.held_rule == "",
                _m.deleted_at.is_(None),
            )
        ).mappings()
        found.extend(message_from_row(row) for row in rows)
    found.sort(key=lambda one: (one.created_at, one.id))
    stopped = {
        (platform, account)
        for platform, authors in _by_platform((one.platform, one.author) for one in found).items()
        for account in accounts.opted_out(connection, platform, authors)
    }
    return [one for one in found if (one.platform, one.author) not in stopped]


def taken_back(
    connection: Connection,
    chat: ChatId,
    networks: Collection[NetworkId],
    begins: datetime,
    ends: datetime,
    since: datetime,
) -> bool:
    """Was anything that was said in a stretch of time deleted or edited away since then, or do people of it want to
    be bridged no longer?"""
    gone = or_(
        _m.deleted_at >= micros(since),
        and_(_m.held_rule != "", _m.edited_at >= micros(since)),
        _a.stopped_at >= micros(since),
        _a.nobridge_at >= micros(since),
    )
    author = and_(_a.platform == _m.platform, _a.account == _m.author)
    return any(
        connection.execute(
            select(_m.id)
            .outerjoin(tables.account, author)
            .where(
                _m.chat_id == chat,
                _m.network == network,
                _m.created_at >= micros(begins),
                _m.created_at < micros(ends),
                gone,
            )
            .limit(1)
        ).first()
        for network in sorted(networks)
    )


def spoke_before(connection: Connection, chat: ChatId, people: Iterable[Person], at: datetime) -> set[Person]:
    """Those of these people who said something in the chat before then, whether or not it still stands."""
    found: set[Person] = set()
    for platform, authors in _by_platform(people).items():
        for some in chunks(sorted(authors)):
            rows = connection.execute(
                select(_m.author)
                .where(
                    _m.chat_id == chat,
                    _m.platform == platform,
                    _m.author.in_(some),
                    _m.created_at < micros(at),
                    _m.held_rule.in_(_SAID_THERE),
                )
                .distinct()
            )
            found.update((platform, AccountId(author)) for (author,) in rows)
    return found


def post_addresses(connection: Connection, addresses: Iterable[str]) -> set[str]:
    """Those of these web addresses at which people see a message, or a post of ours."""
    found: set[str] = set()
    for some in chunks(sorted(set(addresses) - {""})):
        theirs = select(_m.url).where(_m.url.in_(some))
        ours = select(_t.url).where(_t.url.in_(some), _t.url != literal("", literal_execute=True))
        found.update(connection.execute(theirs.union(ours)).scalars())
    return found


def _by_platform(people: Iterable[Person]) -> dict[Platform, set[AccountId]]:
    found: dict[Platform, set[AccountId]] = {}
    for platform, account in people:
        found.setdefault(platform, set()).add(account)
    return found
