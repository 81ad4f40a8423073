"""To which question an answer belongs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.config.joined import CHAT
from bridge.model.ids import GlobalId, Platform
from bridge.model.session import Question
from bridge.model.text import SpanKind, Text, hashtag, join, marked
from bridge.sessions.belonging import Belonging, answered, belonging
from bridge.store import messages, sessions
from bridge.testing.clock import Clock
from tests.sessions.test_week import FIRST, at
from tests.sessions.weekly import QUESTIONS, chat_of, running, session_now


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("A1: We meet standing.", 1),
        ("a2 we do not", 2),
        ("A12. Yes", 12),
        (join((hashtag("EdLdrs"), " A3 - less of it")), 3),
        (join((marked("@edldrs", SpanKind.MENTION, "@edldrs"), " A4")), 4),
        ("A1 and A2 in one", 1),
        ("A level results", None),
        ("A1level", None),
        ("A0", None),
        ("I got an A1", None),
        ("A4-sized paper is dear", None),
        ("", None),
    ],
)
def test_what_says_that_it_answers(said: str | Text, number: int | None) -> None:
    assert answered(Text(said) if isinstance(said, str) else said) == number


async def test_answers_belong_to_their_question_on_every_network(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(at(30, 19, 50))
    chat = chat_of(tmp_path, clock, FIRST, database=database_url)
    hall, yard, hut = (chat.stage[name] for name in ("hall", "yard", "hut"))
    async with running(chat, monkeypatch) as bridge:
        session = await session_now(bridge, clock())
        kept = replace(session, theme="Meetings", questions=tuple(map(Question, QUESTIONS)))
        await bridge.store.write(lambda c: sessions.put(c, kept))
        early = await hall.post("#lounge", "A1: before it begins", author="ann")
        clock.set(at(30, 20, 5))
        asked = {name: await chat.arrives(name, "Begin your answer with A1") for name in chat.stage}
        said = {
            early: Belonging(),
            await hall.post("#lounge", "A1: with its number", author="ann"): 1,
            await yard.post("#lounge", "below the copy", author="ben", reply_to=asked["yard"].id, hashtag=False): 1,
            await hut.post("#lounge", "A2, although below Q1", author="kim", reply_to=asked["hut"].id): 2,
            await hut.post("#lounge", "A9 that nobody asked", author="kim"): None,
            await hut.post("#lounge", "just talk", author="kim"): None,
        }
        copy = await chat.arrives("hall", "below the copy")
        said[await hall.post("#lounge", "and below an answer", author="eve", reply_to=copy.id)] = 1
        await chat.arrives("yard", "and below an answer")
        clock.set(at(30, 21, 10))
        said[await hall.post("#lounge", "A1: in the time of grace", author="ann")] = 1
        await chat.arrives("yard", "in the time of grace")
        clock.set(at(30, 21, 16))
        said[await hall.post("#lounge", "A1: too late", author="ann")] = Belonging()
        await chat.arrives("yard", "too late")
        of_chat = bridge.installation.book.chats[CHAT]

        def found(connection: object, post: GlobalId) -> Belonging:
            (message,) = messages.by_global(connection, Platform("memory"), [post])  # type: ignore[arg-type]
            text = messages.latest(connection, [message])[CHAT, message.id].content.text  # type: ignore[arg-type]
            return belonging(connection, of_chat, message, text)  # type: ignore[arg-type]

        for post, wanted in said.items():
            expected = wanted if isinstance(wanted, Belonging) else Belonging(kept, wanted)
            assert await bridge.store.read(lambda c, p=post: found(c, p)) == expected, post  # type: ignore[misc]
        assert str(Belonging(kept, 1)) == "session 2, answers Q1"
