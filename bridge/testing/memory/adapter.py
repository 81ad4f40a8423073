"""The memory platform's adapter: what every adapter must have, and one small class for each power.

Which powers a network has is a setting, so that tests can try the core against lesser platforms.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from types import TracebackType
from typing import Protocol, Self

from bridge.adapter import (
    Absent,
    Adapter,
    AdapterError,
    Attempt,
    CaughtUp,
    ChannelClosed,
    Checkpoint,
    Context,
    Duplicate,
    Event,
    Finding,
    Found,
    Gone,
    Limits,
    MediaLimit,
    NotYet,
    OutOfCredit,
    Rate,
    RateLimited,
    Receipt,
    Rejected,
    ReplyRefused,
    Severity,
    TextLimit,
    Unauthorized,
    Unavailable,
    Uncertain,
)
from bridge.model.ids import AccountId, ChannelId, Cursor, GlobalId, Key, Place, PostRef, Stream
from bridge.model.message import Media, MediaFile, MediaKind, Outgoing, Post
from bridge.model.text import Text, spell_links, text_to_json
from bridge.testing.memory.server import KEY_LIFE, AnswerLost, Body, MemoryServer, Refusal
from bridge.testing.memory.settings import MemorySettings
from bridge.testing.memory.translation import View, account_id, event_from, post_from, web_address
from bridge.testing.memory.wire import RemoteServer

STREAM = Stream("log")
_BACK_OFF = (0.05, 2.0)  # seconds before the first and before later reconnects

_ERRORS: dict[str, type[AdapterError]] = {
    "unauthorized": Unauthorized,
    "no_credit": OutOfCredit,
    "closed": ChannelClosed,
    "rejected": Rejected,
    "no_reply": ReplyRefused,
    "gone": Gone,
    "duplicate": Duplicate,
}


class Server(Protocol):
    """Where requests go: the server itself, or the wire to it."""

    async def request(self, operation: str, body: Body) -> Body: ...


class MemoryNetwork:
    """What the core requires of every adapter."""

    def __init__(self, context: Context) -> None:
        settings: MemorySettings = context.settings
        self._context = context
        self._settings = settings
        self._server: Server = (
            RemoteServer(settings.address) if settings.address else MemoryServer.named(settings.server)
        )
        self._rooms = {channel.id: channel.address for channel in context.channels}
        self._view = View(settings.server, settings.account, frozenset(self._rooms.values()))
        self._limits = _limits(settings)

    @property
    def account(self) -> AccountId:
        return account_id(self._settings.account, self._settings.server)

    async def __aenter__(self) -> Self:
        await self._enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """There is nothing to leave: each request opens and closes its own connection."""

    async def _enter(self) -> int:
        """Log in, and say where the log ends."""
        settings = self._settings
        login = {"text_limit": settings.text_limit, "rates": settings.rates, "replies": settings.replies.value}
        answer = await self._request("enter", login)
        return int(answer["end"])

    async def events(self, cursors: Mapping[Stream, Cursor]) -> AsyncIterator[Event]:
        start = int(cursors[STREAM]) if STREAM in cursors else await self._enter()
        at = start
        yield Checkpoint(stream=STREAM, cursor=Cursor(str(at)))
        caught_up, since = STREAM not in cursors, self._context.now()
        pause = _BACK_OFF[0]
        while True:
            if not caught_up and at >= await self._enter():
                caught_up = True
                yield CaughtUp(since=since, stream=STREAM)
            try:
                answer = await self._request("log", {"since": at})
            except Unavailable:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _BACK_OFF[1])
                continue
            pause = _BACK_OFF[0]
            for entry in answer["entries"]:
                if not caught_up and "post" in entry:
                    since = min(since, datetime.fromisoformat(entry["post"]["at"]))
                event = event_from(entry, self._view)
                if event is not None:
                    yield event
            at = answer["next"]
            yield Checkpoint(stream=STREAM, cursor=Cursor(str(at)))

    async def post(self, post: Outgoing, key: Key) -> Receipt:
        answer = await self._request("post", self._body(post, key))
        id = answer["id"]
        return Receipt(ref=PostRef(GlobalId(id)), url=web_address(id, self._settings.server))

    async def find(self, attempt: Attempt) -> Found | Absent | NotYet:
        began = attempt.began_at.astimezone(UTC)
        answer = await self._request("own", {"since": began.isoformat(timespec="microseconds")})
        wanted = self._body(attempt.post, attempt.key)
        found = [
            Receipt(ref=PostRef(GlobalId(post["id"])), url=web_address(post["id"], self._settings.server))
            for post in answer["posts"]
            if post["id"] not in attempt.claimed and _is_it(post, wanted)
        ]
        if found:
            return Found(tuple(found))
        ready_in = self._settings.find_lag - (self._context.now() - began).total_seconds()
        return NotYet(ready_in) if ready_in > 0 else Absent()

    async def limits(self, channel: ChannelId) -> Limits:
        return self._limits

    def place(self, channel: ChannelId) -> Place:
        return self._view.place(self._rooms[channel])

    async def check(self) -> Sequence[Finding]:
        await self._enter()
        return [Finding(severity=Severity.OK, subject="login", says=f"in as {self.account}")]

    def _body(self, post: Outgoing, key: Key) -> Body:
        """The request that makes this post."""
        body = self._content(post, key)
        body["rooms"] = [] if post.channel is None else [self._rooms[post.channel]]
        body["to"] = "" if post.to is None else post.to.partition("@")[0]
        body["reply_to"] = "" if post.reply_to is None else post.reply_to.id
        body["visibility"] = "direct" if post.to is not None else post.visibility.value
        body["media"] = [_file(media) for media in post.media]
        body["mark"] = key if self._settings.carries_keys else ""
        return body

    def _content(self, post: Outgoing, key: Key) -> Body:
        text = post.text if self._settings.labelled_links else spell_links(post.text)
        return {
            "key": key if self._settings.idempotent else "",
            "text": text_to_json(text),
            "cw": post.content_warning,
            "lang": post.language,
        }

    async def _request(self, operation: str, body: Body) -> Body:
        try:
            return await self._server.request(operation, {"account": self._settings.account, **body})
        except AnswerLost as error:
            raise Uncertain(str(error)) from None
        except Refusal as refusal:
            raise _error(refusal) from None


class _Edits(MemoryNetwork):
    async def edit(self, ref: PostRef, post: Outgoing, key: Key) -> None:
        changed = {**self._content(post, key), "media": [_file(media) for media in post.media]}
        await self._request("edit", {**changed, "id": ref.id, "within": self._settings.edit_within})


class _Deletes(MemoryNetwork):
    async def delete(self, ref: PostRef, channel: ChannelId | None, key: Key) -> None:
        await self._request("delete", {"id": ref.id, "key": key if self._settings.idempotent else ""})


class _PrivateNotes(MemoryNetwork):
    async def note(self, to: AccountId, post: Outgoing, key: Key) -> Receipt:
        answer = await self._request("note", {**self._body(post, key), "to": to.partition("@")[0]})
        return Receipt(ref=PostRef(GlobalId(answer["id"])))


class _MediaReading(MemoryNetwork):
    async def read_media(self, media: Media, max_bytes: int) -> MediaFile:
        if media.size > max_bytes:
            raise Rejected(f"larger than {max_bytes} bytes")
        answer = await self._request("file", {"id": media.url.partition(":")[2]})
        return MediaFile(data=base64.b64decode(answer["data"]), mime=media.mime, name=media.name, alt=media.alt)


class _ThreadWatching(MemoryNetwork):
    async def watch(self, threads: Sequence[PostRef]) -> None:
        self._view.threads = frozenset(ref.id for ref in threads)


class _Lookup(MemoryNetwork):
    async def lookup(self, posts: Sequence[PostRef]) -> Mapping[GlobalId, Post | None]:
        answer = await self._request("read", {"ids": [ref.id for ref in posts]})
        return {
            GlobalId(id): None if post is None else post_from(post, self._view) for id, post in answer["posts"].items()
        }


class _Priced(MemoryNetwork):
    def price(self, operation: str, post: Outgoing | None) -> int:
        return self._settings.prices.get(operation, 0)


_POWERS: dict[str, type[MemoryNetwork]] = {
    "Edits": _Edits,
    "Deletes": _Deletes,
    "PrivateNotes": _PrivateNotes,
    "MediaReading": _MediaReading,
    "ThreadWatching": _ThreadWatching,
    "Lookup": _Lookup,
    "Priced": _Priced,
}


def memory_adapter(context: Context) -> Adapter:
    """An adapter with the powers that the settings leave it."""
    return _with_powers(context.settings.without)(context)


@cache
def _with_powers(without: frozenset[str]) -> type[MemoryNetwork]:
    bases = tuple(power for name, power in _POWERS.items() if name not in without)
    return type("MemoryAdapter", bases or (MemoryNetwork,), {"__doc__": MemoryNetwork.__doc__})


def _limits(settings: MemorySettings) -> Limits:
    def measure(text: Text) -> int:
        return len((text if settings.labelled_links else spell_links(text)).plain)

    kinds = (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.FILE)
    return Limits(
        text=TextLimit(maximum=settings.text_limit, measure=measure),
        media=MediaLimit(
            count=settings.media,
            types=frozenset({"image/*", "video/*", "audio/*"}),
            max_bytes=dict.fromkeys(kinds, settings.media_bytes),
        ),
        idempotent_for=KEY_LIFE if settings.idempotent else timedelta(0),
        edit_within=None if settings.edit_within is None else timedelta(seconds=settings.edit_within),
        replies=settings.replies,
        content_warning=settings.content_warnings,
        labelled_links=settings.labelled_links,
        rates=tuple(
            Rate(operation=name, count=count, per=timedelta(seconds=per))
            for name, (count, per) in settings.rates.items()
        ),
    )


def _is_it(post: Body, wanted: Body) -> bool:
    """Is this post the one that a lost request made?"""
    if post["key"] and wanted["mark"]:
        return bool(post["key"] == wanted["mark"])
    return all(post[name] == wanted[name] for name in ("text", "rooms", "to", "reply_to", "cw"))


def _file(media: MediaFile) -> Body:
    data = base64.b64encode(media.data).decode()
    return {"data": data, "mime": media.mime, "name": media.name, "alt": media.alt}


def _error(refusal: Refusal) -> AdapterError:
    reason = str(refusal)
    if refusal.code == "rate_limited":
        until = datetime.fromisoformat(refusal.detail["until"])
        return RateLimited(until, refusal.detail.get("operation", ""), reason)
    if refusal.code == "unavailable":
        return Unavailable(reason)
    return _ERRORS[refusal.code](reason)
