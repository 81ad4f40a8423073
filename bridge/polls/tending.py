"""What a running bridge does for polls: count them, close those that are over, have ballots and results shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bridge.adapter import Adapter, Ballots
from bridge.model.chat import Book
from bridge.model.ids import ChatId, NetworkId
from bridge.model.poll import Poll
from bridge.polls import conduct
from bridge.polls.voting import Going
from bridge.store import Store, polls
from bridge.store.postings import Touched

_COUNT_EVERY = timedelta(minutes=1)
_PATIENCE = 30.0  # seconds
_LATE = timedelta(minutes=5)  # after the close all votes should be told
_LATEST = timedelta(hours=1)


class Tending:
    """``look`` before anything is read, and ``step`` every second or so. ``adapters`` are those that are in now;
    ``going`` is kept up to date for who reads votes; ``wake``: there is something to show; ``changed``: of these
    postings something else is wanted."""

    def __init__(
        self,
        store: Store,
        book: Book,
        native: conduct.Native,
        adapters: Mapping[NetworkId, Adapter],
        going: Going,
        wake: Callable[[], None],
        changed: Callable[[Touched], None],
        next_id: Callable[[], int],
        now: Callable[[], datetime],
        log: Any,
    ) -> None:
        self._store = store
        self._book = book
        self._native = native
        self._adapters = adapters
        self._going = going
        self._wake = wake
        self._changed = changed
        self._next_id = next_id
        self._now = now
        self._log = log
        self._counted_at = now()
        self._open: frozenset[tuple[ChatId, int]] = frozenset()

    async def step(self) -> None:
        """Where a poll was opened or closed, by whomever, there is something to show."""
        now = self._now()
        there = await self.look()
        over = [poll for poll in there if poll.closes_at <= now and poll.chat in self._book.chats]
        if now - self._counted_at >= _COUNT_EVERY:
            self._counted_at = now
            await self._count(there)
            await self._recount(now)
        else:
            await self._count(over)
        if over:
            await self._store.write(lambda c: self._close(c, over, now))
        left = frozenset((poll.chat, poll.id) for poll in there if poll not in over)
        if over or left != self._open:
            self._open = left
            self._wake()

    async def look(self) -> Sequence[Poll]:
        """Which polls are open now."""
        self._going.polls = tuple(kept.poll for kept in await self._store.read(polls.still_open))
        return self._going.polls

    def _close(self, connection: Connection, over: Sequence[Poll], now: datetime) -> None:
        for poll in over:
            chat = self._book.chats[poll.chat]
            conduct.close(connection, poll.id, chat, self._book, self._native, self._next_id, now)

    async def _recount(self, now: datetime) -> None:
        """Votes from other servers are told late: count once more when they should be there."""
        for kept in await self._store.read(lambda c: polls.closed_between(c, now - _LATEST, now - _LATE)):
            chat = self._book.chats.get(kept.poll.chat)
            if kept.closed_at is None or chat is None:
                continue
            if await self._count([kept.poll], before=kept.closed_at + _LATE):
                number = kept.poll.id
                touched = await self._store.write(
                    lambda c, of=chat, n=number: conduct.retell(c, n, of, self._book, now)  # type: ignore[misc]
                )
                if touched:
                    self._changed(touched)

    async def _count(self, asked: Sequence[Poll], before: datetime | None = None) -> bool:
        """Ask how ballots stand, where networks tell numbers only; those that were not counted since ``before``. Was
        one counted?"""
        counted = False
        for poll in asked:
            for channel, network, ref in await self._store.read(lambda c, p=poll: conduct.to_count(c, p, before)):  # type: ignore[misc]
                adapter = self._adapters.get(network)
                if not isinstance(adapter, Ballots):
                    continue
                try:
                    async with asyncio.timeout(_PATIENCE):  # it may wait for its budget, or for an answer
                        told = (await adapter.counts([ref])).get(ref.id)
                except Exception as error:  # whatever it is, it must not keep the poll from closing
                    reason = str(error) or repr(error)
                    self._log.warning("a ballot cannot be counted now", network=network, poll=poll.id, reason=reason)
                    continue
                if told is not None and len(told.votes) == len(poll.options):
                    await self._store.write(
                        lambda c, p=poll, where=channel, counts=told: polls.put_counts(c, p, where, counts)
                    )
                    counted = True
        return counted
