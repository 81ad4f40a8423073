"""A session steered from the networks: theme, shortlist, questions, steps."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Connection

from bridge.commands import registry
from bridge.commands.parsing import Line, Meant, Misformed, Unknown, parse
from bridge.sessions.standard import STANDARD
from bridge.sessions.steering import AtHand, shortlist
from bridge.testing.clock import Clock
from bridge.testing.waiting import until
from tests.commands.moderating import DESK, answered, moderated, told
from tests.core.rig import Rig
from tests.sessions.test_programme import MONDAY
from tests.sessions.test_week import FIRST, at
from tests.sessions.test_wording import CHAT
from tests.sessions.weekly import calendar, running

FIELDS = {"calendar": calendar(FIRST), "programme": STANDARD, "clock_name": "UK"}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("session", "session"),
        ("theme set Managing workload", "theme set"),
        ("shortlist", "shortlist"),
        ("shortlist add Good meetings => Meetings", "shortlist add"),
        ("shortlist drop b", "shortlist drop"),
        ("shortlist confirm", "shortlist confirm"),
        ("question add What helps? at 20", "question add"),
        ("question change Q2: What helps?", "question change"),
        ("question drop 2", "question drop"),
        ("step run q2", "step run"),
        ("step delay q2 5 min", "step delay"),
        ("step delay q2 by 5 min and all the others", "step delay"),
        ("step change reminder-2 Soon!", "step change"),
        ("summary highlight https://example.org/1", "summary highlight"),
    ],
)
def test_commands_in_their_form(words: str, name: str) -> None:
    parsed = parse(Line(words), registry.COMMANDS)
    assert isinstance(parsed, Meant)
    assert parsed.command.name == name


@pytest.mark.parametrize(
    "words",
    ["session notes are late", "shortlist looks good", "question is, who decides", "step by step", "theme is dull"],
)
def test_talk_is_no_command(words: str) -> None:
    assert isinstance(parse(Line(words), registry.COMMANDS), Misformed | Unknown)


async def test_a_week_is_steered_in_the_moderators_room(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(at(27, 19, 50))
    chat = moderated(tmp_path, database=database_url, now=clock, fields=FIELDS)
    hall, yard = chat.stage["hall"], chat.stage["yard"]

    async def say(words: str) -> None:
        clock.move(1)
        await hall.post(DESK, words, author="mo")

    async with running(chat, monkeypatch):
        await chat.arrives("yard", "suggest:")  # the call for themes
        await yard.post("#lounge", "@bridge suggest: Marking", author="ann")
        await chat.arrives("hall", "suggest: Marking")
        clock.move(1)
        await yard.post("#lounge", "!suggest: Workload", author="ben")
        await chat.arrives("hall", "Workload")
        await chat.stage["hut"].tell("suggest", author="ann")
        await told(chat, "hut", "ann", "Write suggest: your theme")
        clock.set(at(27, 20))
        assert "A: Marking\nB: Workload" in await answered(chat, "Themes suggested for Monday 30 May, by support:")
        await say("shortlist add Good meetings, and who needs them => Meetings")
        await answered(chat, "C: Good meetings, and who needs them => Meetings\n\nSay shortlist confirm")
        await say("shortlist drop A")
        await answered(chat, "A: Workload\nB: Good meetings")
        await say("shortlist confirm")
        assert "Hall #lounge, Yard #lounge, Hut #lounge: answers with a letter" in await answered(chat, "to confirm it")
        await say("yes")
        await answered(chat, "Confirmed. The poll opens Sat 28 May 20:00.")
        clock.set(at(28, 20))
        assert "A: Workload\nB: Good meetings" in (await chat.arrives("yard", "Answer with a letter")).text
        await say("theme set Workload after all")
        await answered(chat, "The theme on Monday 30 May, 8pm UK: Workload after all.")
        await say("question add What eats your week?")
        await answered(chat, "Q1 is asked at 20:05.")
        await say("question add What helps? at 30")
        await answered(chat, "Q2 is asked at 20:30.")
        clock.set(at(30, 19))
        assert "Workload after all" in (await chat.arrives("hut", "Hosted by Ben and Eve.")).text
        await say("step change welcome Good evening, all of you.")
        await answered(chat, "welcome will say that at 20:00.")
        await say("step delay q1 5 min and the rest")
        await answered(chat, "q1 comes at 20:10, and 3 after it.")
        await say("step skip introductions")
        await answered(chat, "introductions is left out.")
        clock.set(at(30, 20, 0))
        await chat.arrives("yard", "Good evening, all of you.")
        await say("step change welcome Good evening, one and all.")
        await answered(chat, "welcome says that now")
        await chat.arrives("yard", "Good evening, one and all.")
        clock.set(at(30, 20, 9))
        await say("step run q2")
        await chat.arrives("hut", "Q2: What helps?\n\nBegin")
        assert not [one for one in await chat.copies("hut") if "Q1: What eats your week?\n\nBegin" in one.text]
        clock.set(at(30, 20, 10))
        await chat.arrives("hut", "Q1: What eats your week?\n\nBegin")
        await say("session")
        overview = await answered(chat, "#EdLdrs 2: Workload after all, Monday 30 May, 8pm UK")
        assert "20:02 introductions left out: a moderator said so" in overview
        await until(lambda: _nowhere(chat, "Who is here?"), "it is said all the same")


async def _nowhere(chat: Rig, words: str) -> bool:
    return not [one for name in chat.stage for one in await chat.copies(name) if words in one.text]


@pytest.mark.parametrize(
    ("author", "words", "says"),
    [
        ("ann", "theme set Mine", "theme set is for moderators."),
        ("hana", "theme set Mine", "theme set is for moderators."),
        ("hana", "session", "#EdLdrs 2, Monday 30 May, 8pm UK"),
        ("hana", "step run q7", "There is no step q7. There are call,"),
        ("hana", "question change 3 What?", "There is no Q3: there are 0 questions."),
        ("hana", "question add What? at 75", "The hour has the minutes 0 to 59."),
        ("hana", f"question add {'long ' * 80}", "A question has 300 characters at most"),
        ("hana", "step delay welcome 5 parsecs", "How long? Write a time such as"),
        ("hana", "step delay welcome 52 weeks", "That is days after the hour."),
        ("hana", "step delay welcome 99999999 weeks", "That is days after the hour."),
        ("hana", "step delay welcome 3 days and the rest", "That is days after the hour."),
        ("mo", f"theme set {'long ' * 40}", "A theme has 100 characters at most"),
        ("mo", f"shortlist add {'long ' * 40} => Short", "A theme has 100 characters at most"),
        ("mo", "shortlist confirm", "A poll needs two themes at least."),
        ("mo", "shortlist drop A", "The shortlist has 0 themes."),
        ("mo", "summary highlight https://nowhere.example/1", "The journal knows no such post."),
        ("mo", "shortlist", "Nobody has suggested a theme yet."),
    ],
)
async def test_what_cannot_be_is_refused_in_private(tmp_path: Path, author: str, words: str, says: str) -> None:
    chat = moderated(tmp_path, now=Clock(at(26, 12)), fields=FIELDS)
    async with chat.running():
        await chat.stage["yard"].tell(words, author=author)
        await told(chat, "yard", author, says)


def test_of_many_suggestions_the_best_supported_are_listed() -> None:
    hand = AtHand(cast(Connection, None), CHAT, MONDAY, (), MONDAY.begins)
    lines = shortlist(hand, tuple((f"Theme {n}", 500 - n) for n in range(500))).splitlines()
    assert (lines[1], lines[-2:]) == ("500  Theme 0", ["481  Theme 19", "and 480 more."])
