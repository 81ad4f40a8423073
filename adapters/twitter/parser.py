"""X's own way of reading a text (twitter-text, config v3), by the package twitter-text-parser.

The package asks ``pkg_resources`` for one file of its own. That module left setuptools in 2026, so it
gets a stand-in for the time of the import. Its ``parse_tweet`` takes 1.6 ms for a post, which is too
long where rendering asks again and again; the same is counted here in a fraction of that.
"""

from __future__ import annotations

import pkgutil
import re
import sys
import unicodedata
from importlib import import_module
from types import ModuleType
from typing import Any

MAXIMUM = 280
URL_WEIGHT = 23


def _load() -> tuple[Any, Any]:
    stand_in = ModuleType("pkg_resources")

    def resource_string(module: str, name: str) -> bytes | None:
        return pkgutil.get_data(module.rpartition(".")[0], name)

    stand_in.resource_string = resource_string  # type: ignore[attr-defined]
    before = sys.modules.get("pkg_resources")
    sys.modules["pkg_resources"] = before or stand_in
    try:
        twitter_text = import_module("twitter_text")
        emoji = import_module("twitter_text.regexp.emoji")
    finally:
        if before is None:
            del sys.modules["pkg_resources"]
    return twitter_text, emoji


_twitter_text, _emoji = _load()

_FIRSTS = {one.codepoint.split()[0] for one in _emoji.emoji_list}
_EMOJI_BEGINS = re.compile(
    r"[0-9#*](?=\ufe0f?\u20e3)|[" + "".join(f"\\U{first:0>8}" for first in _FIRSTS if int(first, 16) > 0x7F) + "]"
)
_LIGHT = re.compile("[\x00-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_LINE_END = re.compile(r"\r\n|\r")


def urls(plain: str) -> list[tuple[int, int]]:
    """Where X sees web addresses, with or without ``https://``: (start, end) in code points."""
    found = _twitter_text.extract_urls_with_indices(plain)
    return [(one["indices"][0], one["indices"][1]) for one in found]


def weight(plain: str) -> int:
    """How long X counts a text: 1 for what Latin, Greek, Cyrillic, Arabic and their like write with, 2
    for other characters and for an emoji of any make, 23 for an address. Line ends are one character,
    and letters are composed (NFC) before they are counted."""
    if plain.isascii():
        if "." not in plain and "\r" not in plain:
            return len(plain)
    else:
        plain = unicodedata.normalize("NFC", plain)
    plain = _LINE_END.sub("\n", plain)
    total = at = 0
    for start, end in urls(plain):
        total += _weigh(plain[at:start]) + URL_WEIGHT
        at = end
    return total + _weigh(plain[at:])


def _weigh(words: str) -> int:
    """The same of what holds no address."""
    if words.isascii():
        return len(words)
    total = at = 0
    while (begins := _EMOJI_BEGINS.search(words, at)) is not None:
        start = begins.start()
        found = _emoji.emoji.match(words, start)
        end = found.end() if found else start + 1
        total += _by_character(words[at:start]) + (2 if found else _by_character(words[start:end]))
        at = end
    return total + _by_character(words[at:])


def _by_character(words: str) -> int:
    return 2 * len(words) - len(_LIGHT.findall(words))
