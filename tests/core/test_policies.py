"""What a channel gets when it does not get everything: budgets, digests, hosts, the weekly hour, what comes late."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bridge.config.joined import CHAT, LONDON
from bridge.model.calendar import Calendar, Hour
from bridge.model.chat import Budget, Late, Relay
from bridge.model.ids import NetworkId
from bridge.outbox import carrier
from bridge.store import networks
from bridge.testing.waiting import until
from tests.core.rig import Net, Rig, rig, texts

HALL = Net(name="hall")
ONE = timedelta(seconds=0.01)


async def test_a_spent_budget_holds_copies_and_says_so(tmp_path: Path) -> None:
    chat = rig(tmp_path, HALL, Net(name="yard", budget=Budget(per_15_minutes=3)), Net(name="hut"))
    async with chat.running() as bridge:
        for n in range(5):
            await chat.stage["hall"].post("#lounge", f"number {n}")
        await chat.arrives("hut", "number 4")
        health = bridge.health[NetworkId("yard")]
        await until(lambda: health.state == "waiting")
        assert "budget 15 min (3 of 3)" in health.reason
        assert health.next_at is not None
        assert len(await chat.copies("yard")) == 3


async def test_withdrawals_do_not_wait_for_a_budget(tmp_path: Path) -> None:
    chat = rig(tmp_path, HALL, Net(name="yard", budget=Budget(per_15_minutes=1)))
    async with chat.running() as bridge:
        post = await chat.stage["hall"].post("#lounge", "said too soon")
        await chat.arrives("yard", "said too soon")
        await chat.stage["hall"].post("#lounge", "waits")
        await until(lambda: bridge.health[NetworkId("yard")].state == "waiting")
        await chat.stage["hall"].delete(post)
        await until(lambda: _empty(chat, "yard"))


async def _empty(chat: Rig, name: str) -> bool:
    return not await chat.copies(name)


async def test_money_is_counted_on_what_is_sent(tmp_path: Path) -> None:
    priced = {"without": frozenset(), "prices": {"post": 15_000}}
    chat = rig(tmp_path, HALL, Net(name="yard", settings=priced, budget=Budget(micro_usd_per_day=40_000)))
    async with chat.running() as bridge:
        for n in range(4):
            await chat.stage["hall"].post("#lounge", f"number {n}")
        health = bridge.health[NetworkId("yard")]
        await until(lambda: health.state == "waiting")
        assert "$0.03 of $0.04" in health.reason
        assert len(await chat.copies("yard")) == 2


async def test_when_a_budget_is_short_hosts_go_first(tmp_path: Path) -> None:
    rates = {"rates": {"post": (2, 1.5)}}
    hosts = {NetworkId("hall"): frozenset({"@head@hall"})}
    chat = rig(tmp_path, HALL, Net(name="yard", settings=rates), chat={"hosts": hosts})
    handle = f"@head@{chat.installation.networks[NetworkId('hall')].settings.server}"
    book = chat.installation.book
    with_host = replace(book.chats[CHAT], hosts={NetworkId("hall"): frozenset({handle})})
    chat.installation = replace(chat.installation, book=replace(book, chats={CHAT: with_host}))
    async with chat.running() as bridge:
        for n in range(6):
            await chat.stage["hall"].post("#lounge", f"number {n}")
        await until(lambda: bridge.health[NetworkId("yard")].state in ("waiting", "down"))
        await chat.stage["hall"].post("#lounge", "a word from the host", author="head")
        await until(lambda: _all(chat, "yard", 7), seconds=15)
    said = [one.split(": ")[1] for one in texts(await chat.copies("yard"))]
    assert said.index("a word from the host") < said.index("number 5")
    assert [one for one in said if "number" in one] == [f"number {n}" for n in range(6)]


async def _all(chat: Rig, name: str, count: int) -> bool:
    return len(await chat.copies(name)) == count


async def test_a_digest_tells_what_happened_in_one_post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.app._DIGEST_SECONDS", 0.1)
    digest = {"relay": Relay.DIGEST, "digest_every": timedelta(seconds=1), "digest_link": "https://edldrs.example/now"}
    chat = rig(tmp_path, HALL, Net(name="yard", channel=digest))
    async with chat.running():
        await chat.stage["hall"].post("#lounge", "We read together every Friday.", author="anna")
        await chat.stage["hall"].post("#lounge", "So do we.", author="ben")
        copy = await chat.arrives("yard", "Since ")
        assert "2 posts by 2 people on Hall" in copy.text
        assert "We read together every Friday." in copy.text
        assert copy.text.endswith("https://edldrs.example/now")
        await chat.stage["yard"].post("#lounge", "From there it crosses.", author="carla")
        await chat.arrives("hall", "From there it crosses.")
        await chat.stage["hall"].post("#lounge", "Another.", author="ben")
        assert "1 post by 1 person" in (await chat.arrives("yard", "Another.")).text


@pytest.mark.parametrize(("relay", "crosses"), [(Relay.SESSION, True), (Relay.HOSTS, False)])
async def test_the_weekly_hour_opens_a_channel(tmp_path: Path, relay: Relay, crosses: bool) -> None:
    began = datetime.now(LONDON) - timedelta(minutes=5)
    hour = Hour(began.weekday(), began.time(), (began + timedelta(hours=1)).time())
    weekly = Calendar(zone=LONDON, hour=hour)
    chat = rig(tmp_path, HALL, Net(name="yard", channel={"relay": relay}), Net(name="hut"), chat={"calendar": weekly})
    async with chat.running():
        await chat.stage["hall"].post("#lounge", "in the hour")
        await chat.arrives("hut", "in the hour")
        if crosses:
            await chat.arrives("yard", "in the hour")
        else:
            assert await chat.copies("yard") == []


async def test_what_is_late_is_marked_and_what_is_old_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.app._DIGEST_SECONDS", 0.1)
    monkeypatch.setattr("bridge.outbox.digest._QUIET", timedelta(0))
    late = {"late_after": ONE}
    old = {"max_age": ONE, "late": Late.DIGEST}
    skip = {"max_age": ONE, "late": Late.SKIP}
    chat = rig(
        tmp_path,
        replace(HALL, channel=late),
        Net(name="yard", channel=late),
        Net(name="hut", channel=old),
        Net(name="barn", channel=skip),
    )
    async with chat.running():
        await chat.stage["yard"].post("#lounge", "on time")
        await chat.arrives("hall", "on time")
    await chat.stage["hall"].post("#lounge", "said in the outage")
    async with chat.running():
        assert "posted " in (await chat.arrives("yard", "said in the outage")).text
        assert (await chat.arrives("hut", "said in the outage")).text.startswith("Since ")
        assert not [one for one in await chat.copies("barn") if "outage" in one.text]


async def test_pause_and_resume(tmp_path: Path) -> None:
    chat = rig(tmp_path, HALL, Net(name="yard"), Net(name="hut"))
    yard = NetworkId("yard")
    async with chat.running() as bridge:
        await bridge.store.write(lambda c: networks.set_paused(c, [yard], True))
        await until(lambda: bridge.health[yard].state == "paused")
        await chat.stage["hall"].post("#lounge", "meanwhile")
        await chat.arrives("hut", "meanwhile")
        assert await chat.copies("yard") == []
        await bridge.store.write(lambda c: networks.set_paused(c, [yard], False))
        await chat.arrives("yard", "meanwhile")


async def test_a_post_that_breaks_the_network_is_set_aside_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "_TRIES", 2)
    chat = rig(tmp_path, HALL, Net(name="yard"))
    async with chat.running():
        await chat.stage["yard"].refuse("unavailable", 1000, containing="poison")
        for words in ("one", "poison", "two", "three"):
            await chat.stage["hall"].post("#lounge", words)
        await chat.arrives("yard", "three")
        assert [one.split(": ")[1] for one in texts(await chat.copies("yard"))] == ["one", "two", "three"]


async def test_what_is_refused_is_set_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    chat = rig(tmp_path, HALL, Net(name="yard"))
    async with chat.running():
        await chat.stage["yard"].refuse("rejected", 1, containing="unwelcome")
        for words in ("one", "unwelcome", "two"):
            await chat.stage["hall"].post("#lounge", words)
        await chat.arrives("yard", "two")
        assert [one.split(": ")[1] for one in texts(await chat.copies("yard"))] == ["one", "two"]


async def test_who_did_not_engage_is_answered_by_a_post_of_its_own(tmp_path: Path) -> None:
    yard = Net(name="yard", settings={"replies": "engaged"})
    chat = rig(tmp_path, HALL, yard)
    async with chat.running():
        question = await chat.stage["yard"].post("#lounge", "Who said that?", author="ben")
        copy = await chat.arrives("hall", "Who said that?")
        await chat.stage["hall"].post("#lounge", "It was me.", author="anna", reply_to=copy.id)
        answer = await chat.arrives("yard", "It was me.")
        assert question
        assert answer.reply_to is None
        assert "replying to Ben" in answer.text
        asked = await chat.stage["yard"].post("#lounge", "And why?", author="ben", reply_to=answer.id)
        await chat.stage["hall"].post(
            "#lounge", "Because.", author="anna", reply_to=(await chat.arrives("hall", "And why?")).id
        )
        assert (await chat.arrives("yard", "Because.")).reply_to == asked


async def test_a_long_post_becomes_a_thread_that_edits_and_deletes_follow(tmp_path: Path) -> None:
    yard = Net(name="yard", settings={"text_limit": 120, "replies": "own"})
    chat = rig(tmp_path, HALL, yard)
    long = " ".join(f"word{n}" for n in range(40))
    async with chat.running():
        post = await chat.stage["hall"].post("#lounge", long, author="anna")
        await until(lambda: _all(chat, "yard", 3))
        first, second, third = await chat.copies("yard")
        assert (second.reply_to, third.reply_to) == (first.id, second.id)
        assert first.text.startswith("Anna (Hall, 1/3): word0 ")
        await chat.stage["hall"].edit(post, "short after all")
        await until(lambda: _all(chat, "yard", 1))
        assert (await chat.copies("yard"))[0].text == "Anna (Hall): short after all"
        await chat.stage["hall"].delete(post)
        await until(lambda: _empty(chat, "yard"))


async def test_what_cannot_be_carried_is_told_of(tmp_path: Path) -> None:
    yard = Net(name="yard", settings={"media": 1, "media_bytes": 100})
    chat = rig(tmp_path, HALL, yard)
    large = (bytes(1000), "image/png", "The whole timetable")
    async with chat.running():
        await chat.stage["hall"].post("#lounge", "see below", media=[large])
        copy = await chat.arrives("yard", "see below")
        assert copy.media == ()
        assert "[picture: The whole timetable]" in copy.text
