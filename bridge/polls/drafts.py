"""A poll as a moderator writes it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.model.ids import ChatId
from bridge.model.poll import Option, Poll, Tie, check

_SHORT = re.compile(r"\s*=>\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    question: str
    options: tuple[Option, ...]
    closes_at: datetime
    multiple: bool = False
    tie: Tie = Tie.FIRST

    def poll(self, chat: ChatId, number: int, now: datetime) -> Poll:
        """The poll that it becomes. Raises :class:`PollRefused`."""
        check(self.question, self.options, self.closes_at, now)
        return Poll(
            chat=chat,
            id=number,
            question=self.question.strip(),
            options=self.options,
            multiple=self.multiple,
            opens_at=now,
            closes_at=self.closes_at,
            tie=self.tie,
        )


def options_of(written: Sequence[str]) -> tuple[Option, ...]:
    """Each an option, with its short form behind ``=>`` where it has one."""
    return tuple(_option(one) for one in written)


def _option(written: str) -> Option:
    text, *short = _SHORT.split(written.strip(), maxsplit=1)
    return Option(" ".join(text.split()), " ".join(short[0].split()) if short else "")
