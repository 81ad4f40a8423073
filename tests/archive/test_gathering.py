"""What was said on several networks, gathered from the journal that the whole bridge wrote."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.app import Bridge
from bridge.archive.gathering import Gathered, Said, Shared, gather
from bridge.archive.summary import summarise, summary_content
from bridge.config.joined import CHAT
from bridge.model.posting import Content, PostingKind
from bridge.model.text import Text
from bridge.outbox.announce import announce, everywhere
from bridge.polls.conduct import titles
from bridge.store.ids import id_maker
from bridge.testing.waiting import until
from tests.core.rig import Net, Rig, rig

HALL, YARD, HUT = Net(name="hall"), Net(name="yard"), Net(name="hut")


@pytest.fixture
def chat(tmp_path: Path, database_url: str) -> Rig:
    return rig(tmp_path, HALL, YARD, HUT, database=database_url)


async def read(bridge: Bridge, begins: datetime, ends: datetime) -> Gathered:
    of = bridge.installation.book.chats[CHAT]
    return await bridge.store.read(lambda c: gather(c, of, begins, ends))


def one(found: Gathered, words: str) -> Said:
    (only,) = [said for said in found.said if words in said.text.plain]
    return only


def texts(found: Gathered) -> list[str]:
    return [said.text.plain for said in found.said]


async def test_what_was_said_in_the_hour_over_all_networks(chat: Rig) -> None:
    hall, yard, hut = (chat.stage[name] for name in ("hall", "yard", "hut"))
    async with chat.running() as bridge:
        early = await hall.post("#lounge", "I am early", author="anna")
        await chat.arrives("yard", "I am early")
        begins = datetime.now(UTC)

        question = await hall.post("#lounge", "Which third did you cancel?", author="anna")
        there = await chat.arrives("yard", "Which third")
        await yard.post("#lounge", "The longest ones went first.", author="ben", reply_to=there.id)
        await hall.post("#lounge", "Not the ones with cake.", author="carla", reply_to=question)
        await hall.post("#lounge", "I ask for a friend.", author="anna", reply_to=question)
        home = await chat.arrives("hall", "The longest ones")
        await hut.post(
            "#lounge", "Nobody missed them?", author="dora", reply_to=(await chat.arrives("hut", "longest")).id
        )
        await hall.post("#lounge", "Back to the start", author="carla", reply_to=early)
        await hall.react(home.id, author="anna")
        await yard.react((await chat.arrives("yard", "Nobody missed them?")).id, author="ben")
        await hut.react((await chat.arrives("hut", "longest")).id, author="dora")

        edited = await hut.post("#lounge", "note: the frist list", author="dora")
        await chat.arrives("hall", "the frist list")
        await hut.edit(edited, "note: the first list\n#action Ben buys chairs")
        await chat.arrives("hall", "the first list")
        deleted = await hall.post("#lounge", "note: said too soon", author="carla")
        await chat.arrives("yard", "said too soon")
        await hall.delete(deleted)
        await until(lambda: _no_copy(chat, "yard", "said too soon"))
        await yard.post("#lounge", "#action leave me out", author="eve")
        await hall.post(
            "#lounge", "An answer to eve", author="carla", reply_to=(await chat.arrives("hall", "leave me out")).id
        )
        await yard.tell("stop", author="eve")
        await until(lambda: _no_copy(chat, "hall", "leave me out"))
        await hall.post("#lounge", "between us", author="carla", visibility="followers")
        await hall.post("#lounge", "only here #nobridge", author="carla")
        await hall.post("#lounge", "note: how it went", author="frank", content_warning="inspection")
        await chat.arrives("hut", "how it went")
        ends = datetime.now(UTC)
        await hall.post("#lounge", "I am late", author="anna")
        await chat.arrives("yard", "I am late")

        found = await read(bridge, begins, ends)
        assert texts(found) == [
            "Which third did you cancel?",
            "The longest ones went first.",
            "Not the ones with cake.",
            "I ask for a friend.",
            "Nobody missed them?",
            "Back to the start",
            "note: the first list\n#action Ben buys chairs",
            "An answer to eve",
            "note: how it went",
        ]
        asked, answer = one(found, "Which third"), one(found, "longest")
        assert (asked.answers, asked.crossed, asked.new, asked.network) == (2, True, False, "hall")
        assert (answer.answers, answer.crossed, answer.new, answer.network) == (1, True, True, "yard")
        assert (answer.parent, one(found, "cake").parent) == (asked.id, asked.id)
        assert [said.reactions for said in (asked, answer, one(found, "Nobody"))] == [0, 2, 1]
        assert one(found, "Back to the start").answers == 0
        assert [(line.words, line.by.handle.split("@")[1]) for line in found.notes] == [("the first list", "dora")]
        assert [(line.words, line.by.handle.split("@")[1]) for line in found.actions] == [("Ben buys chairs", "dora")]

        summary = summarise(found, titles(bridge.installation.book))
        assert (summary.people, summary.new, summary.posts, summary.answered) == (5, 4, 9, 2)
        assert summary.networks == (("Hall", 3), ("Hut", 1), ("Yard", 1))
        lines = summary_content(summary, "#EdLdrs", number=12)
        assert lines.text.plain == ("#EdLdrs 12 - 5 leaders (4 new), 9 posts, 2 of them answered across networks.")
        assert [forms[0].plain.partition(" - ")[0] for forms in lines.more][:3] == [
            'Most appreciated: "The longest ones went first."',
            'Most discussed: "Which third did you cancel?"',
            "Action: Ben buys chairs",
        ]


async def _no_copy(chat: Rig, name: str, words: str) -> bool:
    return not [seen for seen in await chat.copies(name) if words in seen.text]


async def test_links_are_those_that_were_shared_and_not_posts(tmp_path: Path) -> None:
    chat = rig(tmp_path, HALL, YARD)
    hall, yard = chat.stage["hall"], chat.stage["yard"]
    begins = datetime.now(UTC)
    async with chat.running() as bridge:
        await hall.post("#lounge", "Read https://a.example/once, then https://b.example", author="anna")
        copy = await chat.arrives("yard", "https://b.example")
        original = next(seen.url for seen in await hall.timeline("#lounge"))
        await yard.post("#lounge", f"As anna said in {original} and {copy.url}", author="ben")
        await yard.post("#lounge", "https://b.example, https://b.example and https://c.example", author="ben")
        await yard.post("#lounge", "https://hidden.example", author="ben", content_warning="marking")
        await chat.arrives("hall", "https://hidden.example")
        found = await read(bridge, begins, datetime.now(UTC))
        assert found.links == (
            Shared("https://b.example", 2),
            Shared("https://a.example/once", 1),
            Shared("https://c.example", 1),
        )


async def test_what_the_chat_itself_says_is_not_summed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.outbox.worker._IDLE_SECONDS", 0.05)
    chat = rig(tmp_path, HALL, YARD)
    begins = datetime.now(UTC)
    async with chat.running() as bridge:
        of = bridge.installation.book.chats[CHAT]
        asks = Content(text=Text("Q1: What did you drop?"))
        next_id = id_maker(lambda: datetime.now(UTC))
        kind = PostingKind.ANNOUNCEMENT
        await bridge.store.write(
            lambda c: announce(c, of, "q1", asks, everywhere(of, asks), kind, next_id, datetime.now(UTC))
        )
        question = await chat.arrives("yard", "Q1")
        await chat.stage["yard"].react(question.id, author="anna")
        await chat.stage["yard"].post("#lounge", "The longest meetings.", author="ben", reply_to=question.id)
        await chat.arrives("hall", "The longest meetings.")
        found = await read(bridge, begins, datetime.now(UTC))
        assert texts(found) == ["The longest meetings."]
        assert found.said[0].parent is not None
        assert summarise(found, {}).answered == 0


async def test_nothing_was_said(tmp_path: Path) -> None:
    async with rig(tmp_path, HALL, YARD).running() as bridge:
        now = datetime.now(UTC)
        assert await read(bridge, now, now) == Gathered(said=(), links=(), actions=(), notes=())
