"""A room as its readers see it: edits applied, what was removed left out. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bridge.adapter import Seen
from bridge.model.html import text_from_html
from bridge.model.ids import GlobalId

START, END = "org.matrix.msc3381.poll.start", "org.matrix.msc3381.poll.end"
PAGE = 1000
TYPES = json.dumps(["m.room.message", "m.reaction", "m.room.redaction", START, END])

_SPOILER = re.compile(r'data-mx-spoiler="([^"]*)"')
_ALT = "org.matrix.msc1767.alt_text"
_TEXT = "org.matrix.msc1767.text"


def seen_from_events(events: Sequence[Any], names: Mapping[str, str], me: str, room: str) -> list[Seen]:
    """``events`` are a room's messages, reactions and redactions, oldest first; ``me`` is the bot's account."""
    removed = {event["content"].get("redacts") for event in events if event["type"] == "m.room.redaction"}
    edits: dict[str, Any] = {}
    reactions: Counter[str] = Counter()
    messages: list[Any] = []
    ended: set[str] = set()
    for event in events:
        if event["type"] == "m.room.redaction" or event["event_id"] in removed or not event["content"]:
            continue
        relation = event["content"].get("m.relates_to") or {}
        if event["type"] == END:
            ended.add(relation.get("event_id", ""))
        elif event["type"] == "m.reaction":
            reactions[relation.get("event_id", "")] += 1
        elif relation.get("rel_type") != "m.replace":
            messages.append(event)
        elif isinstance(relation["event_id"], str):
            edits[relation["event_id"]] = event
    return [
        _poll(event, names, me, room, event["event_id"] in ended)
        if event["type"] == START
        else _seen(event, edits.get(event["event_id"]), names, me, room, reactions[event["event_id"]])
        for event in messages
    ]


def _poll(event: Any, names: Mapping[str, str], me: str, room: str, closed: bool) -> Seen:
    asked = event["content"][START]
    return Seen(
        id=GlobalId(event["event_id"]),
        author=event["sender"],
        name=names.get(event["sender"], event["sender"]),
        text=asked["question"][_TEXT],
        at=datetime.fromtimestamp(event["origin_server_ts"] / 1000, UTC),
        mine=event["sender"] == me,
        url=f"https://matrix.to/#/{room}/{event['event_id']}",
        labels=tuple(answer[_TEXT] for answer in asked["answers"]),
        closed=closed,
    )


def _seen(event: Any, edit: Any, names: Mapping[str, str], me: str, room: str, reactions: int) -> Seen:
    edited = edit is not None and edit["sender"] == event["sender"]
    content = edit["content"]["m.new_content"] if edited else event["content"]
    marked = content.get("formatted_body", "")
    words = text_from_html(marked).plain if marked else content["body"]
    has_file = "url" in content
    alts = [one["body"] for one in content.get(_ALT, {}).get(_TEXT, [])]
    relation = event["content"].get("m.relates_to") or {}
    answered = relation.get("m.in_reply_to") or {}
    spoiler = _SPOILER.search(marked)
    return Seen(
        id=GlobalId(event["event_id"]),
        author=event["sender"],
        name=names.get(event["sender"], event["sender"]),
        text="" if has_file and "filename" not in content else words,
        at=datetime.fromtimestamp(event["origin_server_ts"] / 1000, UTC),
        mine=event["sender"] == me,
        reply_to=GlobalId(answered["event_id"]) if answered else None,
        content_warning=spoiler[1] if spoiler else "",
        media=(content["url"],) if has_file else (),
        alts=tuple(alts) if alts else ("",) * has_file,
        edited=edited,
        url=f"https://matrix.to/#/{room}/{event['event_id']}",
        favourites=reactions,
    )
