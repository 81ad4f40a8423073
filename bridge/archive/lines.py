"""What people want to be kept of what they say: `#action` and `note ...` lines, and links. Pure."""

from __future__ import annotations

import regex

from bridge.model.text import SpanKind, Text
from bridge.outbox.clean import tidy

_ACTION = regex.compile(r"(?<![\w/&])[#＃]action(?!\w)\s*[:：]?", regex.IGNORECASE)
_NOTE = regex.compile(r"note\b(?![-'’]\w)\s*[:：–-]?\s*", regex.IGNORECASE)
_TAG = regex.compile(r"[#＃]\w+[.,:;!?]*")
_NAME = regex.compile(r"@[\w.-]+(?:[@:][\w.:-]+)?[,:]*")


def actions(text: Text) -> tuple[str, ...]:
    """What lines with the hashtag #action say, without it."""
    found = ((line, _ACTION.search(line)) for line in text.plain.splitlines())
    # Who is named after the hashtag is who is to act.
    said = (f"{bare(line[: tag.start()])} {_untagged(line[tag.end() :])}".strip() for line, tag in found if tag)
    return tuple(words for words in said if words)


def notes(text: Text) -> tuple[str, ...]:
    """What lines say that begin with the word note, after it."""
    found = ((line, _NOTE.match(line)) for line in map(bare, text.plain.splitlines()))
    return tuple(words for line, note in found if note and (words := line[note.end() :]))


def links(text: Text) -> tuple[str, ...]:
    """The web addresses that a text links, each once, in order."""
    targets = (span.target for span in text.of_kind(SpanKind.LINK))
    return tuple(dict.fromkeys(one for one in targets if one.startswith(("http://", "https://"))))


def bare(words: str) -> str:
    """On one line, without the names and hashtags that it is addressed by: those that it begins with, and
    the hashtags at its end."""
    said = _untagged(words).split(" ")
    first = next((n for n, one in enumerate(said) if not (_TAG.fullmatch(one) or _NAME.fullmatch(one))), len(said))
    return " ".join(said[first:])


def _untagged(words: str) -> str:
    said = tidy(words).split(" ")
    last = next((n for n in range(len(said), 0, -1) if not _TAG.fullmatch(said[n - 1])), 0)
    return " ".join(said[:last])
