"""One poll on the real stand-ins of all networks: each in its own form, with one tally and one result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from bridge.adapter import Sandbox, Seen
from bridge.app import Bridge
from bridge.config.joined import CHAT, installation, joined
from bridge.demo.standins import with_stand_ins
from bridge.model.poll import Poll, Result
from bridge.polls import conduct
from bridge.polls.drafts import Draft, options_of
from bridge.store import polls
from bridge.store.ids import id_maker
from bridge.testing.waiting import until, up
from tests.polls.polling import THEMES

pytestmark = pytest.mark.asyncio(loop_scope="module")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Week:
    bridge: Bridge
    sandboxes: dict[str, Sandbox]

    async def opened(self, question: str, *options: str, lasts: timedelta = timedelta(hours=1)) -> Poll:
        draft = Draft(question=question, options=options_of(options), closes_at=now() + lasts)
        chat, native = self.bridge.installation.book.chats[CHAT], self.bridge.installation.native_polls
        return await self.bridge.store.write(
            lambda c: conduct.open_poll(c, chat, draft, native, "test", id_maker(now), now())
        )

    async def shown(self, name: str, words: str) -> list[Seen]:
        sandbox = self.sandboxes[name]
        return [one for one in await sandbox.stage.timeline(sandbox.channels[0]) if one.mine and words in one.text]

    async def ballot(self, name: str, question: str) -> Seen:
        found: list[Seen] = []

        async def there() -> bool:
            found[:] = await self.shown(name, question)
            return bool(found)

        await until(there, f"no ballot on {name}")
        return found[-1]

    async def counted(self, poll: Poll, *votes: int) -> Result:
        told: list[Result] = []

        async def so() -> bool:
            book = self.bridge.installation.book
            told[:] = [await self.bridge.store.read(lambda c: conduct.result_of(c, poll, book))]
            return told[0].votes == votes

        await until(so, f"the votes are not {votes}")
        return told[0]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def week(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Week]:
    folder = tmp_path_factory.mktemp("week")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bridge.app._POLL_SECONDS", 0.2)
        patch.setattr("bridge.polls.tending._COUNT_EVERY", timedelta(seconds=0.5))
        async with AsyncExitStack() as stack:

            async def open_one(manifest: Any) -> tuple[str, Any, Sandbox]:
                opening = manifest.load(manifest.sandbox)(folder / manifest.platform)
                return str(manifest.platform), manifest, await stack.enter_async_context(opening)

            opened = [await open_one(one) for one in with_stand_ins()]
            networks = {name: joined(manifest, sandbox) for name, manifest, sandbox in opened}
            async with Bridge(installation(folder, networks)) as bridge:
                await up(bridge)
                yield Week(bridge, {name: sandbox for name, _, sandbox in opened})


async def test_four_options_are_polls_of_the_networks_own(week: Week) -> None:
    poll = await week.opened("What is next?", *THEMES[2:6])
    ballots = {name: await week.ballot(name, "What is next?") for name in week.sandboxes}
    assert ballots["matrix"].labels == THEMES[2:6]
    assert [label[:12] for label in ballots["mastodon"].labels] == [
        "A: Managing ",
        "B: Middle le",
        "C: How do we",
        "D: Marking, ",
    ]
    assert max(len(label) for label in ballots["mastodon"].labels) <= 50
    # X takes the question, the options in full in a thread, and the poll on its last post.
    (last,) = [one for one in await week.shown("twitter", "") if one.labels]
    assert max(len(label) for label in last.labels) <= 25
    assert all(f": {theme}" in ballots["mastodon"].text for theme in THEMES[2:6])

    await asyncio.gather(
        week.sandboxes["matrix"].stage.vote(ballots["matrix"].id, 1, author="ann"),
        week.sandboxes["mastodon"].stage.vote(ballots["mastodon"].id, 1, author="ben"),
        week.sandboxes["mastodon"].stage.vote(ballots["mastodon"].id, 2, author="eve"),
        week.sandboxes["twitter"].stage.vote(last.id, 1, author="kim"),
    )
    result = await week.counted(poll, 0, 3, 1, 0)
    assert {one.network: (one.votes, one.counted) for one in result.networks} == {
        "matrix": ((0, 1, 0, 0), True),
        "mastodon": ((0, 1, 1, 0), False),
        "twitter": ((0, 1, 0, 0), False),
    }
    await week.bridge.store.write(lambda c: polls.close_at(c, poll, now()))
    for name in week.sandboxes:
        told = await week.ballot(name, "Poll closed: What is next?")
        assert "4 votes. Most are for Middle leaders: from being managed to managing others." in (
            told.text if name != "twitter" else (await week.shown(name, "Poll closed: What is next?"))[0].text
        )
    assert (await week.ballot("matrix", "What is next?")) is not None


async def test_seven_options_are_answered_with_a_letter_where_polls_are_small(week: Week) -> None:
    poll = await week.opened("And which of seven?", *THEMES)
    ballots = {name: await week.ballot(name, "And which of seven?") for name in week.sandboxes}
    assert {name: bool(one.labels) for name, one in ballots.items()} == {
        "matrix": True, "mastodon": False, "twitter": False,
    }  # fmt: skip
    for name in ("mastodon", "twitter"):
        sandbox = week.sandboxes[name]
        await sandbox.stage.post(sandbox.channels[0], "G", author=f"gill_{name}")
    await week.sandboxes["matrix"].stage.vote(ballots["matrix"].id, 6, author="ann")
    await week.counted(poll, 0, 0, 0, 0, 0, 0, 3)
