"""Strangers' words made harmless to what stands around them: names, warnings, texts. Pure."""

from __future__ import annotations

import re

import regex

from bridge.model.text import Text

_NAME_MAX = 50

# What shows nothing, turns the direction of its neighbours (an unclosed one would turn the name and the
# link after it), or piles up over other lines. Kept are line ends, the joiners that make emoji and
# Persian words (no more than marks are), and tag characters where they draw a flag (England's).
_UNWANTED = regex.compile(
    r"""
    [[\p{Cc}\p{Cf}\p{Cs}]--[\n\t\u0085\u200c\u200d\U000E0020-\U000E007F\v\f]]+
    | (?<!\U0001F3F4[\U000E0020-\U000E007F]{0,6})[\U000E0020-\U000E007F]+
    | (?<=[\p{Mn}\p{Me}\u200c\u200d]{4})[\p{Mn}\p{Me}\u200c\u200d]+
    | (?<=\n\n)\n+
    """,
    regex.VERBOSE | regex.VERSION1,
)
_HARMLESS = re.compile(r"(?!.*\n\n\n)[\n\t -~]*", re.DOTALL)  # most of what is said, and told at once
_LINE_ENDS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")
_SHORTCODE = re.compile(r":\w{2,}:")
_LIKE_OURS = re.compile(r"(?<=[)\]）])\s*[:：﹕︰]+")
_GRAPHEME = regex.compile(r"\X")


def clean(text: Text) -> Text:
    """Without characters that turn, hide or pile up other text, and with at most one empty line at a
    time. Spans keep their words."""
    if _HARMLESS.fullmatch(text.plain):
        return text
    if _LINE_ENDS.search(text.plain):
        text = Text(_LINE_ENDS.sub("\n", text.plain), text.spans)
    edits = [(found.start(), found.end(), "") for found in _UNWANTED.finditer(text.plain)]
    return text.replaced(edits) if edits else text


def tidy(words: str) -> str:
    """Words on one line, without what hides or turns other text."""
    return _SPACES.sub(" ", clean(Text(words)).plain).strip()


def name_of(name: str, handle: str = "") -> str:
    """A name as copies show it: on one line, at most 50 characters as people count them, without
    another network's emoji codes, and unable to pass for the bridge's own ``Name (network):``. The
    handle where nothing is left of it."""
    shown = _LIKE_OURS.sub("", _SHORTCODE.sub("", tidy(name)))
    shown = _SPACES.sub(" ", shown).strip() or tidy(handle) or "somebody"
    if len(shown) <= _NAME_MAX:
        return shown
    characters = _GRAPHEME.findall(shown)
    return shown if len(characters) <= _NAME_MAX else "".join(characters[: _NAME_MAX - 1]).rstrip() + "…"
