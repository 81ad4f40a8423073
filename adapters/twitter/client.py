"""The adapter: one account of X."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self

from adapters.twitter import parser
from adapters.twitter.api import Client, Keys, StreamClient
from adapters.twitter.ceilings import Ceilings
from adapters.twitter.check import findings
from adapters.twitter.feed import Feed, Pace
from adapters.twitter.known import Known
from adapters.twitter.messages import MessageSource
from adapters.twitter.prices import READ_USER, Till
from adapters.twitter.responses import Json, errors_in, object_in, posts_in
from adapters.twitter.settings import Settings
from adapters.twitter.sources import (
    FIELDS,
    MentionSource,
    OwnSource,
    SearchSource,
    ThreadSource,
    hashtag_terms,
    pay_for,
    queries,
)
from adapters.twitter.streaming import RULE, StreamFeed
from adapters.twitter.translation import Malformed, Reader, bare_tag, place_of, read_post
from adapters.twitter.wording import measure
from adapters.twitter.writing import ALT_MAX, PICTURE_BYTES, PICTURE_TYPES, PICTURES, Writing
from bridge.adapter import (
    Absent,
    AdapterError,
    Attempt,
    Context,
    Event,
    Finding,
    Found,
    Limits,
    MediaLimit,
    NotYet,
    Receipt,
    Replies,
    TextLimit,
    Unavailable,
)
from bridge.model.ids import AccountId, ChannelId, Cursor, GlobalId, Key, Place, PostRef, Stream
from bridge.model.message import MediaKind, Outgoing, Post
from bridge.model.poll import Counts

_WAITING = 100  # events given but not yet taken; then no more is read
_LOOKUP = 100  # posts per request
_OVERLAP = 10  # times the lag of X's index: how far back each search reads again

_TEXT = TextLimit(maximum=parser.MAXIMUM, measure=measure)
_MEDIA = MediaLimit(count=PICTURES, types=PICTURE_TYPES, max_bytes={MediaKind.IMAGE: PICTURE_BYTES}, alt_max=ALT_MAX)
_GONE = ("resource-not-found", "not-authorized-for-resource")
"""Deleted, or no longer public: its author does not want it shown."""


class TwitterAdapter:
    """See :class:`bridge.adapter.Adapter`. Powers: Deletes, PrivateNotes, ThreadWatching, Ballots, Priced."""

    def __init__(self, context: Context) -> None:
        assert isinstance(context.settings, Settings)
        self._context = context
        self._settings: Settings = context.settings
        self._places = {one.id: place_of(one.address) for one in context.channels}
        self._known = Known()
        self._watched: tuple[PostRef, ...] = ()
        self._threads: ThreadSource | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._enter()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def _enter(self) -> None:
        settings, context = self._settings, self._context
        self._client = await self._stack.enter_async_context(
            Client(settings.api_url, keys_of(settings), timeout=settings.request_timeout, now=context.now)
        )
        self._ceilings = Ceilings(context.folder)
        self._client.on_answer = self._ceilings.heard
        self._till = Till(context.purse, self._client.now)
        me = object_in(await self._client.get_me(user_auth=True, user_fields=FIELDS["user_fields"]))
        if not (me.get("id") and me.get("username")):
            raise Unavailable("X does not say whose account this is")
        self._till.pay("read user", [str(me["id"])], READ_USER)
        self._account = AccountId(str(me["id"]))
        tags = frozenset(bare_tag(one.address) for one in context.channels)
        self._reader = Reader(self._account, str(me["username"]), tags, self._known.originals)
        self._writing = Writing(
            self._client,
            self._known,
            self._till,
            me=self._account,
            handle=self._reader.handle,
            messages=settings.private_messages,
            lag=timedelta(seconds=settings.index_lag),
            timeout=timedelta(seconds=settings.request_timeout),
            log=context.log,
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def account(self) -> AccountId:
        return self._account

    # What happens there

    async def events(self, cursors: Mapping[Stream, Cursor]) -> AsyncIterator[Event]:
        self._known.begin_anew()
        waiting: asyncio.Queue[Event | BaseException] = asyncio.Queue(_WAITING)

        async def follow(run: Callable[[Callable[[Event], Awaitable[None]]], Awaitable[None]]) -> None:
            try:
                await run(waiting.put)
            except Exception as error:
                await waiting.put(error)

        tasks = [asyncio.create_task(follow(run), name="x feed") for run in self._runs(cursors)]
        try:
            while True:
                taken = await waiting.get()
                if isinstance(taken, BaseException):
                    raise taken
                yield taken
        finally:
            self._threads = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _runs(self, cursors: Mapping[Stream, Cursor]) -> list[Any]:
        """One function for each stream: it gives that stream's events for ever. The hashtags come first:
        they are what a chat must not miss the beginning of."""
        settings = self._settings
        reading = (self._client, self._known, self._reader, self._till)
        app = settings.bearer_token is not None
        terms = hashtag_terms(one.address for one in self._context.channels)
        searches = [
            SearchSource(number, query, settings.search_every, *reading, app=app)
            for number, query in enumerate(queries(terms, self._reader.handle))
        ]
        now = self._client.now
        self._threads = ThreadSource(settings.watch_every, settings.watch_threads, now, *reading, app=app)
        self._threads.watch(self._watched)
        sources: list[Any] = [
            MentionSource(settings.mentions_every, *reading, app=False),
            OwnSource(settings.own_every, now, *reading, app=False),
            self._threads,
        ]
        if settings.private_messages:
            sources.append(MessageSource(settings.messages_every, self._client, self._account, self._till))
        runs: list[Any] = [partial(self._feed(one).run, cursors.get(one.stream)) for one in sources]
        hashtags = [self._feed(one, timedelta(hours=settings.recheck_hours)) for one in searches]
        given = [cursors.get(one.stream) for one in searches]
        if settings.read == "stream" and searches:
            return [partial(self._stream(hashtags, searches[0], terms).run, given), *runs]
        return [*(partial(feed.run, cursor) for feed, cursor in zip(hashtags, given, strict=True)), *runs]

    def _feed(self, source: Any, recheck: timedelta | None = None) -> Feed:
        overlap = timedelta(seconds=self._settings.index_lag * _OVERLAP)
        return Feed(source, Pace(overlap=overlap, now=self._client.now, recheck=recheck), self._context.log)

    def _stream(self, feeds: Sequence[Feed], source: SearchSource, terms: Sequence[str]) -> StreamFeed:
        settings = self._settings
        open_client = partial(
            StreamClient,
            settings.api_url,
            keys_of(settings),
            timeout=settings.request_timeout,
            silence=settings.silence,
            now=self._context.now,
        )
        return StreamFeed(
            open_client,
            feeds,
            queries(terms, self._reader.handle, RULE),
            tag=f"edldrs:{self._context.network}",
            every=settings.search_every,
            index_lag=settings.index_lag,
            sorting=settings.stream_sorting,
            till=self._till,
            events=source.events,
            log=self._context.log,
        )

    async def watch(self, threads: Sequence[PostRef]) -> None:
        self._watched = tuple(threads)
        if self._threads is not None:
            self._threads.watch(threads)

    # What we do there

    async def post(self, post: Outgoing, key: Key) -> Receipt:
        return await self._writing.post(post, key)

    async def find(self, attempt: Attempt) -> Found | Absent | NotYet:
        return await self._writing.find(attempt)

    async def counts(self, ballots: Sequence[PostRef]) -> Mapping[GlobalId, Counts]:
        return await self._writing.counts(ballots)

    async def delete(self, ref: PostRef, channel: ChannelId | None, key: Key) -> None:
        await self._writing.delete(ref)

    async def note(self, to: AccountId, post: Outgoing, key: Key) -> Receipt:
        return await self._writing.note(to, post, key)

    def price(self, operation: str, post: Outgoing | None) -> int:
        return self._writing.price(operation, post)

    async def limits(self, channel: ChannelId) -> Limits:
        return Limits(
            text=_TEXT,
            media=_MEDIA,
            settles_in=timedelta(seconds=2),
            replies=Replies.ENGAGED,
            rates=self._ceilings.rates,
        )

    def place(self, channel: ChannelId) -> Place:
        return self._places[channel]

    async def check(self) -> Sequence[Finding]:
        tags = [one.address for one in self._context.channels]
        return await findings(self._client, self._settings, tags, self._context.now, self._till)


class LookingTwitterAdapter(TwitterAdapter):
    """With ``lookup: true``: also asks whether posts still exist (the power Lookup), which costs as much as
    reading them."""

    async def lookup(self, posts: Sequence[PostRef]) -> Mapping[GlobalId, Post | None]:
        """https://docs.x.com/x-api/posts/get-posts-by-ids"""
        told: dict[GlobalId, Post | None] = {}
        asked = {str(ref.remote or ref.id): ref.id for ref in posts if not ref.id.startswith("dm/")}
        while asked:
            batch = dict(list(asked.items())[:_LOOKUP])
            asked = {id: name for id, name in asked.items() if id not in batch}
            for version, post in (await self._look_up(batch, told)).items():
                if version not in batch:
                    asked[version] = post  # it was edited since: ask how it reads now
        return told

    async def _look_up(
        self, batch: Mapping[str, GlobalId], told: dict[GlobalId, Post | None]
    ) -> Mapping[str, GlobalId]:
        """Fills ``told``; gives the newest versions of the posts that were found."""
        await self._till.open(READ_USER)
        body: Json = await self._client.get_tweets(list(batch), user_auth=self._settings.bearer_token is None, **FIELDS)
        pay_for(self._till, body)
        for problem in errors_in(body):
            id = str(problem.get("resource_id") or problem.get("value"))
            if id in batch and str(problem.get("type", "")).rpartition("/")[2] in _GONE:
                told[batch[id]] = None
        newest: dict[str, GlobalId] = {}
        for data in posts_in(body):
            try:
                read = read_post(data, body, self._reader)
                if read is not None:
                    told[read.post.ref.id] = read.post
                    newest[max(read.versions, key=int)] = read.post.ref.id
            except (Malformed, AdapterError) as error:
                self._context.log.warning("a post cannot be understood", post=data.get("id"), reason=str(error))
        return newest


def keys_of(settings: Settings) -> Keys:
    bearer = settings.bearer_token
    return Keys(
        settings.consumer_key.get_secret_value(),
        settings.consumer_secret.get_secret_value(),
        settings.access_token.get_secret_value(),
        settings.access_token_secret.get_secret_value(),
        "" if bearer is None else bearer.get_secret_value(),
    )


def twitter_adapter(context: Context) -> TwitterAdapter:
    """The adapter, with the powers that its settings pay for."""
    return (LookingTwitterAdapter if context.settings.lookup else TwitterAdapter)(context)
