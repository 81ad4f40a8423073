"""One worker per network: closes the difference between what is wanted there and what is there.

Each channel has a lane of its own, so that one waits for no other; private notes have one, and so
have withdrawals, which go first. Within a lane postings leave in order of arrival, one at a time.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bridge.adapter import Adapter, Limits, Unavailable
from bridge.model.chat import Book, Channel, Network
from bridge.model.ids import ChannelId, PostRef
from bridge.outbox import compose
from bridge.outbox.budget import Ledger
from bridge.outbox.carrier import Carrier, Pause, ReadMedia
from bridge.outbox.compose import Job
from bridge.outbox.fresh import Fresh
from bridge.outbox.results import Results
from bridge.store import Store, postings

_BATCH = 128  # postings read, rendered and begun together
_IDLE_SECONDS = 30.0  # between looks at the journal when nobody wakes us
_REMEMBERED = 5_000
_FINISH_SECONDS = 5.0  # for a send that is under way when we are asked to stop


@dataclass(frozen=True, slots=True)
class Lane:
    """What leaves in one order: the copies of a channel, the private notes, or the withdrawals."""

    name: str
    channel: Channel | None = None
    withdrawals: bool = False


@dataclass(slots=True)
class Health:
    """How the network is, for `edldrs status`."""

    since: datetime
    state: str = "starting"  # up, waiting, paused, down, stopped
    reason: str = ""
    next_at: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None
    lag: timedelta | None = None
    sent: int = 0  # copies, since it started

    def turn(self, state: str, now: datetime, reason: str = "", next_at: datetime | None = None) -> None:
        if state != self.state:
            self.since = now
        self.state, self.reason, self.next_at = state, reason, next_at

    def failed(self, reason: str, now: datetime) -> None:
        self.last_error, self.last_error_at = reason, now


class Worker:
    """The outbox of one network. ``run`` it until it is cancelled: a send under way is then finished."""

    def __init__(
        self,
        network: Network,
        adapter: Adapter,
        store: Store,
        book: Book,
        ledger: Ledger,
        read_media: ReadMedia,
        now: Callable[[], datetime],
        log: Any,
    ) -> None:
        self.network = network
        self.health = Health(since=now())
        self.results = Results(network.id, store, ledger, now, log)
        self._carrier = Carrier(network, adapter, store, book, ledger, self.results, read_media, now, log)
        self._adapter = adapter
        self._store = store
        self._book = book
        self._ledger = ledger
        self._now = now
        self._log = log
        copies = [Lane(c.id, channel=c) for c in book.reached(network.id)]
        self._lanes = (Lane("withdrawals", withdrawals=True), Lane("notes"), *copies)
        self._wakes: dict[str, asyncio.Event] = {lane.name: asyncio.Event() for lane in self._lanes}
        self._fresh: dict[str, Fresh] = {lane.name: Fresh() for lane in self._lanes}
        self._read_at: dict[str, datetime] = dict.fromkeys(self._fresh, now())
        self._busy: set[int] = set()
        self._passed_over = False  # withdrawals of what was being sent wait for its end
        self._paused = False
        self._blocked_until: datetime | None = None
        self._short_until: datetime | None = None  # withdrawals go on meanwhile
        self._short: set[str] = set()  # lanes in which a budget made something wait: the important goes first
        self._sent: OrderedDict[int, PostRef] = OrderedDict()  # where the latest copies hang

    def wake(self, changed: Sequence[int] = ()) -> None:
        """There is something to do; of these postings something else is wanted than before."""
        self._carrier.changed.update(one for one in changed if one in self._busy)
        for lane in self._lanes:
            self._wake_lane(lane.name)

    def wake_channels(self, channels: Iterable[ChannelId]) -> None:
        """Something is due on these channels (those of other networks do not matter)."""
        for channel in channels:
            if channel in self._wakes:
                self._wake_lane(channel)

    def hand(self, copies: Iterable[Job]) -> None:
        """There are new copies, as they were journaled now (those for other networks do not matter)."""
        for job in copies:
            channel = job.posting.channel
            if channel in self._wakes:
                self._fresh[channel].hand(job)
                self._wakes[channel].set()

    def _wake_lane(self, name: str) -> None:
        self._fresh[name].lose()
        self._wakes[name].set()

    def pause(self, paused: bool) -> None:
        """Stop sending, or go on. What is under way is finished."""
        if paused != self._paused:
            self._paused = paused
            if self.health.state != "starting":
                self.health.turn("paused" if paused else "up", self._now())
            self.wake()

    async def run(self) -> None:
        await self.results.load()
        try:
            async with asyncio.TaskGroup() as group:
                for lane in self._lanes:
                    group.create_task(self._run_lane(lane), name=f"outbox {self.network.id}: {lane.name}")
        finally:
            await _finish(self.results.flushed())

    async def _run_lane(self, lane: Lane) -> None:
        wake = self._wakes[lane.name]
        while True:
            wake.clear()
            wait = self._held_up(lane)
            if wait is None:
                try:
                    jobs = await self._due(lane)
                    if jobs:
                        await self._work(lane, jobs)
                        continue
                    wait = await self._until_next(lane)
                except Pause as met:
                    self._fresh[lane.name].lose()
                    pause = await self._doubt(lane, met)
                    if pause is None:
                        continue
                    self._on_pause(lane, pause)
                    if not pause.network:
                        # This lane alone stands still: its order is kept, so nothing may overtake.
                        await asyncio.sleep(self._seconds(pause.until))
                        continue
                    wait = pause.until
                except Exception as error:
                    self._fresh[lane.name].lose()
                    self._log.exception("lane failed", lane=lane.name)
                    self.health.failed(repr(error), self._now())
                    await asyncio.sleep(5)
                    continue
            await _either(wake, self._seconds(wait))

    def _held_up(self, lane: Lane) -> datetime | None:
        """Until when nothing of this lane may leave, for a reason that is the network's."""
        now = self._now()
        if self._paused:
            return now + timedelta(seconds=_IDLE_SECONDS)
        waits = [one for one in (self._blocked_until, self._short_until) if one is not None]
        if waits and all(one <= now for one in waits):
            self._blocked_until = self._short_until = None
            self.health.turn("up", now)
        holding = (self._blocked_until,) if lane.withdrawals else (self._blocked_until, self._short_until)
        return max((one for one in holding if one is not None and one > now), default=None)

    async def _doubt(self, lane: Lane, pause: Pause) -> Pause | None:
        """Where one posting fails again and again: let the next go first, at once. If it gets through, the
        cause was the posting, unless its next try shows otherwise (None); else it is the network."""
        if pause.suspect is None or pause.suspect in self._carrier.overtaken:
            return pause
        others = [one for one in await self._due(lane) if one.posting.id != pause.suspect]
        if not others:
            return pause
        try:
            await self._work(lane, others[:1])
        except Pause as same:
            return same
        self._carrier.overtaken.add(pause.suspect)
        return None

    def _on_pause(self, lane: Lane, pause: Pause) -> None:
        now = self._now()
        if pause.error:
            self.health.failed(pause.reason, now)
            self._log.warning("waiting", lane=lane.name, reason=pause.reason, until=pause.until.isoformat())
        if pause.network:
            if pause.short:
                self._short.add(lane.name)
            if pause.short and not lane.withdrawals:
                self._short_until = max(self._short_until or pause.until, pause.until)
            else:
                self._blocked_until = max(self._blocked_until or pause.until, pause.until)
            until = max(one for one in (self._blocked_until, self._short_until) if one is not None)
            self.health.turn("waiting" if pause.short else "down", now, pause.reason, until)

    async def _until_next(self, lane: Lane) -> datetime:
        self._short.discard(lane.name)  # nothing waits in it any more
        later = await self._store.read(lambda c: postings.next_due(c, self.network.id))
        idle = self._now() + timedelta(seconds=_IDLE_SECONDS)
        return idle if later is None else min(idle, max(later, self._now() + timedelta(milliseconds=50)))

    def _seconds(self, until: datetime) -> float:
        return min(max((until - self._now()).total_seconds(), 0.001), _IDLE_SECONDS)

    async def _due(self, lane: Lane) -> list[Job]:
        """What to see to next, in order. Others write to the journal too: now and then it is read all the same."""
        fresh = self._fresh[lane.name]
        if self._now() - self._read_at[lane.name] > timedelta(seconds=_IDLE_SECONDS):
            fresh.lose()
        return fresh.take(_BATCH) or await self._read(lane)

    async def _read(self, lane: Lane) -> list[Job]:
        await self.results.flushed()  # what has left is no longer due
        channel = lane.channel.id if lane.channel else None
        place = self._adapter.place(channel) if channel else None
        short, withdrawals = lane.name in self._short, lane.withdrawals
        busy = frozenset(self._busy)

        def read(connection: Connection) -> tuple[list[Job], bool]:
            found = postings.due(
                connection, self.network.id, channel, self._now(), _BATCH, withdrawals=withdrawals, by_priority=short
            )
            jobs = compose.load(connection, [one for one in found if one.id not in busy], self._book, place)
            return jobs, len(found) < _BATCH

        self._passed_over = self._passed_over or (withdrawals and bool(busy))
        fresh = self._fresh[lane.name]
        fresh.reading()
        self._read_at[lane.name] = self._now()
        jobs, all_due = await self._store.read(read)
        fresh.read(jobs, all_due=all_due)
        if short:  # the important went first: others are still due before the last of them
            fresh.lose()
        return jobs

    async def _work(self, lane: Lane, jobs: Sequence[Job]) -> None:
        ids = {job.posting.id for job in jobs}
        self._busy |= ids
        left: deque[Job] = deque()
        try:
            limits = await self._limits(lane)
            left.extend(jobs)
            await self._carrier.freeze(jobs, limits)
            stopping = asyncio.Event()
            await _finish(self._close(left, limits, stopping), stopping)
        finally:
            if left:
                await _finish(self._leave(left))
            self._busy -= ids
            self._carrier.changed -= ids
            if self._passed_over:
                self._passed_over = False
                self._wakes["withdrawals"].set()

    async def _close(self, left: deque[Job], limits: Limits, stopping: asyncio.Event) -> None:
        """One after another; asked to stop, the one that is begun is finished."""
        while left and not stopping.is_set():
            job = left.popleft()
            job.sent_before = self._sent
            await self._carrier.close(job, limits)
            self._note(job)

    async def _leave(self, left: Iterable[Job]) -> None:
        await self._carrier.unfreeze([job for job in left if job.unsent])
        await self.results.flushed()

    def _note(self, job: Job) -> None:
        first = next((part for part in job.posting.parts if part.number == 1), None)
        if first is not None and first.ref is not None:
            self._sent[job.posting.id] = first.ref
            if len(self._sent) > _REMEMBERED:
                self._sent.popitem(last=False)
        if job.message is not None and job.posting.sent == 0:
            self.health.lag = self._now() - job.message.seen_at
            self.health.sent += 1

    async def _limits(self, lane: Lane) -> Limits:
        """Of the lane's channel; what has none goes by the network's first."""
        channel = lane.channel.id if lane.channel else self._book.reached(self.network.id)[0].id
        try:
            limits = await self._adapter.limits(channel)
        except Exception as error:
            reason = str(error) or repr(error)
            raise Pause(self._now() + timedelta(seconds=5), reason, network=isinstance(error, Unavailable)) from error
        self._ledger.set_rates(limits.rates)
        return limits


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Until the event, or so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


async def _finish(work: Any, stopping: asyncio.Event | None = None) -> None:
    """Await it to its end, also when we are cancelled meanwhile (which ``stopping`` tells it); but then not
    for long: what had to be left behind is marked as begun, and looked for at the next start."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        if stopping is not None:
            stopping.set()
        if not task.done():
            await asyncio.wait([task], timeout=_FINISH_SECONDS)
            task.cancel()
            await asyncio.wait([task])
        raise
