"""Reading from X: by search, by stream, and what is said to the bot; through cuts, repeats and late indexes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from adapters.twitter.client import TwitterAdapter
from adapters.twitter.sandbox import TwitterStage
from bridge.adapter import (
    CaughtUp,
    Checkpoint,
    Edited,
    OutOfCredit,
    Posted,
    PrivateMessage,
    Reacted,
    Sandbox,
    Unauthorized,
)
from bridge.model.ids import AccountId, Cursor, Stream
from bridge.model.message import Outgoing, Visibility
from bridge.model.text import Text
from bridge.testing.contract.harness import FreePurse, key, word
from bridge.testing.waiting import until
from tests.twitter.rig import PATIENCE, Ear, adapter_for, listening, outgoing

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEARCH = ["/2/tweets/search/recent"]
STREAM = ["/2/tweets/search/stream"]


@pytest_asyncio.fixture(loop_scope="module")
async def streaming(sandbox: Sandbox, stage: TwitterStage, tmp_path: Path) -> AsyncIterator[TwitterAdapter]:
    async with adapter_for(sandbox, tmp_path, read="stream") as entered:
        yield entered


def said(id: str) -> Callable[[Posted], bool]:
    return lambda one: one.post.ref.id == id


def ids(ear: Ear) -> list[str]:
    return [one.post.ref.id for one in ear.of(Posted)]


async def streams(stage: TwitterStage) -> int:
    told: int = (await stage.control("requests"))["streams"]
    return told


async def connected(stage: TwitterStage, ear: Ear) -> None:
    """The stream is open, and what was missed before it is read."""

    async def open_now() -> bool:
        return await streams(stage) == 1

    await until(open_now)
    id = await stage.post("#EdLdrs", f"live? {word()}")
    await ear.heard(Posted, said(id))


async def test_more_than_a_page_arrives_in_order(sandbox: Sandbox, stage: TwitterStage, tmp_path: Path) -> None:
    async with adapter_for(sandbox, tmp_path) as adapter, listening(adapter) as ear:
        id = await stage.post("#EdLdrs", word())
        await ear.heard(Posted, said(id))
        cursors = dict(ear.cursors)
    made = [await stage.post("#EdLdrs", f"{n} {word()}") for n in range(130)]
    async with adapter_for(sandbox, tmp_path) as adapter, listening(adapter, cursors) as ear:
        await ear.heard(Posted, said(made[-1]))
        assert [id for id in ids(ear) if id in made] == made
        caught_up = await ear.heard(CaughtUp)
        assert caught_up.stream == "search"


async def test_what_the_index_learns_late_is_heard_once(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter
) -> None:
    await stage.control("settings", index_lag=0.8)
    async with listening(adapter) as ear:
        late = [await stage.post("#EdLdrs", f"late {word()}") for _ in range(3)]
        await ear.heard(Posted, said(late[-1]))
        after = await stage.post("#EdLdrs", f"after {word()}")
        await ear.heard(Posted, said(after))
        assert [id for id in ids(ear) if id in (*late, after)] == [*late, after]


async def test_what_is_said_to_the_bot_or_answers_it_needs_no_hashtag(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter
) -> None:
    async with listening(adapter) as ear:
        ours = await adapter.post(outgoing(sandbox, f"A copy {word()}"), key())
        answer = await stage.post("", f"I disagree {word()}", reply_to=ours.ref.id, hashtag=False)
        heard = await ear.heard(Posted, said(answer))
        assert heard.post.reply_to is not None
        assert heard.post.reply_to.id == ours.ref.id
        assert heard.post.places == frozenset()
        assert heard.post.text.plain.startswith("I disagree")  # without the name that X puts in front
        called = await stage.post("", "@EdLdrsBot stop", hashtag=False)
        heard = await ear.heard(Posted, said(called))
        assert heard.post.to_bot
        assert heard.post.text.plain == "stop"


async def test_retweets_are_nobodys_words(sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter) -> None:
    async with listening(adapter) as ear:
        original = await stage.post("#EdLdrs", f"Read me {word()}")
        again = (await stage.control("repost", id=original, author="reader"))["id"]
        after = await stage.post("#EdLdrs", word())
        await ear.heard(Posted, said(after))
        assert original in ids(ear)
        assert again not in ids(ear)


async def test_protected_accounts_are_never_public(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter
) -> None:
    async with listening(adapter) as ear:
        closed = await stage.post("#EdLdrs", f"for friends {word()}", visibility="followers")
        after = await stage.post("#EdLdrs", word())
        await ear.heard(Posted, said(after))
        given = [one for one in ear.of(Posted) if one.post.ref.id == closed]
        assert all(one.post.visibility is Visibility.FOLLOWERS for one in given)


async def test_likes_of_our_copies_are_counted(sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter) -> None:
    async with listening(adapter) as ear:
        ours = await adapter.post(outgoing(sandbox, f"Like me {word()}"), key())
        await ear.heard(Posted, said(ours.ref.id))
        await stage.react(ours.ref.id, author="one")
        await ear.heard(Reacted, lambda one: one.post == ours.ref.id and one.total == 1)
        await stage.react(ours.ref.id, author="two")
        twice = await ear.heard(Reacted, lambda one: one.post == ours.ref.id and one.total == 2)
        assert twice.kind == "favourite"


async def test_private_messages_are_heard_once(sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter) -> None:
    async with listening(adapter) as ear:
        words = [f"stop {word()} & go" for _ in range(12)]  # more than the first page
        for one in words:
            await stage.tell(one)
        await ear.heard(PrivateMessage, lambda one: one.text.plain == words[-1])
        to = ear.of(PrivateMessage)[0].author.account
        await adapter.note(to, Outgoing(text=Text(f"answer {word()}"), to=to), key())
        await stage.tell("bye")
        await ear.heard(PrivateMessage, lambda one: one.text.plain == "bye")
        cursors = dict(ear.cursors)
        assert [one.text.plain for one in ear.of(PrivateMessage)] == [*words, "bye"]
        assert len({one.id for one in ear.of(PrivateMessage)}) == 13
    async with listening(adapter, cursors) as ear:
        await stage.tell("again")
        await ear.heard(PrivateMessage, lambda one: one.text.plain == "again")


@pytest.mark.parametrize("kind", ["window", "capacity", "internal", "refuse", "half"])
async def test_a_search_that_fails_is_made_again(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter, kind: str
) -> None:
    async with listening(adapter) as ear:
        await stage.fault(kind, 2, paths=SEARCH, seconds=1)
        id = await stage.post("#EdLdrs", f"through {kind} {word()}")
        await ear.heard(Posted, said(id))


async def _ends(adapter: TwitterAdapter, cursors: Mapping[Stream, Cursor] | None = None) -> Exception:
    async with asyncio.timeout(PATIENCE):
        try:
            async for _ in adapter.events(cursors or {}):
                pass
        except Exception as error:
            return error
    raise AssertionError("events() ended")


async def test_what_needs_a_person_ends_the_events(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter, tmp_path: Path
) -> None:
    await stage.fault("cap", 1, paths=SEARCH)
    assert isinstance(await _ends(adapter), OutOfCredit)
    await stage.fault("credits", 1, paths=SEARCH)
    assert isinstance(await _ends(adapter), OutOfCredit)
    for read in ("search", "stream"):
        async with adapter_for(sandbox, tmp_path, read=read, bearer_token="wrong") as stranger:
            assert isinstance(await _ends(stranger), Unauthorized)


async def test_a_wrong_token_is_not_let_in(sandbox: Sandbox, stage: TwitterStage, tmp_path: Path) -> None:
    with pytest.raises(Unauthorized):
        async with adapter_for(sandbox, tmp_path, access_token="wrong"):
            pass


async def test_it_searches_as_the_account_where_there_is_no_app_token(
    sandbox: Sandbox, stage: TwitterStage, tmp_path: Path
) -> None:
    async with adapter_for(sandbox, tmp_path, bearer_token=None) as adapter, listening(adapter) as ear:
        id = await stage.post("#EdLdrs", word())
        await ear.heard(Posted, said(id))


# By stream


async def test_the_stream_repeats_itself_and_we_do_not(
    sandbox: Sandbox, stage: TwitterStage, streaming: TwitterAdapter
) -> None:
    async with listening(streaming) as ear:
        await connected(stage, ear)
        made = [await stage.post("#EdLdrs", f"{n} {word()}") for n in range(5)]
        await stage.control("repeat", posts=4)
        after = await stage.post("#EdLdrs", word())
        await ear.heard(Posted, said(after))
        assert [id for id in ids(ear) if id in (*made, after)] == [*made, after]


async def test_an_edit_is_streamed(sandbox: Sandbox, stage: TwitterStage, streaming: TwitterAdapter) -> None:
    async with listening(streaming) as ear:
        await connected(stage, ear)
        id = await stage.post("#EdLdrs", "before")
        await ear.heard(Posted, said(id))
        await stage.edit(id, "after")
        edited = await ear.heard(Edited, lambda one: one.post.ref.id == id)
        assert edited.post.text.plain == "after #EdLdrs"


@pytest.mark.parametrize("cut", [{"politely": True}, {"seconds": 0.4}])
async def test_what_passed_while_the_stream_was_down_comes_in_order(
    sandbox: Sandbox, stage: TwitterStage, streaming: TwitterAdapter, cut: dict[str, Any]
) -> None:
    async with listening(streaming) as ear:
        await connected(stage, ear)
        await stage.control("cut", **cut)
        made = [await stage.post("#EdLdrs", f"{n} {word()}") for n in range(4)]
        await ear.heard(Posted, said(made[-1]))
        await connected(stage, ear)
        assert [id for id in ids(ear) if id in made] == made


async def test_a_stream_that_falls_silent_is_opened_again(
    sandbox: Sandbox, stage: TwitterStage, tmp_path: Path
) -> None:
    await stage.control("settings", keep_alive=60)
    async with adapter_for(sandbox, tmp_path, read="stream", silence=1) as adapter, listening(adapter) as ear:
        await connected(stage, ear)
        await stage.control("requests", clear=True)

        async def reopened() -> bool:
            told = await stage.control("requests")
            return bool(told["requests"].get("GET /2/tweets/search/stream", 0) >= 2)

        await until(reopened)
        await connected(stage, ear)


async def test_signs_of_life_keep_a_quiet_stream(sandbox: Sandbox, stage: TwitterStage, tmp_path: Path) -> None:
    await stage.control("settings", keep_alive=0.1)
    async with adapter_for(sandbox, tmp_path, read="stream", silence=2) as adapter, listening(adapter) as ear:
        await connected(stage, ear)
        await stage.control("requests", clear=True)
        await asyncio.sleep(3)  # longer than silence is borne
        assert "GET /2/tweets/search/stream" not in (await stage.control("requests"))["requests"]


async def test_while_the_stream_is_taken_search_goes_on(
    sandbox: Sandbox, stage: TwitterStage, streaming: TwitterAdapter
) -> None:
    headers = {"Authorization": f"Bearer {sandbox.settings['bearer_token']}"}
    async with aiohttp.ClientSession(sandbox.settings["api_url"], headers=headers) as other:
        await other.post("/2/tweets/search/stream/rules", json={"add": [{"value": "cats", "tag": "somebody else's"}]})
        async with other.get("/2/tweets/search/stream") as held:
            assert held.status == 200
            async with listening(streaming) as ear:
                id = await stage.post("#EdLdrs", word())
                await ear.heard(Posted, said(id))
        rules = (await (await other.get("/2/tweets/search/stream/rules")).json())["data"]
        assert {one["tag"] for one in rules} == {"somebody else's", "edldrs:x"}


async def test_rules_are_ours_and_no_more(sandbox: Sandbox, stage: TwitterStage, streaming: TwitterAdapter) -> None:
    headers = {"Authorization": f"Bearer {sandbox.settings['bearer_token']}"}
    stale = {"add": [{"value": "#old -is:retweet", "tag": "edldrs:x"}]}
    async with aiohttp.ClientSession(sandbox.settings["api_url"], headers=headers) as other:
        await other.post("/2/tweets/search/stream/rules", json=stale)
        async with listening(streaming) as ear:
            await connected(stage, ear)
        rules = (await (await other.get("/2/tweets/search/stream/rules")).json())["data"]
    ours = [one["value"] for one in rules if one["tag"] == "edldrs:x"]
    assert ours == ["(#edldrs OR #edldrsuk) -is:retweet -from:EdLdrsBot"]


async def test_a_broken_line_does_not_stop_the_stream(
    sandbox: Sandbox, stage: TwitterStage, streaming: TwitterAdapter
) -> None:
    async with listening(streaming) as ear:
        await connected(stage, ear)
        nonsense = ('{"data": {"id"', "[]", '{"data": {"id": "5", "text": "nobody\'s"}}', '{"data": [7]}')
        for raw in nonsense:
            await stage.control("garble", raw=raw)
        id = await stage.post("#EdLdrs", word())
        await ear.heard(Posted, said(id))
        assert await streams(stage) == 1


# What it costs


class Meter(FreePurse):
    """Remembers what was spent, and can be shut; ``waiting`` is how many want to pay."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = asyncio.Event()
        self.opened.set()
        self.waiting = 0

    async def afford(self, micro_usd: int) -> None:
        self.waiting += 1
        await self.opened.wait()
        self.waiting -= 1


async def test_reading_waits_while_the_purse_is_empty(sandbox: Sandbox, stage: TwitterStage, tmp_path: Path) -> None:
    purse = Meter()
    async with adapter_for(sandbox, tmp_path, purse) as adapter, listening(adapter) as ear:
        before = await stage.post("#EdLdrs", word())
        await ear.heard(Posted, said(before))
        purse.opened.clear()
        await until(lambda: purse.waiting == 4, "not all wait: hashtags, mentions, own posts and messages")
        await stage.control("requests", clear=True)
        meanwhile = await stage.post("#EdLdrs", word())
        await asyncio.sleep(5 * sandbox.settings["search_every"])
        assert not (await stage.control("requests"))["requests"]
        purse.opened.set()
        await ear.heard(Posted, said(meanwhile))


async def test_what_is_noted_as_spent_is_no_less_than_what_x_charges(
    sandbox: Sandbox, stage: TwitterStage, tmp_path: Path
) -> None:
    purse = Meter()
    before = (await stage.control("ledger"))["total"]
    async with adapter_for(sandbox, tmp_path, purse) as adapter, listening(adapter) as ear:
        for _ in range(3):
            await stage.post("#EdLdrs", word(), author=word()[:10])
            await stage.post("#EdLdrs", f"@EdLdrsBot {word()}")
        await stage.tell(word())
        await ear.heard(PrivateMessage)
        last = await stage.post("#EdLdrs", word())
        await ear.heard(Posted, said(last))
        await ear.heard(Checkpoint, lambda one: one.stream == "own")
    charged = (await stage.control("ledger"))["total"] - before
    spent = sum(price for _, _, price in purse.spendings)
    assert charged <= spent < charged + 400_000
    assert adapter.account == AccountId((await stage.control("user", username="EdLdrsBot"))["id"])
