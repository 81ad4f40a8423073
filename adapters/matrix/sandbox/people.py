"""People on the sandbox's homeserver: registered on first use, acting through the client-server API."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from adapters.matrix.sandbox.homeserver import REGISTRATION_SECRET, SERVER_NAME

PASSWORD = "edldrs-sandbox"
NAMES = {"edldrs": "EdLdrs"}
V3 = "/_matrix/client/v3"


class Refused(Exception):
    """The homeserver answered with an error."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.code = str(body.get("errcode", ""))


def mxid(name: str) -> str:
    return f"@{name}:{SERVER_NAME}"


def path(*parts: str) -> str:
    """``path("rooms", "!r")``, each part quoted."""
    return f"{V3}/" + "/".join(quote(one, safe="") for one in parts)


class People:
    """Whoever is named exists, and is logged in."""

    def __init__(self, homeserver: str) -> None:
        self._http = httpx.AsyncClient(base_url=homeserver, timeout=60)
        self._tokens: dict[str, str] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._numbers = itertools.count()
        self._run = secrets.token_hex(4)

    async def close(self) -> None:
        await self._http.aclose()

    async def call(self, who: str, method: str, where: str, body: Any = None, **params: Any) -> Any:
        """One request as this person. Raises :class:`Refused`."""
        headers = {"Authorization": f"Bearer {await self.token(who)}"}
        answer = await self._http.request(method, where, json=body, params=params or None, headers=headers)
        return _told(answer)

    async def upload(self, who: str, data: bytes, mime: str, name: str) -> str:
        """Gives the ``mxc://`` address."""
        headers = {"Authorization": f"Bearer {await self.token(who)}", "Content-Type": mime}
        answer = await self._http.post(
            "/_matrix/media/v3/upload", content=data, headers=headers, params={"filename": name}
        )
        return str(_told(answer)["content_uri"])

    async def download(self, who: str, address: str) -> tuple[bytes, str]:
        """The bytes and the media type at an ``mxc://`` address."""
        headers = {"Authorization": f"Bearer {await self.token(who)}"}
        where = f"/_matrix/client/v1/media/download/{address.removeprefix('mxc://')}"
        answer = await self._http.get(where, headers=headers)
        if not answer.is_success:
            raise Refused(answer.status_code, answer.json())
        return answer.content, answer.headers.get("content-type", "")

    async def send(self, who: str, room: str, kind: str, content: Mapping[str, Any]) -> str:
        """Send an event; gives its id."""
        transaction = f"{self._run}-{next(self._numbers)}"
        answer = await self.call(who, "PUT", path("rooms", room, "send", kind, transaction), content)
        return str(answer["event_id"])

    async def token(self, who: str) -> str:
        async with self._locks.setdefault(who, asyncio.Lock()):
            if who not in self._tokens:
                self._tokens[who] = await self._enter(who)
            return self._tokens[who]

    async def _enter(self, who: str) -> str:
        try:
            return str((await self._register(who))["access_token"])
        except Refused as refused:
            if refused.code != "M_USER_IN_USE":
                raise
        return str((await self.login(who))["access_token"])

    async def _register(self, who: str) -> Any:
        """https://element-hq.github.io/synapse/latest/admin_api/register_api.html"""
        nonce = _told(await self._http.get("/_synapse/admin/v1/register"))["nonce"]
        said = "\0".join([nonce, who, PASSWORD, "notadmin"]).encode()
        mac = hmac.new(REGISTRATION_SECRET.encode(), said, hashlib.sha1).hexdigest()
        body = {
            "nonce": nonce, "username": who, "password": PASSWORD, "admin": False, "mac": mac,
            "displayname": NAMES.get(who, who.title()),
        }  # fmt: skip
        return _told(await self._http.post("/_synapse/admin/v1/register", json=body))

    async def login(self, who: str, device: str = "") -> Any:
        """A further login of somebody who exists: ``access_token``, ``device_id``, ``user_id``."""
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": who},
            "password": PASSWORD,
            **({"device_id": device} if device else {}),
        }
        return _told(await self._http.post(f"{V3}/login", json=body))


def _told(answer: httpx.Response) -> Any:
    value = answer.json()
    if answer.is_success:
        return value
    raise Refused(answer.status_code, value)
