"""Many posts at a time: recent search, counts, a user's posts and mentions.

docs.x.com/x-api/posts/{search-recent-posts,get-count-of-recent-posts}, x-api/posts/timelines/integrate,
x-api/fundamentals/pagination. New posts are there only after ``Settings.index_lag``.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.twitter.ids import id_at
from adapters.twitter.sandbox import prices, problems
from adapters.twitter.sandbox.calls import Answer, Call
from adapters.twitter.sandbox.fields import wanted_from
from adapters.twitter.sandbox.objects import Writer, stamp
from adapters.twitter.sandbox.posts import charge_reads, known_id
from adapters.twitter.sandbox.search import BadQuery, Test, parse_query
from adapters.twitter.sandbox.state import Post

SINCE = frozenset(["since_id", "until_id", "start_time", "end_time"])
SEARCH = SINCE | {"query", "max_results", "next_token", "pagination_token", "sort_order"}
COUNTS = SINCE | {"query", "granularity", "next_token", "pagination_token", "search_count.fields"}
MENTIONS = SINCE | {"max_results", "pagination_token"}
TIMELINE = MENTIONS | {"exclude"}

_WEEK = timedelta(days=7)
_SETTLED = timedelta(seconds=10)  # how long ago an ``end_time`` must be
_ORDERS = ("recency", "relevancy")
_PERIODS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class _Span:
    """Ids between which, both excluded."""

    after: int
    before: int

    def holds(self, post: Post) -> bool:
        return self.after < int(post.newest.id) < self.before


def search(call: Call) -> Answer:
    """GET /2/tweets/search/recent. Nothing is more relevant than what is recent."""
    test = _query(call)
    order = call.query.get("sort_order", "recency")
    if order not in _ORDERS:
        raise problems.invalid(
            f"The `sort_order` query parameter value [{order}] is not one of [{','.join(_ORDERS)}]", sort_order=order
        )
    span = _span(call, since=call.world.moment() - _WEEK)
    found = [
        post for post in call.world.indexed() if span.holds(post) and _searchable(call, post) and test(call.world, post)
    ]
    return _page(call, found, "next_token", fewest=10)


def counts(call: Call) -> Answer:
    """GET /2/tweets/counts/recent"""
    test = _query(call)
    granularity = call.query.get("granularity", "hour")
    if granularity not in _PERIODS:
        raise problems.invalid(
            f"The `granularity` query parameter value [{granularity}] is not one of [day,hour,minute]",
            granularity=granularity,
        )
    world, period = call.world, _PERIODS[granularity]
    start = _moment(call, "start_time") or world.moment() - _WEEK
    end = _moment(call, "end_time") or world.moment()
    span = _span(call, since=start)
    made = [
        post.newest.at for post in world.indexed() if span.holds(post) and _searchable(call, post) and test(world, post)
    ]
    per = Counter(int((at - start) / period) for at in made)
    data = []
    for number in range(int((end - start) / period) + 1):
        begins = start + number * period
        if begins < end:
            data.append({"start": stamp(begins), "end": stamp(min(begins + period, end)), "tweet_count": per[number]})
    call.place.pay(call.place.ledger.charge("counts", prices.COUNTS, world.now()))
    return Answer({"data": data, "meta": {"total_tweet_count": len(made)}})


def of_user(call: Call) -> Answer:
    """GET /2/users/:id/tweets"""
    kinds: dict[str, Callable[[Post], bool]] = {
        "replies": lambda post: post.reply_to is not None,
        "retweets": lambda post: post.retweets is not None,
    }
    excluded = [one for one in call.query.get("exclude", "").split(",") if one]
    for one in excluded:
        if one not in kinds:
            raise problems.invalid(
                f"The `exclude` query parameter value [{one}] is not one of [replies,retweets]", exclude=one
            )

    def wanted(post: Post, id: str) -> bool:
        return post.author.id == id and not any(kinds[one](post) for one in excluded)

    return _timeline(call, wanted)


def mentions(call: Call) -> Answer:
    """GET /2/users/:id/mentions"""

    def wanted(post: Post, id: str) -> bool:
        return (
            post.author.id != id
            and not post.author.protected
            and post.retweets is None
            and id in post.newest.whole.named("mentions", "id")
        )

    return _timeline(call, wanted)


def _timeline(call: Call, wanted: Callable[[Post, str], bool]) -> Answer:
    id = known_id(call.path["id"])
    user = call.world.users.get(id)
    if user is None:
        return Answer({"errors": [problems.not_found("user", id)]})
    if user.protected and user is not call.caller.user:
        return Answer({"errors": [problems.not_yours("user", id)]})
    span = _span(call)
    found = [post for post in call.world.indexed() if span.holds(post) and wanted(post, id)]
    return _page(call, found, "pagination_token", fewest=5, own=user is call.world.bot)


def _query(call: Call) -> Test:
    query = call.query.get("query", "")
    try:
        return parse_query(query)
    except BadQuery as error:
        raise problems.invalid(f"There were errors processing your request: {error}", query=query) from error


def _searchable(call: Call, post: Post) -> bool:
    """Retweets only where the query names them."""
    return not post.author.protected and (post.retweets is None or "retweet" in call.query["query"])


def _span(call: Call, since: datetime | None = None) -> _Span:
    """What the request asks for; no further back than ``since``."""
    after, before = 0, 2**63
    start, end = _moment(call, "start_time"), _moment(call, "end_time")
    if since is not None and start is not None and start < since - timedelta(minutes=1):
        raise problems.invalid(
            f"Invalid 'start_time':'{call.query['start_time']}'. 'start_time' must be on or after {stamp(since)}. "
            "Please use a 'start_time' that is on or after it.",
            start_time=call.query["start_time"],
        )
    if end is not None and end > call.world.moment() - _SETTLED:
        raise problems.invalid(
            f"Invalid 'end_time':'{call.query['end_time']}'. 'end_time' must be a minimum of 10 seconds prior to the "
            f"request time. Please use an 'end_time' that is before {stamp(call.world.moment() - _SETTLED)}.",
            end_time=call.query["end_time"],
        )
    if start is not None or since is not None:
        after = id_at(max(one for one in (start, since) if one is not None)) - 1
    if end is not None:
        before = id_at(end)
    if "since_id" in call.query:
        given = int(known_id(call.query["since_id"], "since_id"))
        if since is not None and given < after:
            raise problems.invalid(
                f"'since_id' must be a tweet id created after [{stamp(since)}]. Please use a 'since_id' that is larger "
                f"than {after}",
                since_id=str(given),
            )
        after = max(after, given)
    if "until_id" in call.query:
        before = min(before, int(known_id(call.query["until_id"], "until_id")))
    return _Span(after, before)


def _moment(call: Call, name: str) -> datetime | None:
    given = call.query.get(name)
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise problems.invalid(
            f"The `{name}` query parameter value [{given}] is not a valid RFC 3339 date", **{name: given}
        )
    return moment.astimezone(UTC)


def _page(call: Call, found: list[Post], token: str, *, fewest: int, own: bool = False) -> Answer:
    """Newest first; ``found`` is all there is."""
    size = size_of(call, fewest)
    given = call.query.get(token) or call.query.get("pagination_token")
    if given is not None:
        before = opened(given, token)
        found = [post for post in found if int(post.newest.id) < before]
    page = found[:size]
    writer = Writer(call.world, wanted_from(call.query), call.caller.user)
    data = [writer.tweet(post) for post in page]
    charge_reads(call, page, own=own)
    meta: dict[str, Any] = {"result_count": len(page)}
    if page:
        meta = {"newest_id": page[0].newest.id, "oldest_id": page[-1].newest.id, **meta}
    if len(found) > size:
        meta["next_token"] = sealed(page[-1].newest.id)
    return Answer(({"data": data} if data else {}) | writer.includes() | {"meta": meta})


def size_of(call: Call, fewest: int, default: int = 10) -> int:
    """``max_results``. Raises ``Problem`` (400)."""
    given = call.query.get("max_results", str(default))
    if not given.isdigit() or not fewest <= int(given) <= 100:
        raise problems.invalid(
            f"The `max_results` query parameter value [{given}] is not between {fewest} and 100", max_results=given
        )
    return int(given)


def sealed(id: str) -> str:
    """A token for what comes after this id."""
    return base64.b32hexencode(id.encode()).decode().rstrip("=").lower()


def opened(token: str, name: str) -> int:
    """The id of a token. Raises ``Problem`` (400)."""
    padded = token.upper() + "=" * (-len(token) % 8)
    try:
        return int(base64.b32hexdecode(padded))
    except (binascii.Error, ValueError) as error:
        raise problems.invalid(f"The `{name}` query parameter value [{token}] is not valid", **{name: token}) from error
