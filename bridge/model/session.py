"""A session as its hosts and moderators make it: theme, questions, and how far its programme is. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bridge.model.ids import AccountId, ChatId, GlobalId, Platform
from bridge.model.poll import Option


@dataclass(frozen=True, slots=True)
class Question:
    """``minute``: of the hour, where the host has chosen one."""

    text: str
    minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One occurrence of the weekly hour. ``id`` is its key in the calendar. ``shortlist``: the themes of its
    poll, ``confirmed`` by a moderator or only proposed; ``poll`` is that poll's number; ``introduction`` stands
    over the summary; ``highlights`` are messages that the host picked for it."""

    chat: ChatId
    id: str
    number: int | None
    begins: datetime
    ends: datetime
    hosts: tuple[str, ...] = ()
    theme: str = ""
    questions: tuple[Question, ...] = ()
    shortlist: tuple[Option, ...] = ()
    confirmed: bool = False
    poll: int | None = None
    introduction: str = ""
    highlights: tuple[int, ...] = ()


class StepState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    SKIPPED = "skipped"  # a moderator said so, or there was nothing to say
    MISSED = "missed"  # too late to make sense


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMark:
    """What became of a step of a session. ``at``: when it is to happen instead of when the programme says;
    ``text``: what to say instead of the template; ``said``: what was said; ``note``: why it is as it is."""

    name: str
    state: StepState = StepState.WAITING
    at: datetime | None = None
    text: str = ""
    said: str = ""
    note: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A theme that somebody would like. ``support``: how many others appreciated it, over all networks;
    ``private``: it was said to the bot alone."""

    platform: Platform
    post: GlobalId
    author: AccountId
    name: str
    text: str
    at: datetime
    private: bool
    support: int = 0
