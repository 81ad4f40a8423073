"""What is wrong in config.yaml: which key, on which line, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

Keys = tuple[str | int, ...]
"""The way to a value: keys of mappings, positions in lists."""


@dataclass(frozen=True, slots=True)
class Problem:
    """``says`` is a sentence that goes on from the key. ``line`` is known where there are no keys yet."""

    keys: Keys
    says: str
    line: int | None = None


class ConfigError(Exception):
    """config.yaml cannot be used as it is. One line for each problem, as ``file:line: key: what, and the mend``."""

    def __init__(self, file: Path, problems: Sequence[Problem], document: Any = None) -> None:
        placed = [(one.line or line_of(document, one.keys), one) for one in problems]
        placed.sort(key=lambda pair: pair[0] or 0)
        self.problems = tuple(one for _, one in placed)
        super().__init__("\n".join(_line(file, line, one) for line, one in placed))


def _line(file: Path, line: int | None, problem: Problem) -> str:
    where = f"{file}:{line}" if line else str(file)
    says = f"{spell(problem.keys)}: {problem.says}" if problem.keys else problem.says
    # What stands in a file may hold anything, also what a terminal would obey.
    return f"{where}: " + "".join(c if c.isprintable() else repr(c)[1:-1] for c in says)


def spell(keys: Keys) -> str:
    """``chats.edldrs.channels[0].relay``."""
    spelled = ""
    for key in keys:
        spelled += f"[{key}]" if isinstance(key, int) else f".{key}" if spelled else str(key)
    return spelled


def line_of(document: Any, keys: Keys) -> int | None:
    """The line (from 1) of a key, or of the nearest one above it that is written down."""
    line = None
    here = document
    for key in keys:
        position = getattr(here, "lc", None)
        try:
            found = position.item(key) if isinstance(key, int) else position.key(key)  # type: ignore[union-attr]
            here = here[key]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
        line = found[0] + 1
    return line


def did_you_mean(word: object, known: Sequence[str]) -> str:
    """`` Did you mean "relay"?``, or nothing."""
    close = get_close_matches(str(word), known, n=1)
    return f' Did you mean "{close[0]}"?' if close else ""


def listed(words: Sequence[str]) -> str:
    return ", ".join(words)
