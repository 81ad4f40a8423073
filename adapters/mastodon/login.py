"""`edldrs login`: registers an app on the server and lets the person grant it the bot's account.

OAuth 2 code flow, the code copied by hand: https://docs.joinmastodon.org/spec/oauth/.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from mastodon import Mastodon

from adapters.mastodon.errors import boundary_error
from adapters.mastodon.server import USER_AGENT
from bridge.adapter import Ask, Unauthorized

SCOPES = ["read", "write:statuses", "write:media"]
_TIMEOUT = 20.0


async def login(settings: Any, ask: Ask) -> Mapping[str, str]:
    """Gives ``{"token": ...}``. ``settings`` needs its ``server`` only."""
    server = settings.server
    # Mastodon.py refuses to speak OAuth unencrypted; settings allow that on this machine alone (sandbox).
    plain = server.startswith("http://")
    client_id, client_secret = await _call(
        Mastodon.create_app, "EdLdrs bridge", scopes=SCOPES, api_base_url=server, request_timeout=_TIMEOUT,
        user_agent=USER_AGENT,
    )  # fmt: skip
    client = Mastodon(
        client_id=client_id,
        client_secret=client_secret,
        api_base_url=server,
        request_timeout=_TIMEOUT,
        ratelimit_method="throw",
        user_agent=USER_AGENT,
    )
    url = await _call(client.auth_request_url, scopes=SCOPES, force_login=True, allow_http=plain)
    ask.say(f"Log in on {server} as the bot's account, allow the bridge, and copy the code that appears.")
    await ask.open(url)
    code = (await ask.secret("Code")).strip()
    if not code:
        raise Unauthorized("No code was given. Run `edldrs login` again.")
    token = await _call(client.log_in, code=code, scopes=SCOPES, allow_http=plain)
    account = await _call(client.account_verify_credentials)
    ask.say(f"Logged in as @{account['acct']} on {server}.")
    return {"token": token}


async def _call(function: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return await asyncio.to_thread(partial(function, *args, **kwargs))
    except Exception as error:
        raise boundary_error(error, creates=False) from error
