"""One server: its software and limits, and its API through Mastodon.py in threads that we own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from mastodon import Mastodon

from adapters.mastodon.errors import boundary_error
from adapters.mastodon.known import Known
from adapters.mastodon.translation import Malformed
from bridge.adapter import Gone, Unavailable
from bridge.model.ids import GlobalId, PostRef, RemoteId
from bridge.model.message import MediaKind

USER_AGENT = "edldrs-bridge"
PAGE = 40  # the most that Mastodon gives of a timeline; notifications allow 80

OnLimit = Callable[[str, int], None]
"""Is told with each answer which method was called, and how often the server lets us (0: it did not say)."""

_PLEROMAS = ("pleroma", "akkoma")
_SOFTWARE = ("gotosocial", *_PLEROMAS, "friendica", "sharkey", "takahe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """What a server says of itself (https://docs.joinmastodon.org/entities/Instance/). Sizes in bytes;
    ``tag_feed`` is ``public``, ``authenticated`` or ``disabled`` (from 4.5)."""

    domain: str
    version: str = ""
    software: str = "mastodon"
    max_characters: int = 500
    per_url: int = 23
    media_count: int = 4
    media_types: frozenset[str] = frozenset()
    media_bytes: Mapping[MediaKind, int] = field(default_factory=dict)
    alt_max: int = 1500
    tag_feed: str = "public"

    @property
    def feature_set(self) -> str:
        return "pleroma" if self.software in _PLEROMAS else "mainline"

    @property
    def streams_by(self) -> str:
        """GoToSocial, Pleroma and Akkoma stream by WebSocket only; Mastodon by both."""
        return "websocket" if self.software in ("gotosocial", *_PLEROMAS) else "sse"

    @property
    def idempotent_for(self) -> timedelta:
        """Mastodon remembers a key for an hour (PostStatusService), Pleroma's plug for six. GoToSocial
        answers a repeated key with 409 and not with the post, and of others we do not know."""
        if self.software in ("mastodon", *_PLEROMAS):
            return timedelta(minutes=55)
        return timedelta(0)


def instance_from_json(value: Mapping[str, Any], address: str) -> Instance:
    """Reads ``/api/v2/instance``, or the older ``/api/v1/instance`` of servers that have no other."""
    version = str(value.get("version") or "")
    configuration = value.get("configuration") or {}
    statuses = configuration.get("statuses") or {}
    media = configuration.get("media_attachments") or {}
    access = ((configuration.get("timelines_access") or {}).get("hashtag_feeds") or {}).values()
    image, video = media.get("image_size_limit"), media.get("video_size_limit")
    sizes = {MediaKind.IMAGE: image, MediaKind.VIDEO: video, MediaKind.AUDIO: video}
    lower = f"{version} {value.get('source_url') or ''}".casefold()
    return Instance(
        domain=str(value.get("domain") or urlsplit(str(value.get("uri") or "")).hostname or value.get("uri") or "")
        or urlsplit(address).netloc,
        version=version,
        software=next((name for name in _SOFTWARE if name in lower), "mastodon"),
        max_characters=int(statuses.get("max_characters") or value.get("max_toot_chars") or 500),
        per_url=int(statuses.get("characters_reserved_per_url") or 23),
        media_count=int(statuses.get("max_media_attachments") or 4),
        media_types=frozenset(media.get("supported_mime_types") or ("image/jpeg", "image/png", "image/gif")),
        media_bytes={kind: int(size) for kind, size in sizes.items() if size},
        alt_max=int(media.get("description_limit") or 1500),
        tag_feed=next((mode for mode in ("disabled", "authenticated") if mode in access), "public"),
    )


class PlainMastodon(Mastodon):
    """Mastodon.py, but answers stay the JSON that they are. Making its typed entities of them takes
    2 ms a status, which is a sixth of what a post takes altogether, and we read them as JSON anyway."""

    def _Mastodon__try_cast_to_type(self, value: Any, override_type: Any = None) -> tuple[Any, None]:
        return (_Answer(value) if isinstance(value, dict) else value), None


class _Answer(dict[str, Any]):
    """JSON whose topmost names can be read as attributes, as Mastodon.py does with some answers."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def client_of(address: str, token: str | None, timeout: float, feature_set: str = "mainline") -> Mastodon:
    """A client with a connection pool of its own, that raises where Mastodon.py would sleep."""
    return PlainMastodon(
        api_base_url=address,
        access_token=token,
        ratelimit_method="throw",
        request_timeout=timeout,
        feature_set=feature_set,
        user_agent=USER_AGENT,
        session=requests.Session(),
    )


class Lane:
    """One Mastodon.py client, one connection and one thread: Mastodon.py keeps state between calls."""

    def __init__(self, client: Mastodon, name: str, on_limit: OnLimit | None = None) -> None:
        self.client = client
        self._on_limit = on_limit
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def call(self, method: str, *args: Any, creates: bool = False, **kwargs: Any) -> Any:
        """Call a method of Mastodon.py. Raises errors of the boundary; see :func:`boundary_error`."""
        work = partial(getattr(self.client, method), *args, **kwargs)
        self.client.ratelimit_limit = 0  # Mastodon.py supposes 300 until it is told
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        except Exception as error:
            raise boundary_error(error, creates=creates, reset=self.client.ratelimit_reset) from error
        finally:
            if self._on_limit is not None:
                self._on_limit(method, self.client.ratelimit_limit)

    async def close(self) -> None:
        """Wait for the request under way (its time-out bounds that), then hang up."""
        await asyncio.to_thread(self._executor.shutdown, wait=True, cancel_futures=True)
        self.client.session.close()


class Server:
    """An async context manager: entering reads the instance. ``reads`` and ``writes`` have a
    connection each, so that catch-up does not delay posts."""

    def __init__(
        self,
        address: str,
        token: str | None,
        *,
        timeout: float,
        known: Known,
        home: bool,
        on_limit: OnLimit | None = None,
    ) -> None:
        self.address = address
        self.token = token
        self.home = home
        self.known = known
        self._timeout = timeout
        self._on_limit = on_limit
        self._lanes: list[Lane] = []
        self.instance = Instance(domain=urlsplit(address).netloc)

    async def __aenter__(self) -> Self:
        self.reads = self._lane("read")
        try:
            await self.refresh()
            self.reads.client.feature_set = self.instance.feature_set
            self.writes = self._lane("write", self._on_limit)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        await asyncio.gather(*(lane.close() for lane in self._lanes))

    def _lane(self, name: str, on_limit: OnLimit | None = None) -> Lane:
        lane = Lane(self.client(), f"{name} {urlsplit(self.address).netloc}", on_limit)
        self._lanes.append(lane)
        return lane

    def client(self) -> Mastodon:
        """A client of its own; a stream needs one, since it blocks its connection."""
        return client_of(self.address, self.token, self._timeout, self.instance.feature_set)

    async def refresh(self) -> None:
        """Read what the server says of itself."""
        try:
            value = await self.reads.call("instance_v2")
        except Gone:  # before 4.0, and some other software
            value = await self.reads.call("instance_v1")
        self.instance = instance_from_json(value, self.address)

    def remember(self, status: Mapping[str, Any]) -> None:
        """Note which post a status is."""
        self.known.remember(self.address, str(status["id"]), str(status["uri"]))

    async def ref(self, local: str) -> PostRef | None:
        """Which post has this local id; asks the server if it was never met. None if it is gone."""
        uri = self.known.uri(self.address, local)
        if uri is None:
            try:
                status = await self.reads.call("status", local)
            except Gone:
                return None
            uri = checked_uri(status)
            self.known.remember(self.address, local, uri)
        return PostRef(GlobalId(uri), RemoteId(local if self.home else ""))

    async def local_id(self, ref: PostRef) -> str | None:
        """Our id of a post; fetches it from its own server if this one never met it. None if it cannot."""
        if self.home and ref.remote:
            return ref.remote
        found = self.known.local(self.address, ref.id)
        if found is None:
            result = await self.reads.call("search_v2", ref.id, resolve=True, result_type="statuses", limit=1)
            status = next((one for one in result["statuses"] if one["uri"] == ref.id), None)
            if status is None:
                return None
            self.remember(status)
            found = str(status["id"])
        return found

    async def statuses(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, Any] | None]:
        """Statuses by local id; None for what is gone; left out what cannot be told."""
        if not ids:
            return {}
        try:
            page = await self.reads.call("statuses", list(ids))
        except Gone:  # before 4.3, and some other software: one by one
            page = []
        found: dict[str, Mapping[str, Any] | None] = {str(one["id"]): one for one in page}
        for missing in [one for one in ids if one not in found]:
            try:
                found[missing] = await self.reads.call("status", missing)
            except Gone:
                found[missing] = None
            except Unavailable:
                continue
        return found


def checked_uri(status: Any) -> str:
    """The ``uri`` of a status. Raises :class:`Malformed`."""
    if not isinstance(status, Mapping) or not isinstance(status.get("uri"), str):
        raise Malformed("a status without a uri")
    return str(status["uri"])
