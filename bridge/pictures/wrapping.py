"""Words in lines, by a measure that is handed in. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

Measure = Callable[[str], float]  # the width of a text in one line

ELLIPSIS = "…"
_DANGLING = ",;:-–—/&( "
_GRAPHEME = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Setting:
    """Lines at one size of type; ``whole`` says that nothing was cut."""

    size: int
    lines: tuple[str, ...]
    whole: bool


def wrap(text: str, width: float, measure: Measure) -> tuple[str, ...]:
    """As many words as fit on each line. A word that alone is wider than a line goes on in the next."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and measure(f"{line} {word}") <= width:
            line = f"{line} {word}"
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, width, measure)
        lines += full
    return (*lines, line) if line else tuple(lines)


def balanced(text: str, width: int, measure: Measure) -> tuple[str, ...]:
    """As :func:`wrap`, in the narrowest lines of the same number, so that no word is left alone on the last."""
    count = len(wrap(text, width, measure))
    low, high = 0, width
    while low < high - 1:
        middle = (low + high) // 2
        if len(wrap(text, middle, measure)) <= count:
            high = middle
        else:
            low = middle
    return wrap(text, high, measure)


def shorten(text: str, width: float, measure: Measure) -> str:
    """The text if it fits, else the longest start of it that fits with an ellipsis, cut at a word's end; within
    the first word only where that alone does not fit."""
    text = " ".join(text.split())
    if measure(text) <= width:
        return text
    words = text.split(" ")
    for pieces, between in ((words, " "), (_GRAPHEME.findall(words[0]), "")):
        low, high = 0, len(pieces)
        while low < high - 1:
            middle = (low + high) // 2
            if measure(_cut(between.join(pieces[:middle]))) <= width:
                low = middle
            else:
                high = middle
        if low:
            return _cut(between.join(pieces[:low]))
    return ELLIPSIS


def settle(
    text: str, width: int, most: Callable[[int], int], sizes: Sequence[int], measures: Callable[[int], Measure]
) -> Setting:
    """The text at the largest of the sizes at which it takes no more lines than ``most`` says for that size, with no
    word broken; else at the smallest, cut."""
    for size in sizes:
        measure = measures(size)
        lines = wrap(text, width, measure)
        if len(lines) <= most(size) and all(measure(word) <= width for word in text.split()):
            return Setting(size, balanced(text, width, measure), True)
    size = sizes[-1]
    measure = measures(size)
    lines = wrap(text, width, measure)
    keep = max(1, most(size))
    if len(lines) <= keep:
        return Setting(size, lines, True)
    last = shorten(" ".join(lines[keep - 1 :]), width, measure)
    return Setting(size, (*lines[: keep - 1], last), False)


def _pieces(word: str, width: float, measure: Measure) -> tuple[str, ...]:
    """The word, or what of it fits on each line."""
    if measure(word) <= width:
        return (word,)
    pieces: list[str] = []
    piece = ""
    for grapheme in _GRAPHEME.findall(word):
        if piece and measure(piece + grapheme) > width:
            pieces.append(piece)
            piece = ""
        piece += grapheme
    return (*pieces, piece)


def _cut(head: str) -> str:
    return head.rstrip(_DANGLING) + ELLIPSIS
