"""The door: what happens to each request before and after the endpoint that answers it.

In this order, as at X: whether one gets through at all, X's front (503, 429), who asks (401, 403), the
window (429), credits (402), the parameters (400), and then the endpoint. All answers carry the headers.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from email.utils import formatdate
from typing import Any

from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from adapters.twitter.sandbox import problems
from adapters.twitter.sandbox.auth import Asked, Caller, caller_of
from adapters.twitter.sandbox.calls import Call, Endpoint, Place
from adapters.twitter.sandbox.faults import Fault
from adapters.twitter.sandbox.limits import spent
from adapters.twitter.sandbox.problems import Problem
from adapters.twitter.sandbox.state import World

_FRONT: dict[str, Callable[[], Problem]] = {
    "window": problems.too_many,
    "cap": problems.capped,
    "credits": problems.out_of_credit,
    "capacity": problems.over_capacity,
    "internal": problems.internal,
}


Streaming = Callable[[Place, Mapping[str, str], Receive, Send, dict[str, str]], Awaitable[None]]


class Door:
    """An ASGI application for the API's paths. ``streams`` answer the endpoints of those names by themselves."""

    def __init__(self, place: Place, endpoints: tuple[Endpoint, ...], streams: Mapping[str, Streaming]) -> None:
        self.place = place
        self._endpoints = [(compile_path(one.template)[0], one) for one in endpoints]
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place, now = self.place, self.place.world.now()
        request = Request(scope, receive)
        method, path = request.method, request.url.path
        endpoint, arguments = self._find(method, path)
        name = endpoint.name if endpoint else f"{method} {path}"
        place.fate.seen[name] = place.fate.seen.get(name, 0) + 1
        if now < place.fate.away_until:
            hang_up(send)
            return
        fault = place.fate.take(method, path, now)
        if fault is not None and fault.kind == "refuse":
            hang_up(send)
            return
        if fault is not None and fault.kind == "hang":
            await until_gone(receive)
            return
        headers: dict[str, str] = {}
        try:
            if endpoint is None:
                raise problems.route_unknown()
            caller = self._caller(request, endpoint, now)
            query = dict(request.query_params)
            within, headers = self._count(endpoint, caller, now)
            self._meet(fault, within, headers)
            endpoint.check(query)
            if endpoint.name in self._streams:
                await self._streams[endpoint.name](place, query, receive, send, headers)
                return
            call = Call(place, caller, arguments, query, await _body_of(request))
            answer = endpoint.answer(call)
            status, body = answer.status, answer.body
        except Problem as problem:
            status, body = problem.status, problem.body
            headers |= problem.headers
        # What was refused is answered: there is nothing done of which to lose the answer.
        await self._send(send, status, body, headers, fault if status < 300 else None)

    def _find(self, method: str, path: str) -> tuple[Endpoint | None, dict[str, str]]:
        for pattern, endpoint in self._endpoints:
            if endpoint.method == method and (found := pattern.match(path)) is not None:
                return endpoint, found.groupdict()
        return None, {}

    def _caller(self, request: Request, endpoint: Endpoint, now: float) -> Caller:
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        address = f"http://{request.headers.get('host', '')}"
        asked = Asked(request.method, address, path, request.headers.get("authorization", ""))
        caller = caller_of(asked, self.place.keys, now)
        if caller.kind not in endpoint.takes:
            given = "OAuth 2.0 Application-Only" if caller.kind == "app" else "OAuth 1.0a User Context"
            wanted = {"user": "OAuth 1.0a User Context", "app": "OAuth 2.0 Application-Only"}
            raise problems.wrong_authentication(given, [wanted[one] for one in endpoint.takes])
        return caller

    def _count(self, endpoint: Endpoint, caller: Caller, now: float) -> tuple[bool, dict[str, str]]:
        who = caller.user.id if caller.user else "app"
        place = self.place
        return place.limits.count(endpoint.name, who, endpoint.allowed, place.world.settings, now)

    def _meet(self, fault: Fault | None, within: bool, headers: dict[str, str]) -> None:
        if fault is not None and fault.kind in _FRONT:
            if fault.kind == "window":
                headers |= spent(headers, fault.until if fault.until is not None else self.place.world.now() + 1)
            raise _FRONT[fault.kind]()
        if not within:
            raise problems.too_many()
        credit = self.place.world.settings.credits
        if credit is not None and credit <= 0:
            raise problems.out_of_credit()

    async def _send(self, send: Send, status: int, body: Any, headers: dict[str, str], fault: Fault | None) -> None:
        html = isinstance(body, str)
        data = body.encode() if html else b"" if body is None else json.dumps(body).encode()
        kind = "text/html; charset=utf-8" if html else "application/json; charset=utf-8"
        start = start_of(self.place.world, status, {"content-type": kind, "content-length": str(len(data)), **headers})
        if fault is not None and fault.kind == "lose":
            hang_up(send)
            return
        await send(start)
        if fault is not None and fault.kind == "half":
            await send({"type": "http.response.body", "body": data[: len(data) // 2], "more_body": True})
            await asyncio.sleep(0)
            close(send)
            return
        await send({"type": "http.response.body", "body": data})


def start_of(world: World, status: int, headers: Mapping[str, str]) -> dict[str, Any]:
    """The beginning of an answer, with X's date and transaction id."""
    every = {"date": formatdate(world.now(), usegmt=True), "x-transaction-id": secrets.token_hex(8), **headers}
    return {
        "type": "http.response.start",
        "status": status,
        "headers": [(name.lower().encode(), value.encode()) for name, value in every.items()],
    }


def hang_up(send: Send) -> None:
    """End the connection at once, unanswered. ASGI has no word for it, so this asks uvicorn's own object
    (``send`` is a method of it)."""
    send.__self__.transport.abort()  # type: ignore[attr-defined]


def close(send: Send) -> None:
    """End the connection after what was written."""
    send.__self__.transport.close()  # type: ignore[attr-defined]


async def until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body_of(request: Request) -> dict[str, Any]:
    """Raises ``Problem`` (400) where it is no JSON."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        try:
            async with request.form(max_part_size=16 * 1024 * 1024) as form:
                return {name: value if isinstance(value, str) else await value.read() for name, value in form.items()}
        except MultiPartException as error:
            raise problems.invalid(f"Request body is not valid multipart: {error}") from error
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise problems.invalid("Request body is not valid JSON")
    return body
