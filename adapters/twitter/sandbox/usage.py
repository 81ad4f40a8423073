"""How many posts were read (docs.x.com/x-api/usage/introduction)."""

from __future__ import annotations

from adapters.twitter.sandbox.calls import Answer, Call

PARAMETERS = frozenset(["days", "usage.fields"])

_CAP = 2_000_000  # posts a month, of plans that pay per use


def usage(call: Call) -> Answer:
    """GET /2/usage/tweets"""
    read = sum(one["units"] for one in call.place.ledger.lines if one["operation"] in ("read post", "read own"))
    told = {"cap_reset_day": 1, "project_cap": str(_CAP), "project_id": "1", "project_usage": str(read)}
    return Answer({"data": told})
