"""Text with meaning: plain characters, and spans that say what parts of them are.

The one neutral format of the product. Adapters read their platform's markup into it and write it
out again; what carries no span is literal and must neither link nor mention where it arrives.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote


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
        return join((self, other))

    def cut(self, start: int, end: int | None = None) -> Text:
        """The part from ``start`` to ``end``, spans clipped to it."""
        stop = len(self.plain) if end is None else end
        if not self.spans:
            return Text(self.plain[start:stop])
        begun = bisect_left(self.spans, stop, key=lambda s: s.start)
        spans = tuple(
            Span(max(s.start, start) - start, min(s.end, stop) - start, s.kind, s.target)
            for s in self.spans[:begun]
            if s.end > start
        )
        return Text(self.plain[start:stop], spans)

    def strip(self) -> Text:
        """Without white space at both ends."""
        bare = self.plain.strip()
        if len(bare) == len(self.plain):
            return self
        left = len(self.plain) - len(self.plain.lstrip())
        return self.cut(left, left + len(bare))

    def replaced(self, edits: Sequence[tuple[int, int, str]]) -> Text:
        """With other characters from ``start`` to ``end`` of each edit (in order, apart from one another).
        Spans move along; what is of one kind stays so where characters were replaced, and empty spans go."""
        words: list[str] = []
        ends: list[int] = []
        shifts = [0]
        at = 0
        for start, end, instead in edits:
            words += (self.plain[at:start], instead)
            ends.append(end)
            shifts.append(shifts[-1] + len(instead) - (end - start))
            at = end
        words.append(self.plain[at:])

        def moved(position: int) -> int:
            before = bisect_right(ends, position)
            if before < len(edits) and (start := edits[before][0]) < position:
                return start + shifts[before] + min(position - start, len(edits[before][2]))
            return position + shifts[before]

        spans = (Span(moved(s.start), moved(s.end), s.kind, s.target) for s in self.spans)
        return Text("".join(words), tuple(s for s in spans if s.start < s.end))

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
    words: list[str] = []
    spans: list[Span] = []
    at = 0
    for number, part in enumerate(parts):
        if number and between:
            words.append(between)
            at += len(between)
        if isinstance(part, Text):
            spans += [Span(s.start + at, s.end + at, s.kind, s.target) for s in part.spans] if at else part.spans
            part = part.plain
        words.append(part)
        at += len(part)
    return Text("".join(words), tuple(spans))


def spell_links(text: Text) -> Text:
    """Labels of links followed by their address in brackets, for platforms that show no labels.

    Where the label is the address itself (with or without its scheme), the address alone stays.
    """
    edits: list[tuple[int, int, str]] = []
    shown: list[Span] = []  # of the addresses as they will stand
    at = longer = 0
    for span in text.of_kind(SpanKind.LINK):
        if span.start < at:
            continue
        label = text.plain[span.start : span.end]
        if _is_address(label, span.target):
            edit = (span.start, span.end, span.target)
            begins = span.start + longer
        else:
            edit = (span.end, span.end, f" ({span.target})")
            begins = span.end + longer + 2
        shown.append(Span(begins, begins + len(span.target), SpanKind.LINK, span.target))
        longer += len(edit[2]) - (edit[1] - edit[0])
        edits.append(edit)
        at = span.end
    if not edits:
        return text
    written = text.without(SpanKind.LINK).replaced(edits)
    return Text(written.plain, tuple(sorted((*written.spans, *shown), key=lambda s: (s.start, -s.end))))


def _is_address(label: str, address: str) -> bool:
    """Does the label say the same as the address? Scheme, last slash and percent signs do not matter."""
    if label == address:
        return True
    bare = [unquote(one.split("://", 1)[-1]).rstrip("/").casefold() for one in (label, address)]
    return bare[0] == bare[1]


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
