"""What Mastodon.py raises, as errors of the boundary.

Statuses and texts: Mastodon's documentation, "Error" entity and each method's page.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import requests
import urllib3.exceptions
from mastodon import (
    MastodonAPIError,
    MastodonError,
    MastodonNetworkError,
    MastodonRatelimitError,
    MastodonUnauthorizedError,
)

from bridge.adapter import (
    AdapterError,
    Duplicate,
    Gone,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Uncertain,
)

_NEVER_LEFT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.SSLError,
    urllib3.exceptions.ProxyError,
)
"""The connection was never made, so nothing was asked."""

_BLIND_WAIT = timedelta(minutes=1)  # where a rate limit comes without a time


def boundary_error(error: Exception, *, creates: bool, reset: float | None = None) -> AdapterError:
    """``creates``: the request makes something anew, so that an answer lost is :class:`Uncertain`;
    repeating any other request is harmless. ``reset`` is when the rate limit ends, in epoch seconds
    by our clock, as Mastodon.py read it from ``X-RateLimit-Reset``."""
    if isinstance(error, MastodonRatelimitError):
        until = datetime.fromtimestamp(reset, UTC) if reset else datetime.now(UTC) + _BLIND_WAIT
        return RateLimited(until)
    if isinstance(error, MastodonNetworkError):
        return _network_error(error, creates)
    if isinstance(error, MastodonAPIError):
        return _api_error(error, creates)
    if isinstance(error, MastodonError | ValueError):
        return Rejected(str(error))
    raise error


def _network_error(error: MastodonNetworkError, creates: bool) -> AdapterError:
    cause = error.__context__
    if creates and not _never_left(cause):
        return Uncertain(f"the answer was lost: {error}")
    return Unavailable(str(error))


def _never_left(cause: BaseException | None) -> bool:
    if isinstance(cause, requests.ConnectTimeout | requests.exceptions.SSLError):
        return True
    if not isinstance(cause, requests.ConnectionError) or not cause.args:
        return False
    inner = cause.args[0]
    return isinstance(getattr(inner, "reason", inner), _NEVER_LEFT)


def _api_error(error: MastodonAPIError, creates: bool) -> AdapterError:
    if len(error.args) < 4:  # a success whose body is no JSON: a proxy's page, or an answer cut short
        return Uncertain("the answer could not be read") if creates else Unavailable("the answer is not JSON")
    _, status, phrase, says = error.args[:4]
    if says in (None, "Endpoint not found."):  # no JSON: something in front of the server speaks
        return (
            Uncertain(f"{status} {phrase}")
            if creates and status in (500, 502, 504)
            else Unavailable(f"{status} {phrase}")
        )
    reason = f"{status}: {says}"
    if isinstance(error, MastodonUnauthorizedError):
        return Unauthorized(reason)
    if status == 403:
        ours = "This action is not allowed"  # of one post; else it is about the token or the account
        return Rejected(reason) if says == ours else Unauthorized(reason)
    if status in (404, 410):
        return Gone(reason)
    if status == 409:  # GoToSocial: this Idempotency-Key was used already
        return Duplicate(reason)
    if status >= 500:
        # A 500 may come after the post was saved; 503 says that it was not taken up.
        return Uncertain(reason) if creates and status != 503 else Unavailable(reason)
    return Rejected(reason)
