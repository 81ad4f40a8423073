"""Pairs of golden files: an event and the post it is, a post of ours and the content that is sent."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.matrix.composing import MAX_BYTES, file_in, measure, message, replacement, reply
from adapters.matrix.polls import RESPONSE, vote_from_event
from adapters.matrix.translation import Malformed, View, post_from_event
from bridge.model.ids import AccountId, ChannelId, Key, Place
from bridge.model.message import Outgoing
from bridge.model.text import SpanKind as Kind
from bridge.model.text import Text, marked, text_from_json, text_to_json

GOLDEN = Path(__file__).parent / "golden"
ME = AccountId("@edldrs:example.org")
VIEW = View(ME, "!room", "example.org", {"@anna:example.org": "Anna"}, frozenset({Place("!room")}))
FRAME = {
    "event_id": "$event",
    "sender": "@anna:example.org",
    "type": "m.room.message",
    "origin_server_ts": 1764014651000,
}
FRAME_OF_POST = {
    "ref": ["$event", "!room"],
    "author": {"account": "@anna:example.org", "handle": "@anna:example.org", "name": "Anna",
               "url": "https://matrix.to/#/@anna:example.org"},
    "created_at": "2025-11-24T20:04:11+00:00",
    "url": "https://matrix.to/#/!room/$event?via=example.org",
    "visibility": "public",
    "places": ["!room"],
}  # fmt: skip


def plain(value: Any) -> Any:
    """As JSON, without what is empty."""
    if isinstance(value, Text):
        return text_to_json(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and type(value).__name__ == "PostRef":
        return [plain(getattr(value, one.name)) for one in fields(value)]
    if is_dataclass(value):
        told = {one.name: plain(getattr(value, one.name)) for one in fields(value)}
        return {name: one for name, one in told.items() if one not in ("", None, [], False, 0)}
    if isinstance(value, tuple | frozenset):
        return [plain(one) for one in value]
    return value


def named(kind: str) -> list[str]:
    return sorted(one.name.removesuffix(".json") for one in (GOLDEN / kind).glob("*.json"))


def pair(kind: str, name: str) -> tuple[Any, Any]:
    given, expected = json.loads((GOLDEN / kind / f"{name}.json").read_text())
    return given, expected


@pytest.mark.parametrize("name", named("in"))
def test_an_event_is_this_post(name: str) -> None:
    given, expected = pair("in", name)
    post = post_from_event({**FRAME, **given["event"]}, VIEW, given.get("edit"))
    assert plain(post) == {**FRAME_OF_POST, **expected}


@pytest.mark.parametrize("name", named("out"))
def test_a_post_of_ours_is_this_content(name: str) -> None:
    given, expected = pair("out", name)
    post = Outgoing(
        text=text_from_json(given["text"]),
        channel=None if "to" in given else ChannelId("c"),
        to=given.get("to"),
        content_warning=given.get("content_warning", ""),
    )
    relation = reply(given["reply_to"], given.get("thread")) if "reply_to" in given else None
    content = message(post, Key("k"), relation, given.get("file"))
    assert content == {"app.edldrs.key": "k", "m.mentions": {}, "msgtype": "m.text", **expected}


MALFORMED = {
    "no content": {"content": None},
    "a list": {"content": ["x"]},
    "no body": {"content": {"msgtype": "m.text"}},
    "a number for a body": {"content": {"msgtype": "m.text", "body": 7}},
    "no msgtype": {"content": {"body": "x"}},
    "no sender": {"sender": None, "content": {"msgtype": "m.text", "body": "x"}},
    "no id": {"event_id": "", "content": {"msgtype": "m.text", "body": "x"}},
    "no time": {"origin_server_ts": "now", "content": {"msgtype": "m.text", "body": "x"}},
    "no such time": {"origin_server_ts": 10**18, "content": {"msgtype": "m.text", "body": "x"}},
}


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_message_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        post_from_event({**FRAME, **change}, VIEW)


def test_odd_fields_are_read_as_if_they_were_not_there() -> None:
    content = {
        "msgtype": "m.image", "body": "x", "filename": 7, "url": {"a": 1}, "info": "big", "format": 3,
        "formatted_body": ["x"], "m.relates_to": "nothing", "m.mentions": [1], "app.edldrs.key": {},
        "org.matrix.msc1767.alt_text": "alt",
    }  # fmt: skip
    post = post_from_event({**FRAME, "content": content}, VIEW)
    assert (post.text, post.media, post.reply_to, post.key, post.to_bot) == (Text("x"), (), None, None, False)


def test_only_our_own_key_counts() -> None:
    content = {"msgtype": "m.text", "body": "x", "app.edldrs.key": "edldrs-1"}
    assert post_from_event({**FRAME, "content": content}, VIEW).key is None
    assert post_from_event({**FRAME, "sender": ME, "content": content}, VIEW).key == "edldrs-1"


def test_an_edit_keeps_the_file_and_its_description() -> None:
    file = {"msgtype": "m.image", "url": "mxc://a/b", "filename": "a.png", "info": {"size": 1}}
    first = message(Outgoing(text=Text("before")), Key("k1"), None, file)
    second = message(Outgoing(text=Text("after")), Key("k2"), None, file_in(first))
    content = replacement(second, "$event", Key("k2"))
    assert content["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$event"}
    assert content["m.new_content"]["url"] == "mxc://a/b"
    assert content["m.new_content"]["body"] == "after"
    assert "m.relates_to" not in content["m.new_content"]


def test_the_largest_message_and_its_edit_are_events() -> None:
    """65,536 bytes with what the homeserver adds (about 2,000)."""
    bold = marked("\U0001f9d1\U0001f3fd" * (MAX_BYTES // 8 - 20), Kind.BOLD)
    assert 0.95 * MAX_BYTES < measure(bold) <= MAX_BYTES
    alt = {"org.matrix.msc1767.alt_text": {"org.matrix.msc1767.text": [{"body": "\U0001f9d1" * 1500}]}}
    file = {"msgtype": "m.image", "url": "mxc://a/b", "filename": "ä" * 200, "info": {}, **alt}
    content = message(Outgoing(text=bold, content_warning="x" * 500), Key("k"), None, file)
    for sent in (content, replacement(content, "$event", Key("k"))):
        assert len(json.dumps(sent, ensure_ascii=False).encode()) < 65_536 - 4_000


def test_hostile_text_is_composed_in_linear_time() -> None:
    for hostile in ("#" * 17_000, "@" * 17_000, "a." * 8_000, "https:" * 2_800, "#a:" * 5_000):
        assert measure(Text(hostile)) >= len(hostile)


VOTES: list[tuple[str, dict[str, Any], tuple[int, ...] | None]] = [
    ("one", {RESPONSE: {"answers": ["2"]}}, (2,)),
    ("several, each once", {RESPONSE: {"answers": ["2", "0", "2"]}}, (2, 0)),
    ("taken back", {RESPONSE: {"answers": []}}, ()),
    ("by the stable name", {"m.selections": ["1"]}, (1,)),
    ("an answer of somebody else's", {RESPONSE: {"answers": ["b71c"]}}, None),
    ("no list", {RESPONSE: {"answers": "1"}}, None),
    ("nothing", {}, None),
    ("not a number", {RESPONSE: {"answers": [1]}}, None),
    ("a wide digit", {RESPONSE: {"answers": ["-1"]}}, None),
]


@pytest.mark.parametrize(("content", "choices"), [row[1:] for row in VOTES], ids=[row[0] for row in VOTES])
def test_a_response_is_this_vote(content: dict[str, Any], choices: tuple[int, ...] | None) -> None:
    event = {"event_id": "$v", "sender": "@ann:localhost", "origin_server_ts": 1764014651000}
    relation = {"m.relates_to": {"rel_type": "m.reference", "event_id": "$poll"}}
    assert vote_from_event({**event, "content": {**relation, **content}}).choices == choices
    with pytest.raises(Malformed):
        vote_from_event({**event, "content": content})
