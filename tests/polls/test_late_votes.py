"""Votes that a network tells late, where it tells numbers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from bridge.adapter import PollLimit
from bridge.config.joined import CHAT
from bridge.model.ids import GlobalId, NetworkId, PostRef
from bridge.model.poll import Counts
from bridge.polls import conduct
from bridge.polls.drafts import Draft, options_of
from bridge.polls.tending import Tending
from bridge.polls.voting import Going
from bridge.store import polls
from bridge.store.ids import id_maker
from bridge.testing.clock import Clock
from tests.core.rig import Net, rig

YARD = NetworkId("yard")
NATIVE = {YARD: PollLimit(options=4, label=50)}


class Counting:
    """A network that tells numbers only."""

    def __init__(self, clock: Clock) -> None:
        self.votes = (1, 0)
        self._clock = clock

    async def counts(self, ballots: Sequence[PostRef]) -> Mapping[GlobalId, Counts]:
        return {one.id: Counts(votes=self.votes, voters=None, at=self._clock()) for one in ballots}


@pytest.mark.parametrize("early", [False, True])
async def test_late_votes_are_counted_in_but_not_those_after_an_early_close(tmp_path: Path, early: bool) -> None:
    clock = Clock()
    chat = rig(tmp_path, Net(name="hall"), Net(name="yard"), now=clock)
    async with chat.running() as bridge:
        book = bridge.installation.book
        next_id, network = id_maker(clock), Counting(clock)
        draft = Draft(question="Which?", options=options_of(["one", "two"]), closes_at=clock() + timedelta(hours=1))

        def nothing(*_: object) -> None:
            """The bridge's workers are woken below."""

        adapters = {YARD: network}
        tending = Tending(
            bridge.store,
            book,
            NATIVE,
            adapters,
            Going(),
            nothing,
            nothing,
            next_id,
            clock,
            structlog.get_logger(),  # type: ignore[arg-type]
        )
        poll = await bridge.store.write(
            lambda c: conduct.open_poll(c, book.chats[CHAT], draft, NATIVE, "test", next_id, clock())
        )
        bridge._wake_all()
        await chat.arrives("yard", "Which?")
        clock.move(timedelta(minutes=30))
        if early:
            await bridge.store.write(lambda c: polls.close_at(c, poll, clock()))
        clock.move(timedelta(minutes=31))
        await tending.step()
        bridge._wake_all()
        assert "1 vote, for one." in (await chat.arrives("hall", "Poll closed")).text
        network.votes = (1, 2)
        clock.move(timedelta(minutes=6))
        await tending.step()
        bridge._wake_all()
        if early:
            await chat.stage["hall"].post("#lounge", "and on")
            await chat.arrives("yard", "and on")
            assert "1 vote, for one." in (await chat.arrives("hall", "Poll closed")).text
            return
        told = await chat.arrives("hall", "3 votes. Most are for two.")
        assert told.text.endswith(conduct.COUNTED_AGAIN)
        network.votes = (9, 9)
        clock.move(timedelta(minutes=6))
        await tending.step()
        kept = await bridge.store.read(lambda c: polls.ballots(c, CHAT, poll.id))
        assert [one.counts.votes for one in kept if one.counts] == [(1, 2)]
