"""Text with meaning: plain characters, and spans that say what parts of them are.

The one neutral format of the product. Adapters read their platform's markup into it and write it
out again; what carries no span is literal and must neither link nor mention where it arrives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class SpanKind(StrEnum):
    """What a span of text is. ``target`` of LINK is the URL, of MENTION the handle as the platform
    writes it, of HASHTAG the tag without its sign; of the others it is empty."""

    BOLD = "bold"
    ITALIC = "italic"
    STRIKE = "strike"
    CODE = "code"
    PRE = "pre"
    QUOTE = "quote"
    LINK = "link"
    MENTION = "mention"
    HASHTAG = "hashtag"


@dataclass(frozen=True, slots=True)
class Span:
    """``start`` and ``end`` count code points of the plain text, end exclusive."""

    start: int
    end: int
    kind: SpanKind
    target: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Plain characters (lines end in ``\\n``) and the spans over them, ordered by start, widest first.

    A link's label is the text under its span. Where label and target are the same, the address
    itself is what the reader sees.
    """

    plain: str = ""
    spans: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.plain)

    def __add__(self, other: Text | str) -> Text:
        if isinstance(other, str):
            return Text(self.plain + other, self.spans)
        shift = len(self.plain)
        moved = tuple(replace(s, start=s.start + shift, end=s.end + shift) for s in other.spans)
        return Text(self.plain + other.plain, self.spans + moved)

    def cut(self, start: int, end: int | None = None) -> Text:
        """The part from ``start`` to ``end``, spans clipped to it."""
        stop = len(self.plain) if end is None else end
        spans = tuple(
            Span(max(s.start, start) - start, min(s.end, stop) - start, s.kind, s.target)
            for s in self.spans
            if s.start < stop and s.end > start
        )
        return Text(self.plain[start:stop], spans)

    def strip(self) -> Text:
        """Without white space at both ends."""
        left = len(self.plain) - len(self.plain.lstrip())
        return self.cut(left, len(self.plain.rstrip()) if self.plain.strip() else left)

    def of_kind(self, kind: SpanKind) -> tuple[Span, ...]:
        """The spans of one kind, in order."""
        return tuple(s for s in self.spans if s.kind is kind)

    def without(self, *kinds: SpanKind) -> Text:
        """The same characters, but no longer of these kinds."""
        return Text(self.plain, tuple(s for s in self.spans if s.kind not in kinds))


def marked(plain: str, kind: SpanKind, target: str = "") -> Text:
    """Text that is of one kind from end to end."""
    return Text(plain, (Span(0, len(plain), kind, target),) if plain else ())


def link(url: str, label: str = "") -> Text:
    """A link, shown as its label, or as its address where none is given."""
    return marked(label or url, SpanKind.LINK, url)


def hashtag(tag: str) -> Text:
    """``#tag`` that is meant to be found; ``tag`` without its sign."""
    return marked(f"#{tag}", SpanKind.HASHTAG, tag)


def join(parts: Iterable[Text | str], between: str = "") -> Text:
    """The parts one after another."""
    whole = Text()
    for number, part in enumerate(parts):
        whole = whole + (between if number else "") + part
    return whole


def spell_links(text: Text) -> Text:
    """Labels of links followed by their address in brackets, for platforms that show no labels.

    Where the label is the address itself (with or without its scheme), the address alone stays.
    """
    whole = Text()
    at = 0
    for span in text.of_kind(SpanKind.LINK):
        if span.start < at:
            continue
        label = text.plain[span.start : span.end]
        bare = {span.target, span.target.split("://", 1)[-1], span.target.split("://", 1)[-1].rstrip("/")}
        whole = whole + text.cut(at, span.start).without(SpanKind.LINK)
        if label in bare:
            whole = whole + link(span.target)
        else:
            whole = whole + text.cut(span.start, span.end).without(SpanKind.LINK) + " (" + link(span.target) + ")"
        at = span.end
    return whole + text.cut(at).without(SpanKind.LINK)


def text_to_json(text: Text) -> dict[str, object]:
    """As the journal keeps it: ``{"plain": ..., "spans": [[start, end, kind, target], ...]}``."""
    if not text.spans:
        return {"plain": text.plain}
    return {"plain": text.plain, "spans": [[s.start, s.end, s.kind.value, s.target] for s in text.spans]}


def text_from_json(value: dict[str, object]) -> Text:
    """What :func:`text_to_json` wrote."""
    rows = value.get("spans", ())
    assert isinstance(rows, Sequence)
    spans = tuple(Span(start, end, SpanKind(kind), target) for start, end, kind, target in rows)
    return Text(str(value["plain"]), spans)
