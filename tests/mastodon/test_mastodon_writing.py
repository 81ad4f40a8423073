"""What goes out to a server beyond the contract; `edldrs login` and `edldrs doctor` there."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from adapters.mastodon.client import MastodonAdapter
from adapters.mastodon.login import login
from adapters.mastodon.sandbox import MastodonStage
from adapters.mastodon.settings import Settings
from bridge.adapter import Attempt, Found, Gone, Rejected, ReplyRefused, Sandbox, Severity, Unauthorized
from bridge.model.ids import AccountId, ChannelId, GlobalId, Key, PostRef, RemoteId
from bridge.model.message import MediaFile, Outgoing, Visibility
from bridge.model.text import Text
from bridge.testing.contract.samples import PNG
from tests.mastodon.rig import adapter_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
TAG = "#EdLdrs"
CHANNEL = ChannelId(f"c/m/{TAG}")
HOUSE = MediaFile(data=PNG, mime="image/png", name="house.png", alt="a red house")


def word() -> str:
    return "w" + secrets.token_hex(5)


def outgoing(text: str, **more: Any) -> Outgoing:
    return Outgoing(text=Text(text), channel=CHANNEL, **more)


async def status_of(stage: MastodonStage, ref: PostRef) -> Any:
    async with httpx.AsyncClient(base_url=stage.address, headers={"Authorization": "Bearer token-reader"}) as reader:
        answer = await reader.get(f"/api/v1/statuses/{ref.remote}")
        return answer.raise_for_status().json()


async def test_one_request_makes_one_post(adapter: MastodonAdapter, stage: MastodonStage) -> None:
    await adapter.post(outgoing(word()), Key(word()))
    await stage.fate(requests={})
    for _ in range(5):
        await adapter.post(outgoing(word()), Key(word()))
    assert (await stage.fate())["requests"] == {"POST /api/v1/statuses": 5}


@pytest.mark.parametrize("wanted", ["public", "unlisted"])
async def test_copies_are_shown_as_widely_as_the_settings_say(
    sandbox: Sandbox, stage: MastodonStage, tmp_path: Path, wanted: str
) -> None:
    async with adapter_for(sandbox, tmp_path, visibility=wanted) as adapter:
        copy = await adapter.post(outgoing(word()), Key(word()))
        narrower = await adapter.post(outgoing(word(), visibility=Visibility.FOLLOWERS), Key(word()))
        shown = await status_of(stage, copy.ref)
        assert shown["visibility"] == wanted
        assert shown["url"] == copy.url
        assert (await status_of(stage, narrower.ref))["visibility"] == "private"


async def test_a_warning_and_a_language_go_along(adapter: MastodonAdapter, stage: MastodonStage) -> None:
    copy = await adapter.post(outgoing(word(), content_warning="long", language="de"), Key(word()))
    shown = await status_of(stage, copy.ref)
    assert (shown["spoiler_text"], shown["sensitive"], shown["language"]) == ("long", True, "de")
    odd = await adapter.post(outgoing(word(), language="not-a-language"), Key(word()))
    assert (await status_of(stage, odd.ref))["sensitive"] is False


async def test_an_edit_uploads_pictures_only_if_they_changed(adapter: MastodonAdapter, stage: MastodonStage) -> None:
    copy = await adapter.post(outgoing("before", media=(HOUSE,)), Key(word()))
    file = (await status_of(stage, copy.ref))["media_attachments"][0]["id"]

    async def edited(**more: Any) -> tuple[list[str], int]:
        await stage.fate(requests={})
        await adapter.edit(copy.ref, outgoing(word(), **more), Key(word()))
        asked = (await stage.fate())["requests"]
        files = (await status_of(stage, copy.ref))["media_attachments"]
        assert asked[f"PUT /api/v1/statuses/{copy.ref.remote}"] == 1  # each edit is told to everybody
        return [one["description"] for one in files], asked.get("POST /api/v2/media", 0)

    assert await edited(media=(HOUSE,)) == (["a red house"], 0)
    assert (await status_of(stage, copy.ref))["media_attachments"][0]["id"] == file
    tree = MediaFile(data=PNG, mime="image/png", name="tree.png", alt="a tree")
    assert await edited(media=(tree,)) == (["a tree"], 1)
    assert await edited() == ([], 0)
    assert await edited() == ([], 0)


async def test_an_answer_to_what_is_gone_is_refused_and_goes_standalone(
    adapter: MastodonAdapter, stage: MastodonStage
) -> None:
    question = await stage.post(TAG, word())
    local = await stage._id(question)
    await stage.delete(question)
    for ref in (PostRef(question, RemoteId(local)), PostRef(GlobalId("https://elsewhere.example/1"))):
        with pytest.raises(ReplyRefused):
            await adapter.post(outgoing(word(), reply_to=ref), Key(word()))


async def test_what_is_gone_is_said_to_be_gone(adapter: MastodonAdapter) -> None:
    copy = await adapter.post(outgoing(word()), Key(word()))
    await adapter.delete(copy.ref, CHANNEL, Key(word()))
    for ref in (copy.ref, PostRef(GlobalId("https://elsewhere.example/1"))):
        with pytest.raises(Gone):
            await adapter.edit(ref, outgoing(word()), Key(word()))
        with pytest.raises(Gone):
            await adapter.delete(ref, CHANNEL, Key(word()))


async def test_a_note_to_nobody_is_refused_and_does_not_stay(adapter: MastodonAdapter, stage: MastodonStage) -> None:
    said = word()
    with pytest.raises(Rejected, match="not known"):
        await adapter.note(AccountId("nobody@mastodon.example"), Outgoing(text=Text(said)), Key(word()))
    began = datetime.now(UTC) - timedelta(minutes=1)
    wanted = Outgoing(text=Text(said), to=AccountId("nobody@mastodon.example"))
    found = await adapter.find(Attempt(key=Key(word()), post=wanted, began_at=began, claimed=frozenset()))
    assert not isinstance(found, Found)


# Login


class Answers:
    """A person at the terminal, who allows the app as ``account`` and copies the code."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.said: list[str] = []
        self.code = ""

    def say(self, words: str) -> None:
        self.said.append(words)

    async def open(self, address: str) -> None:
        where = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert where["response_type"] == "code"
        assert where["scope"] == "read write:statuses write:media"
        self.code = f"mockcode_{self.account}" if self.account else ""

    async def secret(self, what: str) -> str:
        return f" {self.code} "

    async def text(self, what: str, default: str = "") -> str:
        return default


async def test_login_gives_a_token_that_works(sandbox: Sandbox, stage: MastodonStage, tmp_path: Path) -> None:
    bare = Settings.model_validate({"server": sandbox.settings["server"], "token": "none"})
    person = Answers("edldrs")
    told = await login(bare, person)
    assert person.said[-1] == f"Logged in as @edldrs on {bare.server}."
    async with adapter_for(sandbox, tmp_path, **told) as adapter:
        assert adapter.account == "edldrs@mastodon.example"
        scopes = next(one for one in await adapter.check() if one.subject == "scopes")
    assert (scopes.severity, scopes.says) == (Severity.OK, "read write:media write:statuses")
    with pytest.raises(Unauthorized, match="No code"):
        await login(bare, Answers(""))


async def test_login_with_a_wrong_code_says_so(sandbox: Sandbox, stage: MastodonStage) -> None:
    bare = Settings.model_validate({"server": sandbox.settings["server"], "token": "none"})
    with pytest.raises((Unauthorized, Rejected)):
        await login(bare, Answers("somebody_who_is_not_there"))


# Doctor


async def test_the_doctor_sees_what_is_amiss(sandbox: Sandbox, stage: MastodonStage, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {sandbox.settings['token']}"}
    async with httpx.AsyncClient(base_url=stage.address, headers=headers) as bot:
        before = (await bot.get("/api/v1/accounts/verify_credentials")).json()
        await bot.patch("/api/v1/accounts/update_credentials", data={"bot": "false", "note": "nothing to see"})
        try:
            async with adapter_for(sandbox, tmp_path) as adapter:
                wrong = datetime.now(UTC) + timedelta(minutes=5)
                adapter._context = replace(adapter._context, now=lambda: wrong)
                told = {one.subject: one for one in await adapter.check()}
        finally:
            note = before["source"]["note"]
            await bot.patch("/api/v1/accounts/update_credentials", data={"bot": "true", "note": note})
    for subject in ("bot flag", "operator", "clock"):
        assert told[subject].severity is Severity.WARNING
        assert told[subject].mend
