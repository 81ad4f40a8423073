"""Private messages, between two (docs.x.com/x-api/direct-messages/{manage,lookup}/integrate)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from adapters.twitter.ids import time_of
from adapters.twitter.sandbox import prices, problems
from adapters.twitter.sandbox.calls import Answer, Call
from adapters.twitter.sandbox.fields import wanted_from
from adapters.twitter.sandbox.objects import Writer, stamp
from adapters.twitter.sandbox.posts import known_id
from adapters.twitter.sandbox.state import Media, Message
from adapters.twitter.sandbox.timelines import opened, sealed, size_of

LIST = frozenset(["dm_event.fields", "event_types", "max_results", "pagination_token"])

_FIELDS = frozenset(
    ["attachments", "created_at", "dm_conversation_id", "entities", "event_type", "id", "participant_ids",
     "referenced_tweets", "sender_id", "text"]
)  # fmt: skip
_EXPANSIONS = frozenset(["attachments.media_keys", "participant_ids", "referenced_tweets.id", "sender_id"])
_LONGEST = 10_000
_KEPT = timedelta(days=30)


def send(call: Call) -> Answer:
    """POST /2/dm_conversations/with/:participant_id/messages"""
    world, me = call.world, call.me
    to = world.users.get(known_id(call.path["participant_id"], "participant_id"))
    text = call.body.get("text", "")
    media = _media(call)
    if not isinstance(text, str) or not (text.strip() or media):
        raise problems.invalid("Missing required fields: text or attachments")
    if len(text) > _LONGEST:
        raise problems.invalid(f"$.text: must be at most {_LONGEST} characters long")
    if to is None or to is me or to.refuses_messages:
        raise problems.no_message()
    message = Message(world.new_id(), me, to, text, media)
    world.messages.append(message)
    call.place.pay(call.place.ledger.charge("message", prices.MESSAGE, world.now()))
    return Answer({"data": {"dm_conversation_id": message.conversation, "dm_event_id": message.id}}, 201)


def _media(call: Call) -> tuple[Media, ...]:
    found = []
    for one in call.parts("attachments"):
        media = call.world.media.get(str(one.get("media_id", "")))
        if media is None or media.owner is not call.me or not media.final:
            raise problems.invalid("Your media IDs are invalid.")
        found.append(media)
    if len(found) > 1:
        raise problems.invalid("$.attachments: there must be a maximum of 1 item in the array")
    return tuple(found)


def events(call: Call) -> Answer:
    """GET /2/dm_events"""
    return _page(call, [one for one in call.world.messages if call.me in (one.sender, one.to)])


def events_with(call: Call) -> Answer:
    """GET /2/dm_conversations/with/:participant_id/dm_events"""
    other = known_id(call.path["participant_id"], "participant_id")
    both = {call.me.id, other}
    return _page(call, [one for one in call.world.messages if {one.sender.id, one.to.id} == both])


def _page(call: Call, found: list[Message]) -> Answer:
    """Newest first, of the last 30 days."""
    size = size_of(call, 1, 100)
    oldest = call.world.moment() - _KEPT
    found = [one for one in reversed(found) if time_of(one.id) >= oldest]
    kinds = call.query.get("event_types", "MessageCreate").split(",")
    found = found if "MessageCreate" in kinds else []
    if (token := call.query.get("pagination_token")) is not None:
        before = opened(token, "pagination_token")
        found = [one for one in found if int(one.id) < before]
    page = found[:size]
    writer = Writer(call.world, wanted_from(call.query, _EXPANSIONS), call.me)
    data = [_written(call, one, writer) for one in page]
    read = [one.id for one in page if one.sender is not call.me]
    call.place.pay(call.place.ledger.charge_reads("read message", read, prices.READ_MESSAGE, call.world.now()))
    meta: dict[str, Any] = {"result_count": len(page)}
    if len(found) > size:
        meta["next_token"] = sealed(page[-1].id)
    return Answer(({"data": data} if data else {}) | writer.includes() | {"meta": meta})


def _written(call: Call, message: Message, writer: Writer) -> dict[str, Any]:
    wanted = [one for one in call.query.get("dm_event.fields", "").split(",") if one]
    for one in wanted:
        if one not in _FIELDS:
            listed = ",".join(sorted(_FIELDS))
            raise problems.invalid(
                f"The `dm_event.fields` query parameter value [{one}] is not one of [{listed}]",
                **{"dm_event.fields": one},
            )
    every: dict[str, Any] = {
        "created_at": stamp(time_of(message.id)),
        "dm_conversation_id": message.conversation,
        "sender_id": message.sender.id,
    }
    if message.media:
        every["attachments"] = {"media_keys": [one.key for one in message.media]}
    named = {*wanted, *(one.split(".")[0] for one in writer.wanted.expansions)}
    if "sender_id" in writer.wanted.expansions:
        writer.users[message.sender.id] = message.sender
    if "attachments.media_keys" in writer.wanted.expansions:
        writer.media |= {one.key: one for one in message.media}
    told = {name: every[name] for name in sorted(named) if name in every}
    return {"id": message.id, "event_type": "MessageCreate", "text": message.text, **told}
