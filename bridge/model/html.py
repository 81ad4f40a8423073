"""HTML in and out of :class:`bridge.model.text.Text`, for platforms that write it.

Reading keeps what the neutral text can say and drops the rest, so hostile markup ends here: nh3
first makes it well-formed as a browser would (the standard library's parser alone takes minutes
over some 100 kB of broken tags), and what is left is read tag by tag.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise, takewhile

import nh3

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
_VOID = {"br", "img", "hr"}
_KEPT = {*_INLINE, *_PARAGRAPHS, *_LINES, *_VOID, "a", "span", "td", "th"}
_DROPPED = {"script", "style", "template", "title", "noscript", "noframes", "iframe", "object"}
_SPACES = re.compile(r"[ \t\r\n\f]+")
_WEB = ("http://", "https://")
_LONGEST_TAG = 200  # characters of a hashtag
# Parsing takes the square of how deep the tags nest and of how many bare "&" there are. No post that
# somebody wrote comes near these; what lies past them is not read.
_MAX_CHARACTERS = 100_000
_MAX_TAGS = 5_000
_MAX_INDENT = 8


def text_from_html(
    source: str,
    *,
    mention_of: MentionOf = lambda href, classes: None,
    drop: Collection[str] = frozenset(),
    hidden_by: str = "",
) -> Text:
    """Read HTML. Tags in ``drop`` vanish with what they contain; unknown tags vanish, their content
    stays. Elements with the attribute ``hidden_by`` (a spoiler) show no more than its value. Never
    raises; past the first 100,000 characters or 5,000 tags nothing is read."""
    source = source[:_MAX_CHARACTERS].encode(errors="ignore").decode()  # lone surrogates are no characters
    if source.count("<") > _MAX_TAGS:
        source = "<".join(source.split("<", _MAX_TAGS)[:_MAX_TAGS])
    reader = _Reader(mention_of, hidden_by)
    reader.feed(_cleaner(frozenset(drop), hidden_by).clean(source))
    reader.close()
    return reader.result()


@cache
def _cleaner(drop: frozenset[str], hidden_by: str) -> nh3.Cleaner:
    attributes = {"a": {"href", "class", "rel"}, "img": {"alt", "title"}}
    if hidden_by:
        attributes["*"] = {hidden_by}
    return nh3.Cleaner(tags=_KEPT - drop, clean_content_tags=_DROPPED | drop, attributes=attributes, link_rel=None)


@dataclass(slots=True)
class _Open:
    """A tag that is open. ``start`` is where its first character went; None while it has none."""

    tag: str
    kind: SpanKind | None = None
    target: str = ""
    hides: bool = False
    start: int | None = None
    chunk: int = 0


class _Reader(HTMLParser):
    """Reads well-formed tags. White space and line ends wait until a character follows them."""

    def __init__(self, mention_of: MentionOf, hidden_by: str) -> None:
        super().__init__(convert_charrefs=True)
        self.mention_of = mention_of
        self.hidden_by = hidden_by
        self.chunks: list[str] = []
        self.length = 0
        self.spans: list[Span] = []
        self.open: list[_Open] = []
        self.empty: list[_Open] = []  # open spans without a character yet
        self.inside: Counter[SpanKind] = Counter()
        self.hidden = 0
        self.pre = 0
        self.lists: list[int] = []  # the last number of each open list; -1 for bullets
        self.breaks = 0
        self.space = False
        self.after_bullet = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            self._void(tag, given)
            return
        if tag in _PARAGRAPHS or tag in _LINES:
            self._break(2 if tag in _PARAGRAPHS and not self.lists else 1)
        if tag in ("ul", "ol"):
            self.lists.append(0 if tag == "ol" else -1)
        elif tag == "li":
            self._bullet()
        elif tag == "pre":
            self.pre += 1
        kind, target = self._link(given) if tag == "a" else (_INLINE.get(tag), "")
        if kind is not None and self.inside[kind]:
            kind = None  # what is bold does not get bolder
        one = _Open(tag, kind, target, hides=bool(self.hidden_by) and self.hidden_by in given)
        if kind is not None:
            self.inside[kind] += 1
            self.empty.append(one)
        self.open.append(one)
        if one.hides:
            why = given[self.hidden_by].strip()
            self._write(f"[hidden: {why}]" if why else "[hidden]")
            self.hidden += 1

    def handle_endtag(self, tag: str) -> None:
        one = self.open.pop()
        self.hidden -= one.hides
        self.pre -= tag == "pre"
        if one.kind is not None:
            self.inside[one.kind] -= 1
            if one.start is None:
                self.empty.pop()
            else:
                self._span(one, one.kind, one.start)
        if tag in ("ul", "ol"):
            self.lists.pop()
        if tag in _PARAGRAPHS:
            self._break(1 if self.lists else 2)
        elif tag in _LINES:
            self._break(1)
        elif tag in ("td", "th"):
            self.space = True

    def handle_data(self, data: str) -> None:
        data = data.replace("\x00", "")
        if self.pre:
            self._write(data)
            return
        data = _SPACES.sub(" ", data)
        words = data.strip(" ")
        self.space |= data.startswith(" ")
        if words:
            self._write(words)
            self.space = data.endswith(" ")

    def result(self) -> Text:
        return Text("".join(self.chunks), tuple(sorted(self.spans, key=_outermost_first))).strip()

    def _void(self, tag: str, given: dict[str, str]) -> None:
        if tag == "br":
            self.breaks += 1
        elif tag == "hr":
            self._break(2)
        elif shown := given.get("alt") or given.get("title"):
            self._write(_SPACES.sub(" ", shown).strip())

    def _link(self, given: dict[str, str]) -> tuple[SpanKind | None, str]:
        address = given.get("href", "").strip()
        classes = given.get("class", "").split()
        if "hashtag" in classes or "tag" in given.get("rel", "").split():
            return SpanKind.HASHTAG, address
        if (handle := self.mention_of(address, classes)) is not None:
            return SpanKind.MENTION, handle
        return (SpanKind.LINK, address) if address.lower().startswith(_WEB) else (None, "")

    def _break(self, lines: int) -> None:
        """At least so many line ends before the next character; none between a bullet and its text."""
        if not self.after_bullet:
            self.breaks = max(self.breaks, lines)

    def _bullet(self) -> None:
        mark = "• "
        if self.lists and self.lists[-1] >= 0:
            self.lists[-1] += 1
            mark = f"{self.lists[-1]}. "
        self._write("  " * min(len(self.lists) - 1, _MAX_INDENT) + mark)
        self.after_bullet = True

    def _write(self, characters: str) -> None:
        if self.hidden or not characters:
            return
        if self.length:
            self._put("\n" * self.breaks or " " * (self.space and not self.after_bullet))
        self.breaks, self.space, self.after_bullet = 0, False, False
        for one in self.empty:
            one.start, one.chunk = self.length, len(self.chunks)
        self.empty.clear()
        self._put(characters)

    def _put(self, characters: str) -> None:
        self.chunks.append(characters)
        self.length += len(characters)

    def _span(self, one: _Open, kind: SpanKind, start: int) -> None:
        target = one.target
        if kind is SpanKind.HASHTAG:
            label = "".join(self.chunks[one.chunk :]) if self.length - start < _LONGEST_TAG else ""
            if label[:1] in ("#", "＃") and len(label) > 1:
                target = label[1:]
            elif target.lower().startswith(_WEB):
                kind = SpanKind.LINK  # a link to a tag's page, under words of its own
            else:
                return
        self.spans.append(Span(start, self.length, kind, target))


_TAGS = {
    SpanKind.QUOTE: "blockquote",
    SpanKind.PRE: "pre",
    SpanKind.LINK: "a",
    SpanKind.BOLD: "strong",
    SpanKind.ITALIC: "em",
    SpanKind.STRIKE: "del",
    SpanKind.CODE: "code",
}
_RANK = {kind: rank for rank, kind in enumerate((*_TAGS, SpanKind.MENTION, SpanKind.HASHTAG))}
_LINES_BEFORE_BLOCK = re.compile("(?:<br>){1,2}(?=<blockquote>|<pre>)")
_LINES_AFTER_BLOCK = re.compile("(</blockquote>|</pre>)(?:<br>){1,2}")


def html_from_text(text: Text) -> str:
    """Write HTML: ``<br>`` for line ends, tags for spans, everything else escaped. Links keep http(s)
    addresses only; mentions and hashtags are plain characters (what makes them live is the platform's)."""
    starts: dict[int, list[Span]] = {}
    cuts = {0, len(text.plain)}
    for span in sorted(text.spans, key=_outermost_first):
        if span.kind in _TAGS and (span.kind is not SpanKind.LINK or span.target.lower().startswith(_WEB)):
            starts.setdefault(span.start, []).append(span)
            cuts |= {span.start, span.end}
    pieces: list[str] = []
    tags: list[Span] = []  # open now, outermost first
    for start, end in pairwise(sorted(cuts)):
        wanted = [s for s in tags if s.end > start] + [s for s in starts.get(start, ()) if s.end > start]
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(tags, wanted, strict=False)))
        pieces += [f"</{_TAGS[s.kind]}>" for s in reversed(tags[same:])]
        pieces += [_start_tag(s) for s in wanted[same:]]
        tags = wanted
        words = html.escape(text.plain[start:end], quote=False)
        if not any(s.kind is SpanKind.PRE for s in tags):
            words = words.replace("\n", "<br>").replace("  ", "&nbsp; ")
        pieces.append(words)
    pieces += [f"</{_TAGS[s.kind]}>" for s in reversed(tags)]
    # A block stands on lines of its own already.
    return _LINES_AFTER_BLOCK.sub(r"\1", _LINES_BEFORE_BLOCK.sub("", "".join(pieces)))


def _outermost_first(span: Span) -> tuple[int, int, int]:
    return (span.start, -span.end, _RANK[span.kind])


def _start_tag(span: Span) -> str:
    return f'<a href="{html.escape(span.target)}">' if span.kind is SpanKind.LINK else f"<{_TAGS[span.kind]}>"
