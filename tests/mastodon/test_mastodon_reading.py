"""What comes in from a server: live by both transports, after an outage, by lookup, and from further servers."""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.mastodon.client import MastodonAdapter
from adapters.mastodon.sandbox import MastodonStage, open_sandbox
from bridge.adapter import (
    BadEvent,
    CaughtUp,
    Checkpoint,
    Deleted,
    Edited,
    Posted,
    PrivateMessage,
    Reacted,
    Sandbox,
    Unauthorized,
    powers,
)
from bridge.model.ids import ChannelId, GlobalId, Key, Place, PostRef
from bridge.model.message import Outgoing, Visibility
from bridge.model.text import Text
from tests.mastodon.rig import adapter_for, connected, listening

pytestmark = pytest.mark.asyncio(loop_scope="module")
TAG = "#EdLdrs"


def word() -> str:
    return "w" + secrets.token_hex(5)


@pytest.mark.parametrize("transport", ["sse", "websocket"])
async def test_all_that_happens_arrives_live(
    sandbox: Sandbox, stage: MastodonStage, tmp_path: Path, transport: str
) -> None:
    said = word()
    async with adapter_for(sandbox, tmp_path, transport=transport) as adapter, listening(adapter) as ear:
        post = await stage.post(TAG, f"{said} & more", content_warning="long", language="de")
        posted = await ear.heard(Posted, lambda e: e.post.ref.id == post)
        assert posted.post.text.plain == f"{said} & more {TAG}"
        assert posted.post.places == {Place("#edldrs")}
        assert posted.channel == ChannelId("c/m/#EdLdrs")
        assert (posted.post.content_warning, posted.post.language) == ("long", "de")
        assert posted.post.author.account == "leader@mastodon.example"

        await stage.edit(post, f"{said} better {TAG}")
        edited = await ear.heard(Edited, lambda e: e.post.ref.id == post)
        assert edited.post.text.plain == f"{said} better {TAG}"
        assert edited.post.edited_at is not None

        await stage.tell(f"stop {said}")
        told = await ear.heard(PrivateMessage, lambda e: said in e.text.plain)
        assert told.text.plain == f"stop {said}"

        ours = await adapter.post(Outgoing(text=Text(said), channel=posted.channel), Key(word()))
        await stage.react(ours.ref.id)
        await stage.boost(ours.ref.id)
        kinds = {(await ear.heard(Reacted, lambda e, k=kind: e.kind == k)).kind for kind in ("favourite", "boost")}
        assert kinds == {"favourite", "boost"}

        await stage.delete(post)
        await ear.heard(Deleted, lambda e: e.post == post)


async def test_a_public_mention_without_the_hashtag_arrives_and_addresses_the_bot(
    adapter: MastodonAdapter, stage: MastodonStage
) -> None:
    async with listening(adapter) as ear:
        post = await stage.post(TAG, f"@edldrs {word()}", hashtag=False)
        posted = await ear.heard(Posted, lambda e: e.post.ref.id == post)
    assert posted.post.to_bot
    assert posted.channel is None
    assert not posted.post.places


@pytest.mark.parametrize("visibility", ["unlisted", "followers"])
async def test_what_its_author_did_not_make_public_is_not_given_as_public(
    adapter: MastodonAdapter, stage: MastodonStage, visibility: str
) -> None:
    async with listening(adapter) as ear:
        post = await stage.post(TAG, f"@edldrs {word()}", visibility=visibility)
        posted = await ear.heard(Posted, lambda e: e.post.ref.id == post)
    assert posted.post.visibility is Visibility(visibility)
    assert not posted.post.places


async def test_a_private_message_is_never_given_as_a_post(adapter: MastodonAdapter, stage: MastodonStage) -> None:
    said = word()
    async with listening(adapter) as ear:
        await stage.post(TAG, f"@edldrs {said}", visibility="direct")
        await ear.heard(PrivateMessage, lambda e: said in e.text.plain)
        after = await stage.post(TAG, word())
        await ear.heard(Posted, lambda e: e.post.ref.id == after)
    assert not [e for e in ear.of(Posted) if said in e.post.text.plain]


async def test_the_first_checkpoint_of_a_stream_comes_before_its_events(
    adapter: MastodonAdapter, stage: MastodonStage
) -> None:
    await stage.post(TAG, "from before the first start")
    async with listening(adapter) as ear:
        post = await stage.post(TAG, word())
        await ear.heard(Posted, lambda e: e.post.ref.id == post)
    mine = [e for e in ear.events if getattr(e, "stream", "") == "#edldrs"]
    assert isinstance(mine[0], Checkpoint)
    assert "from before" not in " ".join(e.post.text.plain for e in ear.of(Posted))


async def test_after_an_outage_what_was_missed_comes_complete_and_in_order(
    sandbox: Sandbox, stage: MastodonStage, tmp_path: Path
) -> None:
    async with adapter_for(sandbox, tmp_path) as adapter, listening(adapter) as ear:
        cursors = ear.cursors
    missed = [await stage.post(TAG, f"{n} {word()}") for n in range(90)]  # more than two pages
    async with adapter_for(sandbox, tmp_path) as adapter, listening(adapter, cursors) as ear:
        caught_up = await ear.heard(CaughtUp, lambda e: e.stream == "#edldrs")
    assert [e.post.ref.id for e in ear.of(Posted) if e.post.ref.id in missed] == missed
    last = max(n for n, e in enumerate(ear.events) if isinstance(e, Posted))
    assert any(isinstance(e, Checkpoint) and e.stream == "#edldrs" for e in ear.events[last:])
    assert ear.events.index(caught_up) > last
    assert caught_up.since < datetime.now(UTC) - timedelta(hours=23)


async def test_a_stream_that_is_cut_is_opened_again_and_nothing_is_lost(
    adapter: MastodonAdapter, stage: MastodonStage
) -> None:
    async with listening(adapter) as ear:
        await stage.cut(1.0)
        post = await stage.post(TAG, word())
        await ear.heard(Posted, lambda e: e.post.ref.id == post)
        after = await stage.post(TAG, word())
        await ear.heard(Posted, lambda e: e.post.ref.id == after)
    given = [e.post.ref.id for e in ear.of(Posted) if e.stream == "#edldrs"]
    assert len(given) == len(set(given))


async def test_a_federated_post_that_arrives_late_is_found_by_the_overlap(
    sandbox: Sandbox, stage: MastodonStage, tmp_path: Path
) -> None:
    """Its id is from when it was written: older than what was read last."""
    async with adapter_for(sandbox, tmp_path) as adapter, listening(adapter) as ear:
        first = await stage.post(TAG, word())
        await ear.heard(Posted, lambda e: e.post.ref.id == first)
        written = datetime.now(UTC)
        newest = await stage.post(TAG, word())
        await ear.heard(Posted, lambda e: e.post.ref.id == newest)
        cursors = {**ear.cursors}
        cursors.update((await ear.heard(Checkpoint, lambda e: e.stream == "#edldrs")) and ear.cursors)
    uri = f"https://elsewhere.example/{word()}"
    local = await stage.arrive(uri=uri, acct="kim@elsewhere.example", text=f"late {TAG}", created_at=written)
    async with adapter_for(sandbox, tmp_path) as adapter, listening(adapter, cursors) as ear:
        posted = await ear.heard(Posted, lambda e: e.post.ref.id == uri)
    assert posted.post.ref == PostRef(GlobalId(uri), posted.post.ref.remote)
    assert posted.post.ref.remote == local
    assert posted.post.author.handle == "@kim@elsewhere.example"


async def test_missed_edits_and_deletes_are_told_by_lookup(
    sandbox: Sandbox, stage: MastodonStage, tmp_path: Path
) -> None:
    async with adapter_for(sandbox, tmp_path) as adapter, listening(adapter) as ear:
        ids = [await stage.post(TAG, word()) for _ in range(3)]
        refs = [(await ear.heard(Posted, lambda e, i=id: e.post.ref.id == i)).post.ref for id in ids]
    await stage.edit(ids[0], "edited meanwhile")
    await stage.delete(ids[1])
    async with adapter_for(sandbox, tmp_path) as adapter:
        told = await adapter.lookup([*refs, PostRef(GlobalId("https://unknown.example/1"))])
    edited, kept = told[ids[0]], told[ids[2]]
    assert edited is not None
    assert edited.text.plain == "edited meanwhile"
    assert edited.edited_at is not None
    assert told[ids[1]] is None
    assert kept is not None
    assert kept.edited_at is None
    assert "https://unknown.example/1" not in told


@pytest.mark.parametrize("transport", ["sse", "websocket"])
async def test_a_server_that_closes_streams_at_once_is_not_hammered(
    sandbox: Sandbox, stage: MastodonStage, tmp_path: Path, transport: str
) -> None:
    await stage.fate(close_streams_at_once=True, connects=[])
    async with adapter_for(sandbox, tmp_path, transport=transport) as adapter, listening(adapter):
        connects = await connected(stage, 9)  # three streams, three times each
    assert connects[8] - connects[0] >= 1.5  # 0.5 to 1 s before the second, 1 to 2 s before the third


async def test_a_silent_stream_counts_as_broken(sandbox: Sandbox, stage: MastodonStage, tmp_path: Path) -> None:
    """The stand-in shows life every five seconds; whoever wants it every second connects anew."""
    await stage.fate(connects=[])
    async with adapter_for(sandbox, tmp_path, silence=1.0) as adapter, listening(adapter):
        await connected(stage, 4)


@pytest.mark.parametrize("transport", ["sse", "websocket"])
async def test_a_malformed_event_is_set_aside_and_the_stream_goes_on(
    sandbox: Sandbox, stage: MastodonStage, tmp_path: Path, transport: str
) -> None:
    async with adapter_for(sandbox, tmp_path, transport=transport) as adapter, listening(adapter) as ear:
        await stage.fate(connects=[])
        await stage.garble(TAG)
        bad = await ear.heard(BadEvent)
        post = await stage.post(TAG, word())
        await ear.heard(Posted, lambda e: e.post.ref.id == post)
        assert (await stage.fate())["connects"] == []
    assert bad.raw.startswith('{"id"')


async def test_answers_without_the_hashtag_are_read_from_watched_threads(
    adapter: MastodonAdapter, stage: MastodonStage
) -> None:
    async with listening(adapter) as ear:
        question = await stage.post(TAG, word())
        root = (await ear.heard(Posted, lambda e: e.post.ref.id == question)).post.ref
        await adapter.watch([root])
        answer = await stage.post(TAG, word(), reply_to=question, hashtag=False, author="reader")
        posted = await ear.heard(Posted, lambda e: e.post.ref.id == answer)
        assert posted.post.reply_to == root
        await stage.edit(answer, "better")
        await ear.heard(Edited, lambda e: e.post.ref.id == answer and e.post.text.plain == "better")
        await stage.delete(answer)
        await ear.heard(Deleted, lambda e: e.post == answer)
        await adapter.watch([])


async def test_a_hashtag_is_read_from_further_servers_and_one_post_stays_one(
    sandbox: Sandbox, stage: MastodonStage, tmp_path: Path
) -> None:
    async with open_sandbox(tmp_path / "second") as second:
        also = [second.settings["server"], {"server": second.settings["server"], "token": "token-edldrs"}]
        there = second.stage
        assert isinstance(there, MastodonStage)
        for number, further in enumerate(also):  # polled, and streamed
            folder = tmp_path / f"n{number}"
            folder.mkdir()
            async with adapter_for(sandbox, folder, also_read=[further]) as adapter, listening(adapter) as ear:
                only_there = await there.post(TAG, word())
                posted = await ear.heard(Posted, lambda e, i=only_there: e.post.ref.id == i)
                assert posted.post.ref.remote == ""
                assert posted.post.places == {Place("#edldrs")}
                # A post of ours, federated there, is the same post.
                here = await stage.post(TAG, word())
                await there.arrive(
                    uri=here, acct="leader@mastodon.example", text=f"x {TAG}", created_at=datetime.now(UTC)
                )
                await ear.heard(Posted, lambda e, i=here: e.post.ref.id == i and " " in e.stream)
                assert {e.post.ref.id for e in ear.of(Posted) if e.post.ref.id == here} == {here}
                assert (await adapter.lookup([posted.post.ref]))[only_there] is not None
                # Answering what only the other server has: it is fetched by its address first.
                local = await stage.arrive(
                    uri=only_there, acct="a@second.example", text="y", created_at=datetime.now(UTC)
                )
                answer = Outgoing(text=Text("yes"), channel=posted.channel, reply_to=posted.post.ref)
                receipt = await adapter.post(answer, Key(word()))
                seen = {one.id: one for one in await stage.timeline(TAG)}
                assert receipt.ref.id not in seen  # it has no hashtag
                assert local


async def test_a_token_that_is_no_longer_valid_ends_the_events(
    sandbox: Sandbox, tmp_path: Path, stage: MastodonStage
) -> None:
    with pytest.raises(Unauthorized):
        async with adapter_for(sandbox, tmp_path, token="revoked"):
            pass


async def test_leaving_ends_all_threads(sandbox: Sandbox, stage: MastodonStage, tmp_path: Path) -> None:
    for transport in ("sse", "websocket"):
        async with adapter_for(sandbox, tmp_path, transport=transport) as adapter, listening(adapter):
            assert [one for one in threading.enumerate() if one.name.startswith("stream ")]
    left = [one.name for one in threading.enumerate() if one.name.startswith(("stream ", "read ", "write "))]
    assert left == []


async def test_its_powers_are_declared(adapter: MastodonAdapter) -> None:
    assert set(powers(adapter)) == {"Edits", "Deletes", "PrivateNotes", "Lookup", "ThreadWatching", "Ballots"}
    assert adapter.account == "edldrs@mastodon.example"
    assert adapter.place(ChannelId("c/m/#EdLdrs")) == "#edldrs"
