"""What `edldrs doctor` says of an account of X."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any

from adapters.twitter.api import Answer, Client
from adapters.twitter.errors import apart
from adapters.twitter.prices import POST, POST_WITH_LINK, READ_MESSAGE, READ_OWN, READ_POST, READ_USER, Till
from adapters.twitter.responses import ids_in, object_in, posts_in
from adapters.twitter.settings import Settings
from bridge.adapter import AdapterError, Finding, Severity

_APART = 60.0  # seconds that two clocks may differ
_BOT = re.compile(r"\b(bot|bridge|automated|relay)\b", re.IGNORECASE)
_WEEKS = 52 / 12
_COPIES, _POSTS, _PEOPLE = 300, 100, 40  # of a lively weekly hour: copies made, posts read, who wrote them


def _ok(subject: str, says: str) -> Finding:
    return Finding(severity=Severity.OK, subject=subject, says=says)


def _warning(subject: str, says: str, mend: str) -> Finding:
    return Finding(severity=Severity.WARNING, subject=subject, says=says, mend=mend)


def _error(subject: str, says: str, mend: str) -> Finding:
    return Finding(severity=Severity.ERROR, subject=subject, says=says, mend=mend)


async def findings(
    client: Client, settings: Settings, tags: Sequence[str], now: Callable[[], datetime], till: Till
) -> Sequence[Finding]:
    """Looks at everything; one thing that fails does not hide the others. Costs a few cents at most."""
    try:
        answer = await client.request(
            "GET", "/2/users/me", params={"user.fields": "description,protected"}, user_auth=True
        )
    except AdapterError as error:
        return (_error("login", error.reason, "Run `edldrs login` for this network."),)
    me = object_in(answer.body)
    till.pay("read user", [str(me.get("id"))], READ_USER)
    found = [_ok("login", f"@{me.get('username')} at {settings.api_url}")]
    found += [*_permissions(answer, settings), *_profile(me), *_clock(answer, now)]
    async for one in _reading(client, settings, tags):
        found.append(one)
    if settings.private_messages:
        found.append(await _messages(client, till))
    if settings.bearer_token is not None:
        found.append(await _usage(client))
    found.append(_cost())
    return found


def _permissions(answer: Answer, settings: Settings) -> list[Finding]:
    """``x-access-level`` comes with OAuth 1.0a: ``read``, ``read-write``, ``read-write-directmessages``."""
    level = answer.headers.get("x-access-level", "")
    mend = (
        "In the developer console, set the app's permissions under User authentication settings, then run"
        " `edldrs login` for this network: a token keeps the permissions that it was made with."
    )
    if level and "write" not in level:
        return [_error("permissions", f"the token may only {level}", mend)]
    if level and settings.private_messages and "directmessages" not in level:
        return [_error("permissions", "the token may not use private messages", mend)]
    return [_ok("permissions", level or "not told by X")]


def _profile(me: Any) -> list[Finding]:
    found = []
    if me.get("protected"):
        mend = "In X's settings, Privacy: turn off `Protect your posts`."
        found.append(_error("account", "its posts are protected, so hardly anybody sees the copies", mend))
    bio = html.unescape(str(me.get("description") or ""))
    if not _BOT.search(bio) or "@" not in bio:
        mend = (
            "Say in the bio that it is automated and by whom (@name), and in Settings, Your account, Automation"
            " link the account of the person who runs it: X requires the label."
        )
        found.append(_warning("automated label", "the bio does not say that this is a bot, and whose", mend))
    return found or [_ok("automated label", "the bio says that this is a bot; see that the label is set, too")]


def _clock(answer: Answer, now: Callable[[], datetime]) -> list[Finding]:
    ahead = apart(answer.headers, now()).total_seconds()
    if abs(ahead) > _APART:
        mend = "Let this machine set its clock by NTP: X refuses signatures with a wrong time."
        return [_warning("clock", f"X's clock is {ahead:+.0f} s from ours", mend)]
    return [_ok("clock", f"{ahead:+.0f} s from ours")]


async def _reading(client: Client, settings: Settings, tags: Sequence[str]) -> AsyncIterator[Finding]:
    if settings.bearer_token is None:
        says = f"{', '.join(tags)}, a search every {settings.search_every:g} s as the account (300 in 15 minutes)"
        yield _ok("reading", says)
        return
    try:
        body = (await client.request("GET", "/2/tweets/search/stream/rules")).body
    except AdapterError as error:
        mend = "Set `bearer_token` to the app's token (`edldrs login` obtains it)."
        if settings.read == "search":
            mend += " Or leave it out: searches then go as the account."
        yield _error("app token", error.reason, mend)
        return
    rules = len(posts_in(body))
    how = "the filtered stream" if settings.read == "stream" else f"a search every {settings.search_every:g} s"
    yield _ok("reading", f"{', '.join(tags)}, by {how}; the app has {rules} of 1,000 stream rules")


async def _messages(client: Client, till: Till) -> Finding:
    params = {"max_results": "1", "event_types": "MessageCreate"}
    try:
        await till.open(READ_MESSAGE)
        body = (await client.request("GET", "/2/dm_events", params=params, user_auth=True)).body
    except AdapterError as error:
        mend = "Give the app permission for direct messages, or set `private_messages: false`."
        return _error("private messages", error.reason, mend)
    till.pay("read message", ids_in(body), READ_MESSAGE)
    return _ok("private messages", "can be read")


async def _usage(client: Client) -> Finding:
    """https://docs.x.com/x-api/usage/introduction"""
    try:
        data = object_in((await client.request("GET", "/2/usage/tweets")).body)
    except AdapterError as error:
        return _warning("usage", error.reason, "Look at the credits in the developer console, console.x.com.")
    used, cap = int(data.get("project_usage") or 0), int(data.get("project_cap") or 0)
    says = f"{used:,} posts read of {cap:,} this period" if cap else f"{used:,} posts read this period"
    if cap and used > cap * 0.9:
        return _warning("usage", says, "Raise the cap in the developer console, or read less often.")
    return _ok("usage", says)


def _cost() -> Finding:
    reading = _POSTS * READ_POST + _PEOPLE * READ_USER + _COPIES * READ_OWN
    plain, linked = (_WEEKS * (_COPIES * price + reading) / 1e6 for price in (POST, POST_WITH_LINK))
    return _ok(
        "cost",
        f"a weekly hour of {_COPIES} copies and {_POSTS} posts read by {_PEOPLE} people costs about ${plain:.0f}"
        f" a month without links, ${linked:.0f} with a link in each copy; set a budget for this network",
    )
