"""`edldrs doctor` and `edldrs login` on X, and the settings."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pydantic
import pytest
from pydantic import SecretStr

from adapters.twitter.client import TwitterAdapter
from adapters.twitter.login import login
from adapters.twitter.sandbox import TwitterStage
from adapters.twitter.settings import Settings
from bridge.adapter import Finding, Sandbox, Severity, Unauthorized, Unavailable
from tests.twitter.rig import adapter_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEYS = {"consumer_key": "k", "consumer_secret": "s", "access_token": "t", "access_token_secret": "u"}


async def found(adapter: TwitterAdapter) -> dict[str, Finding]:
    return {one.subject: one for one in await adapter.check()}


async def test_all_is_well(sandbox: Sandbox, adapter: TwitterAdapter) -> None:
    told = await found(adapter)
    assert {one.severity for one in told.values()} == {Severity.OK}
    assert "@EdLdrsBot" in told["login"].says
    assert "$25 a month without links, $265 with" in told["cost"].says


async def test_a_bot_that_does_not_say_so(sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter) -> None:
    bio = (await stage.control("user", username="EdLdrsBot"))["bio"]
    await stage.set_bio("I like trains", author="EdLdrsBot")
    try:
        label = (await found(adapter))["automated label"]
    finally:
        await stage.set_bio(bio, author="EdLdrsBot")
    assert label.severity is Severity.WARNING
    assert "bio" in label.mend


async def test_a_protected_account(sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter) -> None:
    await stage.control("user", username="EdLdrsBot", protected=True)
    try:
        assert (await found(adapter))["account"].severity is Severity.ERROR
    finally:
        await stage.control("user", username="EdLdrsBot", protected=False)


async def test_a_clock_that_is_wrong(sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter) -> None:
    await stage.control("settings", clock_offset=150)
    clock = (await found(adapter))["clock"]
    assert clock.severity is Severity.WARNING
    assert "+1" in clock.says


async def test_a_token_that_ended(sandbox: Sandbox, adapter: TwitterAdapter) -> None:
    adapter._client._keys = SimpleNamespace(**{**_keys(adapter), "access": "gone"})  # type: ignore[assignment]
    (only,) = await adapter.check()
    assert only.severity is Severity.ERROR
    assert "edldrs login" in only.mend


def _keys(adapter: TwitterAdapter) -> dict[str, str]:
    keys = adapter._client._keys
    return {name: getattr(keys, name) for name in ("consumer", "consumer_secret", "access", "access_secret", "bearer")}


async def test_an_app_token_that_ended(sandbox: Sandbox, tmp_path: Path) -> None:
    async with adapter_for(sandbox, tmp_path, bearer_token="gone") as adapter:
        told = await found(adapter)
    assert told["app token"].severity is Severity.ERROR
    assert told["login"].severity is Severity.OK


async def test_each_look_that_fails_is_told_apart(
    sandbox: Sandbox, stage: TwitterStage, adapter: TwitterAdapter
) -> None:
    await stage.fault("internal", 1, paths=["/2/dm_events"])
    await stage.fault("capacity", 1, paths=["/2/usage/tweets"])
    told = await found(adapter)
    assert told["private messages"].severity is Severity.ERROR
    assert told["usage"].severity is Severity.WARNING
    assert told["login"].severity is told["cost"].severity is Severity.OK


# Login


class Person:
    """Opens the address and lets the app in, as a user of the sandbox; types the PIN, or another."""

    def __init__(self, stage: TwitterStage, pin: str | None = None) -> None:
        self._stage = stage
        self._given = pin
        self._shown: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.lines: list[str] = []

    async def text(self, question: str, default: str = "") -> str:
        raise AssertionError("nothing of the kind is asked")

    async def secret(self, question: str) -> str:
        assert question == "PIN"
        shown = await self._shown
        return shown if self._given is None else self._given

    def say(self, line: str) -> None:
        self.lines.append(line)

    async def open(self, url: str) -> None:
        token = parse_qs(urlsplit(url).query)["oauth_token"][0]
        granted = await self._stage.control("grant", oauth_token=token, username="EdLdrsBot")
        self._shown.set_result(granted["pin"])


def begun(sandbox: Sandbox, **changes: Any) -> Any:
    """Settings as far as they are known before a login."""
    given = {**sandbox.settings, **changes}
    secret = {name: SecretStr(given[name]) for name in ("consumer_key", "consumer_secret")}
    return SimpleNamespace(api_url=given["api_url"], **secret)


async def test_login_obtains_all_that_is_missing(sandbox: Sandbox, stage: TwitterStage, tmp_path: Path) -> None:
    person = Person(stage)
    tokens = await login(begun(sandbox), person)
    assert set(tokens) == {"access_token", "access_token_secret", "bearer_token"}
    assert person.lines[-1] == "Logged in as @EdLdrsBot."
    async with adapter_for(sandbox, tmp_path, **tokens) as adapter:
        assert (await found(adapter))["login"].severity is Severity.OK


@pytest.mark.parametrize(("pin", "says"), [("0000000", "401"), (" ", "No PIN")])
async def test_a_wrong_pin_is_said(sandbox: Sandbox, stage: TwitterStage, pin: str, says: str) -> None:
    with pytest.raises(Unauthorized, match=says):
        await login(begun(sandbox), Person(stage, pin))


async def test_wrong_keys_are_said(sandbox: Sandbox, stage: TwitterStage) -> None:
    with pytest.raises(Unauthorized, match="consumer_key"):
        await login(begun(sandbox, consumer_secret="wrong"), Person(stage))


async def test_no_server_is_said(sandbox: Sandbox, stage: TwitterStage) -> None:
    with pytest.raises(Unavailable):
        await login(begun(sandbox, api_url="http://127.0.0.1:9"), Person(stage))


# Settings


async def test_a_minimal_config() -> None:
    settings = Settings.model_validate(KEYS)
    assert settings.api_url == "https://api.x.com"
    assert "k" not in repr(settings.consumer_key)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"read": "stream"}, "bearer_token"),
        ({"read": "firehose"}, "search"),
        ({"api_url": "http://api.x.com"}, "https"),
        ({"api_url": "https://api.x.com/2"}, "address alone"),
        ({"serch_every": 3}, "Extra inputs"),
        ({"request_timeout": 90}, "25"),
        ({"consumer_key": None}, "string"),
    ],
)
async def test_bad_settings_are_said(more: dict[str, Any], says: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=says):
        Settings.model_validate({**KEYS, **more})
