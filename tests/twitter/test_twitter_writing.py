"""What we do on X: once, told as it ended, at the price that was named."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.twitter.client import TwitterAdapter
from adapters.twitter.sandbox import TwitterStage
from bridge.adapter import (
    Absent,
    AdapterError,
    Attempt,
    Duplicate,
    Found,
    Gone,
    NotYet,
    OutOfCredit,
    PrivateMessage,
    Rate,
    RateLimited,
    Rejected,
    ReplyRefused,
    Sandbox,
    Seen,
    Unavailable,
    Uncertain,
)
from bridge.model.ids import AccountId, GlobalId, Key, PostRef, RemoteId
from bridge.model.message import MediaFile, Outgoing, Visibility
from bridge.model.text import Text, hashtag, join, link
from bridge.testing.contract.harness import key, word
from bridge.testing.contract.samples import PNG
from tests.twitter.rig import PATIENCE, adapter_for, listening, outgoing

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTLED = timedelta(seconds=10)
"""What began so long ago is there by now, or never will be."""


async def shown(stage: TwitterStage, said: str) -> Sequence[Seen]:
    return [one for one in await stage.timeline("#EdLdrs") if said in one.text]


def tagged(said: str) -> Text:
    return join([said, " ", hashtag("EdLdrs")])


async def error_of(adapter: TwitterAdapter, post: Outgoing, name: Key | None = None) -> AdapterError:
    with pytest.raises(AdapterError) as caught:
        await adapter.post(post, name or key())
    return caught.value


async def found(adapter: TwitterAdapter, attempt: Attempt) -> Found | Absent:
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await adapter.find(attempt)
            if not isinstance(answer, NotYet):
                return answer
            await asyncio.sleep(min(answer.seconds, 0.2))


async def asked(stage: TwitterStage) -> dict[str, int]:
    told: dict[str, int] = (await stage.control("requests", clear=True))["requests"]
    return told


async def test_a_text_is_one_request(sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter) -> None:
    await asked(stage)
    receipt = await adapter.post(outgoing(sandbox, tagged(word())), key())
    assert await asked(stage) == {"POST /2/tweets": 1}
    assert receipt.url == f"https://x.com/EdLdrsBot/status/{receipt.ref.id}"


async def test_a_thread_of_our_own(sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter) -> None:
    said = word()
    first = await adapter.post(outgoing(sandbox, tagged(f"1/2 {said}")), key())
    await adapter.post(outgoing(sandbox, f"2/2 {said}", reply_to=first.ref), key())
    assert [one.reply_to for one in await shown(stage, said)] == [None, first.ref.id]


async def test_pictures_go_with_their_description(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter
) -> None:
    said = word()
    files = (
        MediaFile(data=PNG, mime="image/png", name="red.png", alt="a red square"),
        MediaFile(data=PNG * 20_000, mime="image/png", name="large.png"),  # more than one chunk
    )
    assert len(files[1].data) > 1_000_000
    await adapter.post(outgoing(sandbox, tagged(said), media=files), key())
    (post,) = await shown(stage, said)
    assert post.alts == ("a red square", "")


async def test_a_picture_that_is_refused_stays_behind(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter
) -> None:
    said = word()
    files = (
        MediaFile(data=PNG, mime="image/tiffany", name="odd"),
        MediaFile(data=PNG, mime="image/png", name="red.png", alt="kept"),
    )
    await adapter.post(outgoing(sandbox, tagged(said), media=files), key())
    (post,) = await shown(stage, said)
    assert post.alts == ("kept",)


async def test_who_did_not_engage_is_not_answered(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter
) -> None:
    theirs = await stage.post("#EdLdrs", f"Q1: {word()}")
    answer = outgoing(sandbox, tagged(word()), reply_to=PostRef(theirs, RemoteId(theirs)))
    error = await error_of(adapter, answer)
    assert isinstance(error, ReplyRefused)
    assert "mentioned" in error.reason


async def test_who_summoned_us_is_answered_and_costs_less(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter
) -> None:
    async with listening(adapter) as ear:
        theirs = await stage.post("#EdLdrs", f"@EdLdrsBot, a question: {word()}")
        await ear.heard(object, lambda one: getattr(getattr(one, "post", None), "to_bot", False))
    answer = outgoing(sandbox, tagged(word()), reply_to=PostRef(theirs, RemoteId(theirs)))
    assert adapter.price("post", answer) == 10_000
    await adapter.post(answer, key())
    assert (await stage.control("ledger"))["lines"][-1]["micro_usd"] == 10_000


async def test_an_answer_to_what_is_gone(sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter) -> None:
    ours = await adapter.post(outgoing(sandbox, tagged(word())), key())
    await adapter.delete(ours.ref, None, key())
    assert isinstance(await error_of(adapter, outgoing(sandbox, word(), reply_to=ours.ref)), ReplyRefused)


async def test_what_is_gone_is_gone(sandbox: Sandbox, adapter: TwitterAdapter) -> None:
    ours = await adapter.post(outgoing(sandbox, tagged(word())), key())
    await adapter.delete(ours.ref, None, key())
    with pytest.raises(Gone):
        await adapter.delete(ours.ref, None, key())


async def test_the_same_text_twice_is_a_duplicate(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter
) -> None:
    post, began = outgoing(sandbox, tagged(f"Welcome to this week's chat {word()}")), datetime.now(UTC)
    first = await adapter.post(post, key())
    assert isinstance(await error_of(adapter, post), Duplicate)
    answer = await found(adapter, Attempt(post=post, key=key(), began_at=began))
    assert isinstance(answer, Found)
    assert [one.ref.id for one in answer.receipts] == [first.ref.id]
    claimed = Attempt(post=post, key=key(), began_at=began - SETTLED, claimed=frozenset({first.ref.id}))
    assert isinstance(await adapter.find(claimed), Absent)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("window", RateLimited),
        ("cap", OutOfCredit),
        ("credits", OutOfCredit),
        ("capacity", Unavailable),
        ("internal", Uncertain),
        ("refuse", Uncertain),
        ("lose", Uncertain),
        ("half", Uncertain),
    ],
)
async def test_faults_are_told_as_what_they_are(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter, kind: str, error: type[AdapterError]
) -> None:
    post, name, began = outgoing(sandbox, tagged(f"Through it all: {word()}")), key(), datetime.now(UTC)
    await stage.fault(kind, 1, methods=["POST"], paths=["/2/tweets"])
    assert type(await error_of(adapter, post, name)) is error
    answer = await found(adapter, Attempt(post=post, key=name, began_at=began)) if error is Uncertain else Absent()
    if isinstance(answer, Absent):
        await adapter.post(post, name)
    assert len(await shown(stage, post.text.plain)) == 1
    assert isinstance(answer, Found) == (kind in ("lose", "half"))


async def test_no_answer_in_time_is_uncertain(sandbox: Sandbox, stage: TwitterStage, tmp_path: Path) -> None:
    async with adapter_for(sandbox, tmp_path, request_timeout=1) as adapter:
        await stage.fault("hang", 1, methods=["POST"], paths=["/2/tweets"])
        began = time.monotonic()
        assert isinstance(await error_of(adapter, outgoing(sandbox, word())), Uncertain)
        assert time.monotonic() - began < 10


async def test_a_server_that_is_not_there_has_done_nothing(sandbox: Sandbox, adapter: TwitterAdapter) -> None:
    adapter._client.address = "http://127.0.0.1:9"
    assert isinstance(await error_of(adapter, outgoing(sandbox, word())), Unavailable)


async def test_a_lost_answer_is_found_among_what_x_rewrote(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter
) -> None:
    """Links become t.co, ``&`` is escaped, white space is trimmed, a picture adds a link of its own."""
    said = word()
    text = join(
        [f"  Anna & Ben <{said}> on matrix.org:  ", link("https://example.org/a?b=1&c=ü", "notes"), "\n\n\n", "👩🏽‍🏫 "]
    ) + hashtag("EdLdrs")
    post = outgoing(sandbox, text, media=(MediaFile(data=PNG, mime="image/png", alt="x"),))
    began = datetime.now(UTC)
    await stage.crash_after_send(1)
    assert isinstance(await error_of(adapter, post), Uncertain)
    answer = await found(adapter, Attempt(post=post, key=key(), began_at=began))
    assert isinstance(answer, Found)
    (seen,) = await shown(stage, said)
    assert [one.ref.id for one in answer.receipts] == [seen.id]


async def test_an_answer_is_not_found_among_what_stands_alone(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter
) -> None:
    question = await adapter.post(outgoing(sandbox, tagged(f"Q {word()}")), key())
    said, began = word(), datetime.now(UTC)
    alone = await adapter.post(outgoing(sandbox, said), key())
    answer = await found(adapter, Attempt(post=outgoing(sandbox, said), key=key(), began_at=began))
    assert isinstance(answer, Found)
    assert [one.ref.id for one in answer.receipts] == [alone.ref.id]
    answering = outgoing(sandbox, said, reply_to=question.ref)
    assert isinstance(await adapter.find(Attempt(post=answering, key=key(), began_at=began - SETTLED)), Absent)


async def test_a_lagging_index_is_waited_for(sandbox: Sandbox, stage: TwitterStage, tmp_path: Path) -> None:
    await stage.control("settings", index_lag=600)
    async with adapter_for(sandbox, tmp_path, index_lag=600) as adapter:
        post, name, began = outgoing(sandbox, tagged(word())), key(), datetime.now(UTC)
        await stage.crash_after_send(1)
        await error_of(adapter, post, name)
        attempt = Attempt(post=post, key=name, began_at=began)
        answer = await adapter.find(attempt)
        assert isinstance(answer, NotYet)
        assert 500 < answer.seconds <= 600
        await stage.control("settings", index_lag=0)
        assert isinstance(await found(adapter, attempt), Found)


async def test_a_rate_limit_ends_when_x_says_by_our_clock(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter
) -> None:
    """X's clock may be wrong by minutes, as far as signatures are still taken."""
    await stage.control("settings", clock_offset=120)
    await stage.throttle(1, 30)
    error = await error_of(adapter, outgoing(sandbox, word()))
    assert isinstance(error, RateLimited)
    assert timedelta(seconds=25) < error.until - datetime.now(UTC) < timedelta(seconds=35)


async def test_x_says_how_much_it_lets_us_do(sandbox: Sandbox, stage: TwitterStage, tmp_path: Path) -> None:
    """Documented is 100 in 15 minutes; what X says counts, and is known to the next run."""

    def posts(rates: tuple[Rate, ...]) -> list[int]:
        return [one.count for one in rates if one.operation == "post" and one.per == timedelta(minutes=15)]

    channel = outgoing(sandbox, "").channel
    assert channel is not None
    async with adapter_for(sandbox, tmp_path) as adapter:
        assert posts((await adapter.limits(channel)).rates) == [100]
        await adapter.post(outgoing(sandbox, tagged(word())), key())
        assert posts((await adapter.limits(channel)).rates) == [100_000]
    async with adapter_for(sandbox, tmp_path) as adapter:
        assert posts((await adapter.limits(channel)).rates) == [100_000]
    (tmp_path / "limits.json").write_text("damaged")
    async with adapter_for(sandbox, tmp_path) as adapter:
        assert posts((await adapter.limits(channel)).rates) == [100]


async def test_no_credit(sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter) -> None:
    await stage.control("settings", credits=0)
    assert isinstance(await error_of(adapter, outgoing(sandbox, word())), OutOfCredit)


@pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.DIRECT])
async def test_what_is_not_for_all_is_never_posted(
    sandbox: Sandbox, adapter: TwitterAdapter, visibility: Visibility
) -> None:
    assert isinstance(await error_of(adapter, outgoing(sandbox, word(), visibility=visibility)), Rejected)


async def test_prices_are_what_is_charged(sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter) -> None:
    picture = MediaFile(data=PNG, mime="image/png", alt="described")
    posts = [
        outgoing(sandbox, tagged(f"plain matrix.org README.md {word()}")),
        outgoing(sandbox, join([f"{word()} ", link("https://example.org/a")])),
        outgoing(sandbox, tagged(word()), media=(picture,)),
        outgoing(sandbox, tagged(word()), media=(picture, MediaFile(data=PNG, mime="image/png"))),
    ]
    for post in posts:
        before = (await stage.control("ledger"))["total"]
        receipt = await adapter.post(post, key())
        after = (await stage.control("ledger"))["total"]
        assert after - before == adapter.price("post", post)
    await adapter.delete(receipt.ref, None, key())
    assert (await stage.control("ledger"))["total"] - after == adapter.price("delete", None)


async def test_private_notes(sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter) -> None:
    async with listening(adapter) as ear:
        await stage.tell("stop", author="quiet")
        told = await ear.heard(PrivateMessage)
    to, said, began = told.author.account, word(), datetime.now(UTC)
    note = Outgoing(text=Text(f"Done. {said} & so on"), to=to)
    await stage.crash_after_send(1)
    with pytest.raises(Uncertain):
        await adapter.note(to, note, key())
    answer = await found(adapter, Attempt(post=note, key=key(), began_at=began))
    assert isinstance(answer, Found)
    assert await stage.told(author="quiet") == [f"Done. {said} & so on"]


async def test_who_takes_no_private_messages_is_left_alone(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter
) -> None:
    closed = await stage.control("user", username="closed", refuses_messages=True)
    to = AccountId(closed["id"])
    with pytest.raises(Rejected, match="403"):
        await adapter.note(to, Outgoing(text=Text("hello"), to=to), key())
    assert await stage.told(author="closed") == []


async def test_private_messages_are_off_unless_set(sandbox: Sandbox, stage: TwitterStage, tmp_path: Path) -> None:
    await asked(stage)
    async with adapter_for(sandbox, tmp_path, private_messages=False) as adapter:
        to = AccountId("7")
        with pytest.raises(Rejected, match="private_messages"):
            await adapter.note(to, Outgoing(text=Text("hello"), to=to), key())
        async with listening(adapter):
            pass
    assert not any("dm_" in one for one in await asked(stage))


async def test_lookup(sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter) -> None:
    kept = await stage.post("#EdLdrs", f"kept {word()}")
    gone = await stage.post("#EdLdrs", f"gone {word()}")
    edited = await stage.post("#EdLdrs", f"before {word()}")
    closed = await stage.post("#EdLdrs", f"soon protected {word()}", author="shy")
    await stage.delete(gone)
    await stage.edit(edited, "after")
    await stage.control("user", username="shy", protected=True)
    lookup = adapter.lookup  # type: ignore[attr-defined]
    told = await lookup([PostRef(id) for id in (kept, gone, edited, closed)])
    assert told[gone] is told[closed] is None
    assert told[kept].text.plain.startswith("kept")
    assert told[edited].text.plain == "after #EdLdrs"
    assert told[edited].ref.id == edited
    many = await lookup([PostRef(GlobalId(str(n))) for n in range(1, 251)])
    assert set(many.values()) == {None}
    assert len(many) == 250
