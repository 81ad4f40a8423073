"""tweepy's client, made fit for a bridge: an address that can be set, signed as it is sent, with
time-outs, and with every end of a request told as an error of the boundary.

tweepy 4.17 hard-codes https://api.twitter.com, waits 300 s for an answer, fails on an error in HTML,
and keeps the rate limits to itself; all of its methods go through :meth:`Client.request`.
"""

from __future__ import annotations

import asyncio
import json as jsonlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import aiohttp
from multidict import CIMultiDictProxy
from oauthlib.oauth1 import Client as OAuthClient  # type: ignore[import-untyped]
from tweepy.asynchronous import AsyncClient, AsyncStreamingClient  # type: ignore[import-untyped]
from yarl import URL

from adapters.twitter.errors import apart, error_of
from adapters.twitter.responses import Json
from bridge.adapter import Unavailable, Uncertain

USER_AGENT = "edldrs-bridge"
_CONNECT = 10.0  # seconds

_NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""The connection was never made, so nothing was asked."""


class Broken(Unavailable):
    """A connection ended, or was never made."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: its JSON (empty where there was none to read), and its headers."""

    body: Json
    headers: CIMultiDictProxy[str]

    async def json(self) -> Json:
        """As tweepy asks its responses."""
        return self.body


@dataclass(frozen=True, slots=True)
class Keys:
    """Of the app (``consumer``) and of the account (``access``): OAuth 1.0a; ``bearer`` is the app's
    alone, or empty."""

    consumer: str
    consumer_secret: str
    access: str
    access_secret: str
    bearer: str = ""


class Requests:
    """How each of tweepy's clients asks here. An async context manager.

    ``now`` is X's time, as far as its answers have told."""

    address: str
    session: Any
    bearer_token: str
    _keys: Keys
    _timeout: float
    _now: Callable[[], datetime]
    _apart = timedelta(0)

    def _set_up(self, address: str, keys: Keys, timeout: float, now: Callable[[], datetime]) -> None:
        self.address, self._keys, self._timeout, self._now = address, keys, timeout, now
        self.on_answer: Callable[[str, str, Mapping[str, str]], None] = lambda method, route, headers: None
        """Called with the headers of each answer."""

    def now(self) -> datetime:
        return self._now() + self._apart

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._timeout, connect=_CONNECT), headers={"User-Agent": USER_AGENT}
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()

    async def request(
        self,
        method: str,
        route: str,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        user_auth: bool = False,
        form: aiohttp.FormData | None = None,
    ) -> Answer:
        """Ask. Raises errors of the boundary only; a ``POST`` that makes a post or a private message
        (not one that only prepares it) may end :class:`Uncertain`."""
        creates = method == "POST" and (route == "/2/tweets" or route.startswith("/2/dm_conversations"))
        query = urlencode(sorted((params or {}).items()), quote_via=quote)
        url = URL(f"{self.address}{route}{'?' if query else ''}{query}", encoded=True)
        data = form if json is None else jsonlib.dumps(json).encode()
        headers = {"Content-Type": "application/json"} if json is not None else {}
        headers["Authorization"] = self._signature(method, url) if user_auth else f"Bearer {self.bearer_token}"
        try:
            async with self.session.request(method, url, data=data, headers=headers, allow_redirects=False) as response:
                return await self._answered(response, creates, method, route)
        except _NEVER_LEFT as error:
            raise Broken(f"no connection: {error}") from error
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
            said = str(error) or type(error).__name__
            if creates:
                raise Uncertain(f"the answer was lost: {said}") from error
            raise Broken(said) from error

    async def _answered(self, response: aiohttp.ClientResponse, creates: bool, method: str, route: str) -> Answer:
        raw = await response.read()
        self._apart = apart(response.headers, self._now())
        self.on_answer(method, route, response.headers)
        body = _json_of(raw)
        if 200 <= response.status < 300:
            if raw.strip() and not isinstance(body, dict):
                raise (Uncertain if creates else Unavailable)("the answer is no JSON object")
            return Answer(body or {}, response.headers)
        raise error_of(
            response.status, response.headers, body, creates=creates, now=self._now(), operation=f"{method} {route}"
        )

    def _signature(self, method: str, url: URL) -> str:
        """OAuth 1.0a: of the method and the address with its query; a JSON or multipart body is not part."""
        signer = OAuthClient(
            self._keys.consumer, self._keys.consumer_secret, self._keys.access, self._keys.access_secret
        )
        _, headers, _ = signer.sign(str(url), method)
        return str(headers["Authorization"])


class Client(Requests, AsyncClient):  # type: ignore[misc]
    """One login. Methods are tweepy's and give the JSON; ``user_auth=True`` signs as the account, else
    the app's bearer token is used."""

    def __init__(self, address: str, keys: Keys, *, timeout: float, now: Callable[[], datetime]) -> None:
        AsyncClient.__init__(self, keys.bearer, return_type=dict)
        self._set_up(address, keys, timeout, now)


class StreamClient(Requests, AsyncStreamingClient):  # type: ignore[misc]
    """The filtered stream's rules, and one connection to it at a time. Each connection is a task of
    tweepy's (``filter``) that ends with an error of the boundary; ``on_open`` and ``on_line`` are called
    in it, and no more is read while they wait."""

    def __init__(
        self, address: str, keys: Keys, *, timeout: float, silence: float, now: Callable[[], datetime]
    ) -> None:
        AsyncStreamingClient.__init__(self, keys.bearer, return_type=dict)
        self._set_up(address, keys, timeout, now)
        self._silence = silence
        self.on_open: Callable[[], Awaitable[None]]
        self.on_line: Callable[[bytes], Awaitable[None]]

    async def _connect(self, method: str, endpoint: str, params: Mapping[str, Any] | None = None) -> None:
        """tweepy's own reconnects, and swallows what ended a connection."""
        query = urlencode(sorted((params or {}).items()), quote_via=quote)
        url = URL(f"{self.address}/2/tweets/{endpoint}/stream?{query}", encoded=True)
        timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT, sock_read=self._silence)
        headers = {"Authorization": f"Bearer {self.bearer_token}"}
        try:
            async with self.session.request(method, url, headers=headers, timeout=timeout) as response:
                if response.status != 200:
                    await self._answered(response, False, method, f"/2/tweets/{endpoint}/stream")
                await self.on_open()
                async for line in response.content:
                    if line.strip():
                        await self.on_line(line)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Broken(str(error) or "nothing was heard for too long") from error
        raise Broken("X closed the stream")


def _json_of(raw: bytes) -> Any:
    try:
        return jsonlib.loads(raw)
    except ValueError:
        return None
