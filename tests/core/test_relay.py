"""The core over memory networks: what is said on one appears on the others, once, in order, and no more than that."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bridge.config.joined import CHAT
from bridge.model.text import Text
from bridge.store import reactions
from bridge.store.tables import message
from bridge.testing.waiting import until
from tests.core.rig import Net, Rig, rig, texts

HALL, YARD, HUT = Net(name="hall"), Net(name="yard"), Net(name="hut")


@pytest.fixture
def chat(tmp_path: Path, database_url: str) -> Rig:
    return rig(tmp_path, HALL, YARD, HUT, database=database_url)


async def test_a_post_crosses_with_its_author_and_network(chat: Rig) -> None:
    async with chat.running():
        await chat.stage["hall"].post("#lounge", "We cancelled one meeting in three.", author="anna")
        for name in ("yard", "hut"):
            copy = await chat.arrives(name, "one meeting in three")
            assert copy.text == "Anna (Hall): We cancelled one meeting in three."
        assert await chat.copies("hall") == []


async def test_order_is_kept(chat: Rig) -> None:
    said = [f"number {n}" for n in range(60)]
    async with chat.running():
        for words in said:
            await chat.stage["hall"].post("#lounge", words)
        await chat.arrives("yard", "number 59")
        await chat.arrives("hut", "number 59")
    for name in ("yard", "hut"):
        assert [one.split(": ")[1] for one in texts(await chat.copies(name))] == said


async def test_replies_hang_below_the_copy_and_answers_to_a_copy_below_the_original(chat: Rig) -> None:
    async with chat.running():
        question = await chat.stage["hall"].post("#lounge", "Which third?", author="anna")
        there = await chat.arrives("yard", "Which third?")
        await chat.stage["yard"].post("#lounge", "The longest ones.", author="ben", reply_to=there.id)
        home = await chat.arrives("hall", "The longest ones.")
        assert home.reply_to == question
        elsewhere = await chat.arrives("hut", "The longest ones.")
        assert elsewhere.reply_to == (await chat.arrives("hut", "Which third?")).id


async def test_edits_and_deletes_reach_the_copies(chat: Rig) -> None:
    async with chat.running():
        post = await chat.stage["hall"].post("#lounge", "A frist try")
        await chat.arrives("yard", "A frist try")
        await chat.stage["hall"].edit(post, "A first try")
        copy = await chat.arrives("yard", "A first try")
        assert copy.edited
        await chat.stage["hall"].delete(post)
        await until(lambda: _none(chat, "yard"))
        await until(lambda: _none(chat, "hut"))


async def _none(chat: Rig, name: str) -> bool:
    return not await chat.copies(name)


@pytest.mark.parametrize("visibility", ["followers", "unlisted", "direct"])
async def test_what_is_not_public_never_crosses(chat: Rig, visibility: str) -> None:
    async with chat.running():
        await chat.stage["hall"].post("#lounge", "between us", visibility=visibility)
        await chat.stage["hall"].post("#lounge", "for everybody")
        await chat.arrives("yard", "for everybody")
        assert len(await chat.copies("yard")) == 1


async def test_stop_withdraws_and_start_lets_cross_again(chat: Rig) -> None:
    async with chat.running():
        await chat.stage["hall"].post("#lounge", "before", author="anna")
        await chat.arrives("yard", "before")
        await chat.stage["hall"].tell("stop", author="anna")
        await until(lambda: _none(chat, "yard"))
        await chat.stage["hall"].post("#lounge", "meanwhile", author="anna")
        await chat.stage["hall"].tell("start", author="anna")
        await until(lambda: _answers(chat, "anna", 2))
        await chat.stage["hall"].post("#lounge", "after", author="anna")
        await chat.arrives("yard", "after")
        assert len(await chat.copies("yard")) == 1


async def _answers(chat: Rig, author: str, count: int) -> bool:
    return len(await chat.stage["hall"].told(author=author)) == count


async def test_nobridge_in_a_profile_or_post_is_obeyed(chat: Rig) -> None:
    async with chat.running():
        await chat.stage["hall"].post("#lounge", "mine", author="anna")
        await chat.arrives("yard", "mine")
        await chat.stage["hall"].set_bio("Head teacher. #NoBridge", author="anna")
        await chat.stage["hall"].post("#lounge", "still mine", author="anna")
        await until(lambda: _none(chat, "yard"))
        await chat.stage["hall"].post("#lounge", "only here #nobridge", author="ben")
        await chat.stage["hall"].post("#lounge", "everywhere", author="ben")
        await chat.arrives("yard", "everywhere")
        assert len(await chat.copies("yard")) == 1


async def test_what_was_missed_crosses_in_order_and_nothing_twice(chat: Rig) -> None:
    async with chat.running():
        await chat.stage["hall"].post("#lounge", "one")
        await chat.arrives("yard", "one")
    for words in ("two", "three"):
        await chat.stage["hall"].post("#lounge", words)
    async with chat.running():
        await chat.stage["hall"].post("#lounge", "four")
        await chat.arrives("yard", "four")
    assert [one.split(": ")[1] for one in texts(await chat.copies("yard"))] == ["one", "two", "three", "four"]


async def test_the_first_start_relays_nothing_from_before(chat: Rig) -> None:
    await chat.stage["hall"].post("#lounge", "long ago")
    async with chat.running():
        await chat.stage["hall"].post("#lounge", "now")
        await chat.arrives("yard", "now")
        assert len(await chat.copies("yard")) == 1


async def test_edits_and_deletes_missed_in_an_outage_are_made_up_for(chat: Rig) -> None:
    async with chat.running():
        edited = await chat.stage["hall"].post("#lounge", "to be edited")
        deleted = await chat.stage["hall"].post("#lounge", "to be deleted")
        await chat.arrives("yard", "to be deleted")
    await chat.stage["hall"].edit(edited, "has been changed")
    await chat.stage["hall"].delete(deleted)
    async with chat.running():
        await chat.arrives("yard", "has been changed")
        await until(lambda: _one(chat))


async def _one(chat: Rig) -> bool:
    return len(await chat.copies("yard")) == 1


@pytest.mark.parametrize("fault", ["throttle", "fail", "crash_after_send", "cut"])
@pytest.mark.parametrize("idempotent", [True, False])
async def test_faults_lose_nothing_and_double_nothing(tmp_path: Path, fault: str, idempotent: bool) -> None:
    yard = Net(name="yard", settings={"idempotent": idempotent, "carries_keys": idempotent, "find_lag": 0.1})
    chat = rig(tmp_path, HALL, yard)
    said = [f"number {n}" for n in range(12)]
    async with chat.running():
        await chat.stage["hall"].post("#lounge", said[0])
        await chat.arrives("yard", said[0])
        stage = chat.stage["yard"]
        await {
            "throttle": lambda: stage.throttle(3, 0.2),
            "fail": lambda: stage.fail(3),
            "crash_after_send": lambda: stage.crash_after_send(3),
            "cut": lambda: stage.cut(0.3),
        }[fault]()
        for words in said[1:]:
            await chat.stage["hall"].post("#lounge", words)
        await until(lambda: _count(chat, len(said)))
        home = await stage.post("#lounge", "and back", author="ben")
        assert home
        await chat.arrives("hall", "and back")
    assert [one.split(": ")[1] for one in texts(await chat.copies("yard"))] == said
    assert len(await chat.copies("hall")) == 1


async def _count(chat: Rig, count: int) -> bool:
    return len(await chat.copies("yard")) >= count


async def test_reactions_are_counted_and_not_posted(chat: Rig) -> None:
    async with chat.running() as bridge:
        post = await chat.stage["hall"].post("#lounge", "well said", author="anna")
        copy = await chat.arrives("yard", "well said")
        await chat.stage["hall"].react(post, author="ben")
        await chat.stage["yard"].react(copy.id, author="carla")

        async def counted() -> bool:
            def count(connection: Connection) -> int:
                ids = connection.execute(select(message.c.id).where(message.c.held_rule == "")).scalars().all()
                return sum(reactions.totals(connection, CHAT, ids).values())

            return await bridge.store.read(count) == 2

        await until(counted)
        assert len(await chat.copies("yard")) == 1


async def test_content_warning_language_and_pictures_cross(chat: Rig) -> None:
    picture = (b"\x89PNG\r\n\x1a\n" + bytes(64), "image/png", "A whiteboard")
    async with chat.running():
        await chat.stage["hall"].post("#lounge", "see this", content_warning="inspection", media=[picture])
        copy = await chat.arrives("yard", "see this")
        assert copy.content_warning == "inspection"
        assert copy.alts == ("A whiteboard",)


async def test_a_picture_crosses_after_a_refused_first_try(chat: Rig) -> None:
    picture = (b"\x89PNG\r\n\x1a\n" + bytes(64), "image/png", "A whiteboard")
    async with chat.running():
        await chat.stage["yard"].throttle(1, 0.1)
        await chat.stage["hall"].post("#lounge", "see this", media=[picture])
        assert (await chat.arrives("yard", "see this")).alts == ("A whiteboard",)


async def test_a_bad_event_does_not_stop_the_stream(chat: Rig) -> None:
    async with chat.running():
        await chat.stage["hall"].garble({"post": "nonsense"})
        await chat.stage["hall"].post("#lounge", "goes on")
        await chat.arrives("yard", "goes on")


async def test_two_rooms_of_one_network_get_each_others_posts_once(tmp_path: Path) -> None:
    chat = rig(tmp_path, Net(name="hall", rooms=("#lounge", "#garden")), YARD)
    async with chat.running():
        await chat.stage["hall"].post("#lounge", "in one room")
        await chat.arrives("hall", "in one room", "#garden")
        await chat.stage["hall"].post("#lounge #garden", "in both rooms")
        await chat.arrives("yard", "in both rooms")
        assert not [one for one in await chat.copies("hall", "#garden") if "both" in one.text]
        assert await chat.copies("hall", "#lounge") == []


async def test_what_cannot_be_journaled_stops_nobody_else(chat: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def suggested(text: Text) -> str:
        if "boom" in text.plain:
            raise ZeroDivisionError
        return ""

    monkeypatch.setattr("bridge.sessions.suggesting.suggested", suggested)
    async with chat.running() as bridge:
        await chat.stage["hall"].post("#lounge", "before")
        await chat.stage["hall"].post("#lounge", "boom")
        await chat.stage["hall"].post("#lounge", "after")
        await chat.arrives("yard", "after")
        assert [one.text.split(": ")[1] for one in await chat.copies("yard")] == ["before", "after"]
        assert {health.state for health in bridge.health.values()} == {"up"}
