"""What somebody said, quoted on one line: one sentence at most, and nothing from behind a content warning. Pure."""

from __future__ import annotations

import regex

from bridge.archive.gathering import Said
from bridge.archive.lines import bare
from bridge.model.text import Text
from bridge.outbox.clean import name_of, tidy
from bridge.outbox.split import shorten

_LENGTHS = (140, 80)  # characters of a quote: where there is room, and where there is less
_WARNING_MAX = 80
_WORDS = 4  # fewer say little by themselves: "Yes!", "A1."
_ANSWER = regex.compile(r"A\d{1,2}(?![\w%]|-\w)\s*[:.)–-]?\s+(?=\S)", regex.IGNORECASE)  # says which question
_END = regex.compile(r"""[.?!…]++["'”’»)\]]*+(?=\s\P{Ll})|[。！？]++""")


def quoted(said: Said) -> tuple[Text, ...]:
    """``"We cancelled one meeting in three." - @anna@example.org``, in forms from the longest to the shortest."""
    if said.content_warning:
        warning = _within(Text(tidy(said.content_warning)), _WARNING_MAX)
        forms: tuple[str, ...] = (f"a post with the warning {_in_quotes(warning)}",)
    elif words := sentence(_without_number(bare(said.text.plain))):
        forms = tuple(_in_quotes(form) for form in shorter(Text(words)))
    else:
        forms = ("a post without words",)
    return tuple(Text(f"{form} - {who(said)}") for form in forms)


def _without_number(words: str) -> str:
    """An answer without the number of its question."""
    found = _ANSWER.match(words)
    return words[found.end() :] if found else words


def who(said: Said) -> str:
    return name_of(said.handle)


def shorter(words: Text) -> tuple[Text, ...]:
    """In each length in which it reads differently."""
    return tuple(dict.fromkeys(_within(words, most) for most in _LENGTHS))


def sentence(words: str) -> str:
    """The first sentence of a line that has enough words to stand alone, else the longest. Nothing is after
    a stop where a small letter follows (``e.g. this``)."""
    ends = [found.end() for found in _END.finditer(words)]
    pieces = [words[start:end].strip() for start, end in zip([0, *ends], [*ends, len(words)], strict=True)]
    return next((one for one in pieces if one.count(" ") >= _WORDS - 1), max(pieces, key=len))


def _within(words: Text, most: int) -> Text:
    return shorten(words, lambda text: len(text.plain) <= most)


def _in_quotes(words: Text) -> str:
    inner = words.plain.replace('"', "'")
    return f'"{inner}"'
