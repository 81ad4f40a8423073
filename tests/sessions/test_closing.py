"""The summary holds nothing that people took back."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.sessions.standard import STANDARD
from bridge.testing.clock import Clock
from bridge.testing.waiting import until
from tests.commands.moderating import moderated
from tests.commands.moderating import told as is_told
from tests.core.rig import Net, Rig, rig
from tests.sessions.test_week import FIRST, at
from tests.sessions.weekly import calendar, running


@pytest.mark.parametrize("how", ["delete", "stop", "nobridge"])
async def test_what_people_take_back_is_gone_from_the_summary(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("bridge.app._AMEND_SECONDS", 0.05)
    clock = Clock(at(30, 20, 1))
    nets = (Net(name="hall"), Net(name="yard"), Net(name="hut", settings={"without": ["Edits", "Priced"]}))
    chat = rig(
        tmp_path, *nets, database=database_url, now=clock, chat={"calendar": calendar(FIRST), "programme": STANDARD}
    )
    hall = chat.stage["hall"]
    async with running(chat, monkeypatch):
        await chat.arrives("yard", "elcome to #EdLdrs 2")
        post = await hall.post("#lounge", "We cancelled one meeting in three, and nobody minded.", author="ann")
        await hall.react(post, author="eve")
        await hall.post("#lounge", "Nobody asked for ours either.", author="ben")
        await chat.arrives("hut", "for ours either")
        clock.set(at(30, 21, 20))
        for name in chat.stage:
            told = await chat.arrives(name, "2 leaders (2 new), 2 posts")
            assert 'Most appreciated: "We cancelled one meeting in three, and nobody minded." - @ann' in told.text
        clock.move(60)
        if how == "delete":
            await hall.delete(post)
        elif how == "stop":
            await hall.tell("stop", author="ann")
        else:
            await hall.edit(post, "Only here. #nobridge")
        for name in ("hall", "yard"):
            told = await chat.arrives(name, "1 leader (1 new), 1 post")
            assert "cancelled" not in told.text
        await until(lambda: _nothing(chat, "hut", "cancelled"), "it stays where it cannot be edited")


async def test_the_summary_is_told_only_of_its_session_and_only_until_it_is_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(at(30, 19, 50))
    chat = moderated(tmp_path, now=clock, fields={"calendar": calendar(FIRST), "programme": STANDARD})
    hall, yard = chat.stage["hall"], chat.stage["yard"]
    async with running(chat, monkeypatch):
        await hall.post("#lounge", "Who is ready?", author="ann")
        await chat.arrives("yard", "Who is ready?")
        (early,) = [one for one in await hall.timeline("#lounge") if "ready" in one.text]
        clock.set(at(30, 20, 1))
        await chat.arrives("yard", "elcome to #EdLdrs 2")
        await hall.post("#lounge", "I was not.", author="ben")
        await chat.arrives("yard", "I was not.")
        (late,) = [one for one in await hall.timeline("#lounge") if "was not" in one.text]
        await yard.tell(f"summary highlight {early.url}", author="mo")
        await is_told(chat, "yard", "mo", "That was not said in this session")
        await yard.tell(f"summary highlight {late.url}", author="mo")
        await is_told(chat, "yard", "mo", "1 for the summary.")
        clock.set(at(30, 21, 20))
        await chat.arrives("yard", "Highlight: ")
        await yard.tell("summary introduction What an hour.", author="mo")
        await is_told(chat, "yard", "mo", "summary is done.")


async def _nothing(chat: Rig, name: str, words: str) -> bool:
    return not [one for one in await chat.copies(name) if words in one.text]
