"""X's refusals, word by word where they are known.

Forms: docs.x.com/x-api/fundamentals/response-codes-and-errors. Bodies that the documents do not give
are as developers reported them (UsageCapExceeded: xdevplatform/xdk#25; TooManyConnections:
tweepy/tweepy#1962 and docs handling-disconnections).
"""

from __future__ import annotations

from typing import Any

_TYPE = "https://api.twitter.com/2/problems/"
_SERVICE_HTML = (
    "<!DOCTYPE html>\n<html>\n<head><title>X / Over capacity</title></head>\n"
    "<body><h1>X is over capacity.</h1><p>Please wait a few moments then try again.</p></body>\n</html>\n"
)


class Problem(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, body: dict[str, Any] | str, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


def _plain(status: int, title: str, detail: str, kind: str = "about:blank", **more: Any) -> Problem:
    body = {"title": title, "detail": detail, "type": kind if ":" in kind else _TYPE + kind, **more}
    return Problem(status, body | ({"status": status} if kind == "about:blank" else {}))


def invalid(message: str, **parameters: str) -> Problem:
    """400: what was asked is wrong."""
    return Problem(
        400,
        {
            "errors": [{"parameters": {name: [value] for name, value in parameters.items()}, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": _TYPE + "invalid-request",
        },
    )


def unauthorized() -> Problem:
    return _plain(401, "Unauthorized", "Unauthorized")


def wrong_authentication(given: str, wanted: list[str]) -> Problem:
    """403: the endpoint takes another kind of login."""
    return _plain(
        403,
        "Unsupported Authentication",
        f"Authenticating with {given} is forbidden for this endpoint.  Supported authentication types are "
        f"[{', '.join(wanted)}].",
        "unsupported-authentication",
    )


def out_of_credit() -> Problem:
    return _plain(
        402,
        "CreditsDepleted",
        "Your enrolled account does not have any credits to fulfill this request.",
        "credits",
    )


def forbidden(detail: str) -> Problem:
    return _plain(403, "Forbidden", detail)


def duplicate() -> Problem:
    return forbidden("You are not allowed to create a Tweet with duplicate content.")


def no_reply() -> Problem:
    return forbidden(
        "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by "
        "the author of the post you are replying to."
    )


def reply_to_nothing() -> Problem:
    return forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")


def no_message() -> Problem:
    return forbidden("You do not have permission to DM one or more participants.")


def route_unknown() -> Problem:
    return Problem(404, {"title": "Not Found", "detail": "Not Found", "type": "about:blank", "status": 404})


def not_found(kind: str, value: str, parameter: str = "id") -> dict[str, Any]:
    """One of the ``errors`` beside what was found, with 200."""
    name = "ids" if parameter == "ids" else parameter
    return {
        "value": value,
        "detail": f"Could not find {kind} with {name}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": _TYPE + "resource-not-found",
    }


def not_yours(kind: str, value: str, parameter: str = "id") -> dict[str, Any]:
    """Likewise, for what a protected account shows to its followers only."""
    return {
        "resource_id": value,
        "parameter": parameter,
        "resource_type": kind,
        "section": "data",
        "title": "Authorization Error",
        "value": value,
        "detail": f"Sorry, you are not authorized to see the {kind.title()} with {parameter}: [{value}].",
        "type": _TYPE + "not-authorized-for-resource",
    }


def missing(kind: str, value: str) -> Problem:
    """404, where a thing is asked to be changed that is not there."""
    return Problem(404, {"errors": [not_found(kind, value)], **_plain_not_found(kind, value)})


def _plain_not_found(kind: str, value: str) -> dict[str, Any]:
    return {
        "title": "Not Found Error",
        "detail": f"Could not find {kind} with id: [{value}].",
        "type": _TYPE + "resource-not-found",
        "status": 404,
    }


def too_many() -> Problem:
    """429 of a window."""
    return _plain(429, "Too Many Requests", "Too Many Requests")


def capped() -> Problem:
    """429 of a plan: the window's headers look fine."""
    return _plain(
        429,
        "UsageCapExceeded",
        "Usage cap exceeded: Monthly product cap",
        "usage-capped",
        account_id="1880028106020515840",
        product_name="standard-basic",
        period="Monthly",
        scope="Product",
    )


def too_many_connections() -> Problem:
    return _plain(
        429,
        "ConnectionException",
        "This stream is currently at the maximum allowed connection limit.",
        "streaming-connection",
        connection_issue="TooManyConnections",
    )


def no_rules() -> Problem:
    """409: a stream without rules would say nothing."""
    return _plain(
        409,
        "ConnectionException",
        "This stream has no rules configured.",
        "streaming-connection",
        connection_issue="RuleConfigurationIssue",
    )


def over_capacity() -> Problem:
    """503 of X's front, which speaks HTML."""
    return Problem(503, _SERVICE_HTML)


def internal() -> Problem:
    return _plain(500, "Internal Server Error", "Something went wrong")


def disconnect() -> dict[str, Any]:
    """What a stream says before it ends."""
    return {
        "errors": [
            {
                "title": "operational-disconnect",
                "disconnect_type": "UpstreamOperationalDisconnect",
                "detail": "This stream has been disconnected upstream for operational reasons.",
                "type": _TYPE + "operational-disconnect",
            }
        ]
    }
