"""Neutral text out: what to post, so that only what is meant links, mentions or is a hashtag. Pure.

X makes links of bare domains (`matrix.org`, `README.md`), and bills a post with a link at thirteen
times the price; it mentions whoever is called `@bob` there. A ZERO WIDTH SPACE after the sign that
would begin such a thing shows nothing, counts one, and is in none of twitter-text's character
classes for hashtags, names, cashtags or top-level domains.
"""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import quote

from adapters.twitter import parser
from bridge.model.text import Span, SpanKind, Text, spell_links

BREAK = "\u200b"

_LIVE = re.compile(
    r"[@＠](?=\w)"
    r"|[#＃](?![\s\ufe0f\u20e3])(?=.)"
    r"|\$(?=[^\W\d_])"
    r"|(?<=[^\s.])\.(?=[^\W\d_])",
    re.DOTALL,
)
"""Signs that begin something live together with the character after them. Only neighbours decide, so
that a text that grows never measures less. A top-level domain begins with a letter."""

_HANDLE = re.compile(r"@[A-Za-z0-9_]{1,15}")
_TAG = re.compile(r"[#＃][^\W\d]\w*|[#＃]\w*[^\W\d_]\w*")
_SAFE = "!*';:@&=+$,/?#[]%-_.~"
_JOINS_ADDRESS = re.compile(r"[A-Za-z0-9@＠$#＃_./-]")  # before an address these keep X from seeing it
_UNSEEN = re.compile(r"[\s\u200b-\u200f\u2060-\u2064\ufe0f\ufeff]+")
_LEADING = re.compile(r"(?:@\w+\s+)+")


def plain_from_text(text: Text) -> str:
    """What to post: links spelled, hashtags and mentions that are meant live, all else inert."""
    pieces: list[str] = []
    spelled = spell_links(text)
    at = 0
    joins = False  # the character before belongs to something live
    for span in spelled.spans:
        if span.start < at or span.kind not in (SpanKind.LINK, SpanKind.HASHTAG, SpanKind.MENTION):
            continue
        live = _live(span, spelled.plain[span.start : span.end])
        if not live:
            continue
        _add(pieces, _inert(spelled.plain[at : span.start]), joins)
        before = pieces[-1][-1] if pieces else ""
        if before and (joins or _JOINS_ADDRESS.match(before) or _is_word(before) or before == "&"):
            pieces.append(BREAK)
        pieces.append(live)
        at, joins = span.end, True
    _add(pieces, _inert(spelled.plain[at:]), joins)
    # A joiner that joins to nothing shows nothing, and would count until its other half came.
    return "".join(pieces).rstrip("\u200d")


def measure(text: Text) -> int:
    """Its weight as X will count it."""
    return parser.weight(plain_from_text(text))


def links(plain: str) -> bool:
    """Does X see an address in what is posted? Then it costs more."""
    return bool(parser.urls(plain))


def fingerprint(plain: str, *, answer: bool) -> str:
    """Characters by which a post of ours is recognised, whatever X did to white space or invisible
    characters. It puts names in front of an ``answer`` by itself."""
    same = unicodedata.normalize("NFC", html.unescape(plain)).strip()
    if answer:
        same = _LEADING.sub("", same, count=1) if _LEADING.match(same) else same
    return _UNSEEN.sub("", same).casefold()


def _add(pieces: list[str], words: str, joins: bool) -> None:
    if not words:
        return
    if joins and not words[0].isspace():
        pieces.append(BREAK)
    pieces.append(words)


def _is_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _inert(plain: str) -> str:
    """Characters that neither link, mention nor tag."""
    return _LIVE.sub(lambda found: found[0] + BREAK, plain)


def _live(span: Span, label: str) -> str:
    """What stands for a span so that X makes it live; empty where it cannot be."""
    match span.kind:
        case SpanKind.LINK:
            return address(span.target)
        case SpanKind.MENTION:
            return span.target if _HANDLE.fullmatch(span.target) else ""
        case _:
            return label if _TAG.fullmatch(label) else ""


def address(target: str) -> str:
    """A web address, written so that X takes the whole of it; empty where it takes it for none (an
    address without a public domain, say)."""
    if not target.lower().startswith(("http://", "https://")):
        return ""
    encoded = quote(target, safe=_SAFE)
    ending = encoded[:-1] + f"%{ord(encoded[-1]):02X}"
    return next((one for one in (target, encoded, ending) if parser.urls(one) == [(0, len(one))]), "")
