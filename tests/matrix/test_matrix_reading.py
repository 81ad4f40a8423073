"""What comes in from a homeserver: rooms, gaps, invitations, edits and what takes them back, encryption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.matrix.client import MatrixAdapter
from adapters.matrix.sandbox import MatrixStage
from adapters.matrix.sandbox.people import mxid, path
from adapters.matrix.sandbox.stage import BOT, HOST
from bridge.adapter import (
    BadEvent,
    ChannelClosed,
    Checkpoint,
    Deleted,
    Edited,
    Invited,
    Posted,
    PrivateMessage,
    Reacted,
    Sandbox,
    Severity,
    Unauthorized,
    powers,
)
from bridge.model.ids import Cursor, GlobalId, Place, PostRef
from bridge.model.message import MediaKind
from tests.matrix.rig import PATIENCE, Ear, adapter_for, channel_of, key, listening, outgoing, word

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def live(ear: Ear) -> None:
    """Its first sync is under way: what happens from now on is heard."""
    await ear.hear(lambda e: isinstance(e, Checkpoint), "the first Checkpoint")


async def open_room(stage: MatrixStage, who: str = HOST, **body: Any) -> str:
    made = await stage.people.call(who, "POST", path("createRoom"), {"preset": "private_chat", **body})
    return str(made["room_id"])


ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


async def test_a_gap_that_a_sync_leaves_is_filled_in_order(
    sandbox: Sandbox, stage: MatrixStage, tmp_path: Path
) -> None:
    channel = sandbox.channels[0]
    async with adapter_for(sandbox, tmp_path) as adapter, listening(adapter, PATIENCE) as ear:
        before = await stage.post(channel, word())
        await ear.post(before)
        cursors = await ear.checkpoint()
    first = await stage.post(channel, word())
    made = [first, *[await stage.post(channel, f"{n} {word()}") for n in range(230)]]  # more than two pages
    await stage.edit(first, "edited in the gap")
    await stage.delete(made[1])
    async with adapter_for(sandbox, tmp_path) as adapter, listening(adapter, PATIENCE, cursors) as ear:
        await ear.post(made[-1])
        edited = await ear.hear(lambda e: isinstance(e, Edited) and e.post.ref.id == first, "the edit")
        await ear.hear(lambda e: isinstance(e, Deleted) and e.post == made[1], "the deletion")
        after = await stage.post(channel, word())
        await ear.post(after)
    assert isinstance(edited, Edited)
    assert edited.post.text.plain == "edited in the gap"
    heard = [e.post.ref.id for e in ear.events if isinstance(e, Posted)]
    assert heard == [first, *made[2:], after]
    assert all(e.post.author.name == "Leader" for e in ear.events if isinstance(e, Posted))


async def test_a_channel_is_a_room_by_alias_or_by_id_and_is_entered(
    sandbox: Sandbox, stage: MatrixStage, tmp_path: Path
) -> None:
    named = await open_room(stage, preset="public_chat", room_alias_name=word())
    alias = (await stage.people.call(HOST, "GET", path("rooms", named, "state", "m.room.canonical_alias")))["alias"]
    by_id = await open_room(stage, preset="public_chat")
    for room in (named, by_id):  # what is from before the bot came is not for the bridge
        await stage.people.send(HOST, room, "m.room.message", {"msgtype": "m.text", "body": "from before"})
    async with (
        adapter_for(sandbox, tmp_path, (alias, by_id)) as adapter,
        listening(adapter, PATIENCE) as ear,
    ):
        assert adapter.place(channel_of(alias)) == Place(named)
        assert adapter.place(channel_of(by_id)) == Place(by_id)
        await live(ear)
        for room, address in ((named, alias), (by_id, by_id)):
            id = await stage.people.send(HOST, room, "m.room.message", {"msgtype": "m.text", "body": "now"})
            post = await ear.post(GlobalId(id))
            assert post.places == {Place(room)}
            assert next(e.channel for e in ear.events if isinstance(e, Posted) and e.post == post) == channel_of(
                address
            )
    assert not [e for e in ear.events if isinstance(e, Posted) and "before" in e.post.text.plain]


async def test_a_room_that_needs_an_invitation_is_entered_at_one(
    sandbox: Sandbox, stage: MatrixStage, tmp_path: Path
) -> None:
    room = await open_room(stage, "leader")  # leader is no admin of the bridge, but this is a channel's room
    async with adapter_for(sandbox, tmp_path, (room,)) as adapter, listening(adapter, PATIENCE) as ear:
        await live(ear)
        with pytest.raises(ChannelClosed, match="invite @edldrs:localhost"):
            await adapter.post(outgoing(room, word()), key())
        (finding,) = [one for one in await adapter.check() if one.severity is Severity.ERROR]
        assert finding.mend.startswith("Invite @edldrs:localhost")

        await stage.people.send("leader", room, "m.room.message", {"msgtype": "m.text", "body": "from before"})
        await stage.people.call("leader", "POST", path("rooms", room, "invite"), {"user_id": mxid(BOT)})
        invited = await ear.hear(lambda e: isinstance(e, Invited) and e.place == room, "Invited")
        assert isinstance(invited, Invited)
        assert (invited.accepted, invited.by) == (True, mxid("leader"))
        id = await stage.people.send("leader", room, "m.room.message", {"msgtype": "m.text", "body": "now"})
        await ear.post(GlobalId(id))
        assert not [e for e in ear.events if isinstance(e, Posted) and "before" in e.post.text.plain]
        await adapter.post(outgoing(room, word()), key())

        await stage.people.call("leader", "POST", path("rooms", room, "kick"), {"user_id": mxid(BOT), "reason": "no"})
        for _ in range(100):
            try:
                await adapter.post(outgoing(room, word()), key())
            except ChannelClosed:
                break
        with pytest.raises(ChannelClosed):
            await adapter.post(outgoing(room, word()), key())


async def test_a_room_that_gets_its_alias_later_is_the_channel_then(
    sandbox: Sandbox, stage: MatrixStage, tmp_path: Path
) -> None:
    alias = f"#{word()}:localhost"
    async with adapter_for(sandbox, tmp_path, (alias,)) as adapter, listening(adapter, PATIENCE) as ear:
        await live(ear)
        place = adapter.place(channel_of(alias))
        with pytest.raises(ChannelClosed, match="no such room"):
            await adapter.post(outgoing(alias, word()), key())
        room = await open_room(stage, room_alias_name=alias[1:].partition(":")[0], invite=[mxid(BOT)])
        await ear.hear(lambda e: isinstance(e, Invited) and e.accepted, "Invited")
        await adapter.post(outgoing(alias, word()), key())
        id = await stage.people.send(HOST, room, "m.room.message", {"msgtype": "m.text", "body": "now"})
        assert {place, Place(room)} == (await ear.post(GlobalId(id))).places


async def test_an_admin_may_invite_anywhere_and_others_may_not(adapter: MatrixAdapter, stage: MatrixStage) -> None:
    async with listening(adapter, PATIENCE) as ear:
        await live(ear)
        rooms = {who: await open_room(stage, who, invite=[mxid(BOT)]) for who in (HOST, "reader")}
        told = {}
        for room in rooms.values():
            event = await ear.hear(lambda e, r=room: isinstance(e, Invited) and e.place == r, "Invited")
            assert isinstance(event, Invited)
            told[event.by] = event
        assert told[mxid(HOST)].accepted
        assert not told[mxid("reader")].accepted
        assert told[mxid("reader")].why
        members = await stage.people.call("reader", "GET", path("rooms", rooms["reader"], "members"))
        bot = next(e for e in members["chunk"] if e["state_key"] == mxid(BOT))
        assert bot["content"]["membership"] == "leave"


async def test_an_edit_by_somebody_else_is_no_edit(
    adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage
) -> None:
    channel = sandbox.channels[0]
    async with listening(adapter, PATIENCE) as ear:
        await live(ear)
        post = await stage.post(channel, word())
        new = {"msgtype": "m.text", "body": "forged"}
        relation = {"rel_type": "m.replace", "event_id": post}
        forged = {**new, "m.new_content": new, "m.relates_to": relation}
        id = await stage.say(channel, forged, author="reader")
        bad = await ear.hear(lambda e: isinstance(e, BadEvent) and e.id == id, "BadEvent")
        told = await adapter.lookup([PostRef(post, (await ear.post(post)).ref.remote)])
    assert isinstance(bad, BadEvent)
    assert "somebody else" in bad.why
    assert not [e for e in ear.events if isinstance(e, Edited)]
    assert told[post] is not None
    assert told[post].text.plain != "forged"  # type: ignore[union-attr]


async def test_an_edit_that_is_taken_back_reads_as_before(
    adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage
) -> None:
    channel, said = sandbox.channels[0], word()
    async with listening(adapter, PATIENCE) as ear:
        await live(ear)
        parent = await stage.post(channel, word())
        post = await stage.post(channel, said, reply_to=parent)
        new = {"msgtype": "m.text", "body": "better"}
        edit = await stage.say(channel, {**new, "m.new_content": new, "m.relates_to": _of(post)})
        await ear.hear(lambda e: isinstance(e, Edited) and e.post.text.plain == "better", "Edited")
        await stage.delete(edit)
        back = await ear.hear(lambda e: isinstance(e, Edited) and e.post.text.plain == said, "Edited back")
    assert isinstance(back, Edited)
    assert back.post.reply_to is not None
    assert back.post.reply_to.id == parent
    edits = [e.post.edited_at for e in ear.events if isinstance(e, Edited)]
    assert edits == sorted(edits, key=str)
    assert not [e for e in ear.events if isinstance(e, Deleted)]


def _of(post: str) -> dict[str, str]:
    return {"rel_type": "m.replace", "event_id": post}


async def test_reactions_come_and_go_with_their_emoji(
    adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage
) -> None:
    async with listening(adapter, PATIENCE) as ear:
        await live(ear)
        post = await stage.post(sandbox.channels[0], word())
        reaction = await stage.annotate(post, "🎉")
        given = await ear.hear(lambda e: isinstance(e, Reacted) and not e.withdrawn, "Reacted")
        assert given == Reacted(post=post, kind="🎉", by=mxid("reader"), id=reaction)  # type: ignore[arg-type]
        await stage.delete(reaction)
        taken = await ear.hear(lambda e: isinstance(e, Reacted) and e.withdrawn, "Reacted, withdrawn")
        assert taken == Reacted(post=post, kind="🎉", by=mxid("reader"), id=reaction, withdrawn=True)  # type: ignore[arg-type]
    assert not [e for e in ear.events if isinstance(e, Deleted)]


async def test_only_what_others_remove_of_ours_is_told(
    adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage
) -> None:
    channel = sandbox.channels[0]
    async with listening(adapter, PATIENCE) as ear:
        await live(ear)
        ours, theirs = [await adapter.post(outgoing(channel, word()), key()) for _ in range(2)]
        await adapter.delete(ours.ref, channel_of(channel), key())
        await stage.delete(theirs.ref.id)
        await ear.hear(lambda e: isinstance(e, Deleted) and e.post == theirs.ref.id, "Deleted")
    assert ours.ref.id not in [e.post for e in ear.events if isinstance(e, Deleted)]


async def test_an_encrypted_room_is_answered_once_and_never_silent(
    sandbox: Sandbox, stage: MatrixStage, tmp_path: Path
) -> None:
    room = await open_room(stage, preset="public_chat", initial_state=[ENCRYPTION])
    secret = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "y"}
    for _ in range(2):
        async with (
            adapter_for(sandbox, tmp_path, (room, sandbox.channels[0])) as adapter,
            listening(adapter, PATIENCE) as ear,
        ):
            await live(ear)
            for _ in range(3):
                await stage.people.send(HOST, room, "m.room.encrypted", secret)
            await ear.post(await stage.post(sandbox.channels[0], word()))
            with pytest.raises(ChannelClosed, match="encrypted"):
                await adapter.post(outgoing(room, word()), key())
            (finding,) = [one for one in await adapter.check() if one.severity is Severity.ERROR]
            assert "encrypted" in finding.says
            assert "without encryption" in finding.mend
            assert not [e for e in ear.events if isinstance(e, BadEvent)]
    assert await _said_by_bot(stage, room) == 1


async def _said_by_bot(stage: MatrixStage, room: str) -> int:
    page = await stage.people.call(HOST, "GET", path("rooms", room, "messages"), dir="b", limit=100)
    return sum(event["sender"] == mxid(BOT) and event["type"] == "m.room.message" for event in page["chunk"])


async def test_a_room_that_becomes_encrypted_is_left_alone(
    sandbox: Sandbox, stage: MatrixStage, tmp_path: Path
) -> None:
    room = await open_room(stage, preset="public_chat")
    async with adapter_for(sandbox, tmp_path, (room,)) as adapter, listening(adapter, PATIENCE) as ear:
        await live(ear)
        await adapter.post(outgoing(room, word()), key())
        await stage.people.call(HOST, "PUT", path("rooms", room, "state", "m.room.encryption"), ENCRYPTION["content"])
        for _ in range(100):
            try:
                await adapter.post(outgoing(room, word()), key())
            except ChannelClosed:
                break
        with pytest.raises(ChannelClosed, match="encrypted"):
            await adapter.post(outgoing(room, word()), key())


async def test_who_writes_encrypted_in_private_is_told_how_to(adapter: MatrixAdapter, stage: MatrixStage) -> None:
    async with listening(adapter, PATIENCE) as ear:
        await live(ear)
        room = await open_room(stage, "newcomer", is_direct=True, invite=[mxid(BOT)], initial_state=[ENCRYPTION])
        await ear.hear(lambda e: isinstance(e, Invited) and e.place == room, "Invited")
        for _ in range(100):
            page = await stage.people.call("newcomer", "GET", path("rooms", room, "messages"), dir="b", limit=20)
            said = [e["content"]["body"] for e in page["chunk"] if e["type"] == "m.room.message"]
            if said:
                break
        assert "!stop" in said[0]
        # What we have to say to them goes elsewhere.
        await adapter.note(mxid("newcomer"), outgoing("", "Done.", to=mxid("newcomer")), key())  # type: ignore[arg-type]
        assert await stage.told(author="newcomer") == [said[0], "Done."]


async def test_a_private_word_is_heard_from_before_the_bot_came_in(adapter: MatrixAdapter, stage: MatrixStage) -> None:
    """Clients send the invitation and the first message together."""
    async with listening(adapter, PATIENCE) as ear:
        await live(ear)
        await stage.tell("stop", author="quick")
        told = await ear.hear(lambda e: isinstance(e, PrivateMessage) and e.author.name == "Quick", "PrivateMessage")
    assert isinstance(told, PrivateMessage)
    assert (told.text.plain, told.author.account) == ("stop", mxid("quick"))


async def test_a_room_of_three_is_not_private(adapter: MatrixAdapter, stage: MatrixStage) -> None:
    async with listening(adapter, PATIENCE) as ear:
        await live(ear)
        room = await open_room(stage, "leader", is_direct=True, invite=[mxid(BOT), mxid("reader")])
        await stage.people.call("reader", "POST", path("join", room), {})
        await ear.hear(lambda e: isinstance(e, Invited) and e.place == room, "Invited")
        await stage.people.send("leader", room, "m.room.message", {"msgtype": "m.text", "body": "among us three"})
        await stage.tell("between us two")
        await ear.hear(lambda e: isinstance(e, PrivateMessage) and e.text.plain == "between us two", "PrivateMessage")
    assert not [e for e in ear.events if isinstance(e, PrivateMessage) and "three" in e.text.plain]
    assert not [e for e in ear.events if isinstance(e, Posted)]


async def test_hostile_and_broken_events_are_set_aside(
    adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage
) -> None:
    channel = sandbox.channels[0]
    async with listening(adapter, PATIENCE) as ear:
        await live(ear)
        post = await stage.post(channel, word())
        annotates = {"m.relates_to": {"rel_type": "m.annotation", "event_id": post, "key": ""}}
        edit = {"msgtype": "m.text", "body": "* x", "m.relates_to": _of(post)}
        bad = {
            await stage.garble(channel),
            await stage.say(channel, edit),
            await stage.say(channel, {**edit, "m.new_content": []}),
            await stage.say(channel, {**edit, "m.new_content": {"body": 7}}),
            await stage.say(channel, annotates, kind="m.reaction"),
        }
        odd = await stage.say(channel, {"msgtype": "m.image", "body": "x", "url": {"a": [1]}, "info": 7})
        await stage.fate(garbled_syncs=1)
        after = await stage.post(channel, word())
        await ear.post(after)
        assert (await ear.post(odd)).media == ()
    assert {e.id for e in ear.events if isinstance(e, BadEvent)} == bad


async def test_pictures_come_with_their_bytes(adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage) -> None:
    async with listening(adapter, PATIENCE) as ear:
        await live(ear)
        id = await stage.post(sandbox.channels[0], "Look", media=[(b"\x89PNG" * 100, "image/png", "a red house")])
        (media,) = (await ear.post(id)).media
        assert (media.kind, media.alt, media.mime, media.size) == (MediaKind.IMAGE, "a red house", "image/png", 400)
        file = await adapter.read_media(media, 400)
    assert (file.data, file.mime, file.alt) == (b"\x89PNG" * 100, "image/png", "a red house")


async def test_a_thread_is_followed_and_answered_in_the_thread(
    adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage
) -> None:
    channel = sandbox.channels[0]
    async with listening(adapter, PATIENCE) as ear:
        await live(ear)
        root = await stage.post(channel, word())
        relation = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}
        latest = {"m.in_reply_to": {"event_id": root}}
        inside = await stage.say(channel, {"msgtype": "m.text", "body": "in it", "m.relates_to": relation | latest})
        post = await ear.post(inside)
        assert post.reply_to is not None
        assert post.reply_to.id == root
        receipt = await adapter.post(outgoing(channel, word(), reply_to=post.ref), key())
        sent = await stage.people.call(HOST, "GET", path("rooms", receipt.ref.remote, "event", receipt.ref.id))
    relates = sent["content"]["m.relates_to"]
    assert (relates["rel_type"], relates["event_id"]) == ("m.thread", root)
    assert relates["m.in_reply_to"] == {"event_id": inside}


async def test_a_cursor_that_means_nothing_starts_now(sandbox: Sandbox, stage: MatrixStage, tmp_path: Path) -> None:
    before = await stage.post(sandbox.channels[0], word())
    unknown = '{"since": "s999_nonsense", "at": "2026-01-01T00:00:00+00:00", "rooms": []}'
    for number, cursor in enumerate(("nonsense", "[]", unknown)):
        async with (
            adapter_for(sandbox, tmp_path / str(number)) as adapter,
            listening(adapter, PATIENCE, {"sync": Cursor(cursor)}) as ear,  # type: ignore[dict-item]
        ):
            heard: list[str] = []
            for _ in range(20):
                heard.append(await stage.post(sandbox.channels[0], word()))
                if any(isinstance(e, Posted) for e in ear.events):
                    break
            await ear.hear(lambda e, h=heard: isinstance(e, Posted) and e.post.ref.id in h, "a post")
            assert before not in [e.post.ref.id for e in ear.events if isinstance(e, Posted)]


async def test_a_token_that_is_revoked_ends_the_events(sandbox: Sandbox, stage: MatrixStage, tmp_path: Path) -> None:
    login = await stage.people.login(BOT, "SHORT")
    async with adapter_for(sandbox, tmp_path, token=login["access_token"]) as adapter:
        async with listening(adapter, PATIENCE) as ear:
            await live(ear)
            await stage.people.call(BOT, "POST", path("logout", "all"), {})
            with pytest.raises(Unauthorized):
                await ear.task
        with pytest.raises(Unauthorized):
            await adapter.post(outgoing(sandbox.channels[0], word()), key())


async def test_its_powers_are_declared(sandbox: Sandbox, tmp_path: Path) -> None:
    assert set(powers(adapter_for(sandbox, tmp_path))) == {
        "Edits", "Deletes", "PrivateNotes", "MediaReading", "Lookup",
    }  # fmt: skip
