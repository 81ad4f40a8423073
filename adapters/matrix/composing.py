"""Posts out: what to send as an ``m.room.message``. Pure; tested with pairs of golden files.

Clients link whatever looks like an address, a user or a room, so what is only meant as characters gets
an invisible word joiner where it would become live.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.matrix.translation import ALT_TEXT, EXTENSIBLE_TEXT, HIDDEN_FILE, HTML, KEY, SPOILER
from bridge.model.html import html_from_text
from bridge.model.ids import Key
from bridge.model.message import MediaFile, Outgoing
from bridge.model.text import Span, SpanKind, Text, spell_links

MAX_BYTES = 18_000
"""Of the body, and of the formatted body. An event may have 65,536 in all; a description, in three places,
and the homeserver's own fields have to fit as well."""

JOINER = "\u2060"
_LIVE = re.compile(
    r"(?<=[a-z]:)(?=//)"  # https://
    r"|(?<=\w)(?=\.[^\W\d_]{2})"  # example.org
    r"|(?<!\w)@(?=\w)"  # @anna:example.org
    r"|[#!+](?=[^\s:]{1,255}:\w)"  # #room:example.org
    r"|\b(?:mailto|matrix|magnet|tel|xmpp|geo|ipfs|urn|bitcoin):(?=[^\s/])",
    re.IGNORECASE,
)
_KEPT = (SpanKind.LINK, SpanKind.CODE, SpanKind.PRE)
_USER = re.compile(r"@[^:\s]+:[^\s/?#]+")
_HEAD = re.compile(r"(?: \([^()\n]*\))?: ")
ALT_MAX = 1500
_MAX_NAME = 200
_FALLBACK = 300  # characters of an edit, for clients that know no edits
_MSGTYPES = {"image": "m.image", "video": "m.video", "audio": "m.audio"}


@dataclass(frozen=True, slots=True)
class Written:
    """The body, the formatted body where the text has any form, and whom it mentions."""

    body: str
    formatted: str
    mentions: tuple[str, ...] = ()


def written(text: Text) -> Written:
    """A text as characters and as HTML."""
    inert = _inert(text)
    shown, mentions = _pills(inert)
    body = spell_links(inert).plain
    return Written(body, html_from_text(shown) if shown.spans else "", mentions)


def measure(text: Text) -> int:
    """Bytes of the body or the formatted body, whichever is longer, as JSON. Pure; never less for a longer
    text."""
    one = written(text)
    return max(_bytes(one.body), _bytes(one.formatted))


def _bytes(words: str) -> int:
    return len(json.dumps(words, ensure_ascii=False).encode(errors="surrogatepass")) - 2


def message(
    post: Outgoing, key: Key, relation: Mapping[str, Any] | None = None, file: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The content of an event. ``relation`` says what it answers; ``file`` is what :func:`file_of` made."""
    words = _hidden(post.text, post.content_warning) if post.content_warning else written(post.text)
    content: dict[str, Any] = {"msgtype": "m.notice" if post.to else "m.text", "body": words.body}
    formatted = words.formatted
    if file:
        content |= file
        if alt := alt_of(file):
            note = f"[{_KINDS.get(str(file['msgtype']), 'file')}: {_inert(Text(alt)).plain}]"
            formatted = f"{formatted or _escaped(words.body)}<br>{_escaped(note)}"
            content["body"] = f"{words.body}\n{note}"
        if post.content_warning:
            content |= {HIDDEN_FILE: True, f"{HIDDEN_FILE}.reason": post.content_warning}
    if formatted:
        content |= {"format": HTML, "formatted_body": formatted}
    # An empty list says that nobody is mentioned, whatever the words look like.
    content["m.mentions"] = {"user_ids": list(words.mentions)} if words.mentions else {}
    content[KEY] = key
    if relation:
        content["m.relates_to"] = relation
    return content


_KINDS = {"m.image": "picture", "m.video": "video", "m.audio": "recording"}


def file_of(file: MediaFile, address: str) -> dict[str, Any]:
    """The part of a content that carries an uploaded file."""
    made: dict[str, Any] = {
        "msgtype": _MSGTYPES.get(file.mime.partition("/")[0], "m.file"),
        "url": address,
        "filename": file.name[:_MAX_NAME] or "file",
        "info": {"mimetype": file.mime, "size": len(file.data)},
    }
    if file.alt:
        alt = file.alt if len(file.alt) <= ALT_MAX else f"{file.alt[: ALT_MAX - 1]}…"
        made[ALT_TEXT] = {EXTENSIBLE_TEXT: [{"body": alt}]}
    return made


def file_in(content: Mapping[str, Any]) -> dict[str, Any]:
    """The same part of a content that we sent before; empty where it has no file."""
    if "url" not in content:
        return {}
    return {name: content[name] for name in ("msgtype", "url", "filename", "info", ALT_TEXT) if name in content}


def alt_of(file: Mapping[str, Any]) -> str:
    """The description in what :func:`file_of` made."""
    block = file.get(ALT_TEXT)
    return str(block[EXTENSIBLE_TEXT][0]["body"]) if block else ""


def replacement(content: dict[str, Any], of: str, key: Key) -> dict[str, Any]:
    """The content of an event that makes another read like ``content``."""
    said = str(content["body"])
    short = said if len(said) <= _FALLBACK else f"{said[:_FALLBACK]}…"
    new = {name: value for name, value in content.items() if name != "m.relates_to"}
    return {
        "msgtype": content["msgtype"] if "url" not in content else "m.text",
        "body": f"* {short}",
        "m.new_content": new,
        "m.mentions": {},
        "m.relates_to": {"rel_type": "m.replace", "event_id": of},
        KEY: key,
    }


def reply(to: str, thread: str | None) -> dict[str, Any]:
    """The relation of an answer; in a thread it stays there."""
    answers: dict[str, Any] = {"m.in_reply_to": {"event_id": to}}
    if thread is not None:
        answers |= {"rel_type": "m.thread", "event_id": thread, "is_falling_back": False}
    return answers


def _hidden(text: Text, why: str) -> Written:
    """Behind a spoiler. Who says it stays in sight, where a copy begins with it."""
    bold = text.spans[0] if text.spans else None
    at = 0
    if bold is not None and bold.kind is SpanKind.BOLD and bold.start == 0:
        head = _HEAD.match(text.plain, bold.end)
        at = head.end() if head else 0
    head_part, rest = written(text.cut(0, at)), written(text.cut(at))
    reason = html.escape(why)
    return Written(
        body=f"{head_part.body}CW {_inert(Text(why)).plain}\n\n{rest.body}",
        formatted=f'{head_part.formatted}<span {SPOILER}="{reason}">{rest.formatted or _escaped(rest.body)}</span>',
        mentions=(*head_part.mentions, *rest.mentions),
    )


def _escaped(words: str) -> str:
    return html.escape(words, quote=False).replace("\n", "<br>")


def _inert(text: Text) -> Text:
    """With a joiner wherever plain characters would become live."""
    if not text.plain:
        return text
    kept = [(s.start, s.end) for s in text.spans if s.kind in _KEPT or _is_pill(s)]
    edits = [
        (found.end(), found.end(), JOINER)
        for found in _LIVE.finditer(text.plain)
        if not any(start <= found.start() < end for start, end in kept)
    ]
    return text.replaced(edits) if edits else text


def _is_pill(span: Span) -> bool:
    return span.kind is SpanKind.MENTION and _USER.fullmatch(span.target) is not None


def _pills(text: Text) -> tuple[Text, tuple[str, ...]]:
    """Mentions that are meant, as links to people, and who they are. Hashtags are characters here."""
    spans: list[Span] = []
    users: list[str] = []
    for span in text.spans:
        if _is_pill(span):
            users.append(span.target)
            spans.append(Span(span.start, span.end, SpanKind.LINK, f"https://matrix.to/#/{span.target}"))
        elif span.kind not in (SpanKind.MENTION, SpanKind.HASHTAG):
            spans.append(span)
    return Text(text.plain, tuple(spans)), tuple(users)
