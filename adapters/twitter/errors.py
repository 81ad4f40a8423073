"""What X answers, as errors of the boundary. Pure.

Statuses and bodies: https://docs.x.com/x-api/fundamentals/response-codes-and-errors; the words of a
refusal are in ``detail``, or in ``errors`` (``message``, sometimes ``detail``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from bridge.adapter import (
    AdapterError,
    Duplicate,
    Gone,
    OutOfCredit,
    RateLimited,
    Rejected,
    ReplyRefused,
    Unauthorized,
    Unavailable,
    Uncertain,
)

_BLIND_WAIT = timedelta(minutes=1)  # where a rate limit comes without a time
_LIMITS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")

_DUPLICATE = ("duplicate content", "status is a duplicate")
_NO_REPLY = (
    "reply to this conversation is not allowed",
    "not been mentioned or otherwise engaged",
    "restricted who can reply",
    "reply to a tweet that is deleted or not visible",
    "reply to a post that is deleted or not visible",
    "in_reply_to_tweet_id",
)
_OF_THE_APP = (
    "client-forbidden",
    "client-not-enrolled",
    "unsupported-authentication",
    "oauth1-permissions",
    "oauth1 app permissions",
    "account is suspended",
    "account is temporarily locked",
    "account has been locked",
)
"""A 403 that is about the app or the account, and would meet every request alike."""


def error_of(
    status: int,
    headers: Mapping[str, str],
    body: Any,
    *,
    creates: bool,
    now: datetime,
    operation: str = "",
) -> AdapterError:
    """``body`` is the JSON, or None where there was none (X's front answers in HTML). ``creates``: the
    request makes something anew, so that an end in doubt is :class:`Uncertain`; repeating any other is
    harmless.

    503 says that X is over capacity and took nothing up; after 500, 502 and 504 it may have been done.
    """
    says = f"{status}: {' '.join(dict.fromkeys(words(body))) or 'no reason given'}"
    lower = f"{says} {body.get('type', '') if isinstance(body, Mapping) else ''}".casefold()
    match status:
        case 401:
            return Unauthorized(says)
        case 402:
            return OutOfCredit(says)
        case 403 if any(one in lower for one in _DUPLICATE):
            return Duplicate(says)
        case 400 | 403 if creates and any(one in lower for one in _NO_REPLY):
            return ReplyRefused(says)
        case 403 if any(one in lower for one in _OF_THE_APP):
            return Unauthorized(says)
        case 404 | 410:
            return Gone(says)
        case 429 if "usage-capped" in lower or "usagecapexceeded" in lower:
            # A cap lasts for days, but a person can lift it at any moment: so it is asked again soon.
            return OutOfCredit(f"{says} (the plan's cap on reads is used up)")
        case 429 if "streaming-connection" in lower:
            return Unavailable(says)  # an earlier connection of ours has not ended there
        case 429:
            return RateLimited(_until(headers, now), operation, says)
        case 503:
            return Unavailable(says, _retry_after(headers))
        case _ if status >= 500:
            return Uncertain(says) if creates else Unavailable(says, _retry_after(headers))
    return Rejected(says)


def words(body: Any) -> Iterator[str]:
    """What a body says in words."""
    if not isinstance(body, Mapping):
        return
    for one in (body, *(e for e in body.get("errors") or () if isinstance(e, Mapping))):
        for name in ("title", "detail", "message"):
            if isinstance(said := one.get(name), str) and said:
                yield said


def _until(headers: Mapping[str, str], now: datetime) -> datetime:
    """When the limit that was met ends, by our clock: the times are X's, and so is ``Date``."""
    told = {limit: headers.get(f"{limit}-reset", "") for limit in _LIMITS}
    spent = [limit for limit in _LIMITS if headers.get(f"{limit}-remaining") == "0" and told[limit]]
    resets = [told[limit] for limit in spent] or [told["x-rate-limit"]]
    times = [int(one) for one in resets if one.isdigit()]
    if not times:
        seconds = _retry_after(headers)
        return now + (_BLIND_WAIT if seconds is None else timedelta(seconds=seconds))
    ends = datetime.fromtimestamp(max(times), UTC) - apart(headers, now)
    return max(ends, now + timedelta(seconds=1))


def apart(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How far X's clock is ahead of ours; nothing within the second that ``Date`` leaves out."""
    try:
        ahead = parsedate_to_datetime(headers.get("Date", "")) - now
    except ValueError:
        return timedelta(0)
    return ahead if abs(ahead) > timedelta(seconds=2) else timedelta(0)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("Retry-After", "")
    return float(value) if value.isdigit() else None
