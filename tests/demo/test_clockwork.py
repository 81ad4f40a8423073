"""A chat whose time runs fast over networks whose clocks do not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bridge.adapter import (
    Attempt,
    CaughtUp,
    Checkpoint,
    Deleted,
    Edited,
    Event,
    Found,
    Posted,
    PrivateMessage,
    RateLimited,
    Reacted,
    Receipt,
    Voted,
)
from bridge.app import Bridge
from bridge.config.joined import CHAT
from bridge.demo.clockwork import UNDER_WAY, WEEK_IN_TWO_MINUTES, FastClock, travelling
from bridge.model.ids import AccountId, ChannelId, Cursor, GlobalId, Key, PostRef, Stream
from bridge.model.message import Author, Outgoing, Post
from bridge.model.poll import Counts, NativePoll, Poll, Result
from bridge.model.text import Text
from bridge.polls import conduct
from bridge.polls.drafts import Draft, options_of
from bridge.store.ids import id_maker, moment
from bridge.store.tables import message
from bridge.testing.clock import Clock
from bridge.testing.waiting import until
from tests.core.rig import Net, Rig, rig, texts

TUESDAY = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
PACE = 5000
MICROSECOND = timedelta(microseconds=1)


# The map.

spans = st.timedeltas(timedelta(0), timedelta(minutes=10))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), spans),
        st.tuples(st.just("run"), st.one_of(st.integers(1, 100_000), st.floats(1, 100_000))),
        st.tuples(st.just("jump"), st.timedeltas(timedelta(0), timedelta(days=9))),
    ),
    max_size=12,
)


def lived(life: list[tuple[str, Any]]) -> tuple[FastClock, Clock, list[tuple[datetime, datetime]]]:
    """A clock after all that, its real time, and what it said after each step."""
    real = Clock()
    clock = FastClock(TUESDAY, real)
    said = [(real(), clock())]
    for what, value in life:
        if what == "wait":
            real.move(value)
        elif what == "run":
            clock.run(value)
        else:
            clock.jump(clock() + value)
        said.append((real(), clock()))
    return clock, real, said


@given(steps, st.lists(st.timedeltas(timedelta(hours=-3), timedelta(hours=3)), min_size=2))
def test_the_map_grows_and_is_undone_exactly(life: list[tuple[str, Any]], offsets: list[timedelta]) -> None:
    clock, real, _ = lived(life)
    moments = sorted({real() + offset for offset in offsets})
    chat = [clock.to_chat(one) for one in moments]
    assert all(one < other for one, other in pairwise(chat))
    assert [clock.to_real(one) for one in chat] == moments


@given(steps)
def test_it_said_then_what_it_says_of_then(life: list[tuple[str, Any]]) -> None:
    clock, _, said = lived(life)
    for real, chat in said:
        assert clock.to_real(chat) == real  # also of before a jump
    assert clock() == said[-1][1]
    last_at = dict(said)  # at one moment, what was said last holds
    assert {real: clock.to_chat(real) for real in last_at} == last_at


@given(steps, st.timedeltas(timedelta(days=-9), timedelta(days=40)))
def test_a_time_of_the_chat_comes_back_unless_a_jump_left_it_out(
    life: list[tuple[str, Any]], offset: timedelta
) -> None:
    clock, _, _ = lived(life)
    wanted = TUESDAY + offset
    real = clock.to_real(wanted)
    after = clock.to_chat(real)
    if abs(after - wanted) > timedelta(microseconds=100_000):  # further than one real microsecond
        assert clock.to_chat(real - MICROSECOND) < wanted < after


def test_before_its_start_it_runs_as_usual_and_the_future_at_the_pace_of_now() -> None:
    real = Clock()
    clock = FastClock(TUESDAY, real)
    began = real()
    clock.run(PACE)
    real.move(60)
    assert clock() == TUESDAY + timedelta(seconds=60 * PACE)
    assert clock.to_chat(began - timedelta(hours=1)) == TUESDAY - timedelta(hours=1)
    assert clock.to_real(clock() + timedelta(seconds=PACE)) == real() + timedelta(seconds=1)
    clock.run(1)
    assert clock.to_real(clock() + timedelta(hours=1)) == real() + timedelta(hours=1)
    assert timedelta(minutes=2) * WEEK_IN_TWO_MINUTES == timedelta(weeks=1)


def test_it_goes_forward_only() -> None:
    clock = FastClock(TUESDAY, Clock())
    clock.jump(TUESDAY + timedelta(days=1))
    assert clock() == TUESDAY + timedelta(days=1)
    with pytest.raises(ValueError, match="does not go back"):
        clock.jump(TUESDAY)
    with pytest.raises(ValueError, match="slower"):
        clock.run(0.5)


# The wrapper.


class Network:
    """An adapter that says what it is set to, and keeps what it is told."""

    account = AccountId("bridge")

    def __init__(self, *events: Event, error: Exception | None = None, **answers: Any) -> None:
        self._events, self._error, self._answers = events, error, answers
        self.told: list[Any] = []

    async def events(self, cursors: Mapping[Stream, Cursor]) -> AsyncIterator[Event]:
        for event in self._events:
            yield event

    async def _take(self, name: str, *told: Any) -> Any:
        self.told.append(told)
        if self._error is not None:
            raise self._error
        return self._answers.get(name)

    async def post(self, post: Outgoing, key: Key) -> Any:
        return await self._take("post", post, key)

    async def find(self, attempt: Attempt) -> Any:
        return await self._take("find", attempt)

    async def edit(self, ref: PostRef, post: Outgoing, key: Key) -> None:
        await self._take("edit", ref, post, key)

    async def lookup(self, posts: Any) -> Any:
        return await self._take("lookup", posts)

    async def counts(self, ballots: Any) -> Any:
        return await self._take("counts", ballots)

    async def limits(self, channel: ChannelId) -> Any: ...

    def place(self, channel: ChannelId) -> Any: ...

    async def check(self) -> Any: ...

    async def __aenter__(self) -> Any: ...

    async def __aexit__(self, *error: object) -> None: ...


def running_clock() -> tuple[FastClock, Clock]:
    """Fast since an hour of the real time."""
    real = Clock()
    clock = FastClock(TUESDAY, real)
    clock.run(PACE)
    real.move(timedelta(hours=1))
    return clock, real


def wrapped(network: Network, clock: FastClock) -> Any:
    return travelling(clock)(network, None)


REF, KEY = PostRef(GlobalId("1")), Key("k")
ANN = Author(account=AccountId("ann"), handle="@ann")


def post(at: datetime, **more: Any) -> Post:
    return Post(**{"ref": REF, "author": ANN, "text": Text("hello"), "created_at": at, **more})


async def heard(network: Network, clock: FastClock, real: Clock, way: timedelta) -> list[Any]:
    """What the wrapper tells of the network's events, read so long after it began to."""
    adapter = wrapped(network, clock)
    real.move(way)
    return [event async for event in adapter.events({})]


async def test_what_is_told_is_in_the_chats_time() -> None:
    clock, real = running_clock()
    at = real() - timedelta(minutes=20)
    chat = clock.to_chat(at)
    events = (
        Posted(post=post(at, edited_at=at + timedelta(minutes=1))),
        Edited(post=post(at, edited_at=at)),
        Deleted(post=REF.id, at=at),
        Deleted(post=REF.id),
        Voted(ballot=REF.id, id=GlobalId("v"), by=ANN.account, choices=(0,), at=at),
        PrivateMessage(id=REF.id, author=ANN, text=Text("stop"), at=at),
        CaughtUp(since=at),
        Reacted(post=REF.id, kind="boost"),
        Checkpoint(stream=Stream("s"), cursor=Cursor("c")),
    )
    told = await heard(Network(*events), clock, real, timedelta(0))
    assert (
        told
        == [
            Posted(post=post(chat, edited_at=chat + timedelta(minutes=PACE))),
            Edited(post=post(chat, edited_at=chat)),
            *(replace(one, at=chat) if one.at else one for one in events[2:6]),  # type: ignore[union-attr]
            CaughtUp(since=chat),
            *events[7:],
        ]
    )
    counts = Counts(votes=(1, 2), voters=3, at=at)
    network = Network(counts={REF.id: counts}, lookup={REF.id: post(at), GlobalId("2"): None})
    adapter = wrapped(network, clock)
    assert await adapter.counts([REF]) == {REF.id: replace(counts, at=chat)}
    assert await adapter.lookup([REF]) == {REF.id: post(chat), GlobalId("2"): None}


async def test_what_is_asked_is_in_real_time() -> None:
    clock, real = running_clock()
    network = Network(post=Receipt(ref=REF), find=Found(()))
    adapter = wrapped(network, clock)
    ends = real() + timedelta(seconds=30)
    here = Outgoing(text=Text("?"), poll=NativePoll(labels=("a", "b"), multiple=False, closes_at=ends))
    chat = replace(here, poll=replace(here.poll, closes_at=clock.to_chat(ends)))  # type: ignore[type-var]
    began = real() - timedelta(seconds=5)
    assert await adapter.post(chat, KEY) == Receipt(ref=REF)
    await adapter.edit(REF, chat, KEY)
    assert await adapter.find(Attempt(post=chat, key=KEY, began_at=clock.to_chat(began))) == Found(())
    assert network.told == [(here, KEY), (REF, here, KEY), (Attempt(post=here, key=KEY, began_at=began),)]


async def test_a_rate_limit_is_over_by_the_chats_clock() -> None:
    clock, real = running_clock()
    free = real() + timedelta(minutes=15)
    adapter = wrapped(Network(error=RateLimited(free, "post", "slow down")), clock)
    with pytest.raises(RateLimited, match="slow down") as met:
        await adapter.post(Outgoing(text=Text("hello")), KEY)
    assert (met.value.until, met.value.operation) == (clock.to_chat(free), "post")


@pytest.mark.parametrize(
    ("said", "placed"),
    [
        pytest.param(-0.001, -0.001, id="before we read: its own time"),
        pytest.param(0, 10, id="at once: when it came, or so long after as it may take"),
        pytest.param(17, 20, id="live: when it came"),
        pytest.param(20, 20, id="this moment"),
        pytest.param(5, 15, id="missed: so long after its own time"),
        pytest.param(21, 21, id="by a clock that is ahead: its own time"),
    ],
)
async def test_a_post_was_said_when_it_came_unless_it_was_missed(said: float, placed: float) -> None:
    clock, real = running_clock()
    began = real()
    (told,) = await heard(
        Network(Posted(post=post(began + timedelta(seconds=said)))), clock, real, timedelta(seconds=20)
    )
    assert told.post.created_at == clock.to_chat(began + timedelta(seconds=placed))


@pytest.mark.parametrize(
    ("said", "placed"),
    [
        pytest.param(18, 18, id="since: its own time, however long it was under way"),
        pytest.param(12, 15, id="before: when that began, not when it came"),
        pytest.param(3, 13, id="missed: so long after its own time"),
    ],
)
async def test_while_time_passes_as_usual_a_post_keeps_its_own_time(said: float, placed: float) -> None:
    clock, real = running_clock()
    began = real()
    network = Network(Posted(post=post(began + timedelta(seconds=said))))
    adapter = wrapped(network, clock)
    real.move(timedelta(seconds=15))
    clock.run(1)
    clock.jump(clock() + timedelta(days=1))
    real.move(timedelta(seconds=30))
    (told,) = [event async for event in adapter.events({})]
    assert told.post.created_at == clock.to_chat(began + timedelta(seconds=placed))


@given(st.lists(st.tuples(st.timedeltas(-2 * UNDER_WAY, 4 * UNDER_WAY), spans), min_size=2, max_size=20))
def test_what_comes_in_order_stays_in_order(said: list[tuple[timedelta, timedelta]]) -> None:
    clock, real = running_clock()
    began = real()
    posts = [Posted(post=post(began + own)) for own, _ in sorted(said)]

    async def listen() -> list[datetime]:
        found = []
        async for event in wrapped(Network(*posts), clock).events({}):
            found.append(event.post.created_at)
            real.move(said[len(found) - 1][1])
        return found

    told = asyncio.run(listen())
    assert told == sorted(told)
    assert all(clock.to_chat(one.post.created_at) <= at for one, at in zip(posts, told, strict=True))


# The bridge.


@pytest.fixture
def clock() -> FastClock:
    return FastClock(TUESDAY)


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setattr("bridge.app._POLL_SECONDS", 0.05)
    return rig(tmp_path, Net(name="hall"), Net(name="yard"))


def fast(clock: FastClock) -> Mapping[str, Any]:
    return {"now": clock, "network_now": clock.real, "wrap": travelling(clock)}


async def journaled(bridge: Bridge) -> list[Any]:
    rows = select(message).order_by(message.c.id)
    return list(await bridge.store.read(lambda c: c.execute(rows).mappings().all()))


async def test_posts_replies_and_edits_cross_at_full_speed(chat: Rig, clock: FastClock) -> None:
    clock.run(PACE)
    hall, yard = chat.stage["hall"], chat.stage["yard"]
    async with chat.running(**fast(clock)) as bridge:
        began = clock()
        for number in range(20):
            await hall.post("#lounge", f"hall {number:02}", author="ann")
            await yard.post("#lounge", f"yard {number:02}", author="ben")
        there = await chat.arrives("yard", "hall 19")
        home = await hall.post("#lounge", "A frist try", author="ann")
        await chat.arrives("yard", "A frist try")
        await hall.edit(home, "A first try")
        assert (await chat.arrives("yard", "A first try")).edited
        await yard.post("#lounge", "an answer", author="ben", reply_to=there.id)
        answer = await chat.arrives("hall", "an answer")
        assert answer.reply_to is not None
        assert texts([one for one in await hall.timeline("#lounge") if one.id == answer.reply_to]) == ["hall 19"]
        for name, other in (("hall", "yard"), ("yard", "hall")):
            said = [one.text.split(": ", 1)[1] for one in await chat.copies(name)]
            assert [one for one in said if one.startswith(other)] == [f"{other} {n:02}" for n in range(20)]
        rows = await journaled(bridge)
        assert len(rows) == 42
        assert not [row["held_reason"] for row in rows if row["held_rule"] or row["late"]]
        for row in rows:
            assert began < moment(row["created_at"]) <= moment(row["seen_at"]) <= moment(row["journaled_at"])


async def opened(bridge: Bridge, clock: FastClock, lasts: timedelta) -> Poll:
    of, native = bridge.installation.book.chats[CHAT], bridge.installation.native_polls
    asked = Draft(question="What next?", options=options_of(["one", "two"]), closes_at=clock() + lasts)
    return await bridge.store.write(lambda c: conduct.open_poll(c, of, asked, native, "test", id_maker(clock), clock()))


async def test_a_poll_of_two_days_counts_its_votes_and_closes_by_itself(chat: Rig, clock: FastClock) -> None:
    hall, yard = chat.stage["hall"], chat.stage["yard"]
    async with chat.running(**fast(clock)) as bridge:
        clock.run(PACE)
        poll = await opened(bridge, clock, timedelta(days=2))
        ballot = await chat.arrives("hall", "What next?")
        await chat.arrives("yard", "What next?")
        await hall.post("#lounge", "B", author="ann", reply_to=ballot.id)
        await yard.post("#lounge", "2", author="ben")
        await yard.tell("A", author="kim")

        async def standing() -> Result:
            return await bridge.store.read(lambda c: conduct.result_of(c, poll, bridge.installation.book))

        async def counted() -> bool:
            return (await standing()).votes == (1, 2)

        await until(counted, "the votes are not counted")
        clock.run(40 * PACE)  # nobody need wait for the rest
        for name in ("hall", "yard"):
            told = await chat.arrives(name, "Poll closed")
            assert "3 votes. Most are for two." in told.text
            assert clock.to_chat(told.at) >= poll.closes_at
        clock.run(PACE)
        await yard.post("#lounge", "A", author="eve")
        await chat.arrives("hall", "Eve (Yard): A")
        assert (await standing()).votes == (1, 2)


async def test_an_outage_loses_nothing(chat: Rig, clock: FastClock) -> None:
    clock.run(PACE)
    said = [f"number {n}" for n in range(30)]
    async with chat.running(**fast(clock)) as bridge:
        for number, words in enumerate(said):
            if number == 10:
                await chat.stage["hall"].cut(0.3)
            if number == 20:
                await chat.stage["yard"].fail(2)
            await chat.stage["hall"].post("#lounge", words)
        await chat.arrives("yard", said[-1])
        assert [one.text.split(": ")[1] for one in await chat.copies("yard")] == said
        assert not [row["held_reason"] for row in await journaled(bridge) if row["held_rule"]]


async def test_what_was_said_while_the_bridge_was_away_is_late_and_what_before_its_first_start_stays(
    chat: Rig, clock: FastClock
) -> None:
    hall = chat.stage["hall"]
    await hall.post("#lounge", "long ago")
    async with chat.running(**fast(clock)):
        await hall.post("#lounge", "on Tuesday")
        await chat.arrives("yard", "on Tuesday")
    clock.run(PACE)
    await hall.post("#lounge", "in between")
    clock.jump(clock() + timedelta(hours=3))
    clock.run(1)
    async with chat.running(**fast(clock)):
        assert "posted " in (await chat.arrives("yard", "in between")).text
        assert len(await chat.copies("yard")) == 2


async def test_after_a_jump_what_is_said_is_of_then(chat: Rig, clock: FastClock) -> None:
    async with chat.running(**fast(clock)) as bridge:
        await chat.stage["hall"].post("#lounge", "on Tuesday")
        clock.jump(TUESDAY + timedelta(days=6))  # on its way it does not become late
        await chat.arrives("yard", "on Tuesday")
        await chat.stage["yard"].post("#lounge", "on Monday")
        await chat.arrives("hall", "on Monday")
        rows = await journaled(bridge)
        assert [row["late"] for row in rows] == [False, False]
        assert moment(rows[1]["created_at"]) > TUESDAY + timedelta(days=6)
