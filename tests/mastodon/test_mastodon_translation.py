"""Pairs of golden files: what a status changes in FRAME and the post it is, a text of ours and what is sent."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.mastodon.sandbox.corrections import HASHTAG, LINK, MENTION
from adapters.mastodon.translation import (
    JOINER,
    Malformed,
    Reader,
    fingerprint,
    fingerprint_of_status,
    length,
    plain_from_text,
    post_from_status,
)
from bridge.model.ids import AccountId, GlobalId, PostRef, RemoteId
from bridge.model.text import Text, text_from_json, text_to_json

GOLDEN = Path(__file__).parent / "golden"
READER = Reader("school.example", frozenset({"edldrs", "edldrsru"}), AccountId("edldrs@school.example"))
FRAME = {
    "id": "1001",
    "uri": "https://school.example/users/anna/statuses/1001",
    "url": "https://school.example/@anna/1001",
    "created_at": "2025-11-24T20:04:11.123Z",
    "visibility": "public",
    "account": {"id": "2", "username": "anna", "acct": "anna", "display_name": "Anna A.", "note": "<p>Head</p>",
                "url": "https://school.example/@anna"},
}  # fmt: skip
FRAME_OF_POST = {
    "ref": ["https://school.example/users/anna/statuses/1001", "1001"],
    "author": {"account": "anna@school.example", "handle": "@anna@school.example", "name": "Anna A.",
               "url": "https://school.example/@anna", "bio": "Head"},
    "created_at": "2025-11-24T20:04:11.123000+00:00",
    "url": "https://school.example/@anna/1001",
    "visibility": "public",
}  # fmt: skip


def plain(value: Any) -> Any:
    """As JSON, without what is empty."""
    if isinstance(value, Text):
        return text_to_json(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, PostRef):
        return [value.id, value.remote]
    if is_dataclass(value):
        told = {one.name: plain(getattr(value, one.name)) for one in fields(value)}
        return {name: one for name, one in told.items() if one not in ("", None, [], False, 0)}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return sorted(value) if isinstance(value, frozenset) else value


def named(kind: str) -> list[str]:
    return sorted(one.name.removesuffix(".json") for one in (GOLDEN / kind).glob("*.json"))


def pair(kind: str, name: str) -> tuple[Any, Any]:
    given, expected = json.loads((GOLDEN / kind / f"{name}.json").read_text())
    return given, expected


@pytest.mark.parametrize("name", named("in"))
def test_a_status_is_this_post(name: str) -> None:
    given, expected = pair("in", name)
    parent = PostRef(GlobalId("https://school.example/9"), RemoteId("9")) if given.get("in_reply_to_id") else None
    assert plain(post_from_status({**FRAME, **given}, READER, parent)) == {**FRAME_OF_POST, **expected}


@pytest.mark.parametrize("name", named("out"))
def test_a_text_of_ours_is_sent_so(name: str) -> None:
    given, expected = pair("out", name)
    text = text_from_json(given)
    assert {"sent": plain_from_text(text), "length": length(text)} == expected


@pytest.mark.parametrize(
    "said",
    [
        "@kim",
        "#EdLdrs",
        "＃EdLdrs",
        "https://evil.example",
        "(@kim)",
        "a@b@c",
        "@@kim",
        "##x",
        "x/@kim",
        "é@kim",
        "_#x",
    ],
)
def test_no_characters_come_alive(said: str) -> None:
    """By the patterns of Mastodon itself, as the stand-in applies them."""
    sent = plain_from_text(Text(f"well {said} and {said}"))
    assert [found for live in (MENTION, HASHTAG, LINK) for found in live.findall(sent)] == []
    assert sent.replace(JOINER, "") == f"well {said} and {said}"


@pytest.mark.parametrize(
    "change",
    [
        {"uri": ""},
        {"uri": None, "id": None, "account": None},
        {"account": "anna"},
        {"account": {"id": "2"}},
        {"created_at": "yesterday"},
        {"created_at": None},
        {"tags": [7]},
        {"mentions": [{}]},
        {"media_attachments": ["a.png"]},
        {"edited_at": "later"},
    ],
)
def test_what_is_no_status_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        post_from_status({**FRAME, "content": "<p>Hi</p>", **change}, READER)


def test_another_servers_ids_are_not_ours() -> None:
    elsewhere = Reader("other.example", READER.tags, READER.me, home=False)
    assert post_from_status({**FRAME, "content": ""}, elsewhere).ref == PostRef(GlobalId(FRAME["uri"]), RemoteId(""))


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Anna (X): hello", "<p>Anna (X): hello</p>"),
        (
            "see https://www.example.org/a/long/path/of/many/words now",
            '<p>see <a href="https://www.example.org/a/long/path/of/many/words"><span class="invisible">https://www.'
            '</span><span class="ellipsis">example.org/a/long/path/of/man</span><span class="invisible">y/words'
            "</span></a> now</p>",
        ),
        (f"one\n\ntwo @{JOINER}kim", f"<p>one</p><p>two @{JOINER}kim</p>"),
        (
            "@kim@other.example yes",
            '<p><a href="https://other.example/@kim" class="mention">@<span>kim</span></a> yes</p>',
        ),
    ],
)
def test_a_post_of_ours_is_recognised_whatever_the_server_made_of_it(sent: str, shown: str) -> None:
    mentions = [{"acct": "kim@other.example", "url": "https://other.example/@kim"}]
    assert fingerprint_of_status({"content": shown, "mentions": mentions}, "school.example") == fingerprint(sent)
