"""The programme of every session of a chat, as its admin set it up: what happens when, in which words. Frozen
values, and the moments that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bridge.model.poll import Tie

_DAY = timedelta(days=1)


class StepKind(StrEnum):
    """In the order in which they usually come."""

    CALL = "call"  # suggest a theme
    SHORTLIST = "shortlist"  # the best supported, proposed to the moderators
    POLL = "poll"  # the theme poll opens
    THEME = "theme"  # it closes, and its theme is announced
    QUESTIONS = "questions"  # published ahead
    REMINDER = "reminder"
    WELCOME = "welcome"
    INTRODUCTIONS = "introductions"
    QUESTION = "question"  # each at its minute
    THANKS = "thanks"
    SUMMARY = "summary"


class Anchor(StrEnum):
    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class When:
    """So long after the session's start or end; negative is before it."""

    anchor: Anchor
    offset: timedelta = timedelta(0)

    def moment(self, begins: datetime, ends: datetime, zone: ZoneInfo) -> datetime:
        """UTC. Whole days are days of the chat's clock: two days before 20:00 it is 20:00 too."""
        wall = (begins if self.anchor is Anchor.START else ends).astimezone(zone)
        days = timedelta(days=int(self.offset / _DAY))
        return (wall + days).astimezone(UTC) + (self.offset - days)


@dataclass(frozen=True, slots=True)
class Rule:
    """When steps of one kind happen (a reminder may come more than once, and a kind that never comes happens at
    no time), and their templates, one of which is taken in turn."""

    when: tuple[When, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """``first_question``: after the start; the others follow evenly, the last so long before the end that it
    can be answered, unless the host chose their minutes. ``grace``: what is said so soon after the end belongs to
    the session. ``themes``: how many the shortlist proposes."""

    rules: Mapping[StepKind, Rule]
    first_question: timedelta = timedelta(minutes=5)
    grace: timedelta = timedelta(minutes=15)
    themes: int = 7
    tie: Tie = Tie.FIRST
    disclaimer: str = ""
