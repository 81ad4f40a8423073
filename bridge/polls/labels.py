"""Options made short enough for a network's own poll: cut at words, and never ambiguous. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bridge.model.poll import LETTERS, Option, PollRefused, same

Measure = Callable[[str], int]

ELLIPSIS = "…"
_WORDS = re.compile(r"\S+")
_DANGLING = ",;:-–—/&("
_WEAK = re.compile(r"(?<=\S)\s+(?:and|or|but|the|an?|of|to|for|in|on|with|from|that|which|is|are)$", re.IGNORECASE)
"""Words that say nothing where nothing follows."""


def letter(position: int) -> str:
    """``A`` for the first."""
    return LETTERS[position]


def lettered(options: Sequence[Option], maximum: int, measure: Measure) -> tuple[str, ...]:
    """``A: Managing workload…`` for each, within ``maximum``: the moderator's short form where there is one
    and it fits, else as many whole words as fit, without weak ones at the end unless they tell two apart. Raises
    :class:`PollRefused` where words do not tell two of them apart, or not one word fits."""
    prefixes = [f"{letter(position)}: " for position in range(len(options))]
    rooms = [maximum - measure(prefix) for prefix in prefixes]
    for trim in (_strong, _bare):
        bodies = [_body(option, room, measure, trim) for option, room in zip(options, rooms, strict=True)]
        alike = _alike(options, bodies)
        if alike is None:
            return tuple(prefix + body for prefix, body in zip(prefixes, bodies, strict=True))
    assert alike is not None
    raise PollRefused(
        f'In {maximum} characters "{alike[0]}" and "{alike[1]}" look the same.'
        " Give each a short form: the option => its short form"
    )


def _alike(options: Sequence[Option], bodies: Sequence[str]) -> tuple[str, str] | None:
    """Two options that their labels do not tell apart."""
    first: dict[str, str] = {}
    for option, body in zip(options, bodies, strict=True):
        told = same(body.rstrip(ELLIPSIS))
        if (other := first.get(told)) is not None:
            return other, option.text
        first[told] = option.text
    return None


def _body(option: Option, room: int, measure: Measure, trim: Callable[[str], str]) -> str:
    whole = option.text.strip()
    for candidate in (whole, option.short.strip()):
        if candidate and measure(candidate) <= room:
            return candidate
    ends = [found.end() for found in _WORDS.finditer(whole)]
    for end in reversed(ends):
        cut = trim(whole[:end])
        if cut and measure(cut + ELLIPSIS) <= room:
            return cut + ELLIPSIS
    raise PollRefused(
        f'Not one word of "{option.text}" fits into {room} characters.'
        " Give it a short form: the option => its short form"
    )


def _bare(words: str) -> str:
    """Without punctuation that dangles at the end."""
    return words.rstrip().rstrip(_DANGLING).rstrip()


def _strong(words: str) -> str:
    """Without weak words at the end either."""
    while (shorter := _WEAK.sub("", _bare(words))) != words:
        words = shorter
    return words
