"""A shortlist that nobody confirms, and a theme poll at an odd time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.model.programme import Anchor, Programme, Rule, StepKind, When
from bridge.model.session import StepState
from bridge.sessions import steering
from bridge.sessions.standard import STANDARD
from bridge.testing.clock import Clock
from bridge.testing.waiting import until
from tests.commands.moderating import told as is_told
from tests.core.rig import Rig
from tests.sessions.test_odd_weeks import MONDAY, at, chat_on, told
from tests.sessions.weekly import ended, marks, running, session_now, steer

__all__ = ["told"]


async def test_what_moderators_have_dropped_or_added_stays_so_though_nobody_confirms_it(
    tmp_path: Path, clock: Clock, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(at(9, back=4))
    chat = chat_on(tmp_path, clock)
    async with running(chat, monkeypatch) as bridge:
        await suggest(chat, clock, ann="Our head", ben="Managing workload")
        clock.set(at(20, back=3))
        await ended(bridge, MONDAY.isoformat(), "shortlist")
        await steer(bridge, clock(), steering.drop_from_shortlist, 0)
        await steer(bridge, clock(), steering.add_to_shortlist, "Good meetings")
        clock.set(at(20, back=2))
        for name in chat.stage:
            assert "Our head" not in (await chat.arrives(name, "A: Managing workload\nB: Good meetings")).text
        assert told[-1].startswith("Nobody confirmed the shortlist, so these themes are in the poll:\nA: Managing")


async def test_what_a_moderator_added_before_the_shortlist_was_proposed_counts_as_a_theme(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(at(19, back=2))
    chat = chat_on(tmp_path, clock, programme=without(StepKind.SHORTLIST))
    async with running(chat, monkeypatch) as bridge:
        await suggest(chat, clock, ann="Managing workload")
        await steer(bridge, clock(), steering.add_to_shortlist, "Good meetings")
        clock.set(at(20, back=2))
        await chat.arrives("yard", "A: Good meetings\nB: Managing workload")


async def test_themes_of_somebody_who_said_stop_are_not_proposed(
    tmp_path: Path, clock: Clock, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(at(9, back=4))
    chat = chat_on(tmp_path, clock)
    async with running(chat, monkeypatch) as bridge:
        await suggest(chat, clock, ann="Our head", ben="Managing workload")
        for words, answer in (("suggest: My head", "Noted"), ("stop", "Done")):
            await chat.stage["hall"].tell(words, author="ann")
            await is_told(chat, "hall", "ann", answer)
            clock.move(1)
        clock.set(at(20, back=3))
        await ended(bridge, MONDAY.isoformat(), "shortlist")
        assert "A: Managing workload\n\nThe poll" in told[-1]


@pytest.mark.parametrize("how", ["profile", "stop"])
async def test_who_does_not_want_to_be_bridged_puts_no_theme_into_the_poll(
    tmp_path: Path, clock: Clock, told: list[str], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    clock.set(at(9, back=4))
    chat = chat_on(tmp_path, clock)
    hall = chat.stage["hall"]
    async with running(chat, monkeypatch) as bridge:
        await suggest(chat, clock, ann="Our head", ben="Managing workload")
        if how == "stop":
            await hall.tell("stop", author="ann")
            await is_told(chat, "hall", "ann", "Done")
        else:
            await hall.set_bio("Head teacher. #nobridge", author="ann")
        clock.move(1)
        await hall.post("#lounge", "@bridge suggest: My head", author="ann")
        await is_told(chat, "hall", "ann", "your theme is not put into the poll")
        clock.set(at(20, back=3))
        await ended(bridge, MONDAY.isoformat(), "shortlist")
        assert "A: Managing workload\n\nThe poll" in told[-1]


async def test_a_session_has_one_theme_poll(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    clock.set(at(19, back=2))
    twice = Rule(tuple(When(Anchor.START, timedelta(days=-back)) for back in (2, 1)), ("Which?",))
    programme = replace(STANDARD, rules={**STANDARD.rules, StepKind.POLL: twice})
    chat = chat_on(tmp_path, clock, programme=programme)
    async with running(chat, monkeypatch) as bridge:
        await suggest(chat, clock, ann="Managing workload", ben="Good meetings")
        clock.set(at(20, back=2))
        await chat.arrives("yard", "A: Managing workload\nB: Good meetings")
        clock.set(at(20, back=1))
        mark = await ended(bridge, MONDAY.isoformat(), "poll-2", StepState.SKIPPED)
        assert mark.note == "there is a theme poll already"
        assert (await session_now(bridge, clock())).poll == 1


def without(kind: StepKind) -> Programme:
    return replace(STANDARD, rules={one: rule for one, rule in STANDARD.rules.items() if one is not kind})


async def suggest(chat: Rig, clock: Clock, **themes: str) -> None:
    """By whom, and which."""
    for author, theme in themes.items():
        await chat.stage["hall"].post("#lounge", f"suggest: {theme}", author=author)
        await chat.arrives("yard", theme)
        clock.move(1)


async def test_a_poll_that_would_close_before_it_opens_is_left_out_and_opens_once_the_theme_is_delayed(
    tmp_path: Path, clock: Clock, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(at(20, back=2))
    chat = chat_on(tmp_path, clock)
    async with running(chat, monkeypatch) as bridge:
        await ended(bridge, MONDAY.isoformat(), "poll", StepState.SKIPPED)
        await suggest(chat, clock, ann="Managing workload", ben="Good meetings")
        clock.set(at(19, 5))
        await until(lambda: any(words.startswith("There is no theme yet") for words in told), "nobody is asked")
        await steer(bridge, clock(), steering.run_step, "poll")
        await until(lambda: told[-1].startswith("The theme poll would close before"), "the moderators are not told")
        assert (await marks(bridge, MONDAY.isoformat()))["poll"].state is StepState.SKIPPED
        await steer(bridge, clock(), steering.delay_step, "theme", timedelta(minutes=30), rest=False)
        await steer(bridge, clock(), steering.run_step, "poll")
        for name in chat.stage:
            await chat.arrives(name, "A: Managing workload\nB: Good meetings")
