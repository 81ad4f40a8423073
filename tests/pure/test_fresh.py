"""Copies handed to a lane beside its reading of the journal: each is worked on once, in order, and none is missed."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.ids import ChannelId, ChatId, NetworkId
from bridge.model.posting import Content, Posting, PostingKind, PostingState, Priority
from bridge.model.text import Text
from bridge.outbox.compose import Job
from bridge.outbox.fresh import Fresh
from bridge.testing.clock import START

BATCH = 3


def job(id: int) -> Job:
    return Job(
        posting=Posting(
            chat=ChatId("c"),
            id=id,
            kind=PostingKind.COPY,
            network=NetworkId("n"),
            channel=ChannelId("c/n/#r"),
            to=None,
            message=id,
            content=None,
            wanted=1,
            sent=0,
            state=PostingState.DUE,
            priority=Priority.TALK,
            created_at=START,
        )
    )


def ids(jobs: list[Job]) -> list[int]:
    return [one.posting.id for one in jobs]


class Lane:
    """A journal, the notices of its commits that are on their way, and a lane that works on what is due."""

    def __init__(self) -> None:
        self.fresh = Fresh()
        self.due: set[int] = set()
        self.made = 0
        self.notices: deque[int | None] = deque()  # a new copy, or: something else happened
        self.snapshot: list[int] | None = None
        self.done: list[int] = []

    def journal(self) -> None:
        self.made += 1
        self.due.add(self.made)
        self.notices.append(self.made)

    def edit(self) -> None:
        """Something else is wanted of what was done first: it is due again."""
        if self.done:
            self.due.add(self.done[0])
            self.notices.append(None)

    def tell(self) -> None:
        if self.notices:
            new = self.notices.popleft()
            self.fresh.lose() if new is None else self.fresh.hand(job(new))

    def work(self) -> None:
        """One step of the lane: it takes what it was handed, or begins to read, or ends reading."""
        if self.snapshot is None:
            if taken := ids(self.fresh.take(BATCH)):
                self._do(taken)
                return
            self.fresh.reading()
            self.snapshot = sorted(self.due)
            return
        read, all_due = self.snapshot[:BATCH], len(self.snapshot) < BATCH
        self.snapshot = None
        self.fresh.read([job(one) for one in read], all_due=all_due)
        self._do(read)

    def _do(self, these: list[int]) -> None:
        assert these == sorted(these)
        assert self.due.issuperset(these), "worked on twice"
        self.due.difference_update(these)
        self.done += these


@given(st.lists(st.sampled_from([Lane.journal, Lane.tell, Lane.work, Lane.edit]), max_size=120))
def test_each_once_in_order_and_none_missed(steps: list[object]) -> None:
    lane = Lane()
    for step in steps:
        step(lane)  # type: ignore[operator]
    while lane.notices:
        lane.tell()
    for _ in range(3 * len(steps) + 3):
        lane.work()
    assert not lane.due
    firsts = list(dict.fromkeys(lane.done))
    assert firsts == sorted(firsts)


def test_what_is_handed_to_a_lane_that_has_read_all_is_not_read_again() -> None:
    fresh = Fresh()
    fresh.reading()
    fresh.read([], all_due=True)
    for number in range(1, 6):
        fresh.hand(job(number))
    assert ids(fresh.take(BATCH)) == [1, 2, 3]
    assert ids(fresh.take(BATCH)) == [4, 5]
    assert not fresh.take(BATCH)


def test_a_lane_far_behind_reads_until_it_reaches_what_it_was_handed() -> None:
    fresh = Fresh()
    for number in (7, 8, 9):
        fresh.hand(job(number))
    fresh.reading()
    fresh.read([job(1), job(2), job(3)], all_due=False)
    assert not fresh.take(BATCH)
    fresh.reading()
    fresh.read([job(6), job(7), job(8)], all_due=False)
    assert ids(fresh.take(BATCH)) == [9]


def test_a_change_during_the_reading_makes_it_read_again() -> None:
    fresh = Fresh()
    fresh.reading()
    fresh.lose()
    fresh.hand(job(2))
    fresh.read([], all_due=True)
    assert not fresh.take(BATCH)


@pytest.mark.parametrize(("count", "length", "kept"), [(12_000, 10, True), (12_001, 10, False), (50, 200_000, False)])
def test_it_keeps_no_more_than_a_lane_that_stands_still_may_cost(count: int, length: int, kept: bool) -> None:
    fresh = Fresh()
    fresh.reading()
    fresh.read([], all_due=True)
    said = Content(text=Text("x" * length))
    for number in range(1, count + 1):
        fresh.hand(replace(job(number), said=said))
    assert bool(fresh.take(BATCH)) == kept
