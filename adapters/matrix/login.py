"""`edldrs login`: by password, or by the homeserver's single sign-on.

https://spec.matrix.org/v1.19/client-server-api/#login
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from adapters.matrix.server import Homeserver
from bridge.adapter import Ask, ChannelClosed, Unauthorized

DEVICE_NAME = "EdLdrs bridge"
_PASSWORD, _TOKEN, _SSO = "m.login.password", "m.login.token", "m.login.sso"
_TIMEOUT = 20.0
_REDIRECT = "http://127.0.0.1/"


async def login(settings: Any, ask: Ask) -> Mapping[str, str]:
    """Gives ``{"token": ..., "device": ..., "user": ...}``. ``settings`` needs its ``homeserver`` only."""
    address = settings.homeserver
    async with Homeserver(address, "", timeout=_TIMEOUT, now=lambda: datetime.now(UTC)) as server:
        flows = {str(one.get("type")) for one in (await server.get("login")).get("flows", ())}
        signs_on = bool(flows & {_SSO, _TOKEN})
        body = await _by_password(settings, ask, signs_on) if _PASSWORD in flows else None
        if body is None and signs_on:
            body = await _by_token(address, ask)
        if body is None:
            raise Unauthorized(f"{address} offers no login that works here ({', '.join(sorted(flows))})")
        body["initial_device_display_name"] = DEVICE_NAME
        try:
            told = await server.call("POST", "login", body=body)
        except ChannelClosed as error:  # 403
            raise Unauthorized(f"{address} did not accept it ({error.reason}). Run `edldrs login` again.") from error
    ask.say(f"Logged in as {told['user_id']} on {address}.")
    return {"token": str(told["access_token"]), "device": str(told["device_id"]), "user": str(told["user_id"])}


async def _by_password(settings: Any, ask: Ask, signs_on: bool) -> dict[str, Any] | None:
    """None where the person would rather sign on in the browser."""
    user = (await ask.text("Matrix id of the bot's account", getattr(settings, "user", "") or "")).strip()
    password = await ask.secret(f"Password of {user}" + (" (empty: sign on in the browser)" if signs_on else ""))
    if not password and signs_on:
        return None
    if not user or not password:
        raise Unauthorized("No account or no password was given. Run `edldrs login` again.")
    return {"type": _PASSWORD, "identifier": {"type": "m.id.user", "user": user}, "password": password}


async def _by_token(address: str, ask: Ask) -> dict[str, Any]:
    """The browser ends at an address of this machine that nobody serves; the token stands in it."""
    ask.say("Log in as the bot's account. The browser then shows a page that cannot be opened: copy its")
    ask.say("whole address, or what stands in it after `loginToken=`.")
    await ask.open(f"{address}/_matrix/client/v3/login/sso/redirect?redirectUrl={quote(_REDIRECT, safe='')}")
    given = (await ask.secret("Address or token")).strip()
    token = given.partition("loginToken=")[2].partition("&")[0] if "loginToken=" in given else given
    if not token:
        raise Unauthorized("No token was given. Run `edldrs login` again.")
    return {"type": _TOKEN, "token": token}
