"""Weeks of the demo, played by its director over the real stand-ins of all networks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from bridge.adapter import Sandbox, Seen
from bridge.app import Bridge, utc_now
from bridge.config.joined import CHAT, installation, joined
from bridge.demo.clockwork import FastClock, travelling
from bridge.demo.leaders import LEADERS
from bridge.demo.running import programme
from bridge.demo.script import WEEKS, Says, Votes, scenes
from bridge.demo.standins import with_stand_ins
from bridge.demo.week import Pauses, coming_week
from bridge.model.posting import PostingState
from bridge.model.session import StepState
from bridge.store import sessions, tables
from bridge.testing.waiting import up

pytestmark = pytest.mark.asyncio(loop_scope="module")

NETWORKS = ("mastodon", "matrix", "twitter")
TITLES = ("Mastodon", "Matrix", "X")
SHORT = Pauses(read=0.05, listen=0.05, vote=0.5, patience=60)


@dataclass(frozen=True)
class Played:
    """A week that was played: what it ``told``, and on each network's timeline what was said in it."""

    session: sessions.Session
    told: Sequence[tuple[str, datetime]]
    said: Mapping[str, Sequence[Seen]]

    def ours(self, name: str, words: str) -> list[Seen]:
        said = ((one, one.text.replace("\u2060", "").replace("\u200b", "")) for one in self.said[name] if one.mine)
        return [one for one, text in said if words in text]

    def one(self, name: str, words: str) -> Seen:
        """The one post of the bridge's there with these words."""
        found = self.ours(name, words)
        assert len(found) == 1, (name, words, [one.text for one in found])
        return found[0]


@dataclass
class Demo:
    bridge: Bridge
    clock: FastClock
    sandboxes: Mapping[str, Sandbox]
    weeks: list[Played] = field(default_factory=list)

    async def play(self) -> Played:
        told: list[tuple[str, datetime]] = []
        before = {name: len(await self.timeline(name)) for name in NETWORKS}
        stages = {name: one.stage for name, one in self.sandboxes.items()}
        coming = await coming_week(stages, self.bridge, self.clock, lambda what, at: told.append((what, at)), SHORT)
        await coming.play()
        assert coming.over
        said = {name: (await self.timeline(name))[before[name] :] for name in NETWORKS}
        last = await self.bridge.store.read(lambda c: sessions.latest_at(c, CHAT, self.clock()))
        assert last is not None
        self.weeks.append(Played(last, told, said))
        return self.weeks[-1]

    async def timeline(self, name: str) -> Sequence[Seen]:
        sandbox = self.sandboxes[name]
        return await sandbox.stage.timeline(sandbox.channels[0])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    folder = tmp_path_factory.mktemp("week")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_POLL_SECONDS", "_SESSION_SECONDS"):
            patch.setattr(f"bridge.app.{name}", 0.2)
        async with AsyncExitStack() as stack:

            async def open_one(manifest: Any) -> tuple[str, Any, Sandbox]:
                opening = manifest.load(manifest.sandbox)(folder / manifest.platform)
                return str(manifest.platform), manifest, await stack.enter_async_context(opening)

            opened = [await open_one(one) for one in with_stand_ins()]
            networks = {name: joined(manifest, sandbox) for name, manifest, sandbox in opened}
            assert tuple(networks) == NETWORKS
            clock = FastClock(utc_now())
            installed = installation(folder, networks, chat=programme(clock()))
            async with Bridge(installed, now=clock, network_now=clock.real, wrap=travelling(clock)) as bridge:
                await up(bridge)
                yield Demo(bridge, clock, {name: sandbox for name, _, sandbox in opened})


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[1, 2], ids=["first week", "second week"])
async def week(demo: Demo, request: pytest.FixtureRequest) -> Played:
    """One after the other."""
    assert len(demo.weeks) == request.param - 1
    return await demo.play()


async def test_everything_came_to_be(demo: Demo, week: Played) -> None:
    assert not [what for what, _ in week.told if "goes on" in what or "did not work" in what]
    assert week.session.number == len(demo.weeks)
    assert all(earlier <= later for (_, earlier), (_, later) in pairwise(week.told))
    marks = await demo.bridge.store.read(lambda c: sessions.marks(c, CHAT, week.session.id))
    assert {mark.state for mark in marks.values()} == {StepState.DONE}
    # The shortlist is for moderators.
    for mark in marks.values():
        for name in NETWORKS:
            if mark.name not in ("shortlist", "poll"):
                week.one(name, mark.said.split("\n")[0] if mark.name == "summary" else mark.said[:100])
    states = select(tables.posting.c.state, tables.posting.c.reason).distinct()
    rows = await demo.bridge.store.read(lambda c: c.execute(states).all())
    assert {state for state, _ in rows} == {PostingState.DONE.value}, rows


async def test_what_people_say_crosses_once_and_votes_do_not(week: Played) -> None:
    acts = [act for some in scenes(week.session.number or 0).values() for act in some]
    said = [act for act in acts if isinstance(act, Says) and not act.private]
    assert {act.on for act in said} == {0, 1, 2}
    for act in said:
        home = NETWORKS[act.on]
        assert [one for one in week.said[home] if not one.mine and act.words[:40] in one.text]
        for name in NETWORKS:
            assert len(week.ours(name, f"): {act.words[:40]}")) == (name != home), (name, act.words)
    letters = [one.text.split()[0] for name in NETWORKS for one in week.said[name] if not one.mine]
    assert sum(one in ("A", "B", "C", "D") for one in letters) == 3
    for name in NETWORKS:
        copied = [one.text.split(": ", 1)[-1].split()[0] for one in week.said[name] if one.mine]
        assert not set(copied) & {"A", "B", "C", "D"}
        assert not week.ours(name, WEEKS[(week.session.number or 0) - 1].themes[3] + "\n#")  # it was said in private


async def test_the_poll_has_a_ballot_on_each_network_and_one_result(week: Played) -> None:
    themes = WEEKS[(week.session.number or 0) - 1].themes
    ballots = {name: [one for one in week.said[name] if one.labels] for name in NETWORKS}
    assert {name: len(found) for name, found in ballots.items()} == dict.fromkeys(NETWORKS, 1)
    assert ballots["mastodon"][0].labels == ballots["matrix"][0].labels == themes
    assert [label[:3] for label in ballots["twitter"][0].labels] == ["A: ", "B: ", "C: ", "D: "]
    assert all(f": {theme}" in ballots["twitter"][0].text for theme in themes)
    assert ballots["matrix"][0].closed
    for name in NETWORKS:
        told = week.one(name, "Poll closed: ")
        assert f"6 votes. Most are for {themes[0]}." in told.text
        week.one(name, f"A: {themes[0]}: 3 (Mastodon 1, Matrix 1, X 1)")
        assert told.alts[0].startswith("#EdLdrs poll: ")
    assert week.session.theme == themes[0]


async def test_questions_have_cards_and_answers_stand_below_them_everywhere(week: Played) -> None:
    asked = WEEKS[(week.session.number or 0) - 1].questions
    title = f"#EdLdrs {week.session.number}: {week.session.theme}"
    talk = scenes(week.session.number or 0)
    for number, question in enumerate(asked, start=1):
        cards = {
            name: week.one(name, f"Q{number}: {question}\n\nBegin your answer with A{number}") for name in NETWORKS
        }
        for card in cards.values():
            assert card.alts == (f"{title}. Q{number}: {question}",)
            assert len(card.media) == 1
        (reply,) = [act for act in talk[f"q{number}"] if isinstance(act, Says) and act.to == f"q{number}"]
        for name in NETWORKS:
            answer = next(one for one in week.said[name] if reply.words[:40] in one.text)
            assert answer.reply_to == cards[name].id, (name, answer.text)
    (deeper,) = [act for act in talk["q1"] if isinstance(act, Says) and act.to.startswith("A1")]
    home = NETWORKS[deeper.on]
    there = next(one for one in week.said[home] if deeper.words[:40] in one.text)
    assert deeper.to in next(one.text for one in week.said[home] if one.id == there.reply_to)


async def test_the_hour_is_opened_closed_and_summed_up(week: Played) -> None:
    title = f"#EdLdrs {week.session.number}: {week.session.theme}"
    (host,) = week.session.hosts
    for name in NETWORKS:
        welcome = week.one(name, f"elcome to {title}. Hosted by {host}.")
        assert "What we post here is our own thinking, not our employers'." in welcome.text
        assert "Next: Monday" in week.one(name, "hank you" + (" for " if week.session.number == 1 else ", all")).text
        summary = week.one(name, f"{title} - ")
        assert " leaders" in summary.text
        assert "answered across networks" in summary.text
        assert len(summary.media) == 1
        assert len(summary.text) <= {"twitter": 280, "mastodon": 500}.get(name, 5000)
        assert "Next: Monday" in summary.text
    room = week.one("matrix", f"{title} - ").text
    action = next(
        act.words for act in scenes(week.session.number or 0)["q3"] if isinstance(act, Says) and "#action" in act.words
    )
    assert f"Action: {action.removeprefix('#action ')[:40]}" in room
    assert "https://example.org/" in room


async def test_a_week_reads_like_none_of_the_last_weeks_and_later_others_say_it(demo: Demo) -> None:
    first, second = ({one.text for one in week.said["twitter"] if one.mine} for week in demo.weeks)
    assert not first & second
    names = {leader.name for leader in LEADERS}
    said: set[tuple[str, str]] = set()
    for number in range(1, len(WEEKS) * len(LEADERS) + 1):
        acts = [act for some in scenes(number).values() for act in some]
        now = {(act.who, act.words) for act in acts if isinstance(act, Says)}
        assert not now & said
        assert {act.who for act in acts if isinstance(act, Says | Votes)} <= names
        said |= now
