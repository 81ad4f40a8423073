"""The reading side of one network: events gathered into batches, each journaled in one unit of work."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from bridge.adapter import (
    Adapter,
    BadEvent,
    CaughtUp,
    Checkpoint,
    Deleted,
    Edited,
    Event,
    Invited,
    Lookup,
    Posted,
    PrivateMessage,
    Reacted,
    Voted,
)
from bridge.intake.batch import Arrival, Setting, Taken
from bridge.intake.desk import take
from bridge.model.ids import GlobalId
from bridge.store import Store, cursors, is_outage, messages

_BATCH = 256
_MARK_WAIT = timedelta(seconds=1)  # how long a checkpoint after which nothing came may wait for its commit
_WAITING = 1024  # events read and not journaled: beyond it the adapter is not asked for more
_LOOKUP_BACK = timedelta(days=1)  # before a gap: edits of older posts are rare and found by later checks
_LOOKUP_MOST = 400
_LOOKUP_CHUNK = 40
_DELETED_REMEMBERED = 10_000


class OwnSends(Protocol):
    """What intake asks the outbox of its network."""

    def is_own(self, post: GlobalId) -> bool: ...

    async def settled(self) -> None: ...


class Intake:
    """Reads one adapter until it is cancelled or the adapter gives up."""

    def __init__(
        self,
        setting: Setting,
        adapter: Adapter,
        store: Store,
        own: OwnSends,
        on_taken: Callable[[Taken], None],
        on_reading: Callable[[], None],
        now: Callable[[], datetime],
        log: Any,
    ) -> None:
        self.last_event_at: datetime | None = None
        self._setting = setting
        self._adapter = adapter
        self._store = store
        self._own = own
        self._on_taken = on_taken
        self._on_reading = on_reading
        self._reading = False
        self._now = now
        self._log = log
        self._waiting: asyncio.Queue[Arrival] = asyncio.Queue(_WAITING)
        self._deleted: OrderedDict[GlobalId, None] = OrderedDict()
        self._bad: OrderedDict[str, None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(), name=f"intake {self._setting.network.id}: read")
                group.create_task(self._journal(), name=f"intake {self._setting.network.id}: journal")
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self) -> None:
        read = await self._store.read(lambda c: cursors.cursors(c, self._setting.network.id))
        async for event in self._adapter.events(read):
            await self._waiting.put(Arrival(event, self._now()))

    async def _journal(self) -> None:
        marks: list[Arrival] = []
        while True:
            wait = _MARK_WAIT - (self._now() - marks[0].seen_at) if marks else None
            batch = await self._next(wait)
            kept = [arrival for arrival in batch if self._concerns(arrival)]
            if batch and self._reading and all(isinstance(arrival.event, Checkpoint) for arrival in kept):
                # Nothing but how far we have read: that can wait for the next commit, or a moment.
                marks += kept
                continue
            kept, marks = [*marks, *kept], []
            if not kept:
                continue
            if any(self._may_be_ours(arrival) for arrival in kept):
                # From our own account while a send of ours is open: an echo, or a host who types there.
                # Which, only the journal can tell, once it knows what was sent.
                await self._own.settled()
            now = self._now()
            taken = await self._taken(kept, now)
            self.last_event_at = now
            if not self._reading and any(isinstance(arrival.event, Checkpoint) for arrival in kept):
                # From here on nothing is missed: an outage now would be caught up with.
                self._reading = True
                self._on_reading()
            for one in taken:
                self._on_taken(one)

    async def _taken(self, arrivals: Sequence[Arrival], now: datetime) -> list[Taken]:
        """Journal them. One that cannot be is set aside, so that it stops nobody else's."""
        try:
            return [await self._store.write(lambda c: take(c, self._setting, arrivals, now))]
        except Exception as error:
            if is_outage(error):
                raise
            if len(arrivals) == 1:
                self._log.exception("an event cannot be journaled and is set aside", which=_named(arrivals[0].event))
                return []
        return [one for arrival in arrivals for one in await self._taken([arrival], now)]

    async def _next(self, wait: timedelta | None) -> list[Arrival]:
        """What has arrived, at least one; or nothing, when that time is over."""
        if wait is not None and wait <= timedelta(0):
            return []
        try:
            async with asyncio.timeout(None if wait is None else wait.total_seconds()):
                batch = [await self._waiting.get()]
        except TimeoutError:
            return []
        while len(batch) < _BATCH and not self._waiting.empty():
            batch.append(self._waiting.get_nowait())
        return batch

    def _concerns(self, arrival: Arrival) -> bool:
        """Is it for the journal? What only concerns this run is dealt with here."""
        match arrival.event:
            case Posted(post=post) | Edited(post=post):
                ours = post.author.account == self._adapter.account
                return not (ours and (post.key is not None or self._own.is_own(post.ref.id))) and (
                    post.ref.id not in self._deleted
                )
            case Deleted(post=id):
                self._deleted[id] = None
                if len(self._deleted) > _DELETED_REMEMBERED:
                    self._deleted.popitem(last=False)
            case CaughtUp(since=since):
                self._start(self._look_up(since))
                return False
            case Invited() as invited:
                self._log.info(
                    "invited", place=invited.place, by=invited.by, accepted=invited.accepted, why=invited.why
                )
                return False
            case BadEvent() as bad:
                self._set_aside(bad)
                return False
        return True

    def _may_be_ours(self, arrival: Arrival) -> bool:
        event = arrival.event
        return isinstance(event, Posted | Edited) and event.post.author.account == self._adapter.account

    def _set_aside(self, bad: BadEvent) -> None:
        """Once for each: catch-up brings it again."""
        if bad.id not in self._bad:
            self._bad[bad.id] = None
            self._log.warning("an event could not be understood and is set aside", id=bad.id, why=bad.why, raw=bad.raw)
            if len(self._bad) > _DELETED_REMEMBERED:
                self._bad.popitem(last=False)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work, name=f"intake {self._setting.network.id}: look-up")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _look_up(self, since: datetime) -> None:
        """After a gap: were the posts that we know edited or deleted meanwhile?"""
        if not isinstance(self._adapter, Lookup):
            return
        network = self._setting.network.id
        known = await self._store.read(lambda c: messages.recent(c, network, since - _LOOKUP_BACK, _LOOKUP_MOST))
        for start in range(0, len(known), _LOOKUP_CHUNK):
            refs = [one.ref for one in known[start : start + _LOOKUP_CHUNK]]
            try:
                answer = await self._adapter.lookup(refs)
            except Exception as error:
                self._log.warning("look-up after a gap failed; the next gap tries again", error=repr(error))
                return
            for id, post in answer.items():
                event = Deleted(post=id) if post is None else Edited(post=post, channel=self._channel_of(known, id))
                await self._waiting.put(Arrival(event, self._now()))

    def _channel_of(self, known: Sequence[messages.Message], id: GlobalId) -> Any:
        return next((one.channel for one in known if one.ref.id == id), None)


def _named(event: Event) -> str:
    """Which event, without a word of what it says."""
    match event:
        case Posted(post=post) | Edited(post=post):
            return f"{type(event).__name__} {post.ref.id}"
        case Deleted(post=id) | Reacted(post=id) | Voted(ballot=id) | PrivateMessage(id=id):
            return f"{type(event).__name__} {id}"
    return type(event).__name__
