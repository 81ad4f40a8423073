"""How sends ended, on their way into the journal: commits run beside the next sends, not between them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bridge.model.ids import ChatId, GlobalId, Key, NetworkId
from bridge.model.posting import Part, Posting
from bridge.outbox.budget import Ledger
from bridge.store import Store, parts, postings, spending

_OWN_REMEMBERED = 20_000
_RETRY_SECONDS = 1.0


class Results:
    """Of one network: which sends are open, which posts are ours, and what is to be put down."""

    def __init__(self, network: NetworkId, store: Store, ledger: Ledger, now: Callable[[], datetime], log: Any) -> None:
        self._network = network
        self._store = store
        self._ledger = ledger
        self._now = now
        self._log = log
        self._open: set[Key] = set()
        self._own: dict[GlobalId, None] = {}
        self._parts: list[tuple[Posting, Part]] = []
        self._closed: list[tuple[ChatId, int, int]] = []
        self._told = self._kept = 0  # how many ends we were told of, and how many are in the journal
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()

    async def load(self) -> None:
        """Sends that an earlier run began and did not see the end of are open."""
        self._open.update(await self._store.read(lambda c: parts.begun_keys(c, self._network)))

    def is_own(self, post: GlobalId) -> bool:
        """Did we post this, a moment ago? (The journal knows of all; this saves asking it.)"""
        return post in self._own

    async def settled(self) -> None:
        """Wait until all sends that are open now have ended and are in the journal."""
        waiting = set(self._open)
        async with self._changed:
            await self._changed.wait_for(lambda: not (waiting & self._open))

    def opened(self, key: Key) -> None:
        """A request is about to leave."""
        self._open.add(key)

    def ended(self, posting: Posting, part: Part) -> None:
        """How an operation ended. It stays open until that is in the journal."""
        if part.ref is not None:
            self._own[part.ref.id] = None
            if len(self._own) > _OWN_REMEMBERED:
                del self._own[next(iter(self._own))]
        self._parts.append((posting, part))
        self._told += 1
        self._start()

    def closed(self, posting: Posting) -> None:
        """The posting reads as it was wanted."""
        self._closed.append((posting.chat, posting.id, posting.wanted))
        self._told += 1
        self._start()

    async def flushed(self) -> None:
        """Wait until all that has ended by now is in the journal, whatever ends meanwhile."""
        until = self._told
        async with self._changed:
            await self._changed.wait_for(lambda: self._kept >= until)

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._flush(), name=f"outbox {self._network}: results")

    async def _flush(self) -> None:
        try:
            await asyncio.sleep(0)  # what ends in this turn of the loop goes along
            while self._parts or self._closed:
                settled, self._parts = self._parts, []
                closed, self._closed = self._closed, []
                spent = self._ledger.unsaved()
                at = self._now()

                def put_down(connection: Connection) -> None:
                    parts.settle(connection, settled, at)  # noqa: B023 - awaited in this turn
                    postings.close(connection, closed, at)  # noqa: B023
                    spending.add(connection, self._network, spent)  # noqa: B023

                while True:
                    try:
                        await self._store.write(put_down)
                        break
                    except Exception:
                        # What was sent was sent: it has to get into the journal, however long that takes.
                        self._log.exception("the journal cannot be written")
                        await asyncio.sleep(_RETRY_SECONDS)
                self._open.difference_update(part.key for _, part in settled)
                self._kept += len(settled) + len(closed)
                async with self._changed:
                    self._changed.notify_all()
        finally:
            self._task = None
