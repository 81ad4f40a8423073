"""What goes out to a homeserver, how its refusals are understood, and what the doctor says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from adapters.matrix.check import needed_to_send, power
from adapters.matrix.client import MatrixAdapter
from adapters.matrix.login import login
from adapters.matrix.sandbox import MatrixStage
from adapters.matrix.sandbox.people import PASSWORD, V3, mxid, path
from adapters.matrix.sandbox.stage import BOT, HOST
from adapters.matrix.server import Homeserver
from adapters.matrix.settings import Settings
from bridge.adapter import (
    Absent,
    Attempt,
    ChannelClosed,
    Found,
    Gone,
    RateLimited,
    Rejected,
    Sandbox,
    Severity,
    Unauthorized,
    Unavailable,
    Uncertain,
)
from bridge.model.ids import AccountId, GlobalId, PostRef
from bridge.model.message import Media, MediaFile, MediaKind
from bridge.model.text import SpanKind, join, link, marked
from tests.matrix.rig import adapter_for, channel_of, key, outgoing, word

pytestmark = pytest.mark.asyncio(loop_scope="module")
PNG = b"\x89PNG" * 50


async def content_of(stage: MatrixStage, ref: PostRef) -> Any:
    event = await stage.people.call(HOST, "GET", path("rooms", ref.remote, "event", ref.id))
    return event["content"]


async def test_a_copy_is_sent_with_form_and_key_and_pings_nobody(
    adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage
) -> None:
    name = key()
    text = join([marked("Anna", SpanKind.BOLD), " (X): Leader, see ", link("https://x.example/1", "original")])
    receipt = await adapter.post(outgoing(sandbox.channels[0], text), name)
    assert await content_of(stage, receipt.ref) == {
        "msgtype": "m.text",
        "body": "Anna (X): Leader, see original (https://x.example/1)",
        "format": "org.matrix.custom.html",
        "formatted_body": '<strong>Anna</strong> (X): Leader, see <a href="https://x.example/1">original</a>',
        "m.mentions": {},
        "app.edldrs.key": name,
    }
    assert receipt.url.startswith(f"https://matrix.to/#/{receipt.ref.remote}/{receipt.ref.id}?via=localhost")


async def test_one_request_makes_one_post(adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage) -> None:
    await adapter.post(outgoing(sandbox.channels[0], word()), key())
    await stage.fate(requests={})
    for _ in range(5):
        await adapter.post(outgoing(sandbox.channels[0], word()), key())
    assert (await stage.fate())["requests"] == {"PUT send": 5}


async def test_a_picture_keeps_its_file_when_its_text_is_edited(
    adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage
) -> None:
    file = MediaFile(data=PNG, mime="image/png", name="house.png", alt="a red house")
    channel = sandbox.channels[0]
    receipt = await adapter.post(outgoing(channel, "before", media=(file,)), key())
    before = await content_of(stage, receipt.ref)
    assert before["body"] == "before\n[picture: a red house]"
    assert before["info"] == {"mimetype": "image/png", "size": len(PNG)}
    read = await adapter.read_media(Media(kind=MediaKind.IMAGE, url=before["url"]), 10_000)
    assert (read.data, read.mime) == (PNG, "image/png")

    await adapter.edit(receipt.ref, outgoing(channel, "after"), key())
    (seen,) = [one for one in await stage.timeline(channel) if one.id == receipt.ref.id]
    assert (seen.text, seen.media, seen.alts) == (
        "after\n[picture: a red house]", (before["url"],), ("a red house",),
    )  # fmt: skip


async def test_a_file_is_read_no_further_than_allowed(adapter: MatrixAdapter, sandbox: Sandbox) -> None:
    address = await adapter._server.upload(b"x" * 3000, "text/plain", "a.txt")
    media = Media(kind=MediaKind.FILE, url=address)
    assert len((await adapter.read_media(media, 3000)).data) == 3000
    with pytest.raises(Rejected, match="larger than"):
        await adapter.read_media(media, 2999)
    with pytest.raises(Gone):
        await adapter.read_media(Media(kind=MediaKind.FILE, url="mxc://localhost/nothing"), 10)
    with pytest.raises(Rejected):
        await adapter.read_media(Media(kind=MediaKind.FILE, url="https://localhost/x"), 10)


async def test_what_is_gone_is_said_to_be_gone(adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage) -> None:
    channel = sandbox.channels[0]
    receipt = await adapter.post(outgoing(channel, word()), key())
    await stage.delete(receipt.ref.id)
    nowhere = PostRef(GlobalId("$nothing"), receipt.ref.remote)
    for ref in (receipt.ref, nowhere):
        with pytest.raises(Gone):
            await adapter.edit(ref, outgoing(channel, word()), key())
    with pytest.raises(Gone):
        await adapter.delete(nowhere, channel_of(channel), key())


async def test_an_answer_to_what_is_gone_still_goes_out(
    adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage
) -> None:
    channel = sandbox.channels[0]
    question = await stage.post(channel, word())
    room, _ = await stage.where(question)
    await stage.delete(question)
    receipt = await adapter.post(outgoing(channel, word(), reply_to=PostRef(question, room)), key())  # type: ignore[arg-type]
    assert (await content_of(stage, receipt.ref))["m.relates_to"] == {"m.in_reply_to": {"event_id": question}}


async def test_a_lost_send_is_found_by_its_key_also_after_it_was_edited_or_removed(
    adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage
) -> None:
    channel = sandbox.channels[0]
    began = datetime.now(UTC)
    for change in ("none", "edited", "removed"):
        name, post = key(), outgoing(channel, word())
        receipt = await adapter.post(post, name)
        if change == "edited":
            await adapter.edit(receipt.ref, outgoing(channel, word()), key())
        elif change == "removed":
            await stage.delete(receipt.ref.id)
        found = await adapter.find(Attempt(post=post, key=name, began_at=began))
        assert isinstance(found, Found)
        assert [one.ref for one in found.receipts] == [receipt.ref]
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    assert await adapter.find(Attempt(post=post, key=key(), began_at=long_ago)) == Absent()


async def test_a_note_goes_to_one_room_however_often_the_answer_is_lost(
    adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage, tmp_path: Path
) -> None:
    to = AccountId(mxid("friend"))
    await stage.people.token("friend")
    first = await adapter.note(to, outgoing("", "one", to=to), key())
    # As if the answer to createRoom had been lost: account data knows nothing of the room.
    await stage.people.call(BOT, "PUT", path("user", mxid(BOT), "account_data", "m.direct"), {})
    async with adapter_for(sandbox, tmp_path / "again") as again:
        second = await again.note(to, outgoing("", "two", to=to), key())
    assert first.ref.remote == second.ref.remote
    assert await stage.told(author="friend") == ["one", "two"]
    with pytest.raises(Rejected):
        await adapter.note(AccountId("nobody"), outgoing("", "x", to="nobody"), key())


async def test_a_warning_hides_the_words_and_not_their_author(
    adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage
) -> None:
    text = join([marked("Anna", SpanKind.BOLD), " (X): All passed"])
    receipt = await adapter.post(outgoing(sandbox.channels[0], text, content_warning="exam"), key())
    content = await content_of(stage, receipt.ref)
    assert content["formatted_body"] == '<strong>Anna</strong> (X): <span data-mx-spoiler="exam">All passed</span>'


async def test_too_much_is_refused(adapter: MatrixAdapter, sandbox: Sandbox) -> None:
    channel = sandbox.channels[0]
    with pytest.raises(Rejected, match="18,000"):
        await adapter.post(outgoing(channel, "x" * 18_001), key())
    file = MediaFile(data=b"x", mime="text/plain")
    with pytest.raises(Rejected, match="one file"):
        await adapter.post(outgoing(channel, "x", media=(file, file)), key())
    largest = (await adapter.limits(channel_of(channel))).media.max_bytes
    assert largest is not None
    too_large = MediaFile(data=bytes(largest[MediaKind.FILE] + 1), mime="text/plain")
    with pytest.raises(Rejected):
        await adapter.post(outgoing(channel, "x", media=(too_large,)), key())


@pytest.mark.parametrize(("status", "expected"), [(503, Unavailable), (502, Uncertain), (500, Uncertain)])
async def test_only_what_surely_did_nothing_is_unavailable(
    adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage, status: int, expected: type[Exception]
) -> None:
    await stage.fail(1, status)
    with pytest.raises(expected):
        await adapter.post(outgoing(sandbox.channels[0], word()), key())


async def test_a_homeserver_that_is_away_is_unavailable_at_once(
    adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage
) -> None:
    await stage.cut(1.5)
    with pytest.raises(Unavailable):
        await adapter.post(outgoing(sandbox.channels[0], word()), key())
    name = key()
    async with asyncio.timeout(10):
        while True:
            try:
                await adapter.post(outgoing(sandbox.channels[0], word()), name)
                break
            except Unavailable:
                await asyncio.sleep(0.05)


async def test_the_doctor_measures_the_rate_limit(adapter: MatrixAdapter, sandbox: Sandbox, stage: MatrixStage) -> None:
    first = {one.subject: one for one in await adapter.check()}
    assert all(one.severity is Severity.OK for one in first.values())
    assert set(first) == {"login", "clock", "presence", "rate limit", *(f"room {one}" for one in sandbox.channels)}
    rooms = await stage.people.call(BOT, "GET", path("joined_rooms"))
    await stage.throttle(1, 5.0)
    (limited,) = [one for one in await adapter.check() if one.severity is Severity.WARNING]
    assert limited.subject == "rate limit"
    assert "override_ratelimit" in limited.mend
    assert await stage.people.call(BOT, "GET", path("joined_rooms")) == rooms


async def test_the_doctor_sees_a_room_where_the_bot_may_not_write(
    sandbox: Sandbox, stage: MatrixStage, tmp_path: Path
) -> None:
    body = {"preset": "public_chat", "power_level_content_override": {"events_default": 50}}
    room = (await stage.people.call(HOST, "POST", path("createRoom"), body))["room_id"]
    async with adapter_for(sandbox, tmp_path, (room,)) as adapter:
        (error,) = [one for one in await adapter.check() if one.severity is Severity.ERROR]
        with pytest.raises(ChannelClosed):
            await adapter.post(outgoing(room, word()), key())
    assert "may not write" in error.says
    assert "power level 50" in error.mend


async def test_a_creator_has_power_without_an_entry(sandbox: Sandbox, stage: MatrixStage) -> None:
    room = stage.rooms[sandbox.channels[0]]
    creation = await stage.people.call(HOST, "GET", path("rooms", room, "state", "m.room.create"), format="event")
    levels = await stage.people.call(HOST, "GET", path("rooms", room, "state", "m.room.power_levels"))
    assert creation["content"]["room_version"] == "12"
    assert power(creation, levels, mxid(HOST)) is None
    assert power(creation, levels, mxid(BOT)) == 0 == needed_to_send(levels)


class Answers:
    """The person at the terminal."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.opened: list[str] = []

    async def text(self, question: str, default: str = "") -> str:
        return self.answers.pop(0) or default

    async def secret(self, question: str) -> str:
        return self.answers.pop(0)

    def say(self, line: str) -> None:
        return None

    async def open(self, url: str) -> None:
        self.opened.append(url)


async def test_login_by_password_and_by_token(sandbox: Sandbox, stage: MatrixStage) -> None:
    bare = Settings.model_validate({"homeserver": sandbox.settings["homeserver"], "token": "none"})
    told = await login(bare, Answers(mxid(BOT), PASSWORD))
    assert told["user"] == mxid(BOT)
    token = (await stage.people.call(BOT, "POST", "/_matrix/client/v1/login/get_token", {}))["login_token"]
    person = Answers(mxid(BOT), "", f"http://127.0.0.1/?loginToken={token}&x=1")
    by_token = await login(bare, person)
    assert person.opened[0].startswith(f"{bare.homeserver}{V3}/login/sso/redirect?redirectUrl=http")
    for one in (told, by_token):
        async with Homeserver(bare.homeserver, one["token"], timeout=5, now=lambda: datetime.now(UTC)) as server:
            assert (await server.get("account", "whoami"))["device_id"] == one["device"]
    with pytest.raises(Unauthorized, match="Invalid username or password"):
        await login(bare, Answers(mxid(BOT), "wrong"))
    with pytest.raises(Unauthorized, match="No token"):
        await login(bare, Answers(mxid(BOT), "", ""))


# Answers that a homeserver, or what stands in front of it, may give.

ANSWERS: list[tuple[str, int, Any, dict[str, str], type[Exception]]] = [
    ("unknown token", 401, {"errcode": "M_UNKNOWN_TOKEN", "error": "x"}, {}, Unauthorized),
    ("deactivated", 403, {"errcode": "M_USER_DEACTIVATED", "error": "x"}, {}, Unauthorized),
    ("forbidden", 403, {"errcode": "M_FORBIDDEN", "error": "x"}, {}, ChannelClosed),
    ("too large", 413, {"errcode": "M_TOO_LARGE", "error": "x"}, {}, Rejected),
    ("too large for nginx", 413, "<html>", {}, Rejected),
    ("server full", 403, {"errcode": "M_RESOURCE_LIMIT_EXCEEDED", "error": "x"}, {}, Unavailable),
    ("not found", 404, {"errcode": "M_NOT_FOUND", "error": "x"}, {}, Gone),
    ("no such path", 404, {"errcode": "M_UNRECOGNIZED", "error": "x"}, {}, Rejected),
    ("a page that is not there", 404, "<html>", {}, Unavailable),
    ("gateway time-out", 504, "<html>", {}, Uncertain),
    ("no JSON", 200, "<html>", {}, Uncertain),
    ("a list", 200, [1], {}, Uncertain),
    ("no limit's time", 429, {"errcode": "M_LIMIT_EXCEEDED"}, {}, RateLimited),
]


@pytest_asyncio.fixture(loop_scope="module")
async def speaker() -> AsyncIterator[Any]:
    """A server that answers as it is told."""
    said: dict[str, Any] = {}

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if said["body"] is None:
            await asyncio.sleep(30)
        if isinstance(said["body"], str):
            return web.Response(status=said["status"], text=said["body"], headers=said["headers"])
        return web.json_response(said["body"], status=said["status"], headers=said["headers"])

    server = web.Server(answer, handler_cancellation=True)
    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"

    async def ask(status: int, body: Any, headers: dict[str, str], *, creates: bool = True) -> Exception | None:
        said.update(status=status, body=body, headers=headers)
        async with Homeserver(address, "t", timeout=0.3, now=lambda: datetime.now(UTC)) as homeserver:
            try:
                await homeserver.call("PUT", "x", body={}, creates=creates)
            except Exception as error:
                return error
        return None

    yield ask
    listening.close()
    await server.shutdown(0.1)


@pytest.mark.parametrize(
    ("status", "body", "headers", "expected"), [one[1:] for one in ANSWERS], ids=[a[0] for a in ANSWERS]
)
async def test_an_answer_is_this_error(
    speaker: Any, status: int, body: Any, headers: dict[str, str], expected: type[Exception]
) -> None:
    error = await speaker(status, body, headers)
    assert isinstance(error, expected)
    if expected is Uncertain:  # what can be repeated is tried again without looking
        assert isinstance(await speaker(status, body, headers, creates=False), Unavailable)


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        ({"retry_after_ms": 1500}, {}, 1.5),
        ({"retry_after_ms": 1500}, {"Retry-After": "7"}, 7),
        ({"retry_after_ms": "soon"}, {}, 30),
        ({"retry_after_ms": -1}, {"Retry-After": "soon"}, 30),
        ({}, {"Retry-After": "9" * 30}, 3600),
        ({}, {"Retry-After": "Wed, 01 Jan 2200 00:00:00 GMT"}, 3600),
        ({}, {"Retry-After": "Sat, 01 Jan 2000 00:00:00 GMT"}, 0),
    ],
)
async def test_a_rate_limit_says_until_when(speaker: Any, body: Any, headers: dict[str, str], seconds: float) -> None:
    error = await speaker(429, {"errcode": "M_LIMIT_EXCEEDED", **body}, headers)
    assert isinstance(error, RateLimited)
    assert abs((error.until - datetime.now(UTC)).total_seconds() - seconds) < 0.5


async def test_no_answer_is_uncertain_where_something_was_to_be_made(speaker: Any) -> None:
    assert type(await speaker(200, None, {})) is Uncertain
    assert type(await speaker(200, None, {}, creates=False)) is Unavailable


async def test_a_name_that_does_not_exist_is_unavailable() -> None:
    async with Homeserver("http://127.0.0.1:1", "t", timeout=2, now=lambda: datetime.now(UTC)) as server:
        with pytest.raises(Unavailable):
            await server.call("PUT", "x", body={}, creates=True)
    with pytest.raises(ValueError, match="unencrypted"):
        Settings.model_validate({"homeserver": "http://matrix.example.org", "token": "t"})
