"""What was said, as a command: which one, and what stands behind its name. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bridge.commands.command import Command
from bridge.model.text import SpanKind, Text

_MARK = re.compile(r"[!/](?=\w)")
_AROUND = " \t\r\n,.:"
_QUOTES = "\"'“”„"
_ONE_WORD = re.compile(r"\w+[\s.!?]*")


@dataclass(frozen=True, slots=True)
class Line:
    """What was said to the bot, without what it is addressed by. ``marked``: with a sign that makes it a command
    (``!stop``)."""

    words: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Meant:
    """A command in its documented form."""

    command: Command
    arguments: str


@dataclass(frozen=True, slots=True)
class Misformed:
    """It begins as a command, and goes on as none: talk, perhaps."""

    command: Command


@dataclass(frozen=True, slots=True)
class Unknown:
    """No command. ``near``: one that it would be but for a typing error. ``single``: it is one word."""

    near: Command | None
    single: bool


Parsed = Meant | Misformed | Unknown


def line_of(text: Text, hashtags: Iterable[str]) -> Line:
    """Without mentions and the chat's hashtags at both ends; those within belong to what is said."""
    tags = {f"#{tag.casefold()}" for tag in hashtags}
    start, end = 0, len(text.plain)
    while True:
        before = start, end
        while start < end and text.plain[start] in _AROUND:
            start += 1
        while start < end and text.plain[end - 1] in " \t\r\n":
            end -= 1
        for span in text.spans:
            if span.kind is SpanKind.MENTION and start <= span.start < span.end <= end:
                start = span.end if span.start == start else start
                end = span.start if span.end == end else end
        words = text.plain[start:end].split()
        if words and words[0].casefold() in tags:
            start += len(words[0])
        elif words and words[-1].casefold() in tags:
            end -= len(words[-1])
        if before == (start, end):
            break
    return line(text.plain[start:end])


def line(words: str) -> Line:
    """Of plain words, as the command line has them."""
    words = words.strip()
    if len(words) > 1 and words[0] in _QUOTES and words[-1] in _QUOTES:
        words = words[1:-1].strip()
    mark = _MARK.match(words)
    return Line(words[mark.end() :] if mark else words, mark is not None)


def parse(said: Line, commands: Sequence[Command]) -> Parsed:
    """The command whose name is the longest that fits, in its form."""
    begun = _begun(said.words, commands)
    if (meant := _meant(said.words, begun)) is not None:
        return meant
    near = _near(said.words, commands)
    if begun and near is None:
        return Misformed(begun[0][1])
    return Unknown(near, _ONE_WORD.fullmatch(said.words) is not None)


def _begun(words: str, commands: Sequence[Command]) -> list[tuple[str, Command]]:
    """Names that the words begin with, the longest first."""
    begun = [(name, one) for one in commands for name in one.names if _behind(words, name) is not None]
    return sorted(begun, key=lambda pair: -len(pair[0]))


def _meant(words: str, begun: Sequence[tuple[str, Command]]) -> Meant | None:
    for name, command in begun:
        behind = _behind(words, name) or ""
        if command.form.fullmatch(behind):
            return Meant(command, behind)
    return None


def _behind(words: str, name: str) -> str | None:
    """What stands behind a command's name; None where the words do not begin with it."""
    pattern = r"\s+".join(re.escape(word) for word in name.split())
    found = re.match(rf"{pattern}(?!\w):?", words, re.IGNORECASE)
    return None if found is None else words[found.end() :].strip()


def _near(words: str, commands: Sequence[Command]) -> Command | None:
    """The command that it would be in full form if its first words were spelt as the nearest name."""
    for count in (2, 1):
        pieces = words.split(maxsplit=count)
        if len(pieces) < count:
            continue
        names = [name for one in commands for name in one.names if len(name.split()) == count]
        typed = " ".join(pieces[:count]).lower().rstrip(".!?:")
        for name in get_close_matches(typed, names, n=1, cutoff=0.7):
            corrected = " ".join((name, *pieces[count:]))
            if (meant := _meant(corrected, _begun(corrected, commands))) is not None:
                return meant.command
    return None
