"""A whole week of the chat, by a clock that is moved from step to step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bridge.config.joined import CHAT
from bridge.model.session import Question
from bridge.store import polls, sessions
from bridge.testing.clock import Clock
from bridge.testing.waiting import until
from tests.sessions.weekly import LONDON, QUESTIONS, chat_of, running, session_now

FIRST = date(2022, 5, 23)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In the week before Monday 30 May 2022, London time."""
    return datetime(2022, 5, day, hour, minute, tzinfo=LONDON).astimezone(UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(at(24, 9))


async def test_a_vote_counts_as_soon_as_its_ballot_is_there(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = chat_of(tmp_path, clock, FIRST)
    async with running(chat, monkeypatch, polls=60) as bridge:
        for theme in ("Managing workload", "Good meetings"):
            await chat.stage["hall"].post("#lounge", f"suggest: {theme}", author="ann")
            await chat.arrives("yard", theme)
        clock.set(at(28, 20))
        await chat.arrives("yard", "Answer with a letter.")
        await chat.stage["yard"].post("#lounge", "B", author="ben")
        session = await session_now(bridge, clock())
        assert session.poll is not None

        async def counted() -> bool:
            kept = await bridge.store.read(lambda c: polls.by_number(c, CHAT, session.poll or 0))
            assert kept is not None
            return len(await bridge.store.read(lambda c: polls.votes(c, kept.poll))) == 1

        await until(counted, "the vote is not counted")


async def test_a_week_from_the_suggestions_to_the_thanks(
    tmp_path: Path, clock: Clock, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = chat_of(tmp_path, clock, FIRST, database=database_url)
    hall, yard, hut = (chat.stage[name] for name in ("hall", "yard", "hut"))
    async with running(chat, monkeypatch) as bridge:
        clock.set(at(24, 20, 1))
        for name in chat.stage:
            assert "suggest:" in (await chat.arrives(name, "Monday 30 May")).text
        first = await hall.post("#lounge", "suggest: Managing workload", author="ann")
        clock.move(60)
        await yard.post("#lounge", "Suggest: Good meetings\nWe have too many.", author="ben")
        clock.move(60)
        await hut.tell("suggest: Marking", author="kim")
        copy = await chat.arrives("yard", "suggest: Managing workload")
        await yard.react(copy.id, author="ben")
        await hut.react((await chat.arrives("hut", "Managing workload")).id, author="kim")
        await hall.react(first, author="eve")
        await chat.arrives("hall", "Good meetings")

        clock.set(at(27, 20))

        async def proposed() -> bool:
            found = await session_now(bridge, clock())
            return [one.text for one in found.shortlist] == ["Managing workload", "Good meetings", "Marking"]

        await until(proposed, "no shortlist is proposed")

        clock.set(at(28, 20))
        ballot = await chat.arrives("yard", "A: Managing workload")
        assert ballot.text.endswith("Answer with a letter. Open until Monday 30 May, 19:00 (London).")
        await hall.post("#lounge", "B", author="ann")
        await yard.post("#lounge", "B", author="ben", reply_to=ballot.id)
        await hut.post("#lounge", "A", author="kim")
        await hut.post("#lounge", "a shame that I am away", author="eve")
        await chat.arrives("yard", "a shame that I am away")

        clock.set(at(29, 20))
        await chat.arrives("hut", "Monday 30 May, 8pm UK. Join in from here")

        clock.set(at(30, 19))
        told = await chat.arrives("hut", "Poll closed")
        assert "3 votes. Most are for Good meetings." in told.text
        theme = await chat.arrives("hut", "Hosted by Ben and Eve.")
        assert theme.text == "The theme on Monday 30 May, 8pm UK: Good meetings. Hosted by Ben and Eve."

        session = await session_now(bridge, clock())
        assert (session.number, session.theme) == (2, "Good meetings")
        await bridge.store.write(lambda c: sessions.put(c, replace(session, questions=tuple(map(Question, QUESTIONS)))))
        clock.set(at(30, 19, 15))
        assert "\nQ5: What will you try?" in (await chat.arrives("yard", "Q1: What eats your week?")).text
        clock.set(at(30, 20))
        welcome = await chat.arrives("hall", "elcome to #EdLdrs 2: Good meetings.")
        assert welcome.text.endswith(
            "Hosted by Ben and Eve. What we post here is our own thinking, not our employers'."
        )
        minutes = {1: 5, 2: 16, 3: 27, 4: 38, 5: 49}
        for number, minute in minutes.items():
            clock.set(at(30, 20, minute))
            words = f"Q{number}: {QUESTIONS[number - 1]}\n\nBegin your answer with A{number}"
            asked = {name: await chat.arrives(name, words) for name in chat.stage}
            await yard.post("#lounge", "We meet standing.", author="ben", reply_to=asked["yard"].id, hashtag=False)
            answer = await chat.arrives("hall", "Ben (Yard): We meet standing.") if number == 1 else None
            assert answer is None or answer.reply_to == asked["hall"].id
        clock.set(at(30, 21))
        thanks = await chat.arrives("hut", "hank you")
        assert "Next: Monday 6 June, 8pm UK." in thanks.text
        assert (await chat.arrives("yard", "with A1, or")).alts == (f"#EdLdrs 2: Good meetings. Q1: {QUESTIONS[0]}",)
        assert told.alts[0].startswith("#EdLdrs poll: What")
        clock.set(at(30, 21, 20))
        summary = await chat.arrives("hall", "#EdLdrs 2: Good meetings - ")
        assert summary.alts == ("#EdLdrs 2: Good meetings. 1 leader, 5 posts.",)
        assert summary.text == (
            "#EdLdrs 2: Good meetings - 1 leader, 5 posts.\n"
            "Next: Monday 6 June, 8pm UK. Suggest a theme any time: suggest: ..."
        )
    counts = {name: len(await chat.copies(name)) for name in chat.stage}
    async with running(chat, monkeypatch):  # and nothing of it again
        await hall.post("#lounge", "good night", author="ann")
        await chat.arrives("yard", "good night")
    assert len(await chat.copies("yard")) == counts["yard"] + 1
