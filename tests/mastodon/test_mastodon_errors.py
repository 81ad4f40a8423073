"""What a server may answer, and what the core is told of it. Real Mastodon.py against a small server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer

import pytest

from adapters.mastodon.server import Lane, client_of
from bridge.adapter import (
    AdapterError,
    Duplicate,
    Gone,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Uncertain,
)

RESET = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=7)


class Scripted(ThreadingHTTPServer):
    """Answers everything with ``status``, ``body`` and ``headers``; with no status it hangs up, after having read.
    A thread for each connection, which nobody waits for: clients keep theirs open."""

    status: int | None = 200
    body: bytes = b"{}"
    headers: dict[str, str] = {}  # noqa: RUF012
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Who asked has hung up: that is what some of the tests are about."""


class Answering(BaseHTTPRequestHandler):
    server: Scripted
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.status is None:
            self.close_connection = True
            return
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def log_message(self, format: str, *args: object) -> None:
        return None


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    server = Scripted(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


async def outcome(port: int, creates: bool, request_timeout: float = 5.0) -> AdapterError:
    lane = Lane(client_of(f"http://127.0.0.1:{port}", "token", request_timeout), "test")
    call = (
        lane.call("status_post", "text", creates=True, idempotency_key="k")
        if creates
        else lane.call("status_delete", "1")
    )
    try:
        with pytest.raises(AdapterError) as caught:
            await call
        return caught.value
    finally:
        await lane.close()


def error(text: str) -> bytes:
    return json.dumps({"error": text}).encode()


@pytest.mark.parametrize(
    ("status", "body", "posting", "else_"),
    [
        (401, error("The access token is invalid"), Unauthorized, Unauthorized),
        (403, error("This action is outside the authorized scopes"), Unauthorized, Unauthorized),
        (403, error("This action is not allowed"), Rejected, Rejected),
        (403, b"<html>Attention required</html>", Unavailable, Unavailable),
        (404, error("Record not found"), Gone, Gone),
        (404, b"<html>nothing here</html>", Unavailable, Unavailable),
        (409, error("Conflict: this key was used"), Duplicate, Duplicate),
        (410, error("Gone"), Gone, Gone),
        (413, error("Payload too large"), Rejected, Rejected),
        (422, error("Validation failed: Text is too long"), Rejected, Rejected),
        (500, error("This page is not correct"), Uncertain, Unavailable),
        (502, b"<html>Bad gateway</html>", Uncertain, Unavailable),
        (503, error("Service unavailable"), Unavailable, Unavailable),
        (503, b"<html>Maintenance</html>", Unavailable, Unavailable),
        (504, b"<html>Gateway timeout</html>", Uncertain, Unavailable),
        (200, b"<html>Welcome to our hotel</html>", Uncertain, Unavailable),
        (200, b'{"id": "1", "uri', Uncertain, Unavailable),
        (None, b"", Uncertain, Unavailable),
    ],
)
async def test_an_answer_becomes_an_error_of_the_right_width(
    scripted: Scripted, status: int | None, body: bytes, posting: type, else_: type
) -> None:
    scripted.status, scripted.body = status, body
    scripted.headers = {"Content-Type": "application/json" if body.startswith(b"{") else "text/html"}
    assert type(await outcome(scripted.server_port, creates=True)) is posting
    assert type(await outcome(scripted.server_port, creates=False)) is else_


@pytest.mark.parametrize("reset", [RESET.isoformat().replace("+00:00", ".000000Z"), str(int(RESET.timestamp()))])
async def test_a_rate_limit_tells_until_when(scripted: Scripted, reset: str) -> None:
    """Mastodon writes ISO 8601, GoToSocial epoch seconds."""
    scripted.status, scripted.body = 429, error("Too many requests")
    scripted.headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    limited = await outcome(scripted.server_port, creates=True)
    assert isinstance(limited, RateLimited)
    assert abs(limited.until - RESET) < timedelta(seconds=5)


async def test_a_rate_limit_without_a_time_lasts_a_minute(scripted: Scripted) -> None:
    scripted.status, scripted.body, scripted.headers = 429, error("Too many requests"), {}
    limited = await outcome(scripted.server_port, creates=True)
    assert isinstance(limited, RateLimited)
    assert timedelta(seconds=50) < limited.until - datetime.now(UTC) <= timedelta(minutes=1)


async def test_nobody_there_means_that_nothing_was_posted(scripted: Scripted) -> None:
    with HTTPServer(("127.0.0.1", 0), Answering) as gone:
        port = gone.server_port
    assert type(await outcome(port, creates=True)) is Unavailable


async def test_a_request_that_is_not_answered_ends_by_itself() -> None:
    with HTTPServer(("127.0.0.1", 0), Answering) as silent:  # takes connections, answers none
        assert type(await outcome(silent.server_port, creates=True, request_timeout=0.2)) is Uncertain
        assert type(await outcome(silent.server_port, creates=False, request_timeout=0.2)) is Unavailable
