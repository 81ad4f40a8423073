"""Text into parts that fit: never through a word, link, mention, hashtag or grapheme. Pure."""

from __future__ import annotations

from collections.abc import Callable

import regex

from bridge.adapter import TextLimit
from bridge.model.text import SpanKind, Text

_GRAPHEME = regex.compile(r"\X")
_ATOMS = (SpanKind.LINK, SpanKind.MENTION, SpanKind.HASHTAG)
ELLIPSIS = "…"


def fits(text: Text, limit: TextLimit) -> bool:
    return limit.measure(text) <= limit.maximum


def shorten(text: Text, fits: Callable[[Text], bool]) -> Text:
    """The longest start of it that fits with an ellipsis, cut at a word's end; the text itself if it
    fits whole. Empty where not even the ellipsis fits."""
    if fits(text):
        return text
    end = _longest(text, lambda head: fits(head + ELLIPSIS))
    head = text.cut(0, end).strip()
    return head + ELLIPSIS if head else (Text(ELLIPSIS) if fits(Text(ELLIPSIS)) else Text())


def split(text: Text, fits: Callable[[int, Text], bool], most: int) -> tuple[Text, ...]:
    """At most ``most`` parts, of which number ``n`` (from 0) satisfies ``fits(n, part)``; the last is
    shortened where that is not enough. Empty where not one character fits into a part."""
    parts: list[Text] = []
    rest = text
    for number in range(most):
        if fits(number, rest):
            return (*parts, rest)
        if number == most - 1:
            return (*parts, shorten(rest, lambda head, n=number: fits(n, head)))  # type: ignore[misc]
        end = _longest(rest, lambda head, n=number: fits(n, head))  # type: ignore[misc]
        if end == 0:
            return tuple(parts)
        parts.append(rest.cut(0, end).strip())
        rest = rest.cut(end).strip()
    return tuple(parts)


def _longest(text: Text, fits: Callable[[Text], bool]) -> int:
    """How many code points of the start fit, ending where a reader would break: after a paragraph or
    a sentence if that wastes little, else after a word, and through a word only if it is alone."""
    low, high = 0, _reach(text, fits)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(text.cut(0, middle).strip()):
            low = middle
        else:
            high = middle - 1
    if low >= len(text.plain):
        return low
    return _break_before(text, low)


def _reach(text: Text, fits: Callable[[Text], bool]) -> int:
    """Somewhere past what fits, found by doubling, so that a very long text is not measured whole."""
    size = 64
    while size < len(text.plain) and fits(text.cut(0, size).strip()):
        size *= 2
    return min(size, len(text.plain))


def _break_before(text: Text, most: int) -> int:
    plain = text.plain
    atoms = [s for s in text.spans if s.kind in _ATOMS and s.start < most < s.end]
    limit = min((s.start for s in atoms), default=most)
    window = plain[:limit]
    paragraph = window.rfind("\n\n")
    if paragraph >= limit * 0.6:
        return paragraph
    sentence = max((window.rfind(mark) + 1 for mark in (". ", "? ", "! ", ".\n", "?\n", "!\n")), default=0)
    if sentence >= limit * 0.6 and _free(text, sentence):
        return sentence
    if limit < len(plain) and plain[limit].isspace() and limit > 0:
        return limit
    at = limit
    while at > 0 and not (plain[at - 1].isspace() and _free(text, at)):
        at -= 1
    if at > 0 and plain[:at].strip():
        return at
    # One word, longer than a part: through it, but between graphemes.
    cut = 0
    for match in _GRAPHEME.finditer(plain, 0):
        if match.end() > most:
            break
        cut = match.end()
    return cut


def _free(text: Text, at: int) -> bool:
    return not any(s.start < at < s.end for s in text.spans if s.kind in _ATOMS)
