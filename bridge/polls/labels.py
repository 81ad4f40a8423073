"""Options made short enough for a network's own poll: cut at words, and never ambiguous. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bridge.model.poll import LETTERS, Option, PollRefused, same

Measure = Callable[[str], int]

ELLIPSIS = "…"
_WORDS = re.compile(r"\S+")
_DANGLING = ",;:-–—/&("


def letter(position: int) -> str:
    """``A`` for the first."""
    return LETTERS[position]


def lettered(options: Sequence[Option], maximum: int, measure: Measure) -> tuple[str, ...]:
    """``A: Managing workload…`` for each, within ``maximum``: the moderator's short form where there is one
    and it fits, else as many whole words as fit. Raises :class:`PollRefused` where words do not tell two of
    them apart, or not one word fits."""
    prefixes = [f"{letter(position)}: " for position in range(len(options))]
    bodies = [
        _body(option, maximum - measure(prefix), measure) for option, prefix in zip(options, prefixes, strict=True)
    ]
    first: dict[str, str] = {}
    for option, body in zip(options, bodies, strict=True):
        told = same(body.rstrip(ELLIPSIS))
        if (other := first.get(told)) is not None:
            raise PollRefused(
                f'In {maximum} characters "{other}" and "{option.text}" look the same.'
                " Give each a short form: the option => its short form"
            )
        first[told] = option.text
    return tuple(prefix + body for prefix, body in zip(prefixes, bodies, strict=True))


def _body(option: Option, room: int, measure: Measure) -> str:
    whole = option.text.strip()
    for candidate in (whole, option.short.strip()):
        if candidate and measure(candidate) <= room:
            return candidate
    ends = [found.end() for found in _WORDS.finditer(whole)]
    for end in reversed(ends):
        cut = whole[:end].rstrip(_DANGLING).rstrip()
        if cut and measure(cut + ELLIPSIS) <= room:
            return cut + ELLIPSIS
    raise PollRefused(
        f'Not one word of "{option.text}" fits into {room} characters.'
        " Give it a short form: the option => its short form"
    )
