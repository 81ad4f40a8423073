"""Ways to ask the stand-in for X: tweepy's own client, sent here instead, and bare HTTP, signed."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp
import httpx
from oauthlib.oauth1 import Client as Signer
from tweepy.asynchronous import AsyncClient, AsyncStreamingClient
from tweepy.asynchronous.streaming import AsyncBaseStream
from yarl import URL

from bridge.adapter import Sandbox

T = TypeVar("T")
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000100000000808020000007f14e8c0") + b"\0" * 40


class Redirected:
    """tweepy's address is hard-coded; what it signed for that address is sent here."""

    def __init__(self, address: str) -> None:
        self._here = URL(address)
        self._session = aiohttp.ClientSession()

    def request(self, method: str, url: Any, **more: Any) -> Any:
        here = self._here
        there = URL(url).with_scheme(here.scheme).with_host(str(here.host)).with_port(here.port)
        return self._session.request(method, there, **more)

    async def close(self) -> None:
        await self._session.close()


class Asking:
    """Bare requests, and tweepy, as the bot (``user``) and as the app."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.settings = settings = dict(sandbox.settings)
        self.stage: Any = sandbox.stage
        self.address = str(settings["api_url"])
        self.http = httpx.AsyncClient(base_url=self.address, timeout=10)
        keys = [settings[n] for n in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")]
        self.keys = keys
        self.tweepy = AsyncClient(settings["bearer_token"], *keys, return_type=dict)
        self.tweepy.session = Redirected(self.address)

    async def close(self) -> None:
        await self.tweepy.session.close()
        await self.http.aclose()

    async def user(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Signed as the bot; ``params``, ``json`` and ``files`` as httpx takes them."""
        url = self.http.build_request(method, path, params=more.pop("params", None)).url
        _, headers, _ = Signer(*self.keys).sign(str(url), method)
        return await self.http.request(method, url, headers=headers, **more)

    async def app(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.settings['bearer_token']}"}
        return await self.http.request(method, path, headers=headers, **more)

    def following(self, **params: str) -> Any:
        """An open stream, as a context manager."""
        headers = {"Authorization": f"Bearer {self.settings['bearer_token']}"}
        return self.http.stream("GET", "/2/tweets/search/stream", headers=headers, params=params)

    async def post(self, text: str, **more: Any) -> str:
        """As the bot; gives the id."""
        answer = await self.user("POST", "/2/tweets", json={"text": text, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    async def upload(self, data: bytes, mime: str = "image/png", category: str = "tweet_image", alt: str = "") -> str:
        wanted = {"media_type": mime, "total_bytes": len(data), "media_category": category}
        id = str((await self.user("POST", "/2/media/upload/initialize", json=wanted)).json()["data"]["id"])
        for index, start in enumerate(range(0, len(data), 1000)):
            files = {"media": ("chunk", data[start : start + 1000])}
            sent = await self.user(
                "POST", f"/2/media/upload/{id}/append", data={"segment_index": str(index)}, files=files
            )
            assert sent.status_code == 200, sent.text
        done = await self.user("POST", f"/2/media/upload/{id}/finalize")
        assert done.status_code == 200, done.text
        if alt:
            body = {"id": id, "metadata": {"alt_text": {"text": alt}}}
            assert (await self.user("POST", "/2/media/metadata", json=body)).status_code == 200
        return id

    async def search(self, query: str, **params: str) -> dict[str, Any]:
        answer = await self.user("GET", "/2/tweets/search/recent", params={"query": query, **params})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def found(self, query: str) -> list[str]:
        return [one["id"] for one in (await self.search(query)).get("data", [])]


class Streaming(AsyncStreamingClient):
    """tweepy's stream, sent here; ``heard`` are its posts."""

    def __init__(self, asking: Asking) -> None:
        super().__init__(asking.settings["bearer_token"])
        self._here = asking.address
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.connected = asyncio.Event()

    async def _connect(self, method: str, endpoint: str, **more: Any) -> None:
        headers = {"Authorization": f"Bearer {self.bearer_token}"}
        await AsyncBaseStream._connect(
            self, method, f"{self._here}/2/tweets/{endpoint}/stream", headers=headers, **more
        )

    async def on_connect(self) -> None:
        self.connected.set()

    async def on_tweet(self, tweet: Any) -> None:
        self.heard.put_nowait(tweet.text)


def word() -> str:
    return "w" + secrets.token_hex(5)


async def until(ask: Callable[[], Awaitable[T]], holds: Callable[[T], object], seconds: float = 5.0) -> T:
    """Ask until it holds."""
    end = time.monotonic() + seconds
    while not holds(told := await ask()):
        assert time.monotonic() < end, told
        await asyncio.sleep(0.03)
    return told
