"""A poll in a room: by the adapter, and by the whole bridge beside another network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.matrix import manifest
from adapters.matrix.client import MatrixAdapter
from adapters.matrix.sandbox import MatrixStage
from bridge.adapter import Attempt, Deleted, Found, Sandbox, Voted
from bridge.app import Bridge
from bridge.config.joined import CHAT, Joined, installation, joined
from bridge.model.poll import NativePoll, Poll, Result
from bridge.polls import conduct
from bridge.polls.drafts import Draft, options_of
from bridge.store.ids import id_maker
from bridge.testing import memory
from bridge.testing.waiting import until, up
from tests.matrix.rig import PATIENCE, channel_of, key, listening, outgoing, word
from tests.polls.polling import THEMES

pytestmark = pytest.mark.asyncio(loop_scope="module")


def now() -> datetime:
    return datetime.now(UTC)


def asked(*labels: str, multiple: bool = False) -> NativePoll:
    return NativePoll(labels=labels, multiple=multiple, closes_at=now() + timedelta(hours=1))


async def test_a_poll_is_shown_voted_in_and_ended(adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage) -> None:
    room, question = sandbox.channels[0], word()
    poll = asked("one", "two", "three")
    async with listening(adapter, PATIENCE) as ear:
        receipt = await adapter.post(outgoing(room, question, poll=poll), key())
        (seen,) = [one for one in await stage.timeline(room) if one.id == receipt.ref.id]
        assert (seen.text, seen.labels, seen.mine, seen.closed) == (question, ("one", "two", "three"), True, False)

        def of(id: str) -> Any:
            return lambda e: isinstance(e, Voted) and e.id == id

        first = await stage.vote(receipt.ref.id, 1, author="ann")
        voted = await ear.hear(of(first), "Voted")
        assert isinstance(voted, Voted)
        assert (voted.ballot, voted.by, voted.choices) == (receipt.ref.id, "@ann:localhost", (1,))
        nothing = await ear.hear(of(await stage.vote(receipt.ref.id, author="ann")), "Voted")
        assert isinstance(nothing, Voted)
        assert nothing.choices == ()
        await stage.delete(first)
        await ear.hear(lambda e: isinstance(e, Deleted) and e.post == first, "Deleted")

        over = NativePoll(labels=poll.labels, multiple=False, closes_at=poll.closes_at, closed=True)
        for _ in range(2):  # ending it twice is harmless
            await adapter.edit(receipt.ref, outgoing(room, question, poll=over), key())
        (seen,) = [one for one in await stage.timeline(room) if one.id == receipt.ref.id]
        assert seen.closed
        assert seen.labels == ("one", "two", "three")


async def test_a_poll_whose_answer_was_lost_is_found(adapter: MatrixAdapter, sandbox: Sandbox) -> None:
    post, name = outgoing(sandbox.channels[0], word(), poll=asked("yes", "no")), key()
    began = now()
    receipt = await adapter.post(post, name)
    found = await adapter.find(Attempt(key=name, post=post, began_at=began, claimed=frozenset()))
    assert isinstance(found, Found)
    assert found.receipts[0].ref == receipt.ref
    assert channel_of(sandbox.channels[0]) == post.channel


# The whole bridge


@pytest_asyncio.fixture(loop_scope="module")
async def chat(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bridge]:
    monkeypatch.setattr("bridge.app._POLL_SECONDS", 0.1)
    memory.MemoryServer("polls").share()
    networks = {
        "matrix": joined(manifest, sandbox),
        "hall": Joined(
            manifest=memory.manifest,
            settings={"server": "polls"},
            addresses=("#lounge",),
            channel={"link": False},
            title="Hall",
        ),
    }
    async with Bridge(installation(tmp_path, networks)) as bridge:
        await up(bridge)
        yield bridge


async def counted(bridge: Bridge, poll: Poll, *votes: int) -> Result:
    told: list[Result] = []

    async def so() -> bool:
        told[:] = [await bridge.store.read(lambda c: conduct.result_of(c, poll, bridge.installation.book))]
        return told[0].votes[: len(votes)] == votes

    await until(so, f"the votes are not {votes}")
    return told[0]


async def test_a_native_ballot_and_a_reply_ballot_have_one_tally(
    chat: Bridge, sandbox: Sandbox, stage: MatrixStage
) -> None:
    book, native = chat.installation.book, chat.installation.native_polls
    hall = memory.MemoryStage(memory.MemoryServer.named("polls"), "polls")
    room, question = sandbox.channels[0], f"What next, {word()}?"
    draft = Draft(question=question, options=options_of(THEMES), closes_at=now() + timedelta(hours=1))
    poll = await chat.store.write(
        lambda c: conduct.open_poll(c, book.chats[CHAT], draft, native, "test", id_maker(now), now())
    )

    async def shown() -> Any:
        return next((one for one in await stage.timeline(room) if question in one.text and one.labels), None)

    async def there() -> bool:
        return await shown() is not None and any(question in one.text for one in await hall.timeline("#lounge"))

    await until(there, "the ballots are not shown")
    ballot = await shown()
    assert ballot.labels == THEMES
    assert "Open until " in ballot.text
    await stage.vote(ballot.id, 0, author="ann")
    last = await stage.vote(ballot.id, 1, 0, author="ann")  # the last counts, and of it the first choice
    await stage.vote(ballot.id, 2, author="ben")
    await stage.vote(ballot.id, 99, author="eve")
    await hall.post("#lounge", "B", author="kim")
    result = await counted(chat, poll, 0, 2, 1)
    assert {one.network: one.votes[:3] for one in result.networks} == {"matrix": (0, 1, 1), "hall": (0, 1, 0)}
    await stage.delete(last)
    await counted(chat, poll, 1, 1, 1)

    await chat.store.write(lambda c: conduct.close(c, poll.id, book.chats[CHAT], book, native, id_maker(now), now()))

    async def over() -> bool:
        told = [one.text for one in await stage.timeline(room)]
        return (await shown()).closed and any(f"Poll closed: {question}" in one for one in told)

    await until(over, "the ballot is not ended, or the result is not told")
    await stage.vote(ballot.id, 5, author="late")
    await hall.post("#lounge", f"after that {word()}", author="kim")
    await counted(chat, poll, 1, 1, 1)
