"""Polls, as MSC3381 has them (https://github.com/matrix-org/matrix-spec-proposals/blob/main/proposals/3381-polls.md).

They are not in the spec yet, and every client sends the unstable names; the stable ones are read as well.
Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.matrix.translation import EXTENSIBLE_TEXT, KEY, Malformed, content_of, id_of, moment, sender_of
from bridge.adapter import Voted
from bridge.model.ids import AccountId, GlobalId, Key
from bridge.model.poll import NativePoll

START = "org.matrix.msc3381.poll.start"
END = "org.matrix.msc3381.poll.end"
RESPONSE = "org.matrix.msc3381.poll.response"
RESPONSES = (RESPONSE, "m.poll.response")


def start(poll: NativePoll, words: str, key: Key) -> dict[str, Any]:
    """The content of a poll. ``words`` is its question; clients that know no polls show them with the answers."""
    listed = "\n".join(f"{number}. {label}" for number, label in enumerate(poll.labels, start=1))
    return {
        EXTENSIBLE_TEXT: f"{words}\n{listed}",
        START: {
            "kind": "org.matrix.msc3381.poll.disclosed",
            "max_selections": len(poll.labels) if poll.multiple else 1,
            "question": {EXTENSIBLE_TEXT: words, "body": words, "msgtype": "m.text"},
            "answers": [{"id": str(number), EXTENSIBLE_TEXT: label} for number, label in enumerate(poll.labels)],
        },
        "m.mentions": {},
        KEY: key,
    }


def end(of: str, key: Key) -> dict[str, Any]:
    """The content of the event that ends a poll."""
    return {
        "m.relates_to": {"rel_type": "m.reference", "event_id": of},
        EXTENSIBLE_TEXT: "The poll is closed.",
        END: {},
        KEY: key,
    }


def vote_from_event(event: Mapping[str, Any]) -> Voted:
    """A response. One that names an answer that we never gave, or is no list, is spoilt. Raises
    :class:`Malformed` where it answers nothing."""
    content = content_of(event)
    relation = content.get("m.relates_to")
    ballot = relation.get("event_id") if isinstance(relation, dict) else None
    if not isinstance(ballot, str):
        raise Malformed("a vote in no poll")
    return Voted(
        ballot=GlobalId(ballot),
        id=GlobalId(id_of(event)),
        by=AccountId(sender_of(event)),
        choices=_choices(content),
        at=moment(event),
    )


def _choices(content: Mapping[str, Any]) -> tuple[int, ...] | None:
    stable = content.get("m.selections")
    told = content.get(RESPONSE)
    answers = stable if stable is not None else told.get("answers") if isinstance(told, dict) else None
    if not isinstance(answers, list) or any(not (isinstance(one, str) and one.isdecimal()) for one in answers):
        return None
    return tuple(dict.fromkeys(int(one) for one in answers))
