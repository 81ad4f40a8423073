"""One live stream, by server-sent events or by WebSocket, brought from Mastodon.py's thread into the loop.

Protocol: https://docs.joinmastodon.org/methods/streaming/. Mastodon.py's own reconnect is not used
(after a clean close it reconnects without waiting), nor its way of reading (byte by byte, and one
malformed event ends the stream).
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import requests
from mastodon import Mastodon, MastodonError, StreamListener

from bridge.adapter import AdapterError, Unauthorized, Unavailable

_BUFFER = 1000  # events that wait while a catch-up runs; then the server's buffers fill
_CONNECT = 30.0  # seconds until a connect counts as failed


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """``name`` as the protocol has it (``update``, ``delete``, ``status.update``, ``notification``);
    ``payload`` is what its JSON said, or None with ``why`` and ``raw`` if it could not be read."""

    name: str
    payload: Any = None
    why: str = ""
    raw: str = ""


class _Listener(StreamListener):
    """Reads both transports without Mastodon.py's typed entities, and survives what is malformed."""

    def __init__(self, on_open: Callable[[], None], on_event: Callable[[LiveEvent], None]) -> None:
        self._on_open = on_open
        self._on_event = on_event
        self.refused: Exception | None = None

    def handle_stream(self, response: requests.Response) -> None:
        """Server-sent events: lines of ``event:`` and ``data:``, an empty line ends one."""
        self._on_open()
        name, data, rest = "", [], b""
        while chunk := response.raw.read1(65536, decode_content=True):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                field, _, value = line.decode(errors="replace").rstrip("\r").partition(":")
                if field == "event":
                    name = value.strip()
                elif field == "data":
                    data.append(value.removeprefix(" "))
                elif not field and not value and name:
                    self._give(name, "\n".join(data))
                    name, data = "", []

    def handle_websocket_message(self, message: Mapping[str, Any]) -> None:
        """One JSON object per event, its payload JSON in a string."""
        self._give(str(message.get("event", "")), message.get("payload"))

    def on_websocket_error(self, error: Exception, for_stream: Any = None) -> None:
        self.refused = error

    def _give(self, name: str, raw: Any) -> None:
        if name == "delete":
            self._on_event(LiveEvent(name, str(raw)))
            return
        if name not in ("update", "status.update", "notification"):
            return
        try:
            self._on_event(LiveEvent(name, json.loads(raw)))
        except (TypeError, ValueError) as error:
            self._on_event(LiveEvent(name, None, f"not JSON: {error}", str(raw)[:2000]))


class _Ended(Exception):
    """The thread's last word: why the stream is over."""


@dataclass(frozen=True, slots=True)
class Live:
    """An open stream."""

    _events: asyncio.Queue[LiveEvent | _Ended]
    _wire: _Sse | _WebSocket

    async def get(self) -> LiveEvent:
        """The next event. Raises ``Unavailable`` when the stream has ended, cleanly or not."""
        item = await self._events.get()
        if isinstance(item, _Ended):
            raise self._wire.failed or Unavailable(str(item))
        return item

    def empty(self) -> bool:
        """All that has arrived has been taken."""
        return self._events.empty()


@asynccontextmanager
async def live(client: Mastodon, tag: str | None, *, transport: str, silence: float) -> AsyncIterator[Live]:
    """Connect; inside the block events come in order, those from before the first ``get`` too.

    ``tag`` is a hashtag without its sign, or None for the account's notifications. ``silence`` is in
    seconds. Raises ``Unauthorized`` or ``Unavailable`` if it cannot connect. Leaves no thread and no connection behind.
    """
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[LiveEvent | _Ended] = asyncio.Queue(_BUFFER)
    opened = asyncio.Event()
    closing = threading.Event()

    def opened_now() -> None:
        loop.call_soon_threadsafe(opened.set)

    def give(item: LiveEvent | _Ended) -> None:
        """From the thread; waits while the buffer is full, so that the server is read no faster."""
        waiting = asyncio.run_coroutine_threadsafe(events.put(item), loop)
        while not closing.is_set():
            with suppress(TimeoutError):
                waiting.result(0.2)
                return
        waiting.cancel()

    listener = _Listener(opened_now, give)
    wire = (
        _WebSocket(client, listener, tag, silence) if transport == "websocket" else _Sse(client, listener, tag, silence)
    )

    def run() -> None:
        end = "the server closed the stream"
        try:
            wire.run()
        except Exception as error:
            end = f"{type(error).__name__}: {error}"
        if not closing.is_set():
            give(_Ended(end))
            opened_now()

    thread = threading.Thread(target=run, name=f"stream {tag or 'notifications'}", daemon=True)
    thread.start()
    try:
        try:
            async with asyncio.timeout(_CONNECT):
                await opened.wait()
        except TimeoutError:
            raise Unavailable("the stream does not open") from None
        if wire.failed is not None:
            raise wire.failed
        yield Live(events, wire)
    finally:
        closing.set()
        await asyncio.to_thread(_hang_up, wire, thread)
        client.session.close()


def _hang_up(wire: _Sse | _WebSocket, thread: threading.Thread) -> None:
    wire.close()
    thread.join()


class _Sse:
    """A streaming GET. The response is caught by a hook, so that it can be hung up from outside."""

    def __init__(self, client: Mastodon, listener: _Listener, tag: str | None, silence: float) -> None:
        self._client, self._listener, self._tag, self._silence = client, listener, tag, silence
        self._response: requests.Response | None = None
        self._closed = False
        self.failed: AdapterError | None = None
        client.session.hooks["response"] = [self._catch]

    def _catch(self, response: requests.Response, **_: Any) -> None:
        if response.headers.get("Content-Type", "").startswith("text/event-stream"):
            self._response = response
            if self._closed:
                self._hang_up(response)
        elif response.request.path_url.startswith("/api/v1/streaming/") and response.status_code != 200:
            denied = response.status_code in (401, 403)
            self.failed = (Unauthorized if denied else Unavailable)(f"{response.status_code} {response.reason}")

    def run(self) -> None:
        if self._tag is None:
            self._client.stream_user_notifications(self._listener, timeout=self._silence)
        else:
            self._client.stream_hashtag(self._tag, self._listener, timeout=self._silence)

    def close(self) -> None:
        self._closed = True
        if self._response is not None:
            self._hang_up(self._response)

    @staticmethod
    def _hang_up(response: requests.Response) -> None:
        with suppress(OSError, RuntimeError, ValueError):  # it is closed already
            response.raw.shutdown()


class _WebSocket:
    """One socket per stream: Mastodon's multiplexed form, subscribed by a message after the connect."""

    def __init__(self, client: Mastodon, listener: _Listener, tag: str | None, silence: float) -> None:
        self._client, self._listener, self._tag, self._silence = client, listener, tag, silence
        self._handle: Any = None
        self._closed = False
        self.failed: AdapterError | None = None

    def run(self) -> None:
        try:
            connect: Any = self._client.stream_open_websocket
            self._handle = connect(self._listener, timeout=self._silence)
        except MastodonError as error:
            denied = any(code in str(error) for code in (" 401", " 403"))
            self.failed = (Unauthorized if denied else Unavailable)(str(error))
            raise
        if self._closed:
            self._handle.close()
            return
        if self._tag is None:
            self._handle.subscribe("user:notification", listener=self._listener)
        else:
            self._handle.subscribe("hashtag", listener=self._listener, tag=self._tag)
        self._listener._on_open()
        self._handle.join()
        if self._listener.refused is not None:
            self.failed = Unavailable(str(self._listener.refused))

    def close(self) -> None:
        self._closed = True
        if self._handle is not None:
            self._handle.close()
