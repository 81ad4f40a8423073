"""What the suite's tests share: the adapter under test, an ear that listens to it, and plain words."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

import pytest
import pytest_asyncio
import structlog

from bridge.adapter import (
    Adapter,
    Attempt,
    ChannelAt,
    Checkpoint,
    Context,
    Event,
    Found,
    Manifest,
    NotYet,
    OpenSandbox,
    Posted,
    Sandbox,
    Seen,
    Stage,
)
from bridge.model.ids import ChannelId, Cursor, GlobalId, Key, NetworkId, Stream
from bridge.model.message import Outgoing, Post
from bridge.model.text import SpanKind, Text, hashtag, join

T = TypeVar("T")


def require(holds: object, *, core: str, you: str, mend: str) -> None:
    """Fail in words unless it holds: what the core will do, what the adapter did, what to do about it."""
    if not holds:
        pytest.fail(f"The core: {core}\nYou: {you}\nMend: {mend}", pytrace=False)


class FreePurse:
    """A budget without a bottom, that remembers what was spent."""

    def __init__(self) -> None:
        self.spendings: list[tuple[str, int, int]] = []

    async def afford(self, micro_usd: int) -> None:
        return None

    def spent(self, operation: str, units: int, micro_usd: int) -> None:
        self.spendings.append((operation, units, micro_usd))


class Ear:
    """Listens to an adapter's events in a task of its own. ``events`` is all it has heard, in order;
    ``cursors`` the newest of each stream."""

    def __init__(self, adapter: Adapter, cursors: Mapping[Stream, Cursor], patience: float) -> None:
        self._adapter = adapter
        self._patience = patience
        self._news = asyncio.Event()
        self.events: list[Event] = []
        self.cursors: dict[Stream, Cursor] = dict(cursors)
        self.task = asyncio.create_task(self._listen(dict(cursors)), name="contract: ear")

    async def _listen(self, cursors: Mapping[Stream, Cursor]) -> None:
        try:
            async for event in self._adapter.events(cursors):
                if isinstance(event, Checkpoint):
                    self.cursors[event.stream] = event.cursor
                self.events.append(event)
                self._news.set()
        finally:
            self._news.set()

    async def hear(self, wanted: Callable[[Event], bool], what: str, *, after: int = 0) -> Event:
        """The first event that is wanted, from the position ``after`` on; fails if it does not come."""
        until = time.monotonic() + self._patience
        while True:
            for event in self.events[after:]:
                if wanted(event):
                    return event
            after = len(self.events)
            self._check_alive(what)
            self._news.clear()
            left = until - time.monotonic()
            try:
                async with asyncio.timeout(max(left, 0)):
                    await self._news.wait()
            except TimeoutError:
                require(
                    False,
                    core="never hears of it, so it appears on no other network.",
                    you=f"did not give {what} within {self._patience:g} s; the last events were {self.events[-5:]!r}.",
                    mend="give every event of your channels; if your platform is slower, raise `patience`.",
                )

    def _check_alive(self, what: str) -> None:
        if not self.task.done():
            return
        error = None if self.task.cancelled() else self.task.exception()
        require(
            False,
            core="takes the end of events() for something that a person must mend, and stops the network.",
            you=f"ended events() ({error!r}) while it waited for {what}.",
            mend="reconnect by yourself, with a back-off; end only with Unauthorized or OutOfCredit.",
        )

    async def post(self, id: GlobalId, *, after: int = 0) -> Post:
        """The post of this id, as it was first given from the position ``after`` on."""
        event = await self.hear(lambda e: isinstance(e, Posted) and e.post.ref.id == id, f"Posted {id}", after=after)
        assert isinstance(event, Posted)
        return event.post

    async def checkpoint(self) -> dict[Stream, Cursor]:
        """The cursors once all that was heard until now is covered: by a checkpoint that comes next,
        or by the one that was last heard when nothing came after it."""
        mark = next((n for n in range(len(self.events), 0, -1) if not isinstance(self.events[n - 1], Checkpoint)), 0)
        await self.hear(lambda e: isinstance(e, Checkpoint), "a Checkpoint after the last event", after=mark)
        return dict(self.cursors)


@asynccontextmanager
async def listening(adapter: Adapter, patience: float, cursors: Mapping[Stream, Cursor] = {}) -> AsyncIterator[Ear]:
    """An ear on this adapter; its task is cancelled and waited for at the end."""
    ear = Ear(adapter, cursors or {}, patience)
    try:
        yield ear
    finally:
        ear.task.cancel()
        await asyncio.wait({ear.task}, timeout=patience)


@pytest.mark.asyncio(loop_scope="class")
class Suite:
    """One adapter under test. Subclasses set ``manifest``, and what differs from these defaults.

    ``patience``: seconds that a thing may take over there. ``prompt``: seconds in which a cancellation
    or a close must be done. ``tagged``: channels are hashtags, so what is posted there carries the tag,
    as the core sees to. ``exempt``: tests by name that the platform makes pointless, each with the
    reason, which is shown (``{"test_a_deletion_is_heard": "its streams do not tell of deletions"}``).
    """

    manifest: ClassVar[Manifest]
    patience: ClassVar[float] = 15.0
    prompt: ClassVar[float] = 5.0
    tagged: ClassVar[bool] = False
    exempt: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        unknown = [name for name in cls.exempt if not hasattr(cls, name)]
        if unknown:
            raise TypeError(f"{cls.__name__}.exempt names tests that do not exist: {', '.join(unknown)}")

    @pytest.fixture(autouse=True)
    def _skip_exempt(self, request: pytest.FixtureRequest) -> None:
        name = request.function.__name__
        if name in self.exempt:
            pytest.skip(f"exempt: {self.exempt[name]}")

    @classmethod
    def open_sandbox(cls, folder: Path) -> AbstractAsyncContextManager[Sandbox]:
        """The stand-in, as the manifest names it. Override it to start one in another way."""
        opens: OpenSandbox = cls.manifest.load(cls.manifest.sandbox)
        return opens(folder)

    @pytest_asyncio.fixture(scope="class", loop_scope="class")
    @classmethod
    async def sandbox(cls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
        """The platform's stand-in, started once for all tests of the class."""
        async with cls.open_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
            yield sandbox

    @pytest_asyncio.fixture(loop_scope="class")
    async def adapter(self, sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Adapter]:
        """A fresh login on it, with two channels."""
        async with self.open(sandbox, tmp_path) as adapter:
            yield adapter

    def open(self, sandbox: Sandbox, folder: Path) -> Adapter:
        """An adapter as the core would make it; enter it with ``async with``."""
        settings = self.manifest.load(self.manifest.settings).model_validate(dict(sandbox.settings))
        context = Context(
            network=NetworkId("contract"),
            settings=settings,
            channels=tuple(ChannelAt(id=self.channel(sandbox, n), address=a) for n, a in enumerate(sandbox.channels)),
            folder=folder,
            purse=FreePurse(),
            now=lambda: datetime.now(UTC),
            log=structlog.get_logger().bind(network="contract"),
        )
        adapter: Adapter = self.manifest.load(self.manifest.adapter)(context)
        return adapter

    def channel(self, sandbox: Sandbox, number: int = 0) -> ChannelId:
        return ChannelId(f"contract/contract/{sandbox.channels[number]}")

    def outgoing(self, sandbox: Sandbox, text: Text | str, **more: Any) -> Outgoing:
        """A post of ours for the first channel."""
        said = Text(text) if isinstance(text, str) else text
        tag = sandbox.channels[0].lstrip("#")
        if self.tagged and tag not in {span.target for span in said.of_kind(SpanKind.HASHTAG)}:
            said = join([said, hashtag(tag)], " ") if said else hashtag(tag)
        return Outgoing(text=said, channel=self.channel(sandbox), **more)

    async def garble(self, sandbox: Sandbox) -> None:
        """Make the stand-in's stream say something that cannot be understood. Override where you can."""
        raise NotImplementedError

    def declared(self, adapter: Adapter, power: Callable[..., T]) -> T:
        """The adapter as one that has this power; skips the test where it does not declare it."""
        assert isinstance(power, type)
        if not isinstance(adapter, power):
            pytest.skip(f"does not declare {power.__name__}")
        return cast(T, adapter)

    async def staged(self, act: Awaitable[T], what: str) -> T:
        """What the stage did; skips the test where it cannot."""
        try:
            return await act
        except NotImplementedError:
            pytest.skip(f"untried: the stage cannot {what}")

    async def tuned_in(self, ear: Ear, stage: Stage, channel: str) -> GlobalId:
        """Wait until what is said in the channel is heard (all streams of an adapter start at their own
        pace). Returns the post that was."""
        said: list[GlobalId] = []
        until, wait = time.monotonic() + self.patience, 0.5
        while time.monotonic() < until:
            said.append(await stage.post(channel, f"Is anybody there? {word()}"))
            heard = asyncio.create_task(ear.hear(lambda e: isinstance(e, Posted) and e.post.ref.id in said, "a post"))
            done, _ = await asyncio.wait({heard}, timeout=wait)
            if done:
                event = heard.result()
                assert isinstance(event, Posted)
                return event.post.ref.id
            heard.cancel()
            wait = min(2 * wait, 5.0)
        return said[-1]

    async def seen(self, stage: Stage, channel: str, wanted: Callable[[Seen], bool], count: int = 1) -> Sequence[Seen]:
        """What readers of the channel see of this, as soon as there are so many."""
        until = time.monotonic() + self.patience
        while True:
            shown = [post for post in await stage.timeline(channel) if wanted(post)]
            if len(shown) == count or time.monotonic() > until:
                return shown
            await asyncio.sleep(0.05)

    async def found(self, adapter: Adapter, attempt: Attempt) -> object:
        """What ``find`` says once it can tell."""
        until = time.monotonic() + self.patience
        while True:
            said = await adapter.find(attempt)
            if not isinstance(said, NotYet):
                return said
            require(
                time.monotonic() < until,
                core="asks again and again, and holds this channel's queue as long.",
                you=f"answered NotYet for {self.patience:g} s.",
                mend="answer Found or Absent once the platform's index has had its time.",
            )
            await asyncio.sleep(min(said.seconds, 1.0))


def word() -> str:
    """A word that nobody else has said, and that nothing takes for a name or an address."""
    return "w" + secrets.token_hex(6)


def key() -> Key:
    """A key that was never used."""
    return Key(f"edldrs-{secrets.token_hex(8)}-1-1-1-post")


def only(found: object) -> GlobalId:
    """The one post that ``find`` found."""
    require(
        isinstance(found, Found) and len(found.receipts) == 1,
        core="sends again what find says is absent, and removes what it says is there twice.",
        you=f"answered {found!r} for a request that was done once, though its answer was lost.",
        mend="look through our own posts since the attempt began, and compare as a reader would.",
    )
    assert isinstance(found, Found)
    return found.receipts[0].ref.id
