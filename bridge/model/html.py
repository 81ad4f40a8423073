"""HTML in and out of :class:`bridge.model.text.Text`, for platforms that write it.

Reading keeps what the neutral text can say and drops the rest, so hostile markup ends here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise

from bridge.model.text import Span, SpanKind, Text

MentionOf = Callable[[str, Collection[str]], str | None]
"""Given a link's address and its classes: the handle that it mentions, or None for a plain link."""

_INLINE = {
    "b": SpanKind.BOLD,
    "strong": SpanKind.BOLD,
    "i": SpanKind.ITALIC,
    "em": SpanKind.ITALIC,
    "s": SpanKind.STRIKE,
    "strike": SpanKind.STRIKE,
    "del": SpanKind.STRIKE,
    "code": SpanKind.CODE,
    "pre": SpanKind.PRE,
    "blockquote": SpanKind.QUOTE,
    **{f"h{level}": SpanKind.BOLD for level in range(1, 7)},
}
_PARAGRAPHS = {"p", "pre", "blockquote", "ul", "ol", "table", *(f"h{level}" for level in range(1, 7))}
_LINES = {"div", "li", "tr", "section", "article", "details", "summary"}
_SILENT = {"script", "style", "template", "title", "head", "noscript", "iframe", "object"}
_VOID = {"br", "img", "hr", "wbr", "input", "meta", "link"}
_SPACES = re.compile(r"[ \t\r\n\f]+")
_DEPTH = 100  # of nested tags; what lies deeper is read as if it were at this depth


@dataclass(slots=True)
class _Open:
    tag: str
    start: int
    chunk: int
    kind: SpanKind | None = None
    target: str = ""
    silent: bool = False


class _Reader(HTMLParser):
    def __init__(self, mention_of: MentionOf, drop: Collection[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.chunks: list[str] = []
        self.length = 0
        self.spans: list[Span] = []
        self.open: list[_Open] = []
        self.silent = 0
        self.breaks = 0  # line breaks that wait for the next character
        self.items: list[int] = []  # counters of open lists; -1 for bullets
        self.pre = 0
        self.mention_of = mention_of
        self.drop = drop

    def write(self, characters: str) -> None:
        self.chunks.append(characters)
        self.length += len(characters)

    def flush_breaks(self) -> None:
        if self.breaks and self.length:
            self.write("\n" * self.breaks)
        self.breaks = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            self._void(tag, given)
            return
        if len(self.open) >= _DEPTH:
            return
        if tag in _PARAGRAPHS or tag in _LINES:
            self.breaks = max(self.breaks, 2 if tag in _PARAGRAPHS and not self.items else 1)
        silent = tag in _SILENT or tag in self.drop
        self.silent += silent
        self.pre += tag == "pre"
        if tag in ("ul", "ol"):
            self.items.append(0 if tag == "ol" else -1)
        if tag == "li" and not self.silent:
            self.flush_breaks()
            if self.items and self.items[-1] >= 0:
                self.items[-1] += 1
                self.write(f"{self.items[-1]}. ")
            else:
                self.write("• ")
        if not self.silent and tag in (*_INLINE, "a"):
            self.flush_breaks()
        kind, target = (_INLINE.get(tag), "") if tag != "a" else self._link(given)
        self.open.append(_Open(tag, self.length, len(self.chunks), kind, target, silent))

    def _void(self, tag: str, given: dict[str, str]) -> None:
        if self.silent:
            return
        if tag == "br":
            self.flush_breaks()
            self.breaks = 1
            if self.length:
                self.flush_breaks()
        elif tag == "hr":
            self.breaks = 2
        elif tag == "img" and (given.get("alt") or given.get("title")):
            self.flush_breaks()
            self.write(_SPACES.sub(" ", given.get("alt") or given["title"]))

    def _link(self, given: dict[str, str]) -> tuple[SpanKind | None, str]:
        address = given.get("href", "").strip()
        classes = given.get("class", "").split()
        if "hashtag" in classes or given.get("rel") == "tag":
            return SpanKind.HASHTAG, ""
        if (handle := self.mention_of(address, classes)) is not None:
            return SpanKind.MENTION, handle
        if address.lower().startswith(("http://", "https://")):
            return SpanKind.LINK, address
        return None, ""

    def handle_endtag(self, tag: str) -> None:
        if not any(one.tag == tag for one in self.open):
            return
        while self.open:
            one = self.open.pop()
            self._close(one)
            if one.tag == tag:
                return

    def _close(self, one: _Open) -> None:
        self.silent -= one.silent
        self.pre -= one.tag == "pre"
        if one.tag in ("ul", "ol") and self.items:
            self.items.pop()
        if one.kind is not None and self.length > one.start:
            self._span(one)
        if one.tag in _PARAGRAPHS:
            self.breaks = max(self.breaks, 1 if self.items else 2)
        elif one.tag in _LINES:
            self.breaks = max(self.breaks, 1)

    def _span(self, one: _Open) -> None:
        kind, target = one.kind, one.target
        assert kind is not None
        if kind is SpanKind.HASHTAG:
            label = "".join(self.chunks[one.chunk :]).strip()
            if not label.startswith("#") or len(label) < 2:
                return
            target = label[1:]
        self.spans.append(Span(one.start, self.length, kind, target))

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        data = data.replace("\x00", "")
        if not self.pre:
            data = _SPACES.sub(" ", data)
            at_line_start = self.breaks or not self.length or (self.chunks and self.chunks[-1].endswith(("\n", " ")))
            if at_line_start:
                data = data.lstrip(" ")
        if data:
            self.flush_breaks()
            self.write(data)

    def result(self) -> Text:
        while self.open:
            self._close(self.open.pop())
        plain = "".join(self.chunks)
        spans = sorted(self.spans, key=lambda s: (s.start, -s.end))
        return Text(plain, tuple(spans)).strip()


def text_from_html(
    source: str,
    *,
    mention_of: MentionOf = lambda href, classes: None,
    drop: Collection[str] = frozenset(),
) -> Text:
    """Read HTML. Tags in ``drop`` vanish with what they contain; unknown tags vanish, their content
    stays. Never raises, and takes time in proportion to the source."""
    reader = _Reader(mention_of, drop)
    reader.feed(source)
    reader.close()
    return reader.result()


_TAGS = {
    SpanKind.BOLD: "strong",
    SpanKind.ITALIC: "em",
    SpanKind.STRIKE: "del",
    SpanKind.CODE: "code",
    SpanKind.PRE: "pre",
    SpanKind.QUOTE: "blockquote",
}


def html_from_text(text: Text) -> str:
    """Write HTML: ``<br>`` for line ends, tags for spans, everything else escaped. Links keep http(s)
    addresses only; mentions and hashtags are plain characters (what makes them live is the platform's)."""
    spans = [s for s in text.spans if (s.kind in _TAGS or s.kind is SpanKind.LINK) and s.start < s.end]
    cuts = sorted({0, len(text.plain), *(s.start for s in spans), *(s.end for s in spans)})
    pieces: list[str] = []
    open_now: list[Span] = []
    for start, end in pairwise(cuts):
        wanted = [s for s in spans if s.start <= start and s.end >= end]
        common = 0
        while common < min(len(open_now), len(wanted)) and open_now[common] == wanted[common]:
            common += 1
        pieces.extend(_end_tag(span) for span in reversed(open_now[common:]))
        pieces.extend(_start_tag(span) for span in wanted[common:])
        open_now = wanted
        escaped = html.escape(text.plain[start:end], quote=False)
        in_pre = any(s.kind is SpanKind.PRE for s in wanted)
        pieces.append(escaped if in_pre else escaped.replace("\n", "<br>"))
    pieces.extend(_end_tag(span) for span in reversed(open_now))
    return "".join(pieces)


def _start_tag(span: Span) -> str:
    if span.kind is not SpanKind.LINK:
        return f"<{_TAGS[span.kind]}>"
    address = span.target if span.target.lower().startswith(("http://", "https://")) else ""
    return f'<a href="{html.escape(address)}">'


def _end_tag(span: Span) -> str:
    return "</a>" if span.kind is SpanKind.LINK else f"</{_TAGS[span.kind]}>"
