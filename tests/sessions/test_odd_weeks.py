"""Weeks that do not go as planned: clocks that change, a bridge that is down, moderators who step in, ties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bridge.app import Bridge
from bridge.config.joined import CHAT
from bridge.model.ids import NetworkId
from bridge.model.poll import Tie
from bridge.model.programme import StepKind
from bridge.model.session import StepState
from bridge.sessions import steering, steps
from bridge.sessions.standard import STANDARD
from bridge.sessions.steps import Means
from bridge.store import networks, polls
from bridge.testing.clock import Clock
from bridge.testing.waiting import until
from tests.core.rig import Rig
from tests.sessions.weekly import LONDON, QUESTIONS, chat_of, ended, marks, running, session_now, steer

MONDAY = date(2026, 11, 16)
FIRST = date(2026, 11, 9)


def at(hour: int, minute: int = 0, *, day: date = MONDAY, back: int = 0) -> datetime:
    """By London's clocks on that day, or so many days before it."""
    wall = datetime(day.year, day.month, day.day, hour, minute) - timedelta(days=back)
    return wall.replace(tzinfo=LONDON).astimezone(UTC)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said to the moderators."""
    words: list[str] = []

    def tell(connection: Any, chat: Any, text: str, now: datetime) -> None:
        words.append(text)

    monkeypatch.setattr("bridge.app.Means", lambda **by: Means(**{**by, "tell": tell}))
    return words


def chat_on(folder: Path, clock: Clock, day: date = MONDAY, **fields: Any) -> Rig:
    return chat_of(folder, clock, day - timedelta(weeks=1), **fields)


async def prepare(bridge: Bridge, now: datetime, questions: tuple[str, ...] = QUESTIONS) -> None:
    """Moderators have set the theme, and the hosts their questions."""
    await steer(bridge, now, steering.set_theme, "Managing workload")
    for text in questions:
        await steer(bridge, now, steering.add_question, text, None)


async def said(chat: Rig, *beginnings: str) -> Mapping[str, list[str]]:
    """Which of our posts that begin so each network got, in order of arrival."""
    return {
        name: [begin for one in await chat.copies(name) for begin in beginnings if one.text.startswith(begin)]
        for name in chat.stage
    }


# Clocks.


@pytest.mark.parametrize("monday", [date(2026, 3, 30), date(2026, 10, 26)], ids=["forward", "back"])
async def test_on_the_monday_after_clocks_change_each_step_comes_at_its_wall_time_once(
    tmp_path: Path, monday: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(at(9, day=monday, back=6))
    chat = chat_on(tmp_path, clock, monday)
    walls = {
        "call": (6, 20, 0), "shortlist": (3, 20, 0), "poll": (2, 20, 0), "reminder": (1, 20, 0), "theme": (0, 19, 0),
        "questions": (0, 19, 15), "reminder-2": (0, 19, 45), "welcome": (0, 20, 0), "introductions": (0, 20, 2),
        "q1": (0, 20, 5), "q2": (0, 20, 32), "thanks": (0, 21, 0), "summary": (0, 21, 20),
    }  # fmt: skip
    async with running(chat, monkeypatch) as bridge:
        for name, (back, hour, minute) in walls.items():
            due = at(hour, minute, day=monday, back=back)
            clock.set(due - timedelta(seconds=1))
            if name == "theme":
                await prepare(bridge, clock(), QUESTIONS[:2])
            assert (await waiting(bridge, monday, clock))[0] == name
            clock.set(due)
            state = StepState.SKIPPED if name == "poll" else StepState.DONE
            assert (await ended(bridge, monday.isoformat(), name, state)).ended_at == due
        for name in chat.stage:
            for words in ("A theme for", "The theme on", "The questions of", "Welcome to", "Who is here", "Q1", "Q2"):
                await arrives_once(chat, name, words)


async def waiting(bridge: Bridge, monday: date, clock: Clock) -> list[str]:
    """Which steps are still to come."""
    chat = bridge.installation.book.chats[CHAT]
    hand = await bridge.store.read(lambda c: steering.at_hand(c, chat, clock()))
    assert hand.session.id == monday.isoformat()
    return [one.name for one in hand.steps if one.state is StepState.WAITING]


async def arrives_once(chat: Rig, name: str, beginning: str) -> None:
    async def there() -> list[str]:
        return (await said(chat, beginning))[name]

    await until(there, f"nothing begins with {beginning!r} on {name}")
    assert await there() == [beginning]


async def test_a_clock_that_is_set_back_repeats_nothing(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(at(18))
    chat = chat_on(tmp_path, clock)
    async with running(chat, monkeypatch) as bridge:
        await prepare(bridge, clock())
        clock.set(at(20, 17))
        await ended(bridge, MONDAY.isoformat(), "q2")
        before = await marks(bridge, MONDAY.isoformat())
        clock.set(at(19, 17))
        await chat.stage["hall"].post("#lounge", "is it an hour earlier?", author="ann")
        await chat.arrives("yard", "is it an hour earlier?")
    async with running(chat, monkeypatch) as bridge:  # and by a bridge that knows of no other hour
        assert await marks(bridge, MONDAY.isoformat()) == before
        clock.set(at(20, 27))
        await ended(bridge, MONDAY.isoformat(), "q3")
        for name in chat.stage:
            await chat.arrives(name, "Q3: Who decides?\n\n")
    steps = ("The theme on", "Welcome to", "Who is here", "Q1: ", "Q2: ", "Q3: ")
    assert await said(chat, *steps) == {name: list(steps) for name in chat.stage}


# A bridge, or a network, that is away.


async def test_what_came_too_late_while_the_bridge_was_down_is_marked_and_the_rest_happens_once(
    tmp_path: Path, clock: Clock, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(at(9, back=6))
    chat = chat_on(tmp_path, clock)
    async with running(chat, monkeypatch) as bridge:
        clock.set(at(20, back=6))
        await ended(bridge, MONDAY.isoformat(), "call")
        for theme in ("Managing workload", "Good meetings"):
            await chat.stage["hall"].post("#lounge", f"suggest: {theme}", author="ann")
            await chat.arrives("yard", theme)
        clock.set(at(20, back=3))
        await ended(bridge, MONDAY.isoformat(), "shortlist")
    clock.set(at(19, 30))
    async with running(chat, monkeypatch) as bridge:
        session = await session_now(bridge, clock())
        poll = await ended(bridge, session.id, "poll", StepState.MISSED)
        assert (poll.note, poll.ended_at) == ("it was too late", at(19, 30))
        assert session.poll is None
        theme = (await waiting(bridge, MONDAY, clock))[0]
        assert theme == "theme"
        assert told[-2:] == [
            "There is no theme yet for Monday 16 November, 8pm UK. Say theme set ...",
            "There are no questions yet for Monday 16 November, 8pm UK. Say question add ...",
        ]
        await prepare(bridge, clock())
        await ended(bridge, session.id, "theme")
        clock.set(at(20))
        await ended(bridge, session.id, "welcome")
        for name in chat.stage:
            for words in ("The theme on", "The questions of", "Welcome to"):
                await arrives_once(chat, name, words)
    for found in (await said(chat, "The theme on", "The questions of", "Welcome to", "Poll closed")).values():
        assert found == ["The theme on", "The questions of", "Welcome to"]


@pytest.mark.parametrize("how", ["paused", "down"])
async def test_a_network_that_was_away_gets_the_questions_later_in_order_and_once(
    tmp_path: Path, clock: Clock, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(at(18))
    chat = chat_on(tmp_path, clock)
    async with running(chat, monkeypatch) as bridge:
        await prepare(bridge, clock())
        clock.set(at(20, 2))
        await arrives_once(chat, "hut", "Who is here")
        if how == "paused":
            await pause(bridge, True)
        else:
            await chat.stage["hut"].refuse("unavailable", 100, seconds=15 * 60)
        for number, minute in ((1, 5), (2, 16)):
            clock.set(at(20, minute))
            for name in ("hall", "yard"):
                await chat.arrives(name, f"Q{number}: {QUESTIONS[number - 1]}\n\nBegin")
        if how == "paused":
            assert not any("Begin" in one.text for one in await chat.copies("hut"))
            await pause(bridge, False)
        clock.set(at(20, 18))
        await chat.arrives("hut", "Q2: What did you stop doing?\n\nBegin")
        clock.set(at(20, 27))
        await chat.arrives("hut", "Q3: Who decides?\n\nBegin")
    questions = [f"Q{number}: {text}\n\nBegin" for number, text in enumerate(QUESTIONS[:3], start=1)]
    assert await said(chat, *questions) == dict.fromkeys(chat.stage, questions)


async def pause(bridge: Bridge, paused: bool) -> None:
    hut = NetworkId("hut")
    await bridge.store.write(lambda c: networks.set_paused(c, [hut], paused))
    await until(lambda: (bridge.health[hut].state == "paused") is paused, "it is not told")


# Moderators.


async def test_moderators_delay_skip_run_and_change_steps_while_the_hour_runs(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(at(18))
    chat = chat_on(tmp_path, clock)
    async with running(chat, monkeypatch) as bridge:
        act = partial(steer, bridge)
        await prepare(bridge, clock())
        clock.set(at(20, 5))
        await chat.arrives("hut", "Q1: What eats your week?\n\nBegin")
        clock.set(at(20, 14))
        answer = await act(clock(), steering.delay_step, "q2", timedelta(minutes=4), rest=True)
        assert answer == "q2 comes at 20:20, and 5 after it."
        assert await act(clock(), steering.skip_step, "q4") == "q4 is left out."
        assert (await act(clock(), steering.change_step, "q3", "Q3: Who decides at your school?"))[0] == (
            "q3 will say that at 20:31."
        )
        clock.set(at(20, 19))
        await chat.stage["hall"].post("#lounge", "still at Q1", author="ann")
        await chat.arrives("hut", "still at Q1")
        assert not any("Q2: What did you stop doing?\n\nBegin" in one.text for one in await chat.copies("hut"))
        clock.set(at(20, 20))
        await chat.arrives("hut", "Q2: What did you stop doing?\n\nBegin")
        assert await act(clock(), steering.run_step, "q3") == "q3: now."
        for name in chat.stage:
            await chat.arrives(name, "Q3: Who decides at your school?")
        answer, _ = await act(clock(), steering.change_step, "q3", "Q3: Who decides, and who should?")
        assert answer == "q3 says that now, wherever posts can be edited."
        for name in ("hall", "yard"):  # what arrives wakes the others' outboxes
            await chat.stage[name].post("#lounge", "good question", author="ann")
        for name in chat.stage:
            await chat.arrives(name, "Q3: Who decides, and who should?")
        clock.set(at(20, 53))
        await chat.arrives("yard", "Q5: What will you try?\n\nBegin")
        clock.set(at(21, 4))
        for name in chat.stage:
            await arrives_once(chat, name, "That was")
        states = {name: mark.state for name, mark in (await marks(bridge, MONDAY.isoformat())).items()}
        assert (states["q4"], states["thanks"]) == (StepState.SKIPPED, StepState.DONE)
    asked = ["Q1: What eats your week?\n\n", "Q2: What did you stop doing?\n\n", "Q3: Who decides, and who should?"]
    for found in (await said(chat, *asked, "Q4: ", "Q5: ")).values():
        assert found == [*asked, "Q5: "]


# Themes.


async def test_where_nobody_suggests_a_theme_there_is_no_poll_and_moderators_are_told(
    tmp_path: Path, clock: Clock, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(at(20, back=6))
    chat = chat_on(tmp_path, clock)
    async with running(chat, monkeypatch) as bridge:
        await ended(bridge, MONDAY.isoformat(), "call")
        clock.set(at(20, back=3))
        shortlist = await ended(bridge, MONDAY.isoformat(), "shortlist")
        assert shortlist.note == "nobody has suggested a theme"
        clock.set(at(20, back=2))
        poll = await ended(bridge, MONDAY.isoformat(), "poll", StepState.SKIPPED)
        assert poll.note == "there were fewer than two themes"
        clock.set(at(19))
        await until(lambda: len(told) == 3, "the moderators are not told")
        assert told == [
            "Nobody has suggested a theme for Monday 16 November yet. Say theme set ... or shortlist add ...",
            "No theme poll for Monday 16 November: it needs two themes, and there are 0. Say theme set ...",
            "There is no theme yet for Monday 16 November, 8pm UK. Say theme set ...",
        ]
        await steer(bridge, clock(), steering.set_theme, "Managing workload")
        for name in chat.stage:
            await chat.arrives(name, "The theme on Monday 16 November, 8pm UK: Managing workload.")
        assert not await bridge.store.read(lambda c: polls.latest(c, CHAT, 1))


async def tied(chat: Rig, bridge: Bridge, clock: Clock) -> list[str]:
    """Two themes with a vote each; gives them."""
    themes = ["Managing workload", "Good meetings"]
    for theme in themes:
        await chat.stage["hall"].post("#lounge", f"suggest: {theme}", author="ann")
        await chat.arrives("yard", theme)
        clock.move(1)
    clock.set(at(20, back=2))
    for name, choice in (("hall", "A"), ("yard", "B")):
        await chat.arrives(name, "Answer with a letter.")
        await chat.stage[name].post("#lounge", choice, author=f"voter_{choice}")
    session = await session_now(bridge, clock())

    async def counted() -> bool:
        kept = await bridge.store.read(lambda c: polls.by_number(c, CHAT, session.poll or 0))
        return kept is not None and len(await bridge.store.read(lambda c: polls.votes(c, kept.poll))) == 2

    await until(counted, "the votes are not counted")
    return themes


@pytest.mark.parametrize("tie", [Tie.FIRST, Tie.DRAW])
async def test_a_tie_is_decided_by_the_rule_of_the_chat(
    tmp_path: Path, clock: Clock, tie: Tie, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(at(20, back=6))
    chat = chat_on(tmp_path, clock, programme=replace(STANDARD, tie=tie))
    async with running(chat, monkeypatch) as bridge:
        themes = await tied(chat, bridge, clock)
        clock.set(at(19))
        await ended(bridge, MONDAY.isoformat(), "theme")
        theme = (await session_now(bridge, clock())).theme
        assert theme in themes[: 1 if tie is Tie.FIRST else 2]
        how = "which was offered first" if tie is Tie.FIRST else "by a draw"
        for name in chat.stage:
            assert f"it is {theme}, {how}." in (await chat.arrives(name, "Poll closed")).text
            await chat.arrives(name, f"The theme on Monday 16 November, 8pm UK: {theme}.")


@pytest.mark.parametrize("decide", [True, False], ids=["decided", "until the start"])
async def test_a_tie_waits_for_the_moderators_until_the_session_begins(
    tmp_path: Path, clock: Clock, told: list[str], decide: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(at(20, back=6))
    chat = chat_on(tmp_path, clock, programme=replace(STANDARD, tie=Tie.MODERATORS))
    async with running(chat, monkeypatch) as bridge:
        themes = await tied(chat, bridge, clock)
        clock.set(at(19))
        assert "the moderators decide." in (await chat.arrives("hut", "Poll closed")).text
        question = "There is no theme yet for Monday 16 November, 8pm UK. Say theme set ..."
        await until(lambda: question in told, "the moderators are not asked")
        clock.set(at(19, 59))
        assert "theme" in await waiting(bridge, MONDAY, clock)
        if decide:
            await steer(bridge, clock(), steering.set_theme, themes[1])
        else:
            clock.set(at(20))
        for name in chat.stage:
            await chat.arrives(name, f"The theme on Monday 16 November, 8pm UK: {themes[decide]}.")
        assert told.count(question) == 1


async def test_a_step_that_fails_takes_back_what_it_did_and_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    clock = Clock(at(19, 50))
    chat = chat_on(tmp_path, clock)
    draw = steps.question_card

    def failing(**by: Any) -> Any:
        if by["label"] == "Q1":
            raise ZeroDivisionError("no room")
        return draw(**by)

    monkeypatch.setattr("bridge.sessions.steps.question_card", failing)
    async with running(chat, monkeypatch) as bridge:
        await prepare(bridge, clock())
        clock.set(at(20, 16))
        await chat.arrives("yard", f"Q2: {QUESTIONS[1]}\n\n")
        mark = await ended(bridge, MONDAY.isoformat(), "q1", StepState.MISSED)
        assert mark.note == "it failed: no room"
        assert "The step q1 has failed: no room. Say step run q1 to try it again." in told
        monkeypatch.undo()
        monkeypatch.setattr("bridge.app._SESSION_SECONDS", 0.02)
        await steer(bridge, clock(), steering.run_step, "q1")
        await chat.arrives("yard", f"Q1: {QUESTIONS[0]}\n\n")


async def test_without_a_step_that_announces_it_the_winner_is_the_theme_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(at(20, back=3))
    rules = {**STANDARD.rules, StepKind.THEME: replace(STANDARD.rules[StepKind.THEME], when=())}
    chat = chat_on(tmp_path, clock, programme=replace(STANDARD, rules=rules))
    async with running(chat, monkeypatch):
        for theme in ("Marking", "Meetings"):
            await chat.stage["hall"].post("#lounge", f"suggest: {theme}", author="ann")
            await chat.arrives("yard", theme)
        clock.set(at(20, back=2))
        await chat.arrives("hut", "Answer with a letter")
        await chat.stage["hut"].post("#lounge", "B", author="ben")
        await chat.stage["hut"].post("#lounge", "good night", author="ben")
        await chat.arrives("yard", "good night")
        clock.set(at(20))
        await chat.arrives("yard", "1 vote, for Meetings.")
        clock.set(at(20, 2))
        await chat.arrives("yard", "#EdLdrs 2: Meetings")
