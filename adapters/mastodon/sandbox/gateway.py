"""In front of the mock: fate (faults that a stage provokes), Mastodon's WebSocket, and the sandbox's own
requests under ``/_sandbox``."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI
from mastodon_mock.config import SeedAccount, SeedConfig
from mastodon_mock.db.models import Account, OAuthToken, Status, StatusTag
from mastodon_mock.db.seed import apply_seed_data
from mastodon_mock.streaming import Event, ws_format
from mastodon_mock.streaming_events import emit_status_event
from sqlalchemy import select

from adapters.mastodon.sandbox.corrections import HASHTAG, content_of

Scope = MutableMapping[str, Any]
_STREAMING = "/api/v1/streaming"
_MANY = 100_000  # writes that are let through: a burst should not wait three hours, as it would elsewhere


@dataclass
class Fate:
    """What is to befall the bot. Times are of ``time.time()``."""

    throttled: int = 0
    throttled_until: float = 0.0
    failing: int = 0
    fail_with: int = 503
    losing: int = 0
    away_until: float = 0.0
    close_streams_at_once: bool = False
    connects: list[float] = field(default_factory=list)
    requests: dict[str, int] = field(default_factory=dict)


class Gateway:
    """The ASGI app that the sandbox serves."""

    def __init__(self, app: FastAPI, bot_token: str) -> None:
        self._app = app
        self._bot_token = bot_token
        self.fate = Fate()
        self._streams: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith("/_sandbox/"):
            await self._control(scope, receive, send)
        elif _token(scope) == self._bot_token:
            await self._bot(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _bot(self, scope: Scope, receive: Any, send: Any) -> None:
        fate, path, method = self.fate, scope["path"], scope["method"]
        fate.requests[f"{method} {path}"] = fate.requests.get(f"{method} {path}", 0) + 1
        writes = method != "GET" and path.startswith("/api/v1/statuses")
        now = time.time()
        streams = path.startswith(f"{_STREAMING}/") and not path.endswith("/health")
        if streams:
            fate.connects.append(now)
        if now < fate.away_until:
            await _answer(send, 503, {"error": "Service unavailable"})
        elif streams:
            await self._stream(scope, receive, send)
        elif writes and fate.throttled and now < fate.throttled_until:
            fate.throttled -= 1
            await _answer(send, 429, {"error": "Too many requests"}, _limit_headers(0, fate.throttled_until))
        elif writes and fate.failing:
            fate.failing -= 1
            await _answer(send, fate.fail_with, {"error": "Something went wrong"})
        elif writes and method == "POST" and fate.losing:
            fate.losing -= 1
            await self._app(scope, receive, _swallow)
            # An answer that is begun and not finished makes the server hang up.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        elif writes and method != "PUT":
            await self._app(scope, receive, _with_headers(send, _limit_headers(_MANY, now + 3 * 3600)))
        else:
            await self._app(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Any, send: Any) -> None:
        task = asyncio.create_task(self._app(scope, receive, send))
        self._streams.add(task)
        if self.fate.close_streams_at_once:
            asyncio.get_running_loop().call_later(0.05, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            with contextlib.suppress(RuntimeError):  # it had not begun to answer
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._streams.discard(task)

    # WebSocket: https://docs.joinmastodon.org/methods/streaming/#websocket

    async def _websocket(self, scope: Scope, receive: Any, send: Any) -> None:
        await receive()  # the connect
        now = time.time()
        self.fate.connects.append(now)
        account = self._account(_token(scope) or parse_qs(scope["query_string"].decode()).get("access_token", [""])[0])
        if account is None or scope["path"].rstrip("/") != _STREAMING or now < self.fate.away_until:
            await send({"type": "websocket.close", "code": 1008})
            return
        await send({"type": "websocket.accept"})
        task = asyncio.create_task(self._serve(account, receive, send))
        self._streams.add(task)
        if self.fate.close_streams_at_once:
            asyncio.get_running_loop().call_later(0.05, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            await send({"type": "websocket.close", "code": 1001})
        finally:
            self._streams.discard(task)

    async def _serve(self, account: int, receive: Any, send: Any) -> None:
        forwarding: list[asyncio.Task[None]] = []
        try:
            while (message := await receive())["type"] == "websocket.receive":
                wanted = json.loads(message["text"])
                if wanted.get("type") == "subscribe":
                    forwarding.append(asyncio.create_task(self._forward(wanted, account, send)))
        finally:
            for task in forwarding:
                task.cancel()

    async def _forward(self, wanted: dict[str, Any], account: int, send: Any) -> None:
        bus = self._app.state.event_bus
        stream = wanted["stream"]
        channel = f"hashtag:{wanted['tag'].lower()}" if stream == "hashtag" else f"user:{account}"
        subscriber = bus.subscribe(channel)
        try:
            while True:
                event = await subscriber.queue.get()
                if stream != "user:notification" or event.name == "notification":
                    await send({"type": "websocket.send", "text": ws_format(stream, event.name, event.payload)})
        finally:
            bus.unsubscribe(subscriber)

    def _account(self, token: str) -> int | None:
        with self._app.state.session_factory() as db:
            found: int | None = db.scalar(select(OAuthToken.account_id).where(OAuthToken.access_token == token))
            return found

    # The sandbox's own requests

    async def _control(self, scope: Scope, receive: Any, send: Any) -> None:
        body = await _body(receive)
        wanted = json.loads(body) if body else {}
        what = scope["path"].removeprefix("/_sandbox/")
        if what == "account":
            self._seed(wanted["username"])
            await _answer(send, 200, {})
        elif what == "fate":
            for name, value in wanted.items():
                setattr(self.fate, name, value)
            await _answer(send, 200, {"connects": self.fate.connects, "requests": self.fate.requests})
        elif what == "cut":
            self.fate.away_until = time.time() + wanted["seconds"]
            for task in tuple(self._streams):
                task.cancel()
            await _answer(send, 200, {})
        elif what == "garble":
            garbled = Event("update", '{"id": "1", "uri', frozenset({f"hashtag:{wanted['tag'].lower()}"}))
            self._app.state.event_bus.publish(garbled)
            await _answer(send, 200, {})
        elif what == "arrive":
            await _answer(send, 200, {"id": self._arrive(wanted)})
        else:
            await _answer(send, 404, {})

    def _seed(self, username: str) -> None:
        account = SeedAccount(username=username, display_name=username.title(), access_token=f"token-{username}")
        apply_seed_data(self._app.state.engine, SeedConfig(accounts=[account]))

    def _arrive(self, wanted: dict[str, Any]) -> str:
        """A post of another server arrives by federation: its id is as old as it is."""
        written = datetime.fromisoformat(wanted["created_at"])
        user, _, host = wanted["acct"].partition("@")
        remote = SeedAccount(username=user, domain=host, display_name=user.title())
        apply_seed_data(self._app.state.engine, SeedConfig(accounts=[remote]))
        config = self._app.state.config
        with self._app.state.session_factory() as db:
            author = db.scalar(select(Account).where(Account.username == user, Account.domain == host))
            status = Status(
                id=int(written.timestamp() * 1000),
                account_id=author.id,
                content=content_of(wanted["text"], config.base_url),
                text=wanted["text"],
                visibility="public",
                url=wanted["uri"],
                created_at=written,
                edit_history=[],
            )
            db.add(status)
            db.flush()
            for tag in HASHTAG.findall(wanted["text"]):
                db.add(StatusTag(status_id=status.id, name=tag.lower()))
            db.commit()
            emit_status_event(self._app, db, status, config, name="update")
            return str(status.id)


def _token(scope: Scope) -> str:
    given = dict(scope["headers"]).get(b"authorization", b"").decode()
    return str(given).removeprefix("Bearer ")


def _limit_headers(remaining: int, resets: float) -> dict[str, str]:
    """https://docs.joinmastodon.org/api/rate-limits/#headers"""
    reset = datetime.fromtimestamp(resets, UTC).isoformat().replace("+00:00", "Z")
    return {"X-RateLimit-Limit": str(_MANY), "X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset": reset}


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _with_headers(send: Any, headers: Mapping[str, str]) -> Any:
    """Send as before, with further headers."""

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_raw(headers)]}
        await send(message)

    return sending


async def _swallow(message: MutableMapping[str, Any]) -> None:
    """Where an answer goes that is to be lost."""


async def _body(receive: Any) -> bytes:
    body: bytes = b""
    while True:
        message: MutableMapping[str, Any] = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def _answer(send: Any, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
    body = json.dumps(value).encode()
    all_headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": _raw(all_headers),
        }
    )
    await send({"type": "http.response.body", "body": body})
