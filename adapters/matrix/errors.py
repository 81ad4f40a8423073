"""What a homeserver answers, or does not answer, as errors of the boundary.

Codes: https://spec.matrix.org/v1.19/client-server-api/#standard-error-response
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from bridge.adapter import (
    AdapterError,
    ChannelClosed,
    Gone,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Uncertain,
)

_NEEDS_A_PERSON = {
    "M_UNKNOWN_TOKEN",
    "M_MISSING_TOKEN",
    "M_USER_DEACTIVATED",
    "M_USER_LOCKED",
    "M_USER_SUSPENDED",
    "M_CONSENT_NOT_GIVEN",
}
_SERVER_FULL = "M_RESOURCE_LIMIT_EXCEEDED"
_BLIND_WAIT = timedelta(seconds=30)  # where a rate limit comes without a time
_LONGEST_WAIT = timedelta(hours=1)  # then we ask again, whatever it says
_LONGEST_REASON = 300


class Forbidden(ChannelClosed):
    """The homeserver does not allow the bot to do this in the room. Invite it again, or give it the right."""


def connection_error(error: Exception, *, creates: bool) -> AdapterError:
    """``creates``: the request makes something that people see, so that an answer lost is
    :class:`Uncertain`; repeating any other request is harmless."""
    reason = str(error) or type(error).__name__
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL):
        return Unavailable(f"the homeserver cannot be reached: {reason}")
    if creates:
        return Uncertain(f"the answer was lost: {reason}")
    return Unavailable(f"the homeserver did not answer: {reason}")


def answer_error(
    status: int,
    body: Mapping[str, Any] | None,
    headers: Mapping[str, str],
    *,
    creates: bool,
    now: Callable[[], datetime],
) -> AdapterError:
    """An answer that is no success. ``body`` is None where it is no JSON object: then something in front
    of the homeserver speaks."""
    code = str((body or {}).get("errcode") or "")
    said = str((body or {}).get("error") or "")
    reason = f"{status} {code}: {said}" if code or said else f"the homeserver answers {status}"
    reason = reason[:_LONGEST_REASON]
    if status == 429 or code == "M_LIMIT_EXCEEDED":
        return RateLimited(_until(body or {}, headers, now()), reason=reason)
    if code in _NEEDS_A_PERSON or status == 401:
        return Unauthorized(reason)
    if status >= 500 and status != 503:
        # It may have been done before something broke. 503 says that nothing was begun.
        return Uncertain(reason) if creates else Unavailable(reason)
    if status == 503 or code == _SERVER_FULL or (body is None and status != 413):
        return Unavailable(reason)
    if status == 403:
        return Forbidden(reason)
    if status in (404, 410) and code != "M_UNRECOGNIZED":
        return Gone(reason)
    return Rejected(reason)


def _until(body: Mapping[str, Any], headers: Mapping[str, str], now: datetime) -> datetime:
    """``Retry-After`` in seconds or as a date; else the older ``retry_after_ms``."""
    wait = _wait(headers.get("Retry-After", "").strip(), body.get("retry_after_ms"), now)
    return now + min(max(wait, timedelta(0)), _LONGEST_WAIT)


def _wait(given: str, older: Any, now: datetime) -> timedelta:
    if given.isdigit():
        return timedelta(seconds=min(int(given), _LONGEST_WAIT.total_seconds()))
    if given:
        try:
            return parsedate_to_datetime(given).astimezone(UTC) - now
        except ValueError:
            pass
    if isinstance(older, int | float) and 0 <= older <= _LONGEST_WAIT.total_seconds() * 1000:
        return timedelta(milliseconds=older)
    return _BLIND_WAIT
