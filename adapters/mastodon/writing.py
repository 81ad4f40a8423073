"""What we do on the server: post, find what may have been posted, edit, delete, write to one person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import requests

from adapters.mastodon.server import PAGE, Server
from adapters.mastodon.translation import (
    fingerprint,
    fingerprint_of_status,
    language_code,
    moment,
    plain_from_text,
)
from bridge.adapter import (
    Absent,
    Attempt,
    Found,
    Gone,
    NotYet,
    Receipt,
    Rejected,
    ReplyRefused,
    Unavailable,
    Uncertain,
)
from bridge.model.ids import AccountId, GlobalId, Key, PostRef, RemoteId
from bridge.model.message import MediaFile, Outgoing, Visibility
from bridge.model.poll import NativePoll

_CLOCKS = timedelta(minutes=2)  # how far the server's clock may be from ours; `check` warns from a minute on
_LOOKS = 30  # at a media file that the server still works on
_SHORTEST_POLL = 300  # seconds
_LOST = 5.0  # seconds that a server is given to finish a request whose connection broke

_VISIBILITIES = {
    Visibility.PUBLIC: "public",
    Visibility.UNLISTED: "unlisted",
    Visibility.FOLLOWERS: "private",
    Visibility.DIRECT: "direct",
}


class Writing:
    """``me`` is the account's local id; ``settle`` is how long a server may still work on a request
    after which we no longer wait for the answer."""

    def __init__(
        self, server: Server, *, me: str, visibility: str, settle: timedelta, now: Callable[[], datetime]
    ) -> None:
        self._server = server
        self._me = me
        self._visibility = visibility
        self._settle = settle
        self._now = now
        self._unsettled: dict[Key, float] = {}

    async def post(self, post: Outgoing, key: Key) -> Receipt:
        status = await self._send(post, plain_from_text(post.text), self._visibility_of(post), key)
        return _receipt(status)

    async def note(self, to: AccountId, post: Outgoing, key: Key) -> Receipt:
        """A status that only the mentioned person sees."""
        status = await self._send(post, self._addressed(to, post), "direct", key)
        if not status.get("mentions"):  # nobody of that name: it would lie there unread
            await self._server.writes.call("status_delete", status["id"])
            raise Rejected(f"@{to} is not known here")
        return _receipt(status)

    async def _send(self, post: Outgoing, plain: str, visibility: str, key: Key) -> Mapping[str, Any]:
        await self._wait_out(key)
        answers = await self._answered(post)
        media = [await self._upload(one) for one in post.media]
        try:
            status: Mapping[str, Any] = await self._server.writes.call(
                "status_post",
                plain,
                creates=True,
                in_reply_to_id=answers,
                media_ids=media or None,
                sensitive=bool(post.content_warning),
                visibility=visibility,
                spoiler_text=post.content_warning or None,
                language=language_code(post.language),
                idempotency_key=key,
                poll=None if post.poll is None else self._poll(post.poll),
            )
        except Gone as error:  # what it answers is no longer there
            raise (ReplyRefused if answers else Rejected)(error.reason) from error
        except Uncertain as error:
            self._unsettled[key] = asyncio.get_running_loop().time() + self._patience(error)
            raise
        self._unsettled.pop(key, None)
        self._server.remember(status)
        return status

    def _poll(self, poll: NativePoll) -> Mapping[str, Any]:
        """https://docs.joinmastodon.org/methods/statuses/#form-data-parameters. A server takes no less than
        five minutes; then it is counted while it is still open there."""
        left = (poll.closes_at - self._now()).total_seconds()
        return {"options": list(poll.labels), "expires_in": max(_SHORTEST_POLL, round(left)), "multiple": poll.multiple}

    def _patience(self, error: Uncertain) -> float:
        cause = error.__cause__.__context__ if error.__cause__ else None
        settle = self._settle.total_seconds()
        return settle if isinstance(cause, requests.Timeout) else min(_LOST, settle)

    async def _wait_out(self, key: Key) -> None:
        """A second request under one key, while the first is still worked on, posts twice on servers
        from before February 2026 (mastodon#37879)."""
        until = self._unsettled.pop(key, None)
        if until is not None:
            await asyncio.sleep(max(0.0, until - asyncio.get_running_loop().time()))

    async def _answered(self, post: Outgoing) -> str | None:
        if post.reply_to is None:
            return None
        local = await self._server.local_id(post.reply_to)
        if local is None:
            raise ReplyRefused("the post that it answers cannot be found from here")
        return local

    def _visibility_of(self, post: Outgoing) -> str:
        if post.visibility is Visibility.PUBLIC:
            return self._visibility
        return _VISIBILITIES[post.visibility]

    def _addressed(self, to: AccountId, post: Outgoing) -> str:
        user, _, host = to.partition("@")
        at = f"@{user}" if host == self._server.instance.domain.casefold() else f"@{to}"
        return f"{at} {plain_from_text(post.text)}"

    async def _upload(self, file: MediaFile) -> str:
        """A media file, waited for until the server has worked it through: a status that names one
        before that is refused. Nobody sees it until then, so trying again is harmless."""
        call = self._server.writes.call
        media = await call("media_post", file.data, file.mime, description=file.alt or None, file_name=file.name)
        for _ in range(_LOOKS):
            if media.get("url"):
                return str(media["id"])
            await asyncio.sleep(0.5)
            media = await call("media", media["id"])
        raise Unavailable("the server has not worked a media file through")

    # What may have been posted

    async def find(self, attempt: Attempt) -> Found | Absent | NotYet:
        post = attempt.post
        plain = plain_from_text(post.text) if post.to is None else self._addressed(post.to, post)
        same = (fingerprint(plain), fingerprint(post.content_warning))
        answers = await self._server.local_id(post.reply_to) if post.reply_to else None
        found = [
            status
            async for status in self._own(attempt.began_at - _CLOCKS)
            if status["uri"] not in attempt.claimed
            and (status.get("in_reply_to_id") or None) == answers
            and self._same(status) == same
            and (status["visibility"] == "direct") == (post.to is not None)
        ]
        if found:
            for status in found:
                self._server.remember(status)
            return Found(tuple(_receipt(status) for status in reversed(found)))
        left = self._settle - (self._now() - attempt.began_at)
        return NotYet(left.total_seconds()) if left > timedelta(0) else Absent()

    def _same(self, status: Mapping[str, Any]) -> tuple[str, str]:
        text = fingerprint_of_status(status, self._server.instance.domain)
        return text, fingerprint(status.get("spoiler_text") or "")

    async def _own(self, since: datetime) -> AsyncIterator[Mapping[str, Any]]:
        """Our own statuses since then, newest first."""
        where: dict[str, Any] = {}
        while page := await self._page(where):
            for status in page:
                if moment(status["created_at"]) < since:
                    return
                yield status
            where = {"max_id": str(page[-1]["id"])}

    async def _page(self, where: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        page: Sequence[Mapping[str, Any]] = await self._server.reads.call(
            "account_statuses", self._me, exclude_reblogs=True, limit=PAGE, **where
        )
        return page

    # What is there already

    async def edit(self, ref: PostRef, post: Outgoing) -> None:
        """A server takes away the media that an edit does not name. Those that are the same are named
        again, for uploading takes long."""
        local = await self._existing(ref)
        status = await self._server.reads.call("status", local)
        there = list(status.get("media_attachments") or ())
        if [str(one.get("description") or "") for one in there] == [one.alt for one in post.media]:
            named = [str(one["id"]) for one in there]
        else:
            named = [await self._upload(one) for one in post.media]
        # An empty list can only be said as JSON, which `media_attributes` brings about.
        media: dict[str, Any] = {"media_ids": named} if named else {"media_attributes": []}
        text: dict[str, Any] = {
            "status": plain_from_text(post.text),
            "spoiler_text": post.content_warning,
            "sensitive": bool(post.content_warning),
        }
        await self._server.writes.call("status_update", local, **text, **media)

    async def delete(self, ref: PostRef) -> None:
        await self._server.writes.call("status_delete", await self._existing(ref))

    async def _existing(self, ref: PostRef) -> str:
        local = await self._server.local_id(ref)
        if local is None:
            raise Gone("the post is not known here")
        return local


def _receipt(status: Mapping[str, Any]) -> Receipt:
    ref = PostRef(GlobalId(str(status["uri"])), RemoteId(str(status["id"])))
    return Receipt(ref=ref, url=str(status.get("url") or status["uri"]))
