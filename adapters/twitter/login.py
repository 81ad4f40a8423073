"""`edldrs login`: the bot's account lets the app act for it (OAuth 1.0a, with a PIN copied by hand).

https://docs.x.com/resources/fundamentals/authentication/oauth-1-0a/pin-based-oauth
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, quote

import aiohttp
from oauthlib.oauth1 import Client as Signer  # type: ignore[import-untyped]

from adapters.twitter.api import USER_AGENT
from adapters.twitter.errors import words
from bridge.adapter import Ask, Unauthorized, Unavailable

_TIMEOUT = 20.0


async def login(settings: Any, ask: Ask) -> Mapping[str, str]:
    """Gives ``access_token``, ``access_token_secret`` and the app's ``bearer_token``. ``settings`` needs
    its ``consumer_key`` and ``consumer_secret`` (and ``api_url`` for a sandbox)."""
    address = settings.api_url
    key, secret = settings.consumer_key.get_secret_value(), settings.consumer_secret.get_secret_value()
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
    async with aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": USER_AGENT}) as session:
        asked = await _signed(session, Signer(key, secret, callback_uri="oob"), f"{address}/oauth/request_token")
        ask.say("Log in on X as the bot's account (not as yourself), allow the app, and copy the PIN that appears.")
        await ask.open(f"{address}/oauth/authorize?oauth_token={quote(asked['oauth_token'])}")
        pin = (await ask.secret("PIN")).strip()
        if not pin:
            raise Unauthorized("No PIN was given. Run `edldrs login` again.")
        signer = Signer(key, secret, asked["oauth_token"], asked["oauth_token_secret"], verifier=pin)
        granted = await _signed(session, signer, f"{address}/oauth/access_token")
        ask.say(f"Logged in as @{granted.get('screen_name', 'the account')}.")
        found = {"access_token": granted["oauth_token"], "access_token_secret": granted["oauth_token_secret"]}
        return {**found, **await _bearer(session, address, key, secret, ask)}


async def _signed(session: aiohttp.ClientSession, signer: Any, url: str) -> dict[str, str]:
    """The answer is a form: ``oauth_token=...&oauth_token_secret=...``."""
    _, headers, _ = signer.sign(url, "POST")
    answer = parse_qs(await _post(session, url, headers=headers))
    if "oauth_token" not in answer or "oauth_token_secret" not in answer:
        raise Unauthorized("X gave no token. Run `edldrs login` again.")
    return {name: values[0] for name, values in answer.items()}


async def _bearer(session: aiohttp.ClientSession, address: str, key: str, secret: str, ask: Ask) -> Mapping[str, str]:
    """https://docs.x.com/resources/fundamentals/authentication/oauth-2-0/application-only. The bridge can
    do without."""
    pair = f"{quote(key, safe='')}:{quote(secret, safe='')}".encode()
    headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    form = {"grant_type": "client_credentials"}
    try:
        async with session.post(f"{address}/oauth2/token", data=form, headers=headers) as response:
            body = await response.json(content_type=None)
            if response.status == 200 and isinstance(body, Mapping) and body.get("access_token"):
                return {"bearer_token": str(body["access_token"])}
            reason = "; ".join(words(body)) or str(response.status)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        reason = str(error)
    ask.say(f"X gave no app token ({reason}): reading goes by search. It can be copied from the developer console.")
    return {}


async def _post(session: aiohttp.ClientSession, url: str, **more: Any) -> str:
    try:
        async with session.post(url, **more) as response:
            text = await response.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable(f"X does not answer: {error}") from error
    if response.status >= 500:
        raise Unavailable(f"X answers {response.status}; try again later")
    if response.status != 200:
        raise Unauthorized(
            f"X answers {response.status}: {text[:200]}. See whether `consumer_key` and `consumer_secret` are the"
            " app's, and whether its user authentication is set up."
        )
    return text
