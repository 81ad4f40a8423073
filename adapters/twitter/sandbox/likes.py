"""Who likes a post (docs.x.com/x-api/posts/get-liking-users): for users only, not for the app by itself."""

from __future__ import annotations

from adapters.twitter.sandbox import prices, problems
from adapters.twitter.sandbox.calls import Answer, Call
from adapters.twitter.sandbox.fields import wanted_from
from adapters.twitter.sandbox.objects import Writer
from adapters.twitter.sandbox.posts import known_id
from adapters.twitter.sandbox.timelines import opened, sealed, size_of

PARAMETERS = frozenset(["max_results", "pagination_token"])
_PAGE = 100


def likers(call: Call) -> Answer:
    """GET /2/tweets/:id/liking_users. A like belongs to one version of an edited post."""
    id = known_id(call.path["id"])
    size = size_of(call, 1, _PAGE)
    writer = Writer(call.world, wanted_from(call.query), call.me)
    found = call.world.version(id)
    if found is None or not writer.sees(found[0]):
        problem = problems.not_found if found is None else problems.not_yours
        return Answer({"errors": [problem("tweet", id)]})
    ids = sorted(found[1].likes, key=int, reverse=True)
    if (token := call.query.get("pagination_token")) is not None:
        before = opened(token, "pagination_token")
        ids = [one for one in ids if int(one) < before]
    page = ids[:size]
    data = [writer.user(call.world.users[one]) for one in page]
    read = [f"{id}/{one}" for one in page]
    call.place.pay(call.place.ledger.charge_reads("read like", read, prices.READ_LIKE, call.world.now()))
    meta: dict[str, object] = {"result_count": len(page)}
    if len(ids) > size:
        meta["next_token"] = sealed(page[-1])
    return Answer(({"data": data} if data else {}) | writer.includes() | {"meta": meta})
