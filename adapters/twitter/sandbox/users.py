"""Users: who one is, and others by id or by name (docs.x.com/x-api/users/lookup)."""

from __future__ import annotations

import re

from adapters.twitter.sandbox import prices, problems
from adapters.twitter.sandbox.calls import Answer, Call
from adapters.twitter.sandbox.fields import wanted_from
from adapters.twitter.sandbox.objects import Writer
from adapters.twitter.sandbox.posts import known_id
from adapters.twitter.sandbox.state import User

_EXPANSIONS = frozenset(["affiliation.user_id", "most_recent_tweet_id", "pinned_tweet_id"])
_NAME = re.compile(r"[A-Za-z0-9_]{1,15}")
_MOST = 100


def me(call: Call) -> Answer:
    """GET /2/users/me"""
    return _told(call, [call.me], [], single=True)


def by_id(call: Call) -> Answer:
    """GET /2/users/:id"""
    return _by_ids(call, [call.path["id"]], single=True)


def by_ids(call: Call) -> Answer:
    """GET /2/users?ids="""
    return _by_ids(call, _listed(call, "ids"), single=False)


def by_name(call: Call) -> Answer:
    """GET /2/users/by/username/:username"""
    return _by_names(call, [call.path["username"]], single=True)


def by_names(call: Call) -> Answer:
    """GET /2/users/by?usernames="""
    return _by_names(call, _listed(call, "usernames"), single=False)


def _by_ids(call: Call, ids: list[str], *, single: bool) -> Answer:
    name = "id" if single else "ids"
    known = {id: call.world.users.get(known_id(id, name)) for id in ids}
    missing = [problems.not_found("user", id, name) for id, user in known.items() if user is None]
    return _told(call, [user for user in known.values() if user is not None], missing, single=single)


def _by_names(call: Call, names: list[str], *, single: bool) -> Answer:
    parameter = "username" if single else "usernames"
    for name in names:
        if not _NAME.fullmatch(name):
            raise problems.invalid(
                f"The `{parameter}` query parameter value [{name}] does not match ^[A-Za-z0-9_]{{1,15}}$",
                **{parameter: name},
            )
    known = {name: call.world.names.get(name.casefold()) for name in names}
    missing = [problems.not_found("user", name, parameter) for name, user in known.items() if user is None]
    return _told(call, [user for user in known.values() if user is not None], missing, single=single)


def _listed(call: Call, parameter: str) -> list[str]:
    values = list(dict.fromkeys(call.query.get(parameter, "").split(",")))
    if values == [""] or len(values) > _MOST:
        raise problems.invalid(
            f"The number of values in the `{parameter}` query parameter list is not between 1 and {_MOST}",
            **{parameter: call.query.get(parameter, "")},
        )
    return values


def _told(call: Call, users: list[User], errors: list[dict[str, object]], *, single: bool) -> Answer:
    writer = Writer(call.world, wanted_from(call.query, _EXPANSIONS), call.caller.user)
    data = [writer.user(one) for one in users]
    read = [one.id for one in users if one is not call.caller.user]
    call.place.pay(call.place.ledger.charge_reads("read user", read, prices.READ_USER, call.world.now()))
    body: dict[str, object] = {"data": data[0] if single else data} if data else {}
    return Answer(body | ({"errors": errors} if errors else {}))
