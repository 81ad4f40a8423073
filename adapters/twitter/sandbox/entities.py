"""How X reads a text: its length, and what in it is an address, a mention, a hashtag or a cashtag.

Rules: twitter-text 3.1 (https://github.com/twitter/twitter-text), whose addresses and lengths come from
the package itself; positions and ``t.co`` as in docs.x.com/x-api/fundamentals/data-dictionary (Entities).
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import regex

from adapters.twitter import parser  # it makes the package twitter_text importable

_twitter_text = import_module("twitter_text")

_TAG_CHARACTERS = (
    r"\p{L}\p{M}\p{Nd}_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003"
    r"\u0f0b\u0f0c\u00b7"
)
_HASHTAG = regex.compile(
    rf"(?<![{_TAG_CHARACTERS}&])[#＃](?![\ufe0f\u20e3])([{_TAG_CHARACTERS}]*[\p{{L}}\p{{M}}][{_TAG_CHARACTERS}]*)(?!:\/\/|[#＃])"
)
_MENTION = regex.compile(
    r"(?:(?<![A-Za-z0-9_!#$%&*@＠])|(?<=(?<![A-Za-z0-9_+~.-])(?:rt|RT|rT|Rt):?))[@＠]([A-Za-z0-9_]{1,20})"
    r"(?![A-Za-z0-9_@＠\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268"
    r"\u026f\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff]|://)"
)
_CASHTAG = regex.compile(r"(?<!\S)\$([A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?)(?=$|\s|[[:punct:]])")
_DISPLAYED_PATH = 27  # characters of display_url after the host, about
_LONG = 280


@dataclass(frozen=True, slots=True)
class Link:
    """An address in a text: the ``t.co`` that stands there, and what it stands for."""

    short: str
    expanded: str
    display: str
    media_key: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """A text as X keeps it. ``text`` has ``&``, ``<`` and ``>`` escaped and addresses shortened, and
    ``entities`` tells positions in it, in code points. ``shown`` is what a reader sees, with the whole
    addresses; the names in front of an answer, and the links of its own pictures, are not shown."""

    text: str
    shown: str
    entities: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def named(self, kind: str, key: str) -> set[str]:
        """What is there of a kind, casefolded: ``named("hashtags", "tag")``."""
        return {str(one[key]).casefold() for one in self.entities.get(kind, ())}

    @property
    def links(self) -> list[str]:
        """The addresses that somebody wrote (those of its own pictures are X's)."""
        return [one["expanded_url"] for one in self.entities.get("urls", ()) if "media_key" not in one]


def clean(text: str) -> str:
    """As X keeps it: composed letters (NFC), one kind of line end, nothing around it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def weight(text: str) -> int:
    """The length that X counts, by the reference's own port."""
    return int(_twitter_text.parse_tweet(clean(text)).weightedLength)


def too_long(text: str) -> bool:
    return weight(text) > _LONG


def cashtags(text: str) -> int:
    """How many there are."""
    return sum(kind == "cashtags" for _, _, kind, _ in _found(text))


def head_of(text: str) -> str:
    """As much of a long text as is shown before "Show more"."""
    end = min(len(text), _LONG)
    while weight(text[:end]) > _LONG - 25:
        end -= 1
    cut = text.rfind(" ", 0, end)
    return text[: cut if cut > end // 2 else end].rstrip() + "…"


def compose(
    text: str,
    *,
    shorten: Callable[[], str],
    user_id: Callable[[str], str],
    names: tuple[str, ...] = (),
    attached: tuple[Link, ...] = (),
) -> Composed:
    """``names`` are those that X puts in front of an answer; ``attached`` are the links that it adds at
    the end for pictures, or for the rest of a long text. ``user_id`` gives the id of a handle."""
    given = clean(text)
    prefix = "".join(f"@{name} " for name in names)
    out: list[str] = []
    length = 0
    shown: list[str] = []
    entities: dict[str, list[dict[str, Any]]] = {}

    def put(raw: str, *, seen: str | None = None) -> tuple[int, int]:
        nonlocal length
        escaped = html.escape(raw, quote=False)
        start = length
        out.append(escaped)
        length += len(escaped)
        shown.append(raw if seen is None else seen)
        return start, length

    def mark(kind: str, where: tuple[int, int], **what: str) -> None:
        entities.setdefault(kind, []).append({"start": where[0], "end": where[1], **what})

    whole = prefix + given
    at = 0
    for start, end, kind, value in _found(whole):
        put(whole[at:start], seen=_after(whole, at, start, len(prefix)))
        raw = whole[start:end]
        hidden = "" if end <= len(prefix) else None
        if kind == "urls":
            expanded = raw if "://" in raw else f"http://{raw}"
            short = shorten()
            where = put(short, seen=raw)
            mark("urls", where, url=short, expanded_url=expanded, display_url=_display(expanded))
        elif kind == "mentions":
            mark("mentions", put(raw, seen=hidden), username=value, id=user_id(value))
        else:
            mark(kind, put(raw), tag=value)
        at = end
    put(whole[at:], seen=_after(whole, at, len(whole), len(prefix)))
    for link in attached:
        if length:
            put(" ", seen="")
        more = {"media_key": link.media_key} if link.media_key else {}
        mark(
            "urls",
            put(link.short, seen=""),
            url=link.short,
            expanded_url=link.expanded,
            display_url=link.display,
            **more,
        )
    return Composed("".join(out), "".join(shown).strip(), entities)


def _after(whole: str, start: int, end: int, hidden: int) -> str:
    return whole[max(start, min(hidden, end)) : end]


def _found(text: str) -> Iterator[tuple[int, int, str, str]]:
    """What is live in a text, in order, without overlaps; addresses go before all else."""
    found = [(start, end, "urls", text[start:end]) for start, end in parser.urls(text)]
    for kind, pattern in (("mentions", _MENTION), ("hashtags", _HASHTAG), ("cashtags", _CASHTAG)):
        for one in pattern.finditer(text):
            start, end = one.start(1) - 1, one.end(1)
            if all(end <= other[0] or start >= other[1] for other in found):
                found.append((start, end, kind, one[1]))
    return iter(sorted(found))


def _display(address: str) -> str:
    """As X shows an address: without its scheme, the path cut."""
    parts = urlsplit(address)
    host = parts.netloc.removeprefix("www.")
    rest = address.split("://", 1)[1][len(parts.netloc) :].rstrip("/")
    return f"{host}{rest}" if len(rest) <= _DISPLAYED_PATH else f"{host}{rest[:_DISPLAYED_PATH]}…"
