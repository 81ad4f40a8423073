"""The filtered stream and its rules.

docs.x.com/x-api/posts/filtered-stream/{introduction,quickstart,integrate/build-a-rule}, and
x-api/fundamentals/handling-disconnections: one connection, a line end as a sign of life, no backfill.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.types import Receive, Send

from adapters.twitter.sandbox import problems
from adapters.twitter.sandbox.calls import Answer, Call, Place
from adapters.twitter.sandbox.fields import wanted_from
from adapters.twitter.sandbox.objects import Writer, stamp
from adapters.twitter.sandbox.prices import READ_POST
from adapters.twitter.sandbox.search import BadQuery, parse_query
from adapters.twitter.sandbox.server import hang_up, start_of, until_gone
from adapters.twitter.sandbox.state import Post, Said

PARAMETERS = frozenset(["backfill_minutes", "start_time", "end_time"])
RULES = frozenset(["ids", "max_results", "pagination_token"])
CHANGES = frozenset(["dry_run", "delete_all"])

_LONGEST = 1_024
_MOST = 1_000


def rules(call: Call) -> Answer:
    """GET /2/tweets/search/stream/rules"""
    wanted = [one for one in call.query.get("ids", "").split(",") if one]
    data = [{"id": id, **rule} for id, rule in call.place.rules.items() if not wanted or id in wanted]
    meta = {"sent": stamp(call.world.moment()), "result_count": len(data)}
    return Answer(({"data": data} if data else {}) | {"meta": meta})


def change_rules(call: Call) -> Answer:
    """POST /2/tweets/search/stream/rules: ``add`` or ``delete``"""
    if ("add" in call.body) == ("delete" in call.body):
        raise problems.invalid("exactly one of `add` and `delete` must be provided")
    for_show = call.query.get("dry_run", "false") == "true"
    if "delete" in call.body:
        return _delete(call, call.part("delete") or {}, for_show)
    return _add(call, call.parts("add"), for_show)


def _add(call: Call, wanted: Iterable[Mapping[str, Any]], for_show: bool) -> Answer:
    rules, made, errors = call.place.rules, [], []
    known = {rule["value"]: id for id, rule in rules.items()}
    for one in wanted:
        value = str(one.get("value", ""))
        try:
            parse_query(value, _LONGEST)
        except BadQuery as error:
            errors.append(_refused("UnprocessableEntity", "invalid-rules", value=value, details=[str(error)]))
            continue
        if value in known:
            errors.append(_refused("DuplicateRule", "duplicate-rules", value=value, id=known[value]))
            continue
        if len(rules) >= _MOST:
            errors.append(_refused("RulesCapExceeded", "rule-cap", value=value))
            continue
        id = call.world.new_id()
        rule = {"value": value} | ({"tag": str(one["tag"])} if one.get("tag") else {})
        known[value] = id
        made.append({"id": id, **rule})
        if not for_show:
            rules[id] = rule
    summary = {"created": len(made), "not_created": len(errors), "valid": len(made), "invalid": len(errors)}
    body: dict[str, Any] = {"meta": {"sent": stamp(call.world.moment()), "summary": summary}}
    body |= {"data": made} if made else {}
    return Answer(body | ({"errors": errors} if errors else {}), 201 if made else 200)


def _delete(call: Call, wanted: Mapping[str, Any], for_show: bool) -> Answer:
    rules, errors, gone = call.place.rules, [], 0
    values = {rule["value"]: id for id, rule in rules.items()}
    ids = [str(one) for one in wanted.get("ids") or ()] or [values.get(one, "") for one in wanted.get("values") or ()]
    for id in ids:
        if id not in rules:
            detail = "Rule does not exist"
            errors.append(
                {"errors": [{"message": detail, "parameters": {}}], **_refused("Invalid Request", "invalid-request")}
            )
            continue
        gone += 1
        if not for_show:
            del rules[id]
    summary = {"deleted": gone, "not_deleted": len(errors)}
    body: dict[str, Any] = {"meta": {"sent": stamp(call.world.moment()), "summary": summary}}
    return Answer(body | ({"errors": errors} if errors else {}))


def _refused(title: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "type": f"https://api.twitter.com/2/problems/{kind}", **more}


async def follow(place: Place, query: Mapping[str, str], receive: Receive, send: Send, headers: dict[str, str]) -> None:
    """GET /2/tweets/search/stream, until it is cut or the client goes. Raises ``Problem`` before it began."""
    world, wanted = place.world, wanted_from(query)
    if "backfill_minutes" in query:
        raise problems.forbidden("The 'backfill_minutes' parameter is not available with your level of access.")
    if world.streams:
        raise problems.too_many_connections()
    if not place.rules:
        raise problems.no_rules()
    stream: asyncio.Queue[Said] = asyncio.Queue()
    world.streams.append(stream)
    watching = asyncio.create_task(_watch(receive, stream))
    try:
        await send(start_of(world, 200, {"content-type": "application/json; charset=utf-8", **headers}))
        await send(_line(b""))
        while not (said := await _next(stream, world.settings.keep_alive)).end:
            if world.settings.stream_lag and said.post is not None:
                await asyncio.sleep(world.settings.stream_lag)
            data = said.raw if said.post is None else _written(place, said.post, Writer(world, wanted))
            if data is not None:
                await send(_line(data))
    finally:
        watching.cancel()
        world.streams.remove(stream)
    if said.end == "operational":
        await send(_line(json.dumps(problems.disconnect()).encode()) | {"more_body": False})
    elif said.end == "cut":
        hang_up(send)


async def _watch(receive: Receive, stream: asyncio.Queue[Said]) -> None:
    await until_gone(receive)
    stream.put_nowait(Said(end="gone"))


async def _next(stream: asyncio.Queue[Said], keep_alive: float) -> Said:
    """What happened, or, where nothing did, a sign of life."""
    try:
        async with asyncio.timeout(keep_alive):
            return await stream.get()
    except TimeoutError:
        return Said()


def _written(place: Place, post: Post, writer: Writer) -> bytes | None:
    """The post as a stream says it; None where no rule wants it."""
    matched = _matching(place, post)
    if not matched or post.author.protected or post.deleted:
        return None
    place.pay(place.ledger.charge_reads("read post", [post.id], READ_POST, place.world.now()))
    body = {"data": writer.tweet(post)} | writer.includes() | {"matching_rules": matched}
    return json.dumps(body).encode()


def _matching(place: Place, post: Post) -> list[dict[str, str]]:
    return [
        {"id": id, "tag": rule.get("tag", "")}
        for id, rule in place.rules.items()
        if parse_query(rule["value"], _LONGEST)(place.world, post)
    ]


def _line(data: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data + b"\r\n", "more_body": True}
