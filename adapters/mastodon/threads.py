"""Answers without the hashtag, which no timeline shows: looks at the watched threads, one after another.

``GET /api/v1/statuses/:id/context`` (https://docs.joinmastodon.org/methods/statuses/#context).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from adapters.mastodon.server import Server
from adapters.mastodon.sources import read_post
from adapters.mastodon.translation import Malformed, Reader, account_id
from bridge.adapter import AdapterError, BadEvent, Deleted, Edited, Event, Gone, Posted, Unauthorized
from bridge.model.ids import GlobalId, PostRef
from bridge.model.message import Visibility

Put = Callable[[Event], Awaitable[None]]


class ThreadWatch:
    """Each thread once in ``every`` seconds, at an even pace. ``_seen`` is what a thread held at the
    last look: local id -> (uri, when edited)."""

    def __init__(self, server: Server, reader: Reader, *, most: int, every: float, log: Any) -> None:
        self._server = server
        self._reader = reader
        self._most = most
        self._every = every
        self._log = log
        self._seen: dict[GlobalId, dict[str, tuple[str, str]]] = {}
        self._threads: tuple[PostRef, ...] = ()
        self._some = asyncio.Event()

    def watch(self, threads: Sequence[PostRef]) -> None:
        """These and no others; the newest first."""
        self._threads = tuple(threads[: self._most])
        self._seen = {ref.id: self._seen.get(ref.id, {}) for ref in self._threads}
        if self._threads:
            self._some.set()
        else:
            self._some.clear()

    async def run(self, put: Put) -> None:
        """Give events for ever. Raises ``Unauthorized`` only; a look that fails is made again next time."""
        while True:
            await self._some.wait()
            for thread in self._threads:
                try:
                    await self._look(thread, put)
                except Unauthorized:
                    raise
                except AdapterError as error:
                    self._log.info("a thread cannot be read", thread=thread.id, reason=error.reason)
                await asyncio.sleep(self._every / max(1, len(self._threads)))

    async def _look(self, thread: PostRef, put: Put) -> None:
        local = await self._server.local_id(thread)
        if local is None or thread.id not in self._seen:
            return
        try:
            context = await self._server.reads.call("status_context", local)
        except Gone:
            return  # its author removed it; the answers' streams and lookups go on without it
        before = self._seen[thread.id]
        now: dict[str, tuple[str, str]] = {}
        for status in context["descendants"]:
            await self._tell(status, before, now, put)
        for missing in before.keys() - now.keys():
            await self._tell_if_gone(missing, before[missing], now, put)
        if thread.id in self._seen:
            self._seen[thread.id] = now

    async def _tell(
        self,
        status: Mapping[str, Any],
        before: Mapping[str, tuple[str, str]],
        now: dict[str, tuple[str, str]],
        put: Put,
    ) -> None:
        try:
            local, mark = str(status["id"]), (str(status["uri"]), str(status.get("edited_at") or ""))
            if before.get(local) != mark and account_id(status["account"], self._reader.domain) != self._reader.me:
                post = await read_post(status, self._server, self._reader)
                if not post.places and post.visibility is not Visibility.DIRECT:
                    await put(Edited(post=post) if local in before else Posted(post=post))
            now[local] = mark
        except (Malformed, KeyError, TypeError) as error:
            await put(BadEvent(id=str(status.get("uri")), why=str(error), raw=str(status)[:2000]))

    async def _tell_if_gone(self, local: str, mark: tuple[str, str], now: dict[str, tuple[str, str]], put: Put) -> None:
        """Missing from the thread is not gone: a server shows only so many answers."""
        found = await self._server.statuses([local])
        if found.get(local, mark) is None:
            await put(Deleted(post=GlobalId(mark[0])))
        else:
            now[local] = mark
