"""One login on a homeserver: requests through matrix-nio's client, their ends as errors of the boundary.

nio's own methods return error objects, ignore ``Retry-After``, retry a dead server for ever and drop
redactions that name their event in the content only; so what is asked here is asked by its lower half
(``AsyncClient.send``), and answers stay JSON.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from nio import AsyncClient, AsyncClientConfig  # type: ignore[import-untyped]

from adapters.matrix.errors import answer_error, connection_error
from bridge.adapter import Gone, Rejected, Unavailable, Uncertain

V3 = "/_matrix/client/v3"
V1 = "/_matrix/client/v1"
MEDIA = "/_matrix/media/v3"
USER_AGENT = "edldrs-bridge"
_CONNECT = 10.0  # seconds
_TRANSFER = 60.0  # seconds for a file
_CHUNK = 65_536


class Homeserver:
    """Requests to one homeserver. All methods raise errors of the boundary only."""

    def __init__(
        self, address: str, token: str, *, timeout: float, now: Callable[[], datetime], user: str = "", device: str = ""
    ) -> None:
        config = AsyncClientConfig(
            max_limit_exceeded=0, max_timeouts=0, request_timeout=timeout, encryption_enabled=False
        )
        self.address = address
        self.client = AsyncClient(address, user, device or None, config=config)
        self._token = token
        self._now = now
        self._timeout = _time_out(timeout)

    async def __aenter__(self) -> Self:
        self.client.access_token = self._token
        headers = {"User-Agent": USER_AGENT, "Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        self.client.client_session = ClientSession(timeout=self._timeout, headers=headers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.close()

    async def get(self, *path: str, base: str = V3, within: float | None = None, **query: Any) -> Any:
        return await self.call("GET", *path, base=base, within=within, query=query)

    async def call(
        self,
        method: str,
        *path: str,
        body: Any = None,
        base: str = V3,
        query: Mapping[str, Any] | None = None,
        creates: bool = False,
        within: float | None = None,
    ) -> Any:
        """One request; each part of ``path`` is quoted. Gives the JSON object of the answer."""
        value, _ = await self.answered(method, *path, body=body, base=base, query=query, creates=creates, within=within)
        return value

    async def answered(
        self,
        method: str,
        *path: str,
        body: Any = None,
        base: str = V3,
        query: Mapping[str, Any] | None = None,
        creates: bool = False,
        within: float | None = None,
    ) -> tuple[Any, Mapping[str, str]]:
        """The same, with the answer's headers."""
        data = None if body is None else json.dumps(body).encode()
        async with self._asked(method, _url(path, base, query), data, creates, within) as answer:
            said = await answer.read()
        value = _json(said)
        if answer.status == 200 and value is not None:
            return value, answer.headers
        if answer.status == 200:
            raise Uncertain("the answer is no JSON") if creates else Unavailable("the answer is no JSON")
        raise answer_error(answer.status, value, answer.headers, creates=creates, now=self._now)

    @asynccontextmanager
    async def _asked(
        self,
        method: str,
        url: str,
        data: bytes | None,
        creates: bool,
        within: float | None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[ClientResponse]:
        waits = self._timeout if within is None else _time_out(within)
        try:
            answer: ClientResponse = await self.client.send(method, url, data, headers, None, waits)
            async with answer:
                yield answer
        except (ClientError, TimeoutError, OSError) as error:
            raise connection_error(error, creates=creates) from error

    async def upload(self, data: bytes, mime: str, name: str) -> str:
        """Give the homeserver a file; nobody sees it yet. Gives its ``mxc://`` address."""
        headers = {"Content-Type": mime or "application/octet-stream"}
        url = _url(("upload",), MEDIA, {"filename": name})
        async with self._asked("POST", url, data, False, _TRANSFER, headers) as answer:
            value = _json(await answer.read())
        if answer.status != 200 or value is None:
            raise answer_error(answer.status, value, answer.headers, creates=False, now=self._now)
        return str(value["content_uri"])

    async def download(self, server: str, media: str, max_bytes: int) -> tuple[bytes, str]:
        """A file's bytes and its type. ``Rejected`` where it is larger. Homeservers before spec 1.11 know
        the unauthenticated path only."""
        try:
            return await self._download(_url(("media", "download", server, media), V1), max_bytes)
        except Rejected as rejected:
            if "M_UNRECOGNIZED" not in rejected.reason:
                raise
        return await self._download(_url(("download", server, media), MEDIA), max_bytes)

    async def _download(self, url: str, max_bytes: int) -> tuple[bytes, str]:
        data = bytearray()
        async with self._asked("GET", url, None, False, _TRANSFER) as answer:
            if answer.status != 200:
                raise answer_error(
                    answer.status, _json(await answer.read()), answer.headers, creates=False, now=self._now
                )
            if (answer.content_length or 0) > max_bytes:
                raise Rejected(f"the file is larger than {max_bytes:,} bytes")
            async for chunk in answer.content.iter_chunked(_CHUNK):
                data += chunk
                if len(data) > max_bytes:
                    raise Rejected(f"the file is larger than {max_bytes:,} bytes")
        return bytes(data), answer.content_type

    # What several parts ask

    async def state(self, room: str, kind: str, key: str = "") -> Any:
        """The content of a state event; None where there is none."""
        try:
            return await self.get("rooms", room, "state", kind, *([key] if key else []))
        except Gone:
            return None

    async def event(self, room: str, id: str) -> Any:
        """An event, with its latest edit bundled; None where it cannot be read."""
        try:
            return await self.get("rooms", room, "event", id)
        except Gone:
            return None

    async def send(
        self, room: str, kind: str, transaction: str, content: Mapping[str, Any], *, creates: bool = True
    ) -> str:
        """Send an event under a transaction id, which makes a repetition harmless. Gives its id."""
        path = ("rooms", room, "send", kind, transaction)
        return str((await self.call("PUT", *path, body=content, creates=creates))["event_id"])


def _time_out(seconds: float) -> ClientTimeout:
    return ClientTimeout(total=seconds, sock_connect=min(seconds, _CONNECT))


def _url(path: tuple[str, ...], base: str, query: Mapping[str, Any] | None = None) -> str:
    url = f"{base}/" + "/".join([quote(one, safe="") for one in path])
    return f"{url}?{urlencode(query, doseq=True)}" if query else url


def _json(said: bytes) -> Any:
    """A JSON object, or None."""
    try:
        value = json.loads(said)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
