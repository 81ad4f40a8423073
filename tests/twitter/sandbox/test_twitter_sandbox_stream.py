"""The filtered stream of the stand-in for X, and the process that it is."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from tweepy import StreamRule

from tests.twitter.sandbox.rig import Asking, Streaming, until, word

pytestmark = pytest.mark.asyncio(loop_scope="module")

_RULES = "/2/tweets/search/stream/rules"


@pytest_asyncio.fixture(loop_scope="module")
async def ruled(x: Asking) -> AsyncIterator[Asking]:
    """With one rule, ``#EdLdrs``."""
    await _nobody_streams(x)
    added = await x.app("POST", _RULES, json={"add": [{"value": "#EdLdrs", "tag": "chat"}]})
    assert added.status_code == 201, added.text
    yield x
    rules = (await x.app("GET", _RULES)).json().get("data", [])
    if rules:
        await x.app("POST", _RULES, json={"delete": {"ids": [one["id"] for one in rules]}})


async def _nobody_streams(x: Asking) -> None:
    await until(lambda: x.stage.control("requests"), lambda told: told["streams"] == 0)


async def test_rules_are_added_listed_and_deleted(ruled: Asking) -> None:
    wanted = [{"value": "#EdLdrs"}, {"value": "has:media"}, {"value": "cat has:images", "tag": "cats"}]
    told = (await ruled.app("POST", _RULES, json={"add": wanted})).json()
    assert told["meta"]["summary"] == {"created": 1, "not_created": 2, "valid": 1, "invalid": 2}
    assert [one["title"] for one in told["errors"]] == ["DuplicateRule", "UnprocessableEntity"]
    listed = (await ruled.app("GET", _RULES)).json()["data"]
    assert [one["value"] for one in listed] == ["#EdLdrs", "cat has:images"]
    gone = await ruled.app("POST", _RULES, json={"delete": {"ids": [told["data"][0]["id"], "12"]}})
    assert gone.json()["meta"]["summary"] == {"deleted": 1, "not_deleted": 1}
    both = await ruled.app("POST", _RULES, json={"add": [], "delete": {}})
    assert both.status_code == 400


async def test_a_stream_needs_a_rule(x: Asking) -> None:
    await _nobody_streams(x)
    answer = await x.app("GET", "/2/tweets/search/stream")
    assert (answer.status_code, answer.json()["connection_issue"]) == (409, "RuleConfigurationIssue")


async def test_tweepy_streams(x: Asking) -> None:
    await _nobody_streams(x)
    stream, said, tag = Streaming(x), word(), word()
    await x.app("POST", _RULES, json={"add": [StreamRule(f"#{tag}")._asdict()]})
    task = stream.filter()
    async with asyncio.timeout(5):
        await stream.connected.wait()
    await x.stage.post("#Another", word())
    await x.stage.post(f"#{tag}", "closed", visibility="followers")
    await x.stage.post(f"#{tag}", said)
    async with asyncio.timeout(5):
        assert await stream.heard.get() == f"{said} #{tag}"
    assert stream.heard.empty()
    stream.disconnect()
    await asyncio.wait({task}, timeout=5)
    await _nobody_streams(x)


async def test_a_stream_says_what_was_asked_for(ruled: Asking) -> None:
    x = ruled
    async with x.following(**{"expansions": "author_id", "tweet.fields": "created_at"}) as stream:
        lines = stream.aiter_lines()
        assert (stream.status_code, stream.headers["x-rate-limit-limit"]) == (200, "50000")
        assert await anext(lines) == ""
        id = await x.stage.post("#EdLdrs", word())
        told = json.loads(await anext(lines))
        assert (told["data"]["id"], told["includes"]["users"][0]["username"]) == (id, "leader")
        assert told["matching_rules"][0]["tag"] == "chat"
        assert "created_at" in told["data"]

        second = await x.app("GET", "/2/tweets/search/stream")
        assert (second.status_code, second.json()["connection_issue"]) == (429, "TooManyConnections")

        newer = (await x.stage.control("edit", id=id, text="Better #EdLdrs"))["id"]
        assert json.loads(await anext(lines))["data"]["edit_history_tweet_ids"] == [id, newer]
        other = await x.stage.post("#EdLdrs", word())
        await anext(lines)
        await x.stage.control("repeat", posts=2)
        again = [json.loads(await anext(lines))["data"]["id"] for _ in range(2)]
        assert again == [other, newer], "repeats come unsorted"
        await x.stage.control("garble", raw='{"data": {"id"')
        assert await anext(lines) == '{"data": {"id"'


async def test_a_quiet_stream_gives_signs_of_life(ruled: Asking) -> None:
    await _nobody_streams(ruled)
    await ruled.stage.control("settings", keep_alive=0.05)
    async with ruled.following() as stream:
        lines = stream.aiter_lines()
        async with asyncio.timeout(5):
            assert [await anext(lines) for _ in range(4)] == [""] * 4


async def test_a_stream_ends_with_a_word_or_without(ruled: Asking) -> None:
    x = ruled
    await _nobody_streams(x)
    async with x.following() as stream:
        await x.stage.control("cut", politely=True)
        said = [line async for line in stream.aiter_lines() if line]
        assert json.loads(said[0])["errors"][0]["title"] == "operational-disconnect"
    await _nobody_streams(x)
    async with x.following() as stream:
        await x.stage.cut(0.3)
        with pytest.raises(httpx.TransportError):
            [line async for line in stream.aiter_lines()]
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            await x.user("GET", "/2/users/me")

    async def back() -> bool:
        try:
            return (await x.user("GET", "/2/users/me")).status_code == 200
        except httpx.TransportError:
            return False

    assert await until(back, bool)


async def test_the_sandbox_ends_with_who_started_it(tmp_path: Path) -> None:
    child = (
        "import asyncio, pathlib\n"
        "from adapters.twitter.sandbox import open_sandbox\n"
        "async def main():\n"
        f"    async with open_sandbox(pathlib.Path({str(tmp_path)!r})) as sandbox:\n"
        "        print(sandbox.url, flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", child, stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        url = (await process.stdout.readline()).decode().strip()
    async with httpx.AsyncClient() as http:
        assert "X sandbox" in (await http.get(url)).text
        process.send_signal(signal.SIGKILL)
        await process.wait()

        async def gone() -> bool:
            try:
                await http.get(url)
            except httpx.TransportError:
                return True
            return False

        assert await until(gone, bool)
