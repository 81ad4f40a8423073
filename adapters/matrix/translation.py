"""Events in: the client-server API's ``m.room.message`` and its relations as neutral posts. Pure; tested
with pairs of golden files. https://spec.matrix.org/v1.19/client-server-api/#instant-messaging
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from bridge.model.html import text_from_html
from bridge.model.ids import AccountId, GlobalId, Key, Place, PostRef, RemoteId
from bridge.model.message import Author, Media, MediaKind, Post
from bridge.model.text import Span, SpanKind, Text

HTML = "org.matrix.custom.html"
KEY = "app.edldrs.key"
"""Where an event of ours carries the key under which it was sent."""

ALT_TEXT, EXTENSIBLE_TEXT = "org.matrix.msc1767.alt_text", "org.matrix.msc1767.text"
"""MSC3552; no client shows it yet, so copies also say it in words."""

SPOILER = "data-mx-spoiler"
_UNNAMED_SPOILER = "Spoiler"

_FILES = {
    "m.image": MediaKind.IMAGE,
    "m.video": MediaKind.VIDEO,
    "m.audio": MediaKind.AUDIO,
    "m.file": MediaKind.FILE,
}
_MXC = re.compile(r"mxc://[\w.:\[\]-]+/[\w=-]+", re.ASCII)
_USER = re.compile(r"@[^:\s]+:[^\s/?#]+")
_MATRIX_TO = re.compile(r"https?://matrix\.to/#/((?:@|%40)[^?/]+)", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"\u2060]+", re.IGNORECASE)
_AFTER_URL = ".,;:!?'*_~"
_COMMAND = re.compile(r"\s*!\w")
_AFTER_NAME = re.compile(r"\s*[:,]?\s*")
_HIDDEN = re.compile(r"\[hidden(?:: (.*))?\]", re.DOTALL)
_QUOTED = re.compile(r"> (?:\* )?<@")
_LATEST = 253_402_300_799_000  # milliseconds; the year 9999
_MAX_NAME = 500


class Malformed(ValueError):
    """What the homeserver sent is no event that we understand."""


@dataclass(frozen=True, slots=True)
class View:
    """From where a room is seen. ``names`` are display names by user id; ``via`` is a server through
    which the room can be found; a private room has no ``places``."""

    me: AccountId
    room: str
    via: str
    names: Mapping[str, str]
    places: frozenset[Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a content says."""

    text: Text
    content_warning: str = ""
    media: tuple[Media, ...] = ()
    to_bot: bool = False


def post_from_event(event: Mapping[str, Any], view: View, edit: Mapping[str, Any] | None = None) -> Post:
    """A message as it reads now; ``edit`` is the event that replaced it last. Raises :class:`Malformed`."""
    content = content_of(event)
    words = words_of(content if edit is None else new_content(edit), view.me, sticker=event["type"] == "m.sticker")
    sender = sender_of(event)
    answered = reply_to(content)
    key = content.get(KEY)
    id = id_of(event)
    return Post(
        ref=PostRef(GlobalId(id), RemoteId(view.room)),
        author=author_of(sender, view.names.get(sender, ""), bot=content.get("msgtype") == "m.notice"),
        text=words.text,
        created_at=moment(event),
        url=link_to(view.room, view.via, id),
        places=view.places,
        reply_to=PostRef(GlobalId(answered), RemoteId(view.room)) if answered else None,
        media=words.media,
        content_warning=words.content_warning,
        edited_at=moment(edit) if edit is not None else None,
        to_bot=words.to_bot,
        key=Key(key) if isinstance(key, str) and sender == view.me else None,
    )


def author_of(user: str, name: str = "", *, bot: bool = False) -> Author:
    return Author(account=AccountId(user), handle=user, name=name, url=f"https://matrix.to/#/{user}", bot=bot)


def link_to(room: str, via: str, event: str) -> str:
    """An address that opens the event in the reader's own client."""
    return f"https://matrix.to/#/{room}/{event}?via={via}"


# The frame of an event


def content_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    content = event.get("content")
    if not isinstance(content, dict):
        raise Malformed("its content is no object")
    return content


def new_content(edit: Mapping[str, Any]) -> Mapping[str, Any]:
    content = content_of(edit).get("m.new_content")
    if not isinstance(content, dict):
        raise Malformed("an edit without new content")
    return content


def id_of(event: Mapping[str, Any]) -> str:
    return _string(event, "event_id")


def sender_of(event: Mapping[str, Any]) -> str:
    return _string(event, "sender")


def moment(event: Mapping[str, Any]) -> datetime:
    """When it was sent, as its sender's server says (``origin_server_ts``, milliseconds)."""
    at = event.get("origin_server_ts")
    if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at <= _LATEST:
        raise Malformed("it has no time")
    return datetime.fromtimestamp(at / 1000, UTC)


def is_redacted(event: Mapping[str, Any]) -> bool:
    unsigned = event.get("unsigned")
    return isinstance(unsigned, dict) and "redacted_because" in unsigned


def redacts(event: Mapping[str, Any]) -> str:
    """Which event a redaction takes back: at the top, or from room version 11 on in the content."""
    target = event.get("redacts") or content_of(event).get("redacts")
    if not isinstance(target, str):
        raise Malformed("a redaction of nothing")
    return target


def relation_of(content: Mapping[str, Any]) -> Mapping[str, Any]:
    relation = content.get("m.relates_to")
    return relation if isinstance(relation, dict) else {}


def replaces(content: Mapping[str, Any]) -> str | None:
    """The post that an edit is of."""
    relation = relation_of(content)
    if relation.get("rel_type") != "m.replace":
        return None
    return _string(relation, "event_id")


def thread_of(content: Mapping[str, Any]) -> str | None:
    """The root of the thread that a message stands in."""
    relation = relation_of(content)
    if relation.get("rel_type") != "m.thread" or not isinstance(relation.get("event_id"), str):
        return None
    return str(relation["event_id"])


def reply_to(content: Mapping[str, Any]) -> str | None:
    """What a message answers. In a thread, clients name the latest message for those that know no
    threads (``is_falling_back``): then it answers the root."""
    relation = relation_of(content)
    root = thread_of(content)
    if root is not None and relation.get("is_falling_back"):
        return root
    answered = relation.get("m.in_reply_to")
    event = answered.get("event_id") if isinstance(answered, dict) else None
    return event if isinstance(event, str) else root


def annotation_of(event: Mapping[str, Any]) -> tuple[str, str]:
    """The post and the emoji of a reaction."""
    relation = relation_of(content_of(event))
    return _string(relation, "event_id"), _string(relation, "key")[:100]


def _string(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found:
        raise Malformed(f"it has no {name}")
    return found


# What it says


def words_of(content: Mapping[str, Any], me: AccountId, *, sticker: bool = False) -> Words:
    """Text, warning and file of a message's content (or of an edit's new content)."""
    kind = "m.image" if sticker else content.get("msgtype")
    if not isinstance(kind, str):
        raise Malformed("it has no msgtype")
    if not isinstance(content.get("body"), str):
        raise Malformed("it has no body")
    media = _media(content, _FILES[kind]) if kind in _FILES else ()
    # The body of a file without a caption is its name, which is all there is where it cannot be read.
    text, warning = (Text(), "") if media and not _has_caption(content) else _text(content)
    if kind == "m.emote":
        text = Text("* ") + text
    text, to_bot = _addressed(text, content, me)
    return Words(text=text, content_warning=warning or _hidden_file(content), media=media, to_bot=to_bot)


def _text(content: Mapping[str, Any]) -> tuple[Text, str]:
    """The text, and the content warning where a spoiler covers all of it."""
    formatted = content.get("formatted_body")
    if content.get("format") != HTML or not isinstance(formatted, str) or not formatted:
        return _linked(Text(_without_quote(content)).strip()), ""
    shown = text_from_html(formatted, mention_of=_mention, drop=("mx-reply",), hidden_by=SPOILER)
    hidden = _HIDDEN.fullmatch(shown.plain)
    if hidden is not None:
        whole = text_from_html(formatted, mention_of=_mention, drop=("mx-reply",))
        if whole.plain != shown.plain:
            return _linked(whole), hidden[1] or _UNNAMED_SPOILER
    return _linked(shown), ""


def _mention(address: str, classes: Collection[str]) -> str | None:
    """Pills: links to people by matrix.to."""
    found = _MATRIX_TO.match(address)
    user = unquote(found[1]) if found else ""
    return user if _USER.fullmatch(user) else None


def _without_quote(content: Mapping[str, Any]) -> str:
    """The body; of an answer without the quotation that older clients put before it."""
    body = str(content["body"]).replace("\r\n", "\n").replace("\x00", "")
    if "m.in_reply_to" not in relation_of(content) or not _QUOTED.match(body):
        return body
    lines = body.split("\n")
    first = next((number for number, line in enumerate(lines) if not line.startswith(">")), len(lines))
    return "\n".join(lines[first:]).lstrip("\n")


def _linked(text: Text) -> Text:
    """Bare addresses are links to every client."""
    taken = [
        s
        for s in text.spans
        if s.kind in (SpanKind.LINK, SpanKind.MENTION, SpanKind.HASHTAG, SpanKind.CODE, SpanKind.PRE)
    ]
    found = []
    for match in _URL.finditer(text.plain):
        address = _trimmed(match[0])
        end = match.start() + len(address)
        if not any(s.start < end and match.start() < s.end for s in taken):
            found.append(Span(match.start(), end, SpanKind.LINK, address))
    if not found:
        return text
    return Text(text.plain, tuple(sorted((*text.spans, *found), key=lambda s: (s.start, -s.end))))


def _trimmed(address: str) -> str:
    """Without the punctuation of the sentence around it."""
    while address and (address[-1] in _AFTER_URL or (address[-1] == ")" and "(" not in address)):
        address = address[:-1]
    return address


def _addressed(text: Text, content: Mapping[str, Any], me: AccountId) -> tuple[Text, bool]:
    """Does it speak to the bot: by name, or by a word such as ``!stop``? An answer to one of our copies
    names us too (clients add who is answered), but is talk. A command is given without the name."""
    mentions = [span for span in text.of_kind(SpanKind.MENTION) if span.target == me]
    if mentions:
        first = mentions[0]
        rest = text.cut(first.end)
        if not text.plain[: first.start].strip() and (said := _AFTER_NAME.match(rest.plain)) is not None:
            rest = rest.cut(said.end()).strip()
            if rest.plain and not any(mark.isspace() for mark in rest.plain):
                return rest, True
        return text, True
    named = content.get("m.mentions")
    users = named.get("user_ids") if isinstance(named, dict) else None
    if isinstance(users, list) and me in users and "m.in_reply_to" not in relation_of(content):
        return text, True
    return text, _COMMAND.match(text.plain) is not None


# Files


def _has_caption(content: Mapping[str, Any]) -> bool:
    name = content.get("filename")
    return isinstance(name, str) and name != content["body"]


def _media(content: Mapping[str, Any], kind: MediaKind) -> tuple[Media, ...]:
    """The file of a message; none where it is encrypted or nowhere: the text still crosses."""
    address = content.get("url")
    if not isinstance(address, str) or _MXC.fullmatch(address) is None:
        return ()
    told = content.get("info")
    info = told if isinstance(told, dict) else {}
    mime, size = info.get("mimetype"), info.get("size")
    body, name = str(content["body"]), content.get("filename")
    described = not isinstance(name, str) and " " in body.strip() and "." not in body.strip()[-6:]
    return (
        Media(
            kind=kind,
            url=address,
            mime=mime if isinstance(mime, str) else "",
            alt=_alt(content) or (body if described else ""),
            name="" if described else (str(name) if isinstance(name, str) else body)[:_MAX_NAME],
            size=size if isinstance(size, int) and size > 0 else 0,
        ),
    )


def _alt(content: Mapping[str, Any]) -> str:
    """https://github.com/matrix-org/matrix-spec-proposals/pull/3552"""
    block = content.get(ALT_TEXT)
    texts = block.get(EXTENSIBLE_TEXT) if isinstance(block, dict) else block
    for one in texts if isinstance(texts, list) else ():
        if isinstance(one, dict) and isinstance(one.get("body"), str):
            return str(one["body"])
    return ""


HIDDEN_FILE = "page.codeberg.everypizza.msc4193.spoiler"


def _hidden_file(content: Mapping[str, Any]) -> str:
    """https://github.com/matrix-org/matrix-spec-proposals/pull/4193"""
    if content.get(HIDDEN_FILE) is not True:
        return ""
    reason = content.get(f"{HIDDEN_FILE}.reason")
    return reason if isinstance(reason, str) and reason else _UNNAMED_SPOILER
