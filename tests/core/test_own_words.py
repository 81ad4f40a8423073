"""What the bridge says itself: with more where there is room, with files where the channel takes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bridge.app import Bridge
from bridge.config.joined import CHAT
from bridge.model.message import Media, MediaKind
from bridge.model.posting import Content, Posting, PostingKind, PostingState, Priority
from bridge.model.text import Text, link
from bridge.store import postings
from bridge.store.ids import id_maker
from tests.core.rig import Net, Rig, rig

PICTURE = (b"\x89PNG\r\n\x1a\n" + bytes(64), "image/png", "A chart")
PAPER = (bytes(64), "application/pdf", "A paper")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers look into the journal by themselves."""
    monkeypatch.setattr("bridge.outbox.worker._IDLE_SECONDS", 0.05)


async def say(bridge: Bridge, content: Content) -> None:
    """On every channel."""
    now = datetime.now(UTC)
    next_id = id_maker(lambda: now, process=1)

    def add(connection: Connection) -> None:
        made = [
            Posting(
                chat=CHAT,
                id=next_id(),
                kind=PostingKind.RESULT,
                network=channel.network,
                channel=channel.id,
                to=None,
                message=None,
                content=content,
                wanted=1,
                sent=0,
                state=PostingState.DUE,
                priority=Priority.ANNOUNCEMENT,
                created_at=now,
            )
            for channel in bridge.installation.book.chats[CHAT].channels
        ]
        postings.add(connection, made)

    await bridge.store.write(add)


async def shown(chat: Rig, name: str, files: Sequence[tuple[bytes, str, str]]) -> tuple[Media, ...]:
    """Files that can be read on that network, since somebody showed them there."""
    stage = chat.stage[name]
    post = await stage.post("#lounge", "see this", media=files)
    seen = next(one for one in await stage.timeline("#lounge") if one.id == post)
    return tuple(
        Media(kind=MediaKind.IMAGE, url=url, mime=mime, alt=alt)
        for url, (_, mime, alt) in zip(seen.media, files, strict=True)
    )


async def test_each_channel_says_as_much_as_it_has_room_for(tmp_path: Path) -> None:
    small = Net(name="yard", settings={"text_limit": 55})
    chat = rig(tmp_path, Net(name="hall"), small, Net(name="hut", channel={"links": False}))
    more = (
        (Text("The first, in as many words as it takes"), Text("The first")),
        (Text("Shared: ") + link("https://a.example/1", "a page"),),
    )
    async with chat.running() as bridge:
        await say(bridge, Content(text=Text("Numbers"), more=more, end=Text("Next: Monday")))
        first = "Numbers\nThe first, in as many words as it takes"
        assert (await chat.arrives("hall", "Numbers")).text == f"{first}\nShared: a page\nNext: Monday"
        assert (await chat.arrives("yard", "Numbers")).text == "Numbers\nThe first\nShared: a page\nNext: Monday"
        words = f"{first}\nShared: a page (https://a.example/1)\nNext: Monday"
        assert (await chat.arrives("hut", "Numbers")).text == words


async def test_its_files_go_along_where_the_channel_takes_them(tmp_path: Path) -> None:
    chat = rig(tmp_path, Net(name="hall"), Net(name="yard", settings={"media": 0}))
    files = await shown(chat, "hall", [PICTURE, PAPER])
    async with chat.running() as bridge:
        await say(bridge, Content(text=Text("The result: 5 to 3"), media=files))
        copy = await chat.arrives("hall", "The result")
        assert (copy.text, copy.alts) == ("The result: 5 to 3", ("A chart",))
        assert await chat.stage["hall"].file(copy.media[0]) == PICTURE[:2]
        plain = await chat.arrives("yard", "The result")
        assert (plain.text, plain.media) == ("The result: 5 to 3", ())


async def test_nothing_of_it_is_left_out_to_save_posts(tmp_path: Path) -> None:
    chat = rig(tmp_path, Net(name="hall"), Net(name="yard", channel={"max_parts": 1}))
    lines = [f"{letter}: an option that takes about sixty characters to be said" for letter in "ABCDEFGHIJKLMNOPQRST"]
    async with chat.running() as bridge:
        await say(bridge, Content(text=Text("\n".join(lines))))
        await chat.arrives("yard", lines[-1])
        told = "\n".join(one.text for one in await chat.copies("yard"))
        assert all(line in told for line in lines)
