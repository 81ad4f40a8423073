"""Text into parts that fit: never through a word, link, mention, hashtag or grapheme. Pure.

``fits`` has to be monotone: what fits, fits without its end too. A word is cut only where it alone is
longer than a part, and then between graphemes.
"""

from __future__ import annotations

from collections.abc import Callable

import regex

from bridge.model.text import Span, SpanKind, Text

ELLIPSIS = "…"
_ATOMS = (SpanKind.LINK, SpanKind.MENTION, SpanKind.HASHTAG)
_GRAPHEME = regex.compile(r"\X")
_SENTENCE = regex.compile(r"""(?r)[.?!…]["'”’»)\]]*(?=\s)|[。！？](?=.)""", regex.DOTALL)
_BREAK = regex.compile(r"\s*+(?![\p{GCB=Extend}\p{GCB=SpacingMark}\p{GCB=ZWJ}])")  # no mark loses its base
_FIRST_LOOK = 512  # characters; a huge text is not measured whole to see that it is too long


def fits_whole(text: Text, fits: Callable[[Text], bool]) -> bool:
    """Does it fit? Measures no more than about twice what would."""
    size = _FIRST_LOOK
    while size < len(text.plain):
        if not fits(text.cut(0, size)):
            return False
        size *= 2
    return fits(text)


def shorten(text: Text, fits: Callable[[Text], bool]) -> Text:
    """The longest start of it that fits with an ellipsis, cut at a word's end; the text itself if it
    fits whole. Empty where not even the ellipsis fits."""
    if fits_whole(text, fits):
        return text
    text = text.strip()
    most = _room(text, lambda head: fits(head + ELLIPSIS))
    head = text.cut(0, _word_end(text, most)).strip()
    if head:
        return head + ELLIPSIS
    return Text(ELLIPSIS) if fits(Text(ELLIPSIS)) else Text()


def split(text: Text, fits: Callable[[int, Text], bool], most: int) -> tuple[tuple[Text, ...], bool]:
    """At most ``most`` parts, of which number ``n`` (from 0) satisfies ``fits(n, part)``, and whether
    they are all of the text; if not, the last part is shortened. No parts where one character alone
    does not fit."""
    parts: list[Text] = []
    rest = text.strip()
    for number in range(most):

        def fits_here(part: Text, number: int = number) -> bool:
            return fits(number, part)

        if fits_whole(rest, fits_here):
            return (*parts, rest), True
        if number == most - 1:
            return (*parts, shorten(rest, fits_here)), False
        end = _kind_end(rest, _room(rest, fits_here))
        if end == 0:
            break
        parts.append(rest.cut(0, end).strip())
        rest = rest.cut(end).strip()
    return tuple(parts), False


def _room(text: Text, fits: Callable[[Text], bool]) -> int:
    """How many code points of the start fit, of a text that does not fit whole."""
    low, high = 0, min(_FIRST_LOOK, len(text.plain))
    while high < len(text.plain) and fits(text.cut(0, high).strip()):
        low, high = high, min(high * 2, len(text.plain))
    while low < high - 1:
        middle = (low + high) // 2
        if fits(text.cut(0, middle).strip()):
            low = middle
        else:
            high = middle
    return low


def _kind_end(text: Text, most: int) -> int:
    """Where a reader would break: after a paragraph, a line or a sentence if that leaves the part at
    least half full, else after a word."""
    plain, least = text.plain, most // 2
    atoms = _atoms(text, most)
    sentence = _SENTENCE.search(plain, least, most + 1)
    line_or_sentence = max(plain.rfind("\n", least, most + 1), sentence.end() if sentence else 0)
    for end in (plain.rfind("\n\n", least, most + 2), line_or_sentence):
        if end > 0 and _outside(atoms, end) == end and _BREAK.match(plain, end):
            return end
    return _word_end(text, most)


def _word_end(text: Text, most: int) -> int:
    """The last end of a word at or before ``most``; through a word where it is the first."""
    plain = text.plain
    atoms = _atoms(text, most)
    at = limit = _outside(atoms, most)
    while at > 0:
        if plain[at].isspace() and not plain[at - 1].isspace():
            outside = _outside(atoms, at)
            if outside == at and _BREAK.match(plain, at):
                return at
            at = min(outside, at - 1)
        else:
            at -= 1
    cut = 0
    for grapheme in _GRAPHEME.finditer(plain):
        if grapheme.end() > (limit or most):
            break
        cut = grapheme.end()
    return cut or most


def _atoms(text: Text, most: int) -> list[Span]:
    """The links, mentions and hashtags that begin before a position, the last first."""
    return [span for span in reversed(text.cut(0, most + 1).spans) if span.kind in _ATOMS]


def _outside(atoms: list[Span], at: int) -> int:
    """The position itself, or the start of the atom that it lies in."""
    for span in atoms:
        if span.start < at < span.end:
            at = span.start
    return at
