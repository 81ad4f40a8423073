"""The memory server as another process: one JSON line asks, one answers, on a connection of its own.

``{"operation": ..., "body": {...}}`` is answered by ``{"answer": {...}}`` or ``{"refusal": code, "reason": ...,
"detail": {...}}``. A lost answer is a connection that closes without one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bridge.testing.memory.server import AnswerLost, Body, MemoryServer, Refusal

_LINE = 2**26  # bytes in one line: a picture fits


class RemoteServer:
    """The wire to a server at ``host:port``."""

    def __init__(self, address: str) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)

    async def request(self, operation: str, body: Body) -> Body:
        """As :meth:`MemoryServer.request`; a server that is not there is ``unavailable``."""
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port, limit=_LINE)
        except OSError as error:
            raise Refusal("unavailable", str(error)) from None
        try:
            writer.write(json.dumps({"operation": operation, "body": body}).encode() + b"\n")
            await writer.drain()
            line = await reader.readline()
        except OSError as error:
            raise AnswerLost(str(error)) from None
        finally:
            writer.close()
        if not line.endswith(b"\n"):
            raise AnswerLost("the connection closed before the answer came")
        said = json.loads(line)
        if "refusal" in said:
            raise Refusal(said["refusal"], said["reason"], **said["detail"])
        answer: Body = said["answer"]
        return answer


@asynccontextmanager
async def serve(server: MemoryServer, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Let other processes reach the server. Gives its address, ``host:port``."""
    connections: set[asyncio.Task[Any]] = set()

    async def on_connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await _answer(server, reader, writer)
        finally:
            connections.discard(task)
            writer.close()

    listener = await asyncio.start_server(on_connect, host, port, limit=_LINE)
    try:
        yield "{}:{}".format(*listener.sockets[0].getsockname()[:2])
    finally:
        listener.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _answer(server: MemoryServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    line = await reader.readline()
    if not line:
        return
    asked = json.loads(line)
    work = asyncio.ensure_future(server.request(asked["operation"], asked["body"]))
    # Who waits for the log may hang up: then nobody is left to answer.
    hung_up = asyncio.ensure_future(reader.read(1))
    try:
        await asyncio.wait({work, hung_up}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            return
        said = _said(work)
        if said is not None:
            writer.write(json.dumps(said).encode() + b"\n")
            await writer.drain()
    except ConnectionError:
        return  # they hung up while we answered
    finally:
        work.cancel()
        hung_up.cancel()
        await asyncio.gather(work, hung_up, return_exceptions=True)


def _said(work: asyncio.Future[Body]) -> Body | None:
    try:
        return {"answer": work.result()}
    except Refusal as refusal:
        return {"refusal": refusal.code, "reason": str(refusal), "detail": refusal.detail}
    except AnswerLost:
        return None
