"""The adapter: one login on one homeserver."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from types import TracebackType
from typing import Self

from adapters.matrix import composing
from adapters.matrix.check import findings
from adapters.matrix.feed import STREAM, Feed
from adapters.matrix.happenings import Happenings
from adapters.matrix.known import Known
from adapters.matrix.rooms import Rooms
from adapters.matrix.server import V1, Homeserver
from adapters.matrix.settings import Settings
from adapters.matrix.translation import Malformed
from adapters.matrix.writing import Writing
from bridge.adapter import (
    Absent,
    AdapterError,
    Attempt,
    ChannelClosed,
    Context,
    Event,
    Finding,
    Found,
    Limits,
    MediaLimit,
    NotYet,
    Receipt,
    Rejected,
    TextLimit,
    Unauthorized,
)
from bridge.model.ids import AccountId, ChannelId, Cursor, GlobalId, Key, Place, PostRef, Stream
from bridge.model.message import Media, MediaFile, MediaKind, Outgoing, Post

_AT_ONCE = 8  # requests of one look-up
_FILE_BYTES = 50_000_000  # where the homeserver does not say
_MXC = re.compile(r"mxc://([^/]+)/([\w=-]+)", re.ASCII)


class MatrixAdapter:
    """See :class:`bridge.adapter.Adapter`. Powers: Edits, Deletes, PrivateNotes, MediaReading, Lookup."""

    def __init__(self, context: Context) -> None:
        assert isinstance(context.settings, Settings)
        self._context = context
        self._settings: Settings = context.settings
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
        self._known = self._stack.enter_context(Known(context.folder))
        self._server = await self._stack.enter_async_context(
            Homeserver(
                settings.homeserver,
                settings.token.get_secret_value(),
                timeout=settings.request_timeout,
                now=context.now,
                user=settings.user,
                device=settings.device,
            )
        )
        me = await self._server.get("account", "whoami")
        self._account = AccountId(str(me["user_id"]))
        self._rooms = Rooms(self._server, context.channels, settings.admins, self._account, self._known, context.log)
        await asyncio.gather(self._rooms.open(), self._read_limits())
        self._happenings = Happenings(self._server, self._rooms, self._known, self._account, context.log)
        self._writing = Writing(
            self._server,
            self._rooms,
            self._known,
            settle=timedelta(seconds=settings.request_timeout * 1.5),
            now=context.now,
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def account(self) -> AccountId:
        return self._account

    async def _read_limits(self) -> None:
        """https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mediaconfig"""
        try:
            told = (await self._server.get("media", "config", base=V1)).get("m.upload.size")
        except Unauthorized:
            raise
        except AdapterError:
            told = None  # an older homeserver
        most = told if isinstance(told, int) and told > 0 else _FILE_BYTES
        self._limits = Limits(
            text=TextLimit(maximum=composing.MAX_BYTES, measure=composing.measure, unit="bytes"),
            media=MediaLimit(
                count=1,
                types=frozenset({"image/*", "video/*", "audio/*", "application/*", "text/*"}),
                max_bytes=dict.fromkeys(MediaKind, min(most, _FILE_BYTES)),
                alt_max=composing.ALT_MAX,
            ),
            idempotent_for=timedelta(hours=self._settings.transactions_kept_hours),
            content_warning=True,
            labelled_links=True,
        )

    # What happens there

    async def events(self, cursors: Mapping[Stream, Cursor]) -> AsyncIterator[Event]:
        feed = Feed(self._server, self._rooms, self._happenings, self._context.now, self._context.log)
        async for event in feed.run(cursors.get(STREAM)):
            yield event

    async def lookup(self, posts: Sequence[PostRef]) -> Mapping[GlobalId, Post | None]:
        told: dict[GlobalId, Post | None] = {}
        room_at_once = asyncio.Semaphore(_AT_ONCE)

        async def look(ref: PostRef) -> None:
            async with room_at_once:
                try:
                    event = await self._server.event(ref.remote, ref.id)
                except ChannelClosed:
                    return  # we are no longer in that room
            if event is None:
                return
            try:
                told[ref.id] = self._happenings.current(ref.remote, event)
            except Malformed as error:
                self._context.log.warning("a post cannot be understood", post=ref.id, reason=str(error))

        await asyncio.gather(*(look(ref) for ref in posts if ref.remote))
        return told

    async def read_media(self, media: Media, max_bytes: int) -> MediaFile:
        found = _MXC.fullmatch(media.url)
        if found is None:
            raise Rejected("it is no file of a homeserver")
        data, told = await self._server.download(found[1], found[2], max_bytes)
        mime = media.mime if told in ("", "application/octet-stream") and media.mime else told
        return MediaFile(data=data, mime=mime, name=media.name or "file", alt=media.alt)

    # What we do there

    async def post(self, post: Outgoing, key: Key) -> Receipt:
        return await self._writing.post(post, key)

    async def find(self, attempt: Attempt) -> Found | Absent | NotYet:
        return await self._writing.find(attempt)

    async def edit(self, ref: PostRef, post: Outgoing, key: Key) -> None:
        await self._writing.edit(ref, post, key)

    async def delete(self, ref: PostRef, channel: ChannelId | None, key: Key) -> None:
        await self._writing.delete(ref, channel, key)

    async def note(self, to: AccountId, post: Outgoing, key: Key) -> Receipt:
        return await self._writing.note(to, post, key)

    async def limits(self, channel: ChannelId) -> Limits:
        return self._limits

    def place(self, channel: ChannelId) -> Place:
        return self._rooms.place(channel)

    async def check(self) -> Sequence[Finding]:
        return await findings(self._server, self._rooms, self._context, self._settings)
