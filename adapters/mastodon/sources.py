"""The timelines that a login follows: its hashtags, on its own and on further servers, and its notifications."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from adapters.mastodon.server import PAGE, Server, checked_uri
from adapters.mastodon.translation import (
    Reader,
    account_id,
    moment,
    post_from_status,
    text_of,
    visibility_of,
    without_address,
)
from bridge.adapter import Deleted, Edited, Event, Posted, PrivateMessage, Reacted
from bridge.model.ids import ChannelId, GlobalId, Place, Stream
from bridge.model.message import Post, Visibility

_REACTIONS = {"favourite": "favourite", "reblog": "boost"}


async def read_post(status: Mapping[str, Any], server: Server, reader: Reader) -> Post:
    """A status as a post, what it answers resolved (which may ask the server). Raises ``Malformed``."""
    checked_uri(status)
    parent = await server.ref(str(status["in_reply_to_id"])) if status.get("in_reply_to_id") else None
    post = post_from_status(status, reader, parent)
    server.remember(status)
    return post


class HashtagSource:
    """The posts of one hashtag that reached one server."""

    def __init__(
        self, tag: str, server: Server, reader: Reader, channel: ChannelId, overlap: timedelta, login: Server
    ) -> None:
        self.stream = Stream(f"#{tag}" if server.home else f"#{tag} {server.address}")
        self.server = server
        self.tag: str | None = tag
        self.overlap = overlap
        self._reader = reader
        self._channel = channel
        self._login = login

    async def page(self, **where: Any) -> Sequence[Mapping[str, Any]]:
        page: Sequence[Mapping[str, Any]] = await self.server.reads.call(
            "timeline_hashtag", self.tag, limit=PAGE, **where
        )
        return page

    async def connecting(self) -> None:
        return None

    async def events(self, item: Mapping[str, Any], edited: bool) -> Sequence[Event]:
        if item.get("reblog"):
            return ()
        post = await read_post(item, self.server, self._reader)
        if post.visibility is Visibility.DIRECT:  # no server should show it here
            return ()
        kind = Edited if edited else Posted
        return (kind(post=post, channel=self._channel, stream=self.stream),)

    async def deleted(self, local: str) -> Sequence[Event]:
        uri = self.server.known.uri(self.server.address, local)
        if uri is None:
            return ()
        if not self.server.home and self.server.known.local(self._login.address, uri):
            return ()  # moderators there may have removed it for themselves; our own server will tell
        return (Deleted(post=GlobalId(uri)),)


class NotificationSource:
    """What concerns the account: mentions, private messages, reactions to what it posted."""

    overlap = timedelta(0)  # they are numbered as they arrive
    tag: str | None = None
    stream = Stream("notifications")

    def __init__(
        self,
        server: Server,
        reader: Reader,
        channels: Mapping[Place, ChannelId],
        connecting: Callable[[], Awaitable[None]],
    ) -> None:
        self.server = server
        self._reader = reader
        self._channels = channels
        self._connecting = connecting

    async def page(self, **where: Any) -> Sequence[Mapping[str, Any]]:
        page: Sequence[Mapping[str, Any]] = await self.server.reads.call("notifications", limit=PAGE, **where)
        return page

    async def connecting(self) -> None:
        await self._connecting()

    async def deleted(self, local: str) -> Sequence[Event]:
        return ()

    async def events(self, item: Mapping[str, Any], edited: bool) -> Sequence[Event]:
        kind, status = item.get("type"), item.get("status")
        if status is None:
            return ()  # it is about an account, or its post is gone
        if kind in _REACTIONS:
            by = account_id(item["account"], self._reader.domain)
            return (Reacted(post=GlobalId(checked_uri(status)), kind=_REACTIONS[kind], by=by),)
        if kind != "mention":
            return ()
        if visibility_of(status) is Visibility.DIRECT:
            return (self._private(status),)
        post = await read_post(status, self.server, self._reader)
        channel = next((self._channels[place] for place in sorted(post.places)), None)
        return (Posted(post=post, channel=channel, stream=self.stream),)

    def _private(self, status: Mapping[str, Any]) -> PrivateMessage:
        post = post_from_status(status, self._reader)
        text = without_address(text_of(status, self._reader.domain), self._reader.me)
        return PrivateMessage(id=post.ref.id, author=post.author, text=text, at=moment(status["created_at"]))
