"""What `edldrs doctor` says of a login."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from adapters.mastodon.server import Server
from adapters.mastodon.streaming import live
from bridge.adapter import AdapterError, Finding, Rate, Severity
from bridge.model.html import text_from_html

NEEDED_SCOPES = ("read", "write:statuses", "write:media")
_APART = 60.0  # seconds that two clocks may differ


def _ok(subject: str, says: str) -> Finding:
    return Finding(severity=Severity.OK, subject=subject, says=says)


def _warning(subject: str, says: str, mend: str) -> Finding:
    return Finding(severity=Severity.WARNING, subject=subject, says=says, mend=mend)


def _error(subject: str, says: str, mend: str) -> Finding:
    return Finding(severity=Severity.ERROR, subject=subject, says=says, mend=mend)


async def findings(
    home: Server, further: Sequence[Server], tags: Sequence[str], rates: Sequence[Rate], now: Callable[[], datetime]
) -> Sequence[Finding]:
    """Looks at everything; one thing that fails does not hide the others."""
    found: list[Finding] = []
    try:
        account = await home.reads.call("account_verify_credentials")
    except AdapterError as error:
        return (_error("login", error.reason, "Run `edldrs login` for this network."),)
    found.append(_ok("login", f"@{account['acct']} on {home.address} ({home.instance.version})"))
    found += _profile(account)
    found += await _scopes(home)
    found += await _clock(home, now)
    found += await _filters(home)
    instance = home.instance
    posts = next(one.count for one in rates if one.operation == "post")
    found.append(
        _ok("limits", f"{instance.max_characters} characters, {instance.media_count} files, {posts} posts in 3 hours")
    )
    for server in (home, *further):
        found += await _reading(server, tags)
    return found


def _profile(account: Any) -> list[Finding]:
    found = []
    if not account.get("bot"):
        mend = "In the server's preferences, Profile: tick `This is an automated account`."
        found.append(_warning("bot flag", "the account is not marked as automated", mend))
    fields = account.get("fields") or ()
    profile = text_from_html(" ".join([str(account.get("note") or ""), *(str(one["value"]) for one in fields)]))
    if "@" not in profile.plain and not profile.spans:
        mend = "Name in the profile who runs the bot: an address, a link or an account."
        found.append(_warning("operator", "the profile does not say who runs the bot", mend))
    return found or [_ok("profile", "marked as automated, names its operator")]


async def _scopes(home: Server) -> list[Finding]:
    """From 4.3 the app tells its scopes; older servers do not."""
    try:
        app = await home.reads.call("app_verify_credentials")
    except AdapterError:
        return []  # some software has no such endpoint; writing will tell
    scopes = set(app.get("scopes") or ())
    missing = [one for one in NEEDED_SCOPES if scopes and not {one, one.partition(":")[0]} & scopes]
    if missing:
        return [_error("scopes", f"the token lacks {', '.join(missing)}", "Run `edldrs login` for this network.")]
    return [_ok("scopes", " ".join(sorted(scopes)) or "not told by the server")]


async def _clock(home: Server, now: Callable[[], datetime]) -> list[Finding]:
    dates: list[str] = []

    def note(response: requests.Response, **_: Any) -> None:
        dates.append(response.headers.get("Date", ""))

    hooks = home.reads.client.session.hooks["response"]
    hooks.append(note)
    try:
        await home.refresh()
    finally:
        hooks.remove(note)
    try:
        apart = (parsedate_to_datetime(dates[-1]) - now()).total_seconds()
    except (ValueError, IndexError):
        return []
    if abs(apart) > _APART:
        mend = "Let this machine set its clock by NTP."
        return [_warning("clock", f"the server's clock is {apart:+.0f} s from ours", mend)]
    return [_ok("clock", f"{apart:+.0f} s from ours")]


async def _filters(home: Server) -> list[Finding]:
    """From 4.3 notifications of strangers can be held back: then the bot would not hear a `stop`."""
    try:
        policy = await home.reads.call("notifications_policy")
    except AdapterError:
        return []
    held = [name for name, value in policy.items() if str(name).startswith("for_") and value not in (None, "accept")]
    if not held:
        return []
    mend = "In the account's notification settings, accept notifications of everybody."
    return [_warning("notifications", f"some are held back ({', '.join(held)}): the bot may not hear `stop`", mend)]


async def _reading(server: Server, tags: Sequence[str]) -> list[Finding]:
    subject = f"reading from {server.address}"
    mode = server.instance.tag_feed
    if mode == "disabled" or (mode == "authenticated" and not server.token):
        mend = "Give a token of an account there, or read the hashtag from another server."
        return [_error(subject, f"the server shows hashtags to: {mode}", mend)]
    for tag in tags[:1]:
        try:
            await server.reads.call("timeline_hashtag", tag, limit=1)
        except AdapterError as error:
            return [_error(subject, error.reason, "See whether the address is right and the server is up.")]
    if not server.token:
        return [_ok(subject, "every minute (without a token there is no stream)")]
    try:
        async with live(server.client(), None, transport=server.instance.streams_by, silence=30.0):
            return [_ok(subject, f"stream opens ({server.instance.streams_by})")]
    except AdapterError as error:
        mend = "Set `transport` to the other kind; until then posts arrive with delay, by polling."
        return [_warning(subject, f"no stream: {error.reason}", mend)]
