"""A poll over networks, from its opening to its result, by the whole bridge."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.app import Bridge
from bridge.commands.tracing import lines
from bridge.config.joined import CHAT
from bridge.model.poll import Counts, Poll, Result, Tie
from bridge.polls import conduct
from bridge.polls.drafts import Draft, options_of
from bridge.store import networks, polls
from bridge.store.ids import id_maker
from bridge.store.reports import traces
from bridge.testing.waiting import until
from tests.core.rig import Net, Rig, rig
from tests.polls.polling import THEMES

NETS = (Net(name="hall"), Net(name="yard"), Net(name="hut", channel={"hashtag": "EdLdrs"}))


def now() -> datetime:
    return datetime.now(UTC)


def draft(*options: str, lasts: timedelta = timedelta(hours=1), **more: Any) -> Draft:
    return Draft(question="What next?", options=options_of(options), closes_at=now() + lasts, **more)


@asynccontextmanager
async def running(chat: Rig, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bridge]:
    monkeypatch.setattr("bridge.app._POLL_SECONDS", 0.05)
    async with chat.running() as bridge:
        yield bridge


async def opened(bridge: Bridge, asked: Draft) -> Poll:
    book = bridge.installation.book
    chat = book.chats[CHAT]
    native = bridge.installation.native_polls
    return await bridge.store.write(lambda c: conduct.open_poll(c, chat, asked, native, "test", id_maker(now), now()))


async def closed(bridge: Bridge, poll: Poll) -> None:
    book = bridge.installation.book
    chat = book.chats[CHAT]
    native = bridge.installation.native_polls
    await bridge.store.write(lambda c: conduct.close(c, poll.id, chat, book, native, id_maker(now), now()))


async def standing(bridge: Bridge, poll: Poll) -> Result:
    return await bridge.store.read(lambda c: conduct.result_of(c, poll, bridge.installation.book))


async def counted(bridge: Bridge, poll: Poll, *votes: int) -> Result:
    async def so() -> bool:
        return (await standing(bridge, poll)).votes == votes

    await until(so, f"the votes are not {votes}")
    return await standing(bridge, poll)


async def test_one_poll_on_all_networks_with_one_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = rig(tmp_path, *NETS)
    async with running(chat, monkeypatch) as bridge:
        poll = await opened(bridge, draft(*THEMES))
        ballots = {name: await chat.arrives(name, THEMES[6]) for name in ("hall", "yard", "hut")}
        assert ballots["hall"].text.startswith("What next?\n\nA: Conducting good meetings")
        assert "Answer with a letter. Open until " in ballots["hall"].text
        assert ballots["hut"].text.endswith("#EdLdrs")

        await chat.stage["hall"].post("#lounge", "B", author="ann", reply_to=ballots["hall"].id)
        await chat.stage["yard"].post("#lounge", "2", author="ben", reply_to=ballots["yard"].id)
        await chat.stage["yard"].post("#lounge", "c", author="eve")  # with the hashtag, or in the room
        await chat.stage["hut"].tell("A", author="kim")
        result = await counted(bridge, poll, 1, 2, 1, 0, 0, 0, 0)
        assert result.winner == 1
        said = f"Your vote for A ({THEMES[0]}) is counted. Say another letter to change it."

        async def answered() -> bool:
            return list(await chat.stage["hut"].told(author="kim")) == [said]

        await until(answered, "a private vote is not answered")

        talk = await chat.stage["hall"].post("#lounge", "A hard choice!", author="ann")
        await chat.arrives("yard", "A hard choice!")
        assert talk
        await closed(bridge, poll)
        for name in ("hall", "yard", "hut"):
            told = await chat.arrives(name, "Poll closed: What next?")
            assert f"B: {THEMES[1]}: 2 (Hall 1, Yard 1)" in told.text
            assert f"4 votes. Most are for {THEMES[1]}." in told.text
        # Votes do not cross.
        assert not [one for name in chat.stage for one in await chat.copies(name) if one.text.endswith((": B", ": 2"))]


async def test_a_vote_can_be_changed_edited_and_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = rig(tmp_path, *NETS)
    async with running(chat, monkeypatch) as bridge:
        poll = await opened(bridge, draft("one", "two", "three"))
        await chat.arrives("hall", "What next?")
        hall = chat.stage["hall"]
        first = await hall.post("#lounge", "A", author="ann")
        await counted(bridge, poll, 1, 0, 0)
        second = await hall.post("#lounge", "B", author="ann")
        await counted(bridge, poll, 0, 1, 0)
        await hall.edit(second, "C")
        await counted(bridge, poll, 0, 0, 1)
        await hall.delete(second)
        await counted(bridge, poll, 1, 0, 0)
        await hall.edit(first, "I cannot decide")
        await counted(bridge, poll, 0, 0, 0)


async def test_a_poll_closes_by_itself_and_tells_its_result_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = rig(tmp_path, *NETS)
    async with running(chat, monkeypatch) as bridge:
        poll = await opened(bridge, draft("one", "two", lasts=timedelta(seconds=3), tie=Tie.FIRST))
        await chat.arrives("yard", "What next?")
        await chat.stage["hall"].post("#lounge", "A", author="ann")
        await chat.stage["yard"].post("#lounge", "B", author="ben")
        await counted(bridge, poll, 1, 1)
        for name in ("hall", "yard", "hut"):
            told = await chat.arrives(name, "Poll closed")
            assert "A tie between one and two: it is one, which was offered first." in told.text
        late = await chat.stage["yard"].post("#lounge", "B", author="eve")
        await chat.arrives("hall", "Eve (Yard): B")
        assert late
        await closed(bridge, poll)
        await counted(bridge, poll, 1, 1)
    async with running(chat, monkeypatch):  # nor again after a restart
        await chat.stage["hall"].post("#lounge", "still here", author="ann")
        await chat.arrives("yard", "still here")
        assert len([one for one in await chat.copies("yard") if "Poll closed" in one.text]) == 1


async def test_votes_from_while_the_bridge_was_away_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = rig(tmp_path, *NETS)
    async with running(chat, monkeypatch) as bridge:
        poll = await opened(bridge, draft("one", "two"))
        await chat.arrives("hall", "What next?")
    await chat.stage["hall"].post("#lounge", "B", author="ann")
    async with running(chat, monkeypatch) as bridge:
        await counted(bridge, poll, 0, 1)


async def test_a_ballot_that_could_not_be_shown_is_said_with_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = rig(tmp_path, *NETS)
    async with running(chat, monkeypatch) as bridge:
        await bridge.store.write(lambda c: networks.set_paused(c, ["yard"], True))  # type: ignore[list-item]
        await until(lambda: bridge.health["yard"].state == "paused", "it does not pause")  # type: ignore[index]
        poll = await opened(bridge, draft("one", "two"))
        await chat.arrives("hall", "What next?")
        await closed(bridge, poll)
        assert "Yard: its ballot was not shown." in (await chat.arrives("hall", "Poll closed")).text
        await bridge.store.write(lambda c: networks.set_paused(c, ["yard"], False))  # type: ignore[list-item]
        await chat.arrives("yard", "Poll closed")
        assert [one.text for one in await chat.copies("yard") if one.text.startswith("What next?")] == []


async def test_two_polls_at_once_are_answered_on_their_ballots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = rig(tmp_path, *NETS)
    async with running(chat, monkeypatch) as bridge:
        first = await opened(bridge, draft("red", "blue"))
        second = await opened(bridge, draft("cats", "dogs"))
        assert (first.id, second.id) == (1, 2)
        ballot = await chat.arrives("hall", "dogs")
        await chat.stage["hall"].post("#lounge", "B", author="ann", reply_to=ballot.id)
        await counted(bridge, second, 0, 1)
        await chat.stage["hall"].post("#lounge", "A", author="ann")  # to which?
        await chat.arrives("yard", "Ann (Hall): A")
        assert (await standing(bridge, first)).votes == (0, 0)


async def test_the_journal_knows_the_polls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = rig(tmp_path, *NETS)
    async with running(chat, monkeypatch) as bridge:
        poll = await opened(bridge, draft("Good meetings => Meetings", "Workload", multiple=True, tie=Tie.DRAW))
        kept = await bridge.store.read(lambda c: polls.by_number(c, CHAT, poll.id))
        assert kept is not None
        assert (kept.poll, kept.opened_by, kept.closed_at) == (poll, "test", None)
        await closed(bridge, poll)
        (kept,) = await bridge.store.read(lambda c: polls.latest(c, CHAT, 5))
        assert kept.closed_at == kept.poll.closes_at


async def test_talk_below_a_ballot_crosses_below_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = rig(tmp_path, *NETS)
    async with running(chat, monkeypatch) as bridge:
        await opened(bridge, draft("one", "two"))
        ballots = {name: await chat.arrives(name, "What next?") for name in ("hall", "yard", "hut")}
        answer = await chat.stage["hut"].post(
            "#lounge", "Why only these?", author="ann", reply_to=ballots["hut"].id, hashtag=False
        )
        there = await chat.arrives("yard", "Why only these?")
        assert there.reply_to == ballots["yard"].id
        await chat.stage["hall"].react(ballots["hall"].id, author="ben")
        found = await bridge.store.read(lambda c: traces(c, ballots["yard"].id, ["memory"]))  # type: ignore[list-item]
        told = list(lines(found[0], bridge.installation.book, {}, now()))
        assert told[0].startswith("#EdLdrs (the chat itself), ")
        assert answer


async def test_a_ballot_that_its_network_removes_is_said_and_its_votes_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = rig(tmp_path, *NETS)
    async with running(chat, monkeypatch) as bridge:
        poll = await opened(bridge, draft("one", "two"))
        ballot = await chat.arrives("yard", "What next?")
        await chat.stage["yard"].post("#lounge", "B", author="ben", reply_to=ballot.id)
        await counted(bridge, poll, 0, 1)
        await chat.stage["yard"].delete(ballot.id)

        async def noticed() -> bool:
            return any("removed there" in note for one in (await standing(bridge, poll)).networks for note in one.notes)

        await until(noticed, "nobody notices that the ballot is gone")
        await chat.stage["hall"].post("#lounge", "B", author="ann")
        await counted(bridge, poll, 0, 2)
        await closed(bridge, poll)
        told = await chat.arrives("hall", "Poll closed")
        assert "Yard: its ballot was removed there; the votes until then count." in told.text


async def test_votes_that_an_edit_of_the_ballot_took_away_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = rig(tmp_path, *NETS)
    async with running(chat, monkeypatch) as bridge:
        poll = await opened(bridge, draft("one", "two"))
        ballot = (await bridge.store.read(lambda c: polls.ballots(c, CHAT, poll.id)))[0]
        for votes in ((2, 0), (3, 1), (0, 1)):  # nobody can take back a vote that is only counted
            counts = Counts(votes=votes, voters=None, at=now())
            await bridge.store.write(lambda c, told=counts: polls.put_counts(c, poll, ballot.channel, told))  # type: ignore[misc]
        result = await standing(bridge, poll)
        (notes,) = [one.notes for one in result.networks if one.network == ballot.network]
        assert result.votes == (0, 1)
        assert notes[0] == "its ballot was edited there, which took 3 votes away"


async def test_a_letter_in_answer_to_somebody_is_talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = rig(tmp_path, *NETS)
    async with running(chat, monkeypatch) as bridge:
        poll = await opened(bridge, draft("one", "two"))
        await chat.arrives("yard", "What next?")
        question = await chat.stage["hall"].post("#lounge", "Which class do you mean?", author="ann")
        await chat.arrives("yard", "Which class")
        await chat.stage["hall"].post("#lounge", "B", author="ben", reply_to=question)
        await chat.arrives("yard", "Ben (Hall): B")
        assert (await standing(bridge, poll)).votes == (0, 0)


async def test_talk_that_is_edited_into_a_vote_is_withdrawn_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = rig(tmp_path, *NETS)
    async with running(chat, monkeypatch) as bridge:
        poll = await opened(bridge, draft("one", "two"))
        await chat.arrives("yard", "What next?")
        talk = await chat.stage["hall"].post("#lounge", "I cannot decide", author="ann")
        await chat.arrives("yard", "I cannot decide")
        await chat.stage["hall"].edit(talk, "B")
        await counted(bridge, poll, 0, 1)

        async def gone() -> bool:
            return not [one for one in await chat.copies("yard") if "Ann (Hall)" in one.text]

        await until(gone, "the vote stays on the other network")
