"""One stream read by looking again and again: complete, oldest first, whatever happens between looks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from adapters.twitter.cursor import REACH, Position
from adapters.twitter.feed import Feed, Pace
from adapters.twitter.ids import id_at, time_of
from adapters.twitter.known import Known
from adapters.twitter.responses import Json
from adapters.twitter.translation import Reader
from bridge.adapter import (
    BadEvent,
    CaughtUp,
    Checkpoint,
    Edited,
    Event,
    OutOfCredit,
    Posted,
    RateLimited,
    Reacted,
    Unauthorized,
    Unavailable,
)
from bridge.model.ids import AccountId, Cursor, Stream
from bridge.testing.clock import Clock

START = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)
OVERLAP = timedelta(minutes=5)


class Search:
    """A stand-in for X's search at the level of pages; ``posts`` can be searched once their time has come."""

    stream = Stream("search")
    every = 30.0
    vital = True

    def __init__(self, clock: Clock, page: int = 2) -> None:
        self.clock = clock
        self.page = page
        self.posts: list[tuple[datetime, Json]] = []
        self.fails_at_page: int | None = None
        self.asked: list[int] = []
        self._known = Known()
        self._reader = Reader(AccountId("1"), "EdLdrsBot", frozenset({"edldrs"}), self._known.originals)

    def post(
        self,
        words: str,
        made: datetime,
        *,
        searchable: datetime | None = None,
        versions: Sequence[str] = (),
        **more: Any,
    ) -> str:
        id = str(id_at(made))
        data = {"id": id, "author_id": "7", "text": words, "edit_history_tweet_ids": [*versions, id], **more}
        self.posts.append((searchable or made, data))
        return id

    async def pages(self, since: int) -> AsyncIterator[Json]:
        self.asked.append(since)
        found = [data for when, data in self.posts if when <= self.clock() and int(data["id"]) > since]
        found.sort(key=lambda data: int(data["id"]), reverse=True)
        for number, start in enumerate(range(0, len(found), self.page)):
            if number == self.fails_at_page:
                raise Unavailable("503")
            users = [{"id": "7", "username": "anna", "name": "Anna"}]
            yield {"data": found[start : start + self.page], "includes": {"users": users}}

    def events(self, page: Json, floor: int) -> list[tuple[int, Event]]:
        return self._known.events(page, self._reader, self.stream, floor)


class Rig:
    def __init__(self, page: int = 2) -> None:
        self.clock = Clock(START)
        self.search = Search(self.clock, page)
        self.given: list[Event] = []
        self.feed = Feed(
            self.search,
            Pace(overlap=OVERLAP, now=self.clock, recheck=timedelta(hours=12)),
            structlog.get_logger(),
        )

    async def put(self, event: Event) -> None:
        self.given.append(event)

    def said(self) -> list[str]:
        return [one.post.text.plain for one in self.given if isinstance(one, Posted | Edited)]

    def of(self, kind: type[Event]) -> list[Any]:
        return [one for one in self.given if isinstance(one, kind)]


async def begun(cursor: Cursor | None = None, page: int = 2) -> Rig:
    rig = Rig(page)
    await rig.feed.begin(cursor, rig.put)
    return rig


def read_until(moment: datetime) -> Cursor:
    return Position(moment, moment - timedelta(days=30)).cursor


async def test_ids_tell_the_time() -> None:
    assert time_of(id_at(START)) == START
    assert time_of("1767890000000000001").year == 2024


async def test_without_a_cursor_it_starts_now() -> None:
    rig = await begun()
    rig.search.post("before", START - timedelta(seconds=1))
    rig.search.post("after", rig.clock.move(1))
    rig.clock.move(1)
    await rig.feed.look(rig.put)
    assert rig.said() == ["after"]
    assert isinstance(rig.given[0], Checkpoint)


async def test_all_pages_are_read_and_given_oldest_first() -> None:
    rig = await begun(read_until(START - timedelta(hours=1)))
    for n in range(7):
        rig.search.post(str(n), START - timedelta(minutes=30 - n))
    await rig.feed.look(rig.put)
    assert rig.said() == [str(n) for n in range(7)]
    assert isinstance(rig.given[-2], Checkpoint)  # after the last that it covers


async def test_a_look_that_fails_midway_gives_nothing_and_loses_nothing() -> None:
    rig = await begun(read_until(START - timedelta(hours=1)))
    for n in range(5):
        rig.search.post(str(n), START - timedelta(minutes=30 - n))
    rig.search.fails_at_page = 1
    before = rig.feed.position
    with pytest.raises(Unavailable):
        await rig.feed.look(rig.put)
    assert rig.said() == []
    assert rig.feed.position == before
    rig.search.fails_at_page = None
    await rig.feed.look(rig.put)
    assert rig.said() == [str(n) for n in range(5)]


async def test_what_becomes_searchable_late_is_found_and_given_once() -> None:
    rig = await begun()
    rig.search.post("late", rig.clock.move(10), searchable=START + timedelta(seconds=100))
    rig.search.post("at once", rig.clock.move(10))
    for _ in range(6):
        rig.clock.move(30)
        await rig.feed.look(rig.put)
    assert rig.said() == ["at once", "late"]


async def test_the_first_start_is_never_read_behind_even_after_a_restart() -> None:
    rig = await begun()
    rig.search.post("before the first start", START - timedelta(seconds=30))
    rig.clock.move(60)
    await rig.feed.look(rig.put)
    again = await begun(rig.of(Checkpoint)[-1].cursor)
    again.search.posts = rig.search.posts
    again.clock.move(90)
    await again.feed.look(again.put)
    assert rig.said() == again.said() == []


async def test_quiet_weeks_move_the_cursor() -> None:
    rig = await begun()
    for _ in range(30):
        rig.clock.move(timedelta(days=1))
        await rig.feed.look(rig.put)
    assert rig.feed.position.read == rig.clock()
    assert Position.of(rig.of(Checkpoint)[-1].cursor).read == rig.clock()


async def test_an_outage_of_more_than_seven_days_is_said() -> None:
    rig = await begun(read_until(START - timedelta(days=9)))
    rig.search.post("out of reach", START - timedelta(days=8))
    rig.search.post("in reach", START - timedelta(days=6))
    with capture_logs() as logs:
        await rig.feed.look(rig.put)
    assert rig.said() == ["in reach"]
    assert rig.search.asked == [id_at(START - REACH)]
    assert [one["log_level"] for one in logs] == ["warning"]
    assert "7 days" in logs[0]["event"]


async def test_an_edit_is_the_same_post() -> None:
    rig = await begun()
    first = rig.search.post("before", rig.clock.move(10))
    rig.clock.move(10)
    await rig.feed.look(rig.put)
    rig.search.posts.clear()
    version = rig.search.post("after", rig.clock.move(10), versions=[first])
    rig.clock.move(10)
    await rig.feed.look(rig.put)
    assert rig.said() == ["before", "after"]
    (edited,) = rig.of(Edited)
    assert (edited.post.ref.id, edited.post.ref.remote) == (first, version)
    assert edited.post.created_at == time_of(first)
    assert edited.post.edited_at == time_of(version)


async def test_reactions_are_told_when_they_change() -> None:
    rig = await begun()
    id = rig.search.post("liked", rig.clock.move(10), public_metrics={"like_count": 1, "retweet_count": 0})
    for likes in (1, 1, 4, 3):
        rig.search.posts[0][1]["public_metrics"]["like_count"] = likes  # type: ignore[index]
        rig.clock.move(10)
        await rig.feed.look(rig.put)
    assert [(one.post, one.kind, one.total) for one in rig.of(Reacted)] == [
        (id, "favourite", 1),
        (id, "favourite", 4),
        (id, "favourite", 3),
    ]


async def test_what_is_no_post_is_told_as_such_and_the_rest_goes_on() -> None:
    rig = await begun(page=100)
    rig.search.post("well", rig.clock.move(10))
    bad = rig.search.post("by nobody", rig.clock.move(1), author_id="8")
    rig.search.post("well, too", rig.clock.move(1))
    rig.clock.move(10)
    await rig.feed.look(rig.put)
    assert rig.said() == ["well", "well, too"]
    (told,) = rig.of(BadEvent)
    assert told.id == bad
    assert json.loads(told.raw)["text"] == "by nobody"


async def test_a_gap_asks_for_a_look_at_edits_and_deletions() -> None:
    rig = await begun(read_until(START - timedelta(hours=3)))
    await rig.feed.look(rig.put)
    assert [one.since for one in rig.of(CaughtUp)] == [START - timedelta(hours=3)]
    rig.clock.move(timedelta(hours=11))
    await rig.feed.look(rig.put)
    assert len(rig.of(CaughtUp)) == 1
    rig.clock.move(timedelta(hours=2))
    await rig.feed.look(rig.put)
    assert [one.since for one in rig.of(CaughtUp)][1:] == [START]


@pytest.mark.parametrize("cursor", ["", "{}", "7", '{"read": 3}', '{"read": "x", "began": "y"}'])
async def test_a_cursor_that_cannot_be_read_starts_now(cursor: str) -> None:
    rig = await begun(Cursor(cursor))
    assert rig.feed.position == Position(START, START)


@pytest.mark.parametrize("error", [Unauthorized("401"), OutOfCredit("402")])
async def test_what_needs_a_person_ends_it(error: Exception) -> None:
    rig = await begun()
    with pytest.raises(type(error)):
        rig.feed.wait_after(error, 1)  # type: ignore[arg-type]
    rig.search.vital = False
    assert rig.feed.wait_after(error, 1) > 600  # type: ignore[arg-type]


async def test_a_rate_limit_is_waited_out() -> None:
    rig = await begun()
    assert rig.feed.wait_after(RateLimited(START + timedelta(seconds=77)), 1) == 77
    assert rig.feed.wait_after(Unavailable("503", 12.0), 1) == 12
    assert 150 <= rig.feed.wait_after(Unavailable("503"), 20) <= 300
