"""From the memory server's dictionaries to the neutral model. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from bridge.adapter.events import BadEvent, Deleted, Edited, Event, Posted, PrivateMessage, Reacted
from bridge.model.ids import AccountId, GlobalId, Key, Place, PostRef, Stream
from bridge.model.message import Author, Media, MediaKind, Post, Visibility
from bridge.model.text import SpanKind, text_from_json
from bridge.testing.memory.server import Body

_KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}


@dataclass(slots=True)
class View:
    """From where one login looks at the server: its rooms, and the threads that it watches."""

    server: str
    account: str
    rooms: frozenset[str]
    threads: frozenset[str] = frozenset()

    def place(self, room: str) -> Place:
        return Place(f"{self.server}/{room}")


def account_id(name: str, server: str) -> AccountId:
    return AccountId(f"{name}@{server}")


def web_address(id: str, server: str) -> str:
    """Where a person would open a post, if the server had pages."""
    return f"https://{server}.example/{id}"


def event_from(entry: Body, view: View) -> Event | None:
    """What a log entry means to this login; None where it would not be told."""
    if entry["kind"] == "garbled":
        return BadEvent(id="garbled", why="no such kind of entry", raw=json.dumps(entry["raw"])[:2000])
    post = entry["post"]
    if post["to"]:
        return _private(entry, view)
    if not _concerns(post, view):
        return None
    match entry["kind"]:
        case "posted":
            return Posted(post=post_from(post, view), stream=Stream("log"))
        case "edited":
            return Edited(post=post_from(post, view), stream=Stream("log"))
        case "deleted":
            return Deleted(post=GlobalId(post["id"]), at=datetime.fromisoformat(entry["at"]))
        case "reacted":
            return Reacted(post=GlobalId(post["id"]), kind=entry["what"], by=account_id(entry["by"], view.server))
        case other:
            return BadEvent(id=post["id"], why=f"no such kind of entry: {other}", raw=json.dumps(entry)[:2000])


def post_from(post: Body, view: View) -> Post:
    text = text_from_json(post["text"])
    me = f"@{view.account}@{view.server}"
    return Post(
        ref=PostRef(GlobalId(post["id"])),
        author=_author(post, view),
        text=text,
        created_at=datetime.fromisoformat(post["at"]),
        url=web_address(post["id"], view.server),
        visibility=Visibility(post["visibility"]),
        places=frozenset(view.place(room) for room in post["rooms"] if room in view.rooms),
        reply_to=PostRef(GlobalId(post["reply_to"])) if post["reply_to"] else None,
        media=tuple(_media(file) for file in post["media"]),
        content_warning=post["cw"],
        language=post["lang"],
        edited_at=datetime.fromisoformat(post["edited"]) if post["edited"] else None,
        to_bot=post["author"] != view.account
        and (
            post["parent_author"] == view.account
            or any(span.kind is SpanKind.MENTION and span.target == me for span in text.spans)
        ),
        key=Key(post["key"]) if post["key"] else None,
    )


def _private(entry: Body, view: View) -> Event | None:
    post = entry["post"]
    if entry["kind"] != "posted" or post["to"] != view.account:
        return None
    return PrivateMessage(
        id=GlobalId(post["id"]),
        author=_author(post, view),
        text=text_from_json(post["text"]),
        at=datetime.fromisoformat(post["at"]),
    )


def _concerns(post: Body, view: View) -> bool:
    """Is it in a room of ours, our own, or part of a thread that we follow?"""
    return (
        not view.rooms.isdisjoint(post["rooms"])
        or post["author"] == view.account
        or post["parent_author"] == view.account
        or post["reply_to"] in view.threads
        or post["root"] in view.threads
    )


def _author(post: Body, view: View) -> Author:
    name = post["author"]
    return Author(
        account=account_id(name, view.server),
        handle=f"@{name}@{view.server}",
        name=post["name"],
        url=f"https://{view.server}.example/@{name}",
        bio=post["bio"],
        bot=post["bot"],
    )


def _media(file: Body) -> Media:
    return Media(
        kind=_KINDS.get(file["mime"].partition("/")[0], MediaKind.FILE),
        url=f"memory:{file['id']}",
        mime=file["mime"],
        alt=file["alt"],
        name=file["name"],
        size=file["size"],
    )
