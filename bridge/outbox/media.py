"""Files of messages, fetched from anywhere on the web by somebody else's say-so, hence with care."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from bridge.adapter import Adapter, AdapterError, Limits, MediaLimit, MediaReading
from bridge.model.ids import NetworkId
from bridge.model.message import Media, MediaFile
from bridge.pictures import draw, is_picture

_REDIRECTS = 3
_SECONDS = 20.0
_DEFAULT_BYTES = 10_000_000


class MediaFailed(Exception):
    """A file that cannot be carried. The message says why; the copy goes out without it."""


class Files:
    """Reads the files of messages, from the web or by the login of their network, and draws our own pictures.
    ``adapters`` are those that are in now; ``allow_private``: also from private addresses."""

    def __init__(self, adapters: Mapping[NetworkId, Adapter], *, allow_private: bool) -> None:
        self._adapters = adapters
        self._allow_private = allow_private

    async def __call__(self, network: NetworkId, media: Media, limits: Limits) -> MediaFile:
        """Of a message of that network, or of our own words there. Raises :class:`MediaFailed`."""
        file = await self._read(network, media, limits)
        check_type(file, limits.media)
        return file

    async def _read(self, network: NetworkId, media: Media, limits: Limits) -> MediaFile:
        if is_picture(media.url):
            data = await asyncio.to_thread(draw, media.url)
            return MediaFile(data=data, mime=media.mime, name=media.name, alt=media.alt)
        most = (limits.media.max_bytes or {}).get(media.kind, _DEFAULT_BYTES)
        if media.size > most:
            raise MediaFailed(f"it is larger than {most:,} bytes")
        if media.url.startswith(("http://", "https://")):
            return await fetch(media, most, allow_private=self._allow_private)
        adapter = self._adapters.get(network)
        if not isinstance(adapter, MediaReading):
            raise MediaFailed("its network cannot be asked for it now")
        try:
            return await adapter.read_media(media, most)
        except AdapterError as error:
            raise MediaFailed(error.reason) from error


def check_type(file: MediaFile, limit: MediaLimit) -> None:
    """Does the channel take files of this type?"""
    if limit.types and not {file.mime, f"{file.mime.partition('/')[0]}/*"} & limit.types:
        raise MediaFailed(f"files of the type {file.mime or 'unknown'} are not taken there")


async def fetch(media: Media, max_bytes: int, *, allow_private: bool = False) -> MediaFile:
    """The bytes at a public http(s) address: at most ``max_bytes``, at most three redirects, each to a
    public address too. The connection goes to the very address that was checked, so that a name
    cannot mean another one a moment later."""
    import httpx  # most chats share few files, and it takes megabytes

    url = media.url
    try:
        async with asyncio.timeout(_SECONDS):
            for _ in range(_REDIRECTS + 1):
                answer = await _get(url, max_bytes, allow_private)
                if isinstance(answer, MediaFile):
                    return MediaFile(
                        data=answer.data, mime=answer.mime or media.mime, name=media.name or answer.name, alt=media.alt
                    )
                url = answer
    except TimeoutError as error:
        raise MediaFailed(f"it took longer than {_SECONDS:.0f} s") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise MediaFailed(f"it could not be read: {error or type(error).__name__}") from error
    raise MediaFailed("it redirects too often")


async def _get(url: str, max_bytes: int, allow_private: bool) -> MediaFile | str:
    """The file, or the address that it redirects to."""
    import httpx

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise MediaFailed("it is not on the web")
    address = await _resolve(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), allow_private)
    host = f"[{address}]" if ":" in address else address
    target = parts._replace(netloc=f"{host}:{parts.port}" if parts.port else host).geturl()
    headers = {"Host": parts.netloc.rpartition("@")[2], "Accept": "image/*, video/*, audio/*, */*;q=0.1"}
    async with (
        httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=_SECONDS) as client,
        client.stream("GET", target, headers=headers, extensions={"sni_hostname": parts.hostname}) as response,
    ):
        if response.is_redirect:
            return str(urljoin(url, response.headers.get("location", "")))
        if response.status_code != 200:
            raise MediaFailed(f"its server answers {response.status_code}")
        data = bytearray()
        async for chunk in response.aiter_bytes():
            data += chunk
            if len(data) > max_bytes:
                raise MediaFailed(f"it is larger than {max_bytes:,} bytes")
        mime = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return MediaFile(data=bytes(data), mime=mime, name=parts.path.rpartition("/")[2] or "file")


async def _resolve(host: str, port: int, allow_private: bool) -> str:
    """One address of the host, all of which must be public."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not allow_private and not ipaddress.ip_address(address.partition("%")[0]).is_global:
            raise MediaFailed("its address is not a public one")
    return addresses[0]
