"""The adapter: one login on one server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self

from adapters.mastodon.ceilings import Ceilings
from adapters.mastodon.check import findings
from adapters.mastodon.feed import Feed
from adapters.mastodon.known import Known
from adapters.mastodon.server import Server
from adapters.mastodon.settings import Settings
from adapters.mastodon.sources import HashtagSource, NotificationSource, read_post
from adapters.mastodon.threads import ThreadWatch
from adapters.mastodon.translation import Malformed, Reader, account_id, bare_tag, counts_of, length, place_of
from adapters.mastodon.writing import Writing
from bridge.adapter import (
    Absent,
    AdapterError,
    Attempt,
    ChannelAt,
    Context,
    Event,
    Finding,
    Found,
    Limits,
    MediaLimit,
    NotYet,
    Receipt,
    TextLimit,
)
from bridge.model.ids import AccountId, ChannelId, Cursor, GlobalId, Key, Place, PostRef, Stream
from bridge.model.message import Outgoing, Post
from bridge.model.poll import Counts

_WAITING = 100  # events given but not yet taken; then no more is read
_LOOKUP = 20  # statuses per request, so that the address stays short


class MastodonAdapter:
    """See :class:`bridge.adapter.Adapter`. Powers: Edits, Deletes, PrivateNotes, Lookup, ThreadWatching,
    Ballots."""

    def __init__(self, context: Context) -> None:
        assert isinstance(context.settings, Settings)
        self._context = context
        self._settings: Settings = context.settings
        self._channels: dict[str, ChannelAt] = {bare_tag(one.address): one for one in context.channels}
        self._tags = {one.id: bare_tag(one.address) for one in context.channels}
        self._ceilings = Ceilings(context.folder)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._enter()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def _enter(self) -> None:
        settings = self._settings
        known = self._stack.enter_context(Known(self._context.folder))
        timeout = settings.request_timeout
        token = settings.token.get_secret_value()
        self._home = await self._stack.enter_async_context(
            Server(settings.server, token, timeout=timeout, known=known, home=True, on_limit=self._ceilings.heard)
        )
        self._me = await self._home.reads.call("account_verify_credentials")
        self._account = account_id(self._me, self._home.instance.domain)
        self._further = []
        for one in settings.also_read:
            theirs = one.token.get_secret_value() if one.token else None
            server = Server(one.server, theirs, timeout=timeout, known=known, home=False)
            self._further.append(await self._stack.enter_async_context(server))
        reader = self._reader(self._home)
        self._threads = ThreadWatch(
            self._home, reader, most=settings.watch_threads, every=settings.watch_every, log=self._context.log
        )
        self._writing = Writing(
            self._home,
            me=str(self._me["id"]),
            visibility=settings.visibility,
            settle=timedelta(seconds=settings.request_timeout * 1.5),
            now=self._context.now,
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def account(self) -> AccountId:
        return self._account

    def _reader(self, server: Server) -> Reader:
        return Reader(server.instance.domain, frozenset(self._channels), self._account, server.home)

    # What happens there

    async def events(self, cursors: Mapping[Stream, Cursor]) -> AsyncIterator[Event]:
        waiting: asyncio.Queue[Event | AdapterError] = asyncio.Queue(_WAITING)

        async def follow(run: Any) -> None:
            try:
                await run(waiting.put)
            except AdapterError as error:
                await waiting.put(error)

        runs = [partial(feed.run, cursors.get(stream)) for stream, feed in self._feeds().items()]
        tasks = [asyncio.create_task(follow(run)) for run in (*runs, self._threads.run)]
        try:
            while True:
                taken = await waiting.get()
                if isinstance(taken, AdapterError):
                    raise taken
                yield taken
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _feeds(self) -> Mapping[Stream, Feed]:
        overlap = timedelta(hours=self._settings.overlap_hours)
        channels = {place_of(tag): one.id for tag, one in self._channels.items()}
        notifications = NotificationSource(self._home, self._reader(self._home), channels, self._home.refresh)
        feeds = {notifications.stream: self._feed(notifications)}
        for server in (self._home, *self._further):
            for tag, channel in self._channels.items():
                source = HashtagSource(tag, server, self._reader(server), channel.id, overlap, self._home)
                feeds[source.stream] = self._feed(source)
        return feeds

    def _feed(self, source: HashtagSource | NotificationSource) -> Feed:
        server = source.server
        asked = self._settings.transport
        transport = server.instance.streams_by if asked == "auto" else asked
        return Feed(
            source,
            transport=transport if server.token else "poll",  # since 4.2 no stream without a token
            silence=self._settings.silence,
            poll_every=self._settings.poll_every,
            now=self._context.now,
            log=self._context.log,
        )

    async def watch(self, threads: Sequence[PostRef]) -> None:
        self._threads.watch(threads)

    async def lookup(self, posts: Sequence[PostRef]) -> Mapping[GlobalId, Post | None]:
        told: dict[GlobalId, Post | None] = {}
        for server in (self._home, *self._further):
            local = {one: self._local(server, one) for one in posts if one.id not in told}
            asked = {one: uri for uri, one in ((ref.id, there) for ref, there in local.items() if there)}
            ids = list(asked)
            for start in range(0, len(ids), _LOOKUP):
                found = await server.statuses(ids[start : start + _LOOKUP])
                for there, status in found.items():
                    told.update(await self._told(server, asked[there], status))
        return told

    async def counts(self, ballots: Sequence[PostRef]) -> Mapping[GlobalId, Counts]:
        local = {ref.id: await self._home.local_id(ref) for ref in ballots}
        found = await self._home.statuses([one for one in local.values() if one])
        told = {id: counts_of(found.get(one or "") or {}, self._context.now()) for id, one in local.items()}
        return {id: counts for id, counts in told.items() if counts is not None}

    def _local(self, server: Server, ref: PostRef) -> str | None:
        if server.home and ref.remote:
            return ref.remote
        return server.known.local(server.address, ref.id)

    async def _told(
        self, server: Server, post: GlobalId, status: Mapping[str, Any] | None
    ) -> Mapping[GlobalId, Post | None]:
        if status is None:
            return {post: None}
        try:
            return {post: await read_post(status, server, self._reader(server))}
        except Malformed as error:
            self._context.log.warning("a post cannot be understood", post=post, reason=str(error))
            return {}

    # What we do there

    async def post(self, post: Outgoing, key: Key) -> Receipt:
        return await self._writing.post(post, key)

    async def find(self, attempt: Attempt) -> Found | Absent | NotYet:
        return await self._writing.find(attempt)

    async def edit(self, ref: PostRef, post: Outgoing, key: Key) -> None:
        await self._writing.edit(ref, post)

    async def delete(self, ref: PostRef, channel: ChannelId | None, key: Key) -> None:
        await self._writing.delete(ref)

    async def note(self, to: AccountId, post: Outgoing, key: Key) -> Receipt:
        return await self._writing.note(to, post, key)

    async def limits(self, channel: ChannelId) -> Limits:
        instance = self._home.instance
        return Limits(
            text=TextLimit(maximum=instance.max_characters, measure=partial(length, per_url=instance.per_url)),
            media=MediaLimit(
                count=instance.media_count,
                types=instance.media_types,
                max_bytes=dict(instance.media_bytes),
                alt_max=instance.alt_max,
            ),
            idempotent_for=instance.idempotent_for,
            content_warning=True,
            rates=self._ceilings.rates,
        )

    def place(self, channel: ChannelId) -> Place:
        return place_of(self._tags[channel])

    async def check(self) -> Sequence[Finding]:
        return await findings(self._home, self._further, tuple(self._channels), self._ceilings.rates, self._context.now)
