"""Commands by whichever door: what they do, what is answered and to whom, and what everybody else sees of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from bridge.app import Bridge
from bridge.commands import registry
from bridge.commands.command import Command, Reply
from bridge.config.joined import CHAT
from bridge.model.chat import Role
from bridge.outbox.moderators import tell_moderators
from bridge.store import polls
from bridge.store.ids import id_maker
from bridge.store.tables import message, pending, reaction, revision
from bridge.testing.waiting import until
from tests.commands.moderating import DESK, HALL, HUT, YARD, answered, moderated, told
from tests.core.rig import Rig

POLL = 'poll "What next?" | Good meetings => Meetings | Workload closes in 3 hours'


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.app._POLL_SECONDS", 0.05)


@pytest.fixture
def chat(tmp_path: Path, database_url: str) -> Rig:
    return moderated(tmp_path, database=database_url)


async def count_of_polls(bridge: Bridge) -> int:
    return len(await bridge.store.read(lambda c: polls.latest(c, CHAT, 9)))


async def everywhere(chat: Rig, words: str) -> None:
    for name in chat.stage:
        await chat.arrives(name, words)


async def said_on(chat: Rig) -> dict[str, list[str]]:
    """All that the bridge has posted where everybody reads."""
    return {name: [one.text for one in await chat.copies(name)] for name in chat.stage}


async def test_roles_are_given_by_network(tmp_path: Path) -> None:
    known = moderated(tmp_path).installation.book.chats[CHAT]
    handle = next(iter(known.moderators[HALL]))
    assert known.role(HALL, handle.upper()) is Role.MODERATOR
    assert known.role(YARD, handle) is Role.LEADER
    assert known.role(HALL, next(iter(known.hosts[HALL]))) is Role.HOST
    assert known.role(HALL, next(iter(known.admins[HALL]))) is Role.ADMIN
    assert not known.is_host(HALL, handle)  # whose copies go first is another matter


async def test_a_moderator_sees_a_poll_before_a_yes_opens_it_everywhere(chat: Rig) -> None:
    async with chat.running() as bridge:
        yard = chat.stage["yard"]
        await yard.tell(POLL, author="mo")
        preview = await told(chat, "yard", "mo", "Say yes within 15 minutes to open it")
        assert preview.startswith("Hall #lounge, Yard #lounge, Hut #lounge: answers with a letter\n  What next?")
        assert "B: Workload" in preview
        assert await count_of_polls(bridge) == 0
        assert await said_on(chat) == {"hall": [], "yard": [], "hut": []}
        await yard.tell("yes", author="mo")
        await told(chat, "yard", "mo", "Poll 1 is open until")
        await everywhere(chat, "B: Workload")
        (kept,) = await bridge.store.read(lambda c: polls.latest(c, CHAT, 9))
        assert kept.opened_by.startswith("@mo@yard")
        assert kept.poll.closes_at - kept.poll.opens_at <= timedelta(hours=3)

        await chat.stage["hut"].post("#lounge", "B", author="ann")
        await chat.stage["hall"].tell("yes", author="mo")  # nothing waits there
        await told(chat, "hall", "mo", "Nothing waits for your yes or no.")
        await yard.tell("poll show", author="mo")
        await told(chat, "yard", "mo", "1 vote, for Workload.")
        await chat.stage["hall"].tell("poll close 1", author="mo")
        await told(chat, "hall", "mo", "Poll 1 is closed; its result goes to every network.")
        await everywhere(chat, "Poll closed: What next?")


async def test_a_yes_holds_across_a_restart(chat: Rig) -> None:
    async with chat.running():
        await chat.stage["hall"].tell(POLL, author="mo")
        await told(chat, "hall", "mo", "Say yes")
    async with chat.running() as bridge:
        await chat.stage["hall"].tell("Yes.", author="mo")
        await everywhere(chat, "What next?")
        await chat.stage["hall"].tell("yes", author="mo")  # once only
        await told(chat, "hall", "mo", "Nothing waits for your yes or no.")
        assert await count_of_polls(bridge) == 1


async def test_a_yes_that_comes_late_opens_nothing(chat: Rig) -> None:
    async with chat.running() as bridge:
        await chat.stage["hall"].tell(POLL, author="mo")
        await told(chat, "hall", "mo", "Say yes")
        before = func.coalesce(pending.c.at, 0) - 15 * 60 * 1_000_000
        await bridge.store.write(lambda c: c.execute(pending.update().values(at=before)))
        await chat.stage["hall"].tell("yes", author="mo")
        await told(chat, "hall", "mo", "Nothing waits for your yes or no.")
        assert await count_of_polls(bridge) == 0


async def test_two_moderators_at_once_say_yes_to_their_own(chat: Rig) -> None:
    async with chat.running() as bridge:
        await chat.stage["hall"].tell('poll "Red or blue?" | red | blue', author="mo")
        await chat.stage["hall"].tell('poll "Cats or dogs?" | cats | dogs', author="ada")
        await told(chat, "hall", "mo", "A: red")
        await told(chat, "hall", "ada", "A: cats")
        await chat.stage["hall"].tell("no", author="mo")
        await told(chat, "hall", "mo", "It is left undone.")
        await chat.stage["hall"].tell("yes", author="ada")
        await everywhere(chat, "Cats or dogs?")
        assert await count_of_polls(bridge) == 1


async def test_a_leader_is_refused_in_private_and_nothing_crosses(chat: Rig) -> None:
    async with chat.running() as bridge:
        hall = chat.stage["hall"]
        await hall.post("#lounge", f"@bridge {POLL}", author="ann")
        refused = await told(chat, "hall", "ann", "poll open is for moderators.")
        assert "You can say: stop, start, help, suggest." in refused
        await hall.post("#lounge", "@bridge stop giving homework", author="ann")
        await hall.post("#lounge", "@bridge poll results were interesting", author="ann")
        await chat.arrives("yard", "stop giving homework")
        await chat.arrives("yard", "results were interesting")
        assert await count_of_polls(bridge) == 0
        assert [one for said in (await said_on(chat)).values() for one in said if "What next?" in one] == []
        assert len(await hall.told(author="ann")) == 1


async def test_a_command_by_mention_is_answered_in_private_and_does_not_cross(chat: Rig) -> None:
    async with chat.running() as bridge:
        await chat.stage["hut"].post("#lounge", f"@bridge {POLL} #EdLdrs", author="mo")
        await told(chat, "hut", "mo", "Say yes")
        await chat.stage["hut"].post("#lounge", "@bridge yes", author="mo")
        await everywhere(chat, "What next?")
        await chat.stage["hut"].post("#lounge", "@bridge pol close", author="mo")
        await told(chat, "hut", "mo", 'Did you mean "poll close"?')
        await chat.stage["hut"].post("#lounge", "the last word", author="mo")
        await chat.arrives("hall", "the last word")
        assert [one for one in (await said_on(chat))["hall"] if one.startswith("Mo ")] == ["Mo (Hut): the last word"]
        assert await count_of_polls(bridge) == 1


async def test_a_command_of_another_module_is_said_like_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    motto = Command(
        names=("motto",),
        usage="motto: MOTTO",
        says="sets the motto",
        act=lambda context, arguments: Reply(text=f"Noted: {arguments}"),
        least=Role.HOST,
        form=re.compile(r".{3,}", re.DOTALL),
    )
    monkeypatch.setattr(registry, "COMMANDS", (*registry.COMMANDS, motto))
    chat = moderated(tmp_path)
    async with chat.running():
        await chat.stage["hall"].post("#lounge", "@bridge motto: fewer meetings", author="hana")
        await told(chat, "hall", "hana", "Noted: fewer meetings")
        await chat.stage["hut"].tell("motto", author="hana")
        await told(chat, "hut", "hana", "Write: motto: MOTTO.")
        await chat.stage["hut"].tell("help", author="hana")
        await told(chat, "hut", "hana", "motto: sets the motto")
        await chat.stage["hut"].tell("motto: more meetings", author="ann")
        await told(chat, "hut", "ann", "motto is for hosts.")


@pytest.mark.parametrize(
    ("author", "words", "says"),
    [
        ("ann", "hepl", 'Did you mean "help"?'),
        ("ann", "what are you?", "You can say to me:\nstop: nothing of yours crosses"),
        ("ann", "status", "status is for moderators. You can say: stop, start, help, suggest."),
        ("hana", "pause", "pause is for admins."),
        ("mo", "help", "poll open: asks one question on every network"),
        ("mo", "help poll", 'poll "question" | option | option => short form'),
        ("mo", "help gardening", 'There is nothing called "gardening".'),
        ("mo", "poll close it please", "Write: poll close [number]."),
        ("mo", "poll show", "#EdLdrs has had no poll yet."),
        ("mo", "poll list", "No polls yet."),
        ("mo", 'poll "q" | one', "A poll needs two options at least"),
        ("mo", 'poll "q" | one | One', 'Two options are the same: "one".'),
        ("mo", 'poll "q" | a | b closes 2020-01-01 12:00', "would close in the past"),
        ("mo", "status", "; nothing waits"),
        ("mo", "roles", "moderator on Hall: @mo@hall-"),
        ("mo", "trace https://nowhere.example/1", "The journal knows no such post."),
        ("ada", "pause hal", 'Did you mean "hall"?'),
    ],
)
async def test_what_is_said_in_private_is_answered_there(tmp_path: Path, author: str, words: str, says: str) -> None:
    chat = moderated(tmp_path)
    async with chat.running():
        await chat.stage["hall"].tell(words, author=author)
        await told(chat, "hall", author, says)
        assert await said_on(chat) == {"hall": [], "yard": [], "hut": []}


async def test_an_admin_pauses_and_resumes_a_network(tmp_path: Path) -> None:
    chat = moderated(tmp_path)
    async with chat.running() as bridge:
        await chat.stage["hall"].tell("pause yard", author="ada")
        await told(chat, "hall", "ada", "yard: paused")
        await until(lambda: bridge.health[YARD].state == "paused")
        await chat.stage["hall"].tell("resume", author="ada")
        lines = (await told(chat, "hall", "ada", "yard: resumed")).splitlines()
        assert lines == ["hall: was not paused already", "yard: resumed", "hut: was not paused already"]


async def test_a_moderator_traces_a_post(tmp_path: Path) -> None:
    chat = moderated(tmp_path)
    async with chat.running():
        await chat.stage["hall"].post("#lounge", "We cancelled one meeting in three.", author="ann")
        copy = await chat.arrives("yard", "one meeting in three")
        await chat.stage["yard"].tell(f"trace {copy.url}", author="mo")
        assert "-> Hut" in await told(chat, "yard", "mo", "We cancelled one meeting")


async def test_where_there_are_no_private_messages_there_is_silence(tmp_path: Path) -> None:
    chat = moderated(tmp_path, without=["PrivateNotes", "Priced"])
    async with chat.running():
        await chat.stage["hut"].post("#lounge", "@bridge status", author="ann")
        await chat.stage["hut"].post("#lounge", "good evening", author="ann")
        for name in ("hall", "yard"):
            await chat.arrives(name, "good evening")
        assert {name: len(said) for name, said in (await said_on(chat)).items()} == {"hall": 1, "yard": 1, "hut": 0}


# The moderators' room


async def test_commands_are_taken_and_answered_in_the_moderators_room(chat: Rig) -> None:
    async with chat.running() as bridge:
        hall = chat.stage["hall"]
        await hall.post(DESK, POLL, author="mo")
        await answered(chat, "Say yes within 15 minutes to open it")
        await hall.post(DESK, "!yes", author="mo")
        await answered(chat, "Poll 1 is open until")
        await everywhere(chat, "What next?")
        await hall.post(DESK, "@bridge poll close", author="ada")
        await answered(chat, "Poll 1 is closed")
        await everywhere(chat, "Poll closed")
        await hall.post(DESK, "poll open", author="hana")
        await hall.post(DESK, "pause", author="hana")
        await answered(chat, "pause is for admins.")
        await hall.post(DESK, "@bridge please be quiet", author="hana")
        await answered(chat, "I do not know that.")
        assert await count_of_polls(bridge) == 1
        assert [await hall.told(author=name) for name in ("mo", "ada", "hana")] == [[], [], []]


async def test_what_is_said_among_moderators_stays_there_and_is_not_kept(chat: Rig) -> None:
    async with chat.running() as bridge:
        hall = chat.stage["hall"]
        await hall.tell('poll "Good?" | a | b', author="mo")
        await told(chat, "hall", "mo", "Say yes")
        await hall.tell("yes", author="mo")
        await everywhere(chat, "Good?")
        talk = [
            await hall.post(DESK, words, author=author)
            for author, words in (
                ("mo", "stop giving homework, I say"),
                ("mo", "B"),  # no vote
                ("ada", "yes"),  # to mo, not to the bot
                ("hana", "#EdLdrs poll results were interesting"),
                ("ann", "help"),  # a leader who was let in
                ("ann", "@bridge poll close"),
            )
        ]
        await hall.react(talk[0], author="ada")
        await hall.edit(talk[0], "stop")
        answer = await hall.post(DESK, "I agree", author="ada", reply_to=talk[0])
        await hall.post("#lounge", "and now in public", author="ann")
        await everywhere_but_hall(chat, "and now in public")

        posted = await said_on(chat)
        assert {name: len(said) for name, said in posted.items()} == {"hall": 1, "yard": 2, "hut": 2}
        assert await chat.copies("hall", DESK) == []  # neither answers, nor ballots, nor copies

        def kept(connection: Connection) -> tuple[int, int, int]:
            ids = [*talk, answer]
            heads = connection.execute(select(message).where(message.c.global_id.in_(ids))).mappings().all()
            assert {(row["held_rule"], row["author_handle"], row["url"]) for row in heads} == {("moderators", "", "")}
            words = select(func.count()).where(revision.c.message_id.in_([row["id"] for row in heads]))
            liked = select(func.count()).where(reaction.c.post.in_(ids))
            return len(heads), connection.execute(words).scalar_one(), connection.execute(liked).scalar_one()

        assert await bridge.store.read(kept) == (7, 0, 0)
        poll = (await bridge.store.read(lambda c: polls.latest(c, CHAT, 1)))[0].poll
        assert await bridge.store.read(lambda c: polls.votes(c, poll)) == []


async def everywhere_but_hall(chat: Rig, words: str) -> None:
    for name in ("yard", "hut"):
        await chat.arrives(name, words)


async def test_what_is_said_in_a_room_and_in_the_moderators_room_does_not_cross(tmp_path: Path) -> None:
    chat = moderated(tmp_path)
    async with chat.running():
        await chat.stage["hall"].post(f"#lounge {DESK}", "in both at once", author="mo")
        await chat.stage["hall"].post("#lounge", "in one", author="mo")
        await everywhere_but_hall(chat, "in one")
        assert [len(said) for said in (await said_on(chat)).values()] == [0, 1, 1]


async def test_a_command_in_the_room_is_done_once_and_not_from_before_the_first_start(tmp_path: Path) -> None:
    chat = moderated(tmp_path)
    await chat.stage["hall"].post(DESK, "status", author="mo")
    async with chat.running():
        await chat.stage["hall"].post(DESK, "poll list", author="mo")
        await answered(chat, "No polls yet.")
    async with chat.running():  # catch-up brings it again
        await chat.stage["hall"].post(DESK, "roles", author="mo")
        await answered(chat, "moderator on Hall")
        assert len(await chat.copies("hall", DESK)) == 2


# What moderators are told


async def told_by_the_bridge(bridge: Bridge, text: str) -> None:
    known, now = bridge.installation.book.chats[CHAT], datetime.now(UTC)
    next_id = id_maker(lambda: now)
    await bridge.store.write(lambda c: tell_moderators(c, known, text, next_id, now))
    bridge._wake_all()


async def test_moderators_are_told_in_their_room(chat: Rig) -> None:
    async with chat.running() as bridge:
        await told_by_the_bridge(bridge, "Nobody confirmed the shortlist.")
        await answered(chat, "Nobody confirmed")
        assert await said_on(chat) == {"hall": [], "yard": [], "hut": []}


async def test_without_a_room_each_is_told_who_has_been_met(tmp_path: Path) -> None:
    chat = moderated(tmp_path, room=False)
    async with chat.running() as bridge:
        await chat.stage["yard"].post("#lounge", "I moderate", author="mo")
        await chat.stage["hut"].tell("help", author="ada")
        await chat.stage["hall"].post("#lounge", "I only host", author="hana")
        await chat.arrives("hut", "I moderate")
        await chat.arrives("hut", "I only host")
        await told(chat, "hut", "ada", "You can say to me")
        await told_by_the_bridge(bridge, "Nobody confirmed the shortlist.")
        await told(chat, "yard", "mo", "Nobody confirmed")
        await told(chat, "hut", "ada", "Nobody confirmed")
        assert list(await chat.stage["hall"].told(author="hana")) == []
        assert HUT in bridge.health
