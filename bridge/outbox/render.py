"""How a message reads on another network: who says it and where, within what fits. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.adapter import Limits
from bridge.model.chat import Split
from bridge.model.message import Media
from bridge.model.text import SpanKind, Text, hashtag, join, link, marked, spell_links
from bridge.outbox.split import shorten, split

_NAME_MAX = 50
_MARKS_MAX = 2  # combining marks after one character: more is decoration that covers other lines
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = {"\u200d", "\ufe0f"}  # make emoji of several
_RUNS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is to be said. ``network`` is shown to people; ``late_since`` is when it was said, where it
    comes late; ``replying_to`` names whom it answers, where the copy stands on its own; ``uncarried``
    are pictures and files that the copy cannot carry. No ``author``: the bot's own words."""

    text: Text
    author: str = ""
    network: str = ""
    url: str = ""
    content_warning: str = ""
    language: str = ""
    late_since: datetime | None = None
    replying_to: str = ""
    uncarried: tuple[Media, ...] = ()
    has_media: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How the channel wants it. ``hashtags`` are the chat's (they stay live); ``hashtag`` is the one
    that a copy must carry there, or empty; both without their sign."""

    zone: ZoneInfo
    hashtags: tuple[str, ...] = ()
    hashtag: str = ""
    link: bool = False
    links: bool = True
    split: Split = Split.THREAD
    max_parts: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One remote post that fits."""

    text: Text
    content_warning: str = ""
    language: str = ""


def render(source: Source, style: Style, limits: Limits) -> tuple[Rendered, ...]:
    """The remote posts of a message, in order: one, or a thread. Never none."""
    native_warning = source.content_warning if limits.content_warning else ""
    head, body, tail = _head(source, style, limits), _body(source, style, limits), _tail(source, style)
    room = limits.text.maximum - (limits.text.measure(Text(native_warning)) if native_warning else 0)
    whole = _joined(head, body, tail)
    if limits.text.measure(whole) <= room:
        texts: tuple[Text, ...] = (whole,)
    else:
        texts = _parts(head, body, tail, style, lambda text: limits.text.measure(text) <= room)
    return tuple(Rendered(text=t, content_warning=native_warning, language=source.language) for t in texts)


def _parts(head: Text, body: Text, tail: Text, style: Style, fits: Callable[[Text], bool]) -> tuple[Text, ...]:
    if style.split is Split.SHORTEN or style.max_parts < 2:
        return (_one(head, body, tail, fits),)
    most = style.max_parts
    count = most
    # Numbers such as (2/3) take room, and how many parts there are depends on the room.
    for expected in range(2, most + 1):
        pieces = split(body, lambda n, text, of=expected: fits(_numbered(head, text, tail, n, of)), expected)  # type: ignore[misc]
        count = len(pieces)
        if count == expected and (expected == most or not pieces[-1].plain.endswith("…")):
            return tuple(_numbered(head, piece, tail, n, count) for n, piece in enumerate(pieces))
    return (_one(head, body, tail, fits),)


def _one(head: Text, body: Text, tail: Text, fits: Callable[[Text], bool]) -> Text:
    short = shorten(body, lambda text: fits(_joined(head, text, tail)))
    whole = _joined(head, short, tail)
    return whole if fits(whole) else shorten(whole, fits)


def _numbered(head: Text, body: Text, tail: Text, number: int, of: int) -> Text:
    mark = f"({number + 1}/{of})"
    if number == 0:
        return _joined(head, body + " " + mark, tail)
    return _joined(Text(mark + " "), body, Text())


def _joined(head: Text, body: Text, tail: Text) -> Text:
    whole = head + body
    if not tail:
        return whole.strip()
    return (whole.strip() + "\n\n" + tail).strip()


def _head(source: Source, style: Style, limits: Limits) -> Text:
    pieces: list[Text | str] = []
    if source.content_warning and not limits.content_warning:
        pieces.append(f"CW {tidy(source.content_warning)}\n\n")
    if source.author:
        facts = [source.network] if source.network else []
        if source.replying_to:
            facts.append(f"replying to {name_of(source.replying_to)}")
        if source.late_since is not None:
            facts.append(f"posted {_when(source.late_since, style.zone)}")
        brackets = f" ({', '.join(facts)})" if facts else ""
        pieces += [marked(name_of(source.author), SpanKind.BOLD), f"{brackets}: "]
    return join(pieces)


def _when(at: datetime, zone: ZoneInfo) -> str:
    wall = at.astimezone(zone)
    return f"{wall.day} {wall:%b}, {wall:%H:%M}"


def _body(source: Source, style: Style, limits: Limits) -> Text:
    text = _clean(source.text)
    live = {tag.casefold() for tag in (*style.hashtags, style.hashtag)}
    # A mention or a foreign hashtag of the original is only words here.
    spans = tuple(
        s
        for s in text.spans
        if s.kind is not SpanKind.MENTION and (s.kind is not SpanKind.HASHTAG or s.target.casefold() in live)
    )
    text = Text(text.plain, spans)
    if not style.links:
        text = spell_links(text).without(SpanKind.LINK)
    elif not limits.labelled_links:
        text = spell_links(text)
    notes = [_uncarried(one, style) for one in source.uncarried]
    if not text.plain.strip() and not notes:
        return Text("[picture]" if source.has_media else "[no text]")
    return join([part for part in (text, *notes) if part.plain], "\n")


def _uncarried(media: Media, style: Style) -> Text:
    alt = tidy(media.alt)
    note = Text(f"[{media.kind.value}: {alt}]" if alt else f"[{media.kind.value}]")
    address = media.web_url or media.url
    if style.links and address.startswith(("http://", "https://")):
        return note + " " + link(address)
    return note


def _tail(source: Source, style: Style) -> Text:
    pieces: list[Text] = []
    present = {s.target.casefold() for s in source.text.of_kind(SpanKind.HASHTAG)}
    if style.hashtag and style.hashtag.casefold() not in present:
        pieces.append(hashtag(style.hashtag))
    if style.link and source.url:
        pieces.append(link(source.url))
    return join(pieces, " ")


def _clean(text: Text) -> Text:
    """Without characters that turn, hide or pile up other text. Spans keep their words."""
    plain = text.plain
    if plain.isascii() and plain.isprintable():
        return text
    kept: list[str] = []
    positions: list[int] = [0]
    marks = 0
    for character in plain:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MARKS_MAX and _allowed(character):
            kept.append(character)
        positions.append(len(kept))
    spans = tuple(
        replace(s, start=positions[s.start], end=positions[s.end])
        for s in text.spans
        if positions[s.end] > positions[s.start]
    )
    return Text("".join(kept), tuple(spans))


def _allowed(character: str) -> bool:
    if character in "\n\t" or character in _JOINERS:
        return True
    # Marks of direction are Cf: an unclosed one would turn around the name and the link after it.
    # Tags (U+E0020-E007F) draw the flags of England, Scotland and Wales.
    return unicodedata.category(character) not in _INVISIBLE or "\U000e0020" <= character <= "\U000e007f"


def tidy(words: str) -> str:
    """Words on one line, without what hides or turns other text."""
    return _RUNS.sub(" ", _clean(Text(words)).plain).strip()


def name_of(name: str) -> str:
    """A name as copies show it: on one line, at most 50 characters, and unable to pass for the
    bridge's own ``Name (network):``."""
    shown = tidy(name).replace("(", "[").replace(")", "]").replace(":", "·") or "somebody"
    return shown if len(shown) <= _NAME_MAX else shown[: _NAME_MAX - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFacts:
    """What happened since the last digest: counts, and the post that was answered or appreciated most."""

    since: datetime
    posts: int
    people: int
    networks: tuple[str, ...]
    top_text: Text | None = None
    top_author: str = ""
    link: str = ""


def digest(facts: DigestFacts, zone: ZoneInfo) -> Text:
    """The digest's text: one post, with a link only where one is configured."""
    posts = f"{facts.posts} {'post' if facts.posts == 1 else 'posts'}"
    people = f"{facts.people} {'leader' if facts.people == 1 else 'leaders'}"
    where = " and ".join(filter(None, (", ".join(facts.networks[:-1]), facts.networks[-1]))) if facts.networks else ""
    pieces: list[Text | str] = [
        f"Since {_when(facts.since, zone)}: {posts} by {people}" + (f" on {where}" if where else "") + "."
    ]
    if facts.top_text is not None and facts.top_text.plain.strip():
        words = Text(tidy(facts.top_text.without(SpanKind.LINK, SpanKind.HASHTAG, SpanKind.MENTION).plain))
        short = shorten(words, lambda text: len(text.plain) <= 140)
        pieces += [" Most discussed: “", short, f"” - {name_of(facts.top_author)}."]
    if facts.link:
        pieces += [" ", link(facts.link)]
    return join(pieces)


def continued_at(text: Text, url: str) -> Text:
    """A last part that says where the whole stands, because the rest of its thread was refused."""
    return text + "\n(the rest: " + link(url) + ")"
