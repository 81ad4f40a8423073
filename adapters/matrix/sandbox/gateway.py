"""Between the bot and the homeserver: passes everything through, and is fate where a stage says so."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, ClientTimeout, TCPConnector, web
from yarl import URL

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "host", "content-length"}


@dataclass
class Fate:
    """What is to befall the bot. Times are of ``time.time()``."""

    throttled: int = 0
    throttled_until: float = 0.0
    failing: int = 0
    fail_with: int = 503
    losing: int = 0
    garbled_syncs: int = 0
    requests: dict[str, int] = field(default_factory=dict)


class Gateway:
    """The bot's door to the homeserver on ``port`` of this machine."""

    def __init__(self, homeserver: str) -> None:
        self._homeserver = homeserver
        self.fate = Fate()
        self._port = 0

    async def __aenter__(self) -> Gateway:
        self._http = ClientSession(
            auto_decompress=False, timeout=ClientTimeout(total=None), connector=TCPConnector(limit=0)
        )
        self._server = web.Server(self._handle, handler_cancellation=True, keepalive_timeout=3600, access_log=None)
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.close()
        await self._server.shutdown(timeout=0.1)
        await self._http.close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._server, "127.0.0.1", self._port, reuse_address=True)
        self._port = self._listening.sockets[0].getsockname()[1]

    async def cut(self, seconds: float) -> None:
        """Drop all connections, and take no new ones for so long."""
        self._listening.close()
        for connection in list(self._server.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(seconds)
        await self._listen()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        fate, path = self.fate, request.path
        name = f"{request.method} {_kind(path)}"
        fate.requests[name] = fate.requests.get(name, 0) + 1
        body = await request.read()
        writes = request.method == "PUT" and ("/send/" in path or "/redact/" in path)
        now = time.time()
        if writes and fate.throttled and now < fate.throttled_until:
            fate.throttled -= 1
            wait = fate.throttled_until - now
            limited = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": int(wait * 1000)}
            return web.json_response(limited, status=429, headers={"Retry-After": str(max(1, round(wait)))})
        if writes and fate.failing:
            fate.failing -= 1
            return web.Response(status=fate.fail_with, text="<html>Bad gateway</html>", content_type="text/html")
        if writes and fate.losing and "/send/" in path:
            fate.losing -= 1
            await self._pass(request, body)
            return await _hang_up(request)
        answer = await self._pass(request, body)
        if fate.garbled_syncs and path.endswith("/sync"):
            fate.garbled_syncs -= 1
            answer = web.Response(body=b'{"next_batch": "s1', content_type="application/json")
        return answer

    async def _pass(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP}
        url = URL(self._homeserver + request.raw_path, encoded=True)
        async with self._http.request(request.method, url, data=body, headers=headers, allow_redirects=False) as answer:
            given = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP}
            return web.Response(status=answer.status, body=await answer.read(), headers=given)


def _kind(path: str) -> str:
    """``/_matrix/client/v3/rooms/!r/send/m.room.message/txn`` is a ``send``."""
    for kind in ("send", "redact", "messages", "event", "sync", "download", "upload", "createRoom"):
        if f"/{kind}" in path:
            return kind
    return path.rsplit("/", 1)[-1]


async def _hang_up(request: web.BaseRequest) -> web.StreamResponse:
    """Begin an answer and do not finish it. (Were it not begun, HTTP clients would ask again by themselves.)"""
    answer = web.StreamResponse(headers={"Content-Length": "1000"})
    await answer.prepare(request)
    if request.transport is not None:
        request.transport.close()
    return answer


class Control:
    """The stage's own requests, on a port of their own."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Control:
        self._server = web.Server(self._handle, access_log=None)
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._server, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{self._listening.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        self._listening.close()
        await self._server.shutdown(timeout=0.1)

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        wanted: dict[str, Any] = await request.json()
        if request.path == "/cut":
            task = asyncio.create_task(self._gateway.cut(wanted["seconds"]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            await asyncio.wait([task], timeout=0.01)  # until it has begun
            return web.json_response({})
        for name, value in wanted.items():
            setattr(self._gateway.fate, name, value)
        return web.json_response({"requests": self._gateway.fate.requests})
