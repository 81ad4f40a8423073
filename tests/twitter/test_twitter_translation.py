"""Posts in: pairs of golden files, ``NAME.in.json`` (a response) and ``NAME.out.json`` (the neutral post)."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.twitter.known import Known
from adapters.twitter.responses import ids_in, meta_in, posts_in, said_in
from adapters.twitter.translation import Malformed, Reader, read_post
from bridge.adapter import BadEvent, Posted, Reacted
from bridge.model.ids import AccountId, Stream
from bridge.model.policy import says_nobridge
from bridge.model.text import text_to_json

GOLDEN = Path(__file__).parent / "golden"
READER = Reader(
    me=AccountId("1"),
    handle="EdLdrsBot",
    tags=frozenset({"edldrs"}),
    originals={"1767890100000000000": "1767890000000000004"},
)


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if one not in ("", None, (), frozenset(), False)}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return value


def as_told(body: Any) -> Any:
    """What is read of a response, as JSON; what is empty is left out."""
    told = []
    for data in posts_in(body):
        read = read_post(data, body, READER)
        if read is None:
            told.append(None)
            continue
        post = asdict(read.post) | {"text": text_to_json(read.post.text)}
        told.append(plain({"post": post, "conversation": read.conversation, "reactions": dict(read.reactions)}))
    return told


@pytest.mark.parametrize("name", sorted(path.name[: -len(".in.json")] for path in GOLDEN.glob("*.in.json")))
def test_golden_pairs(name: str) -> None:
    body = json.loads((GOLDEN / f"{name}.in.json").read_text())
    assert as_told(body) == json.loads((GOLDEN / f"{name}.out.json").read_text())


def test_a_profile_that_says_nobridge_comes_with_the_post() -> None:
    body = json.loads((GOLDEN / "protected.in.json").read_text())
    read = read_post(body["data"], body, READER)
    assert read is not None
    assert says_nobridge(read.post.author.bio)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"id": "x", "text": "no number", "author_id": "2001"},
        {"id": "1", "text": "nobody we know", "author_id": "2999"},
        {"id": "1", "text": None, "author_id": "2001", "created_at": 7},
        {"id": "1", "text": "t", "author_id": "2001", "created_at": "yesterday"},
        {"id": "1", "text": "t", "author_id": "2001", "entities": {"urls": [{}]}},
        {"id": "1", "text": "t", "author_id": "2001", "referenced_tweets": "none"},
        {"id": "9" * 60, "text": "t", "author_id": "2001"},
    ],
)
def test_what_is_no_post_is_a_value_not_a_crash(data: Any) -> None:
    body = {"data": data, "includes": {"users": [{"id": "2001", "username": "anna", "name": "Anna"}]}}
    with pytest.raises(Malformed):
        read_post(data, body, READER)


@pytest.mark.parametrize("value", [None, 7, "words", [], [7, None, "words"], {}, {"id": None}])
@pytest.mark.parametrize("name", ["data", "includes", "meta", "errors"])
def test_a_response_of_another_form_tells_what_it_can(name: str, value: Any) -> None:
    """Whatever stands where, no answer stops a stream: what is no post is set aside, and all else is read."""
    body = json.loads((GOLDEN / "called.in.json").read_text()) | {name: value}
    assert all(isinstance(id, str) for id in ids_in(body))
    assert isinstance(said_in(body), str)
    assert meta_in(body).get("next_token") is None
    events = [event for _, event in Known().events(body, READER, Stream("search"))]
    assert all(isinstance(one, Posted | Reacted | BadEvent) for one in events)
    if name in ("meta", "errors"):
        assert [type(one) for one in events].count(Posted) == 1
