"""The one place that wires everything: the journal, and for each network an adapter, an intake and a worker."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import structlog
from sqlalchemy import Connection

from bridge.adapter import (
    Adapter,
    AdapterError,
    ChannelAt,
    Context,
    OutOfCredit,
    ThreadWatching,
    Unauthorized,
)
from bridge.adapter.likeness import Wrap
from bridge.commands import words
from bridge.config import Installation
from bridge.intake.batch import Setting, Taken
from bridge.intake.intake import Intake
from bridge.model.chat import Chat
from bridge.model.ids import ChannelId, NetworkId, Place
from bridge.outbox.backoff import Backoff
from bridge.outbox.budget import LONGEST, Ledger
from bridge.outbox.digest import make_digest
from bridge.outbox.dry import dry
from bridge.outbox.media import Files
from bridge.outbox.moderators import tell_moderators
from bridge.outbox.worker import Health, Worker
from bridge.polls import tending as polls_tending
from bridge.polls import voting
from bridge.sessions import suggesting
from bridge.sessions import tending as sessions_tending
from bridge.sessions.steps import Means
from bridge.store import Store, cursors, messages, networks, open_store, parts, spending
from bridge.store.ids import id_maker, maybe_micros, micros
from bridge.store.lock import hold
from bridge.store.postings import Touched

_CONTROL_SECONDS = 0.5  # how soon `edldrs pause` is noticed
_WATCH_SECONDS = 60.0
_DIGEST_SECONDS = 15.0
_POLL_SECONDS = 1.0  # how soon a poll that the command line opened is shown, and one that is over is closed
_SESSION_SECONDS = 1.0  # how late a step of a session's programme may be
_AMEND_SECONDS = 30.0  # how soon what people take back is gone from summaries
_NEEDS_A_PERSON_SECONDS = 60.0
_WATCHED = 50
_WATCH_BACK = timedelta(days=2)


class RoomIsChannel(Exception):
    """What moderators say in their room, and are told there, is nobody else's business."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Bridge:
    """The running bridge: an async context manager. Inside it everything works by itself; a network
    that cannot be reached is tried again, and delays no other.

    ``now`` is the time of the chat, by which all is journaled, due and counted; ``network_now`` that of the
    networks, which adapters live in: the same, unless ``wrap`` translates between them. Sleeps are real."""

    def __init__(
        self,
        installation: Installation,
        *,
        now: Callable[[], datetime] = utc_now,
        network_now: Callable[[], datetime] | None = None,
        wrap: Wrap | None = None,
    ) -> None:
        self.installation = installation
        self.health: dict[NetworkId, Health] = {}
        self._now = now
        self._network_now = network_now or now
        self._wrap = wrap
        self._log = structlog.get_logger("edldrs")
        self._next_id = id_maker(now)
        self._stack = AsyncExitStack()
        self._places: dict[ChannelId, Place] = {}
        self._opened: dict[ChannelId, datetime] = {}
        self._adapters: dict[NetworkId, Adapter] = {}
        self._files = Files(self._adapters, allow_private=installation.private_media)
        self._workers: dict[NetworkId, Worker] = {}
        self._intakes: dict[NetworkId, Intake] = {}
        self._ledgers: dict[NetworkId, Ledger] = {}
        self._noted: dict[NetworkId, dict[str, Any]] = {}
        self._paused: frozenset[NetworkId] = frozenset()
        self._going = voting.Going()
        self._doors = words.Doors(
            book=installation.book,
            native=installation.native_polls,
            going=self._going,
            next_id=self._next_id,
            now=now,
        )
        self._tasks: list[asyncio.Task[None]] = []
        self.store: Store

    async def __aenter__(self) -> Self:
        book = self.installation.book
        self._stack.callback(hold(self.installation.database).close)
        self.store = await open_store(self.installation.database)
        self._stack.push_async_callback(self.store.close)
        now = self._now()
        known = [(network.id, network.platform) for network in book.networks.values()]
        known_channels = [*book.channels.values(), *book.moderators_rooms.values()]
        channels = [(channel.chat, channel.id) for channel in known_channels]
        await self.store.write(lambda c: networks.register(c, known))
        await self.store.write(lambda c: cursors.open_channels(c, channels, now))
        self._opened.update(await self.store.read(cursors.opened))
        for channel in known_channels:
            # Until its adapter is in, a channel has a place of its own, which no post is seen at.
            self._places[channel.id] = Place(channel.id)
        for network in book.networks.values():
            spent = await self.store.read(lambda c, id=network.id: spending.since(c, id, now - LONGEST))  # type: ignore[misc]
            self._ledgers[network.id] = Ledger(network.budget, self._now, spent)
            self.health[network.id] = Health(since=now, state="starting")
        tending = polls_tending.Tending(
            self.store,
            book,
            self.installation.native_polls,
            self._adapters,
            self._going,
            self._wake_all,
            self._wake_changed,
            self._next_id,
            self._now,
            self._log,
        )
        await tending.look()
        means = Means(
            book=book, native=self.installation.native_polls, next_id=self._next_id, tell=self._tell_moderators
        )

        async def done() -> None:
            await tending.look()  # a ballot may be answered as soon as it is there
            self._wake_all()

        programmes = sessions_tending.Tending(self.store, means, done, self._wake_changed, self._now, self._log)
        self._tasks = [
            asyncio.create_task(self._keep(network), name=f"network {network}")
            for network in self.installation.networks
        ]
        self._tasks.append(asyncio.create_task(self._control(), name="control"))
        self._tasks.append(asyncio.create_task(self._every(_DIGEST_SECONDS, self._digests), name="digests"))
        self._tasks.append(asyncio.create_task(self._every(_POLL_SECONDS, tending.step), name="polls"))
        self._tasks.append(asyncio.create_task(self._every(_SESSION_SECONDS, programmes.step), name="sessions"))
        self._tasks.append(asyncio.create_task(self._every(_AMEND_SECONDS, programmes.amend), name="summaries"))
        self._tasks.append(asyncio.create_task(self._every(_WATCH_SECONDS, self._watch), name="threads"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for network, health in self.health.items():
            health.turn("stopped", self._now())
            await self._note(network)
        await self._stack.aclose()

    # One network.

    async def _keep(self, network: NetworkId) -> None:
        """Run a network, and run it again whatever happens to it."""
        log = self._log.bind(network=network)
        backoff = Backoff()
        while True:
            began = self._now()
            try:
                await self._run(network, log)
            except asyncio.CancelledError:
                raise
            except BaseExceptionGroup as group:
                error: BaseException = group
                while isinstance(error, BaseExceptionGroup):
                    error = error.exceptions[0]
            except Exception as single:
                error = single
            else:
                error = RuntimeError("the adapter's events ended")
            if self._now() - began > timedelta(minutes=1):
                backoff.succeeded()
            needs_a_person = isinstance(error, Unauthorized | OutOfCredit)
            wait = timedelta(seconds=_NEEDS_A_PERSON_SECONDS) if needs_a_person else backoff.failed()
            reason = str(error) or repr(error)
            now = self._now()
            self.health[network].turn("down", now, reason, now + wait)
            self.health[network].failed(reason, now)
            level = log.warning if isinstance(error, AdapterError) else log.error
            level(
                "network is down, trying again", reason=reason, again_in=round(wait.total_seconds(), 1), exc_info=error
            )
            await asyncio.sleep(wait.total_seconds())

    async def _run(self, network: NetworkId, log: Any) -> None:
        installation, book = self.installation, self.installation.book
        at = installation.networks[network]
        folder = installation.folder / "networks" / network
        folder.mkdir(parents=True, exist_ok=True)
        context = Context(
            network=network,
            settings=at.settings,
            channels=tuple(ChannelAt(id=c.id, address=c.address) for c in book.reached(network)),
            folder=folder,
            purse=self._ledgers[network],
            now=self._network_now,
            log=log,
        )
        adapter: Adapter = at.manifest.load(at.manifest.adapter)(context)
        async with adapter:
            if self._wrap is not None:
                adapter = self._wrap(adapter, log)
            for channel in book.reached(network):
                self._places[channel.id] = adapter.place(channel.id)
            self._check_rooms(network)
            worker = Worker(
                book.networks[network],
                adapter,
                self.store,
                book,
                self._ledgers[network],
                self._files,
                self._now,
                log,
            )
            self.health[network] = worker.health
            worker.pause(network in self._paused)
            setting = Setting(
                network=book.networks[network],
                account=adapter.account,
                book=book,
                channels={channel.id: channel for channel in book.on(network)},
                opened=self._opened,
                places=self._places,
                handlers=(
                    self._doors.commands,
                    voting.handler(self._going),
                    suggesting.handler,
                    self._doors.otherwise,
                ),
                room_handlers=(self._doors.room,),
                next_id=self._next_id,
            )

            def on_reading() -> None:
                log.info("network is up")
                worker.health.turn("paused" if network in self._paused else "up", self._now())

            intake = Intake(setting, adapter, self.store, worker.results, self._on_taken, on_reading, self._now, log)
            self._adapters[network], self._workers[network], self._intakes[network] = adapter, worker, intake
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(worker.run(), name=f"outbox {network}")
                    group.create_task(intake.run(), name=f"intake {network}")
            finally:
                for running in (self._adapters, self._workers, self._intakes):
                    del running[network]

    def _check_rooms(self, network: NetworkId) -> None:
        """A room has more than one address: only now it shows that two are the same."""
        book = self.installation.book
        for room in book.moderators_rooms.values():
            for channel in book.on(network):
                if self._places[channel.id] == self._places[room.id]:
                    raise RoomIsChannel(
                        f"the moderators' room {room.address} is the channel {channel.address}, where everybody reads:"
                        f" give chats.{room.chat}.moderators_room another room"
                    )

    def _on_taken(self, taken: Taken) -> None:
        for network, worker in self._workers.items():
            if network in taken.networks:
                worker.wake(taken.changed)
            else:
                worker.hand(taken.copies)
                worker.wake_channels(taken.channels)

    # What runs beside the networks.

    async def _every(self, seconds: float, work: Callable[[], Any]) -> None:
        while True:
            try:
                await work()
            except Exception:
                self._log.exception("a recurring step failed; it is tried again")
            await asyncio.sleep(seconds)

    async def _control(self) -> None:
        """Obey `edldrs pause` and `resume`, see what else the command line wrote, and put down how each network is."""

        async def step() -> None:
            self._paused = await self.store.read(networks.paused)
            for network, worker in self._workers.items():
                worker.pause(network in self._paused)
            for network in self.installation.networks:
                await self._note(network)

        await self._every(_CONTROL_SECONDS, step)

    async def _note(self, network: NetworkId) -> None:
        health = self.health[network]
        intake = self._intakes.get(network)
        values = {
            "state": health.state,
            "state_reason": health.reason,
            "since": micros(health.since),
            "next_at": maybe_micros(health.next_at),
            "last_error": health.last_error,
            "last_error_at": maybe_micros(health.last_error_at),
            "lag_us": None if health.lag is None else round(health.lag.total_seconds() * 1_000_000),
        }
        if intake is not None and intake.last_event_at is not None:
            values["last_event_at"] = micros(intake.last_event_at)
        spent = self._ledgers[network].unsaved()
        if values != self._noted.get(network) or spent:

            def put(connection: Any) -> None:
                networks.note(connection, network, values)
                spending.add(connection, network, spent)

            await self.store.write(put)
            self._noted[network] = values

    async def _digests(self) -> None:
        book = self.installation.book
        for channel in book.channels.values():
            if not channel.writes:
                continue
            chat = book.chats[channel.chat]

            def make(connection: Any) -> bool:
                return make_digest(connection, chat, channel, book.networks, self._next_id, self._now())  # noqa: B023

            if await self.store.write(make) and channel.network in self._workers:
                self._workers[channel.network].wake()

    def _tell_moderators(self, connection: Connection, chat: Chat, text: str, now: datetime) -> None:
        self._log.info("for the moderators", chat=chat.id, text=text)
        tell_moderators(connection, chat, text, self._next_id, now)

    def _wake_changed(self, touched: Touched) -> None:
        taken = Taken()
        taken.touch(touched)
        self._on_taken(taken)

    def _wake_all(self) -> None:
        for worker in self._workers.values():
            worker.wake()

    async def _watch(self) -> None:
        """Tell adapters which threads to follow: answers may lack the hashtag."""
        since = self._now() - _WATCH_BACK
        for network, adapter in list(self._adapters.items()):
            if isinstance(adapter, ThreadWatching):
                theirs = await self.store.read(lambda c, n=network: messages.recent(c, n, since, _WATCHED))  # type: ignore[misc]
                ours = await self.store.read(lambda c, n=network: parts.recent(c, n, since, _WATCHED))  # type: ignore[misc]
                threads = sorted(
                    [*ours, *((one.created_at, one.ref) for one in theirs)], key=lambda t: t[0], reverse=True
                )
                await adapter.watch([ref for _, ref in threads[:_WATCHED]])


def collect_seldom() -> None:
    """Let Python look for reference cycles less often than it does by itself: we make many objects that live
    long and hardly any cycles, and every seventh second went into looking."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def run(installation: Installation, stop: asyncio.Event, *, dry_run: bool = False) -> None:
    """Run the bridge until ``stop``. ``dry_run``: what would be posted is logged instead."""
    async with Bridge(installation, wrap=dry if dry_run else None):
        collect_seldom()
        await stop.wait()
