"""What X answers, and what the core is told: one row for each answer that X documents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.twitter.errors import apart, error_of
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

NOW = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)
P = "https://api.x.com/2/problems/"

FORBIDDEN = "Forbidden"
DUPLICATE = {"detail": "You are not allowed to create a Tweet with duplicate content.", "title": FORBIDDEN}
NOT_ENGAGED = {
    "detail": "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by"
    " the author of the post you are replying to.",
    "title": FORBIDDEN,
}
RESTRICTED = {"errors": [{"message": "The original Tweet author restricted who can reply to this Tweet."}]}
INVISIBLE = {"detail": "You attempted to reply to a Tweet that is deleted or not visible to you."}
READ_ONLY = {
    "detail": "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.",
    "type": f"{P}oauth1-permissions",
}
NO_DM = {"detail": "You do not have permission to DM one or more participants.", "title": FORBIDDEN}
CAP = {"title": "UsageCapExceeded", "detail": "Usage cap exceeded: Monthly product cap", "type": f"{P}usage-capped"}
TOO_MANY = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank"}
CREDITS = {"title": "CreditsDepleted", "detail": "Your enrolled account does not have any credits."}

ROWS: list[tuple[int, Any, bool, type[AdapterError]]] = [
    (400, {"errors": [{"message": "text is too long"}], "title": "Invalid Request"}, True, Rejected),
    (400, {"errors": [{"message": "reply.in_reply_to_tweet_id: no such post"}]}, True, ReplyRefused),
    (401, {"title": "Unauthorized", "status": 401}, True, Unauthorized),
    (402, CREDITS, True, OutOfCredit),
    (402, None, False, OutOfCredit),
    (403, DUPLICATE, True, Duplicate),
    (403, NOT_ENGAGED, True, ReplyRefused),
    (403, RESTRICTED, True, ReplyRefused),
    (403, INVISIBLE, True, ReplyRefused),
    (403, READ_ONLY, True, Unauthorized),
    (403, {"detail": "...", "type": f"{P}client-forbidden"}, False, Unauthorized),
    (403, {"errors": [{"code": 64, "message": "Your account is suspended and may not act."}]}, True, Unauthorized),
    (403, NO_DM, True, Rejected),
    (403, None, True, Rejected),
    (404, {"title": "Not Found"}, False, Gone),
    (413, None, True, Rejected),
    (429, TOO_MANY, True, RateLimited),
    (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, False, RateLimited),
    (429, None, True, RateLimited),
    (429, CAP, False, OutOfCredit),
    (429, {"title": "ConnectionException", "type": f"{P}streaming-connection"}, False, Unavailable),
    (500, {"title": "Internal Server Error"}, True, Uncertain),
    (500, None, False, Unavailable),
    (502, None, True, Uncertain),
    (504, None, True, Uncertain),
    (503, None, True, Unavailable),
    (503, {"title": "Service Unavailable"}, False, Unavailable),
    (418, "a string", True, Rejected),
    (403, ["a list"], True, Rejected),
]


@pytest.mark.parametrize(("status", "body", "creates", "kind"), ROWS)
def test_each_answer_is_told_as_what_it_is(status: int, body: Any, creates: bool, kind: type[AdapterError]) -> None:
    error = error_of(status, {}, body, creates=creates, now=NOW)
    assert type(error) is kind
    assert str(status) in error.reason


def test_the_networks_own_words_reach_the_admin() -> None:
    assert "duplicate content" in error_of(403, {}, DUPLICATE, creates=True, now=NOW).reason
    assert "restricted who can reply" in error_of(403, {}, RESTRICTED, creates=True, now=NOW).reason


def limited(headers: dict[str, str]) -> datetime:
    error = error_of(429, headers, TOO_MANY, creates=True, now=NOW)
    assert isinstance(error, RateLimited)
    return error.until


def at(seconds: float) -> str:
    return str(int((NOW + timedelta(seconds=seconds)).timestamp()))


def test_a_window_ends_when_x_says() -> None:
    assert limited({"x-rate-limit-reset": at(420), "x-rate-limit-remaining": "0"}) == NOW + timedelta(seconds=420)


def test_the_window_that_is_spent_counts_and_not_the_other() -> None:
    headers = {
        "x-rate-limit-reset": at(420),
        "x-rate-limit-remaining": "7",
        "x-user-limit-24hour-reset": at(7200),
        "x-user-limit-24hour-remaining": "0",
    }
    assert limited(headers) == NOW + timedelta(hours=2)


def test_without_a_time_it_waits_a_minute_or_as_long_as_told() -> None:
    assert limited({}) == NOW + timedelta(minutes=1)
    assert limited({"x-rate-limit-reset": "soon"}) == NOW + timedelta(minutes=1)
    assert limited({"Retry-After": "30"}) == NOW + timedelta(seconds=30)


def test_a_window_that_has_ended_is_tried_in_a_moment() -> None:
    assert NOW < limited({"x-rate-limit-reset": at(-300)}) <= NOW + timedelta(seconds=1)


def test_a_clock_that_is_wrong_here_does_not_matter() -> None:
    """X's time is ten minutes ahead of ours: its window of 5 minutes ends in 5 minutes of ours, too."""
    headers = {"Date": "Mon, 02 Nov 2026 20:10:00 GMT", "x-rate-limit-reset": at(900)}
    assert apart(headers, NOW) == timedelta(minutes=10)
    assert limited(headers) == NOW + timedelta(minutes=5)


def test_over_capacity_may_say_for_how_long() -> None:
    error = error_of(503, {"Retry-After": "120"}, None, creates=True, now=NOW)
    assert isinstance(error, Unavailable)
    assert error.retry_after == 120
