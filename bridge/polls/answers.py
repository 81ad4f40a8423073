"""Answers to a reply ballot: `B`, `2`, `b)`, `A and C`, or the words of an option. Pure."""

from __future__ import annotations

import re

from bridge.intake.handlers import spoken
from bridge.model.poll import LETTERS, Poll, same
from bridge.model.text import Text

_VOTE = re.compile(r"^(?:i\s+)?vote(?:\s+for)?\s*:?\s+", re.IGNORECASE)
_APART = re.compile(r"\s*(?:[,;+&/]|\band\b)\s*|\s+", re.IGNORECASE)
_CHOICE = re.compile(r"^\(?([a-z]|[0-9]{1,2})[.):!]*$", re.IGNORECASE | re.ASCII)  # İ is no I


def choices_of(text: Text, poll: Poll) -> frozenset[int] | None:
    """Positions in the poll that an answer names; None where it is talk and no vote. Naming several where
    one may choose one, or an option that there is not, is talk too: the person can be told."""
    words = _VOTE.sub("", " ".join(spoken(text).split()))
    told = same(words).rstrip(".!")
    letters = set(LETTERS[: len(poll.options)].casefold())  # an option may be called B, and stand at A
    for position, option in enumerate(poll.options):
        if told and told not in letters and told in (same(option.text), same(option.short)):
            return frozenset({position})
    found = [_CHOICE.match(piece) for piece in _APART.split(words) if piece]
    named = [match[1] for match in found if match is not None]
    if not named or len(named) != len(found):
        return None
    positions = {_position(one) for one in named}
    if any(position >= len(poll.options) or position < 0 for position in positions):
        return None
    return frozenset(positions) if len(positions) == 1 or poll.multiple else None


def _position(named: str) -> int:
    return int(named) - 1 if named.isdigit() else LETTERS.index(named.upper())
