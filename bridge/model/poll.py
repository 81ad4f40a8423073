"""Polls: one neutral question, a ballot of it on each network, votes, and one tally. Frozen values."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bridge.model.ids import AccountId, ChatId, GlobalId, NetworkId

LETTERS = string.ascii_uppercase
MOST_OPTIONS = 20  # more than anybody reads, and the most that any network takes

_SPACES = re.compile(r"\s+")


class Tie(StrEnum):
    """What decides between options with the same number of votes."""

    FIRST = "first"  # the one that stands first in the poll
    DRAW = "draw"  # a draw that anybody can repeat, from the poll's id
    MODERATORS = "moderators"  # they are asked


class Form(StrEnum):
    """What a ballot looks like on one network."""

    NATIVE = "native"  # the network's own poll, with the options in full
    LETTERED = "lettered"  # its own poll with short labels, the options in full above it
    REPLY = "reply"  # a list: people answer with a letter or a number


@dataclass(frozen=True, slots=True)
class Option:
    """``short`` is the moderator's own short form, for networks that take few characters; may be empty."""

    text: str
    short: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """``multiple``: one may choose several."""

    chat: ChatId
    id: int
    question: str
    options: tuple[Option, ...]
    multiple: bool = False
    opens_at: datetime
    closes_at: datetime
    tie: Tie = Tie.FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class NativePoll:
    """A poll of the network's own, as one remote post carries it. ``closed``: nobody can vote any more; where
    polls end by themselves, that is never asked for."""

    labels: tuple[str, ...]
    multiple: bool
    closes_at: datetime
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One answer of one voter. ``choices`` are positions in the poll, from 0; empty takes the vote back;
    None is one that the ballot does not offer: it counts for nothing, and so does what the voter said before."""

    id: GlobalId
    voter: AccountId
    at: datetime
    choices: frozenset[int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a network tells of a poll of its own, where votes are secret: how many for each option, and how
    many people (None where it does not say). ``settled``: it changes no more."""

    votes: tuple[int, ...]
    voters: int | None
    at: datetime
    settled: bool = False

    def __add__(self, other: Counts) -> Counts:
        """Of two ballots on one network."""
        voters = None if self.voters is None or other.voters is None else self.voters + other.voters
        votes = tuple(one + another for one, another in zip(self.votes, other.votes, strict=True))
        return Counts(votes=votes, voters=voters, at=max(self.at, other.at), settled=self.settled and other.settled)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkResult:
    """Of one network. ``voters`` is None where the network does not say; ``counted``: we know who voted, so
    nobody counts twice; ``notes``: what has to be said beside it, in words."""

    network: NetworkId
    votes: tuple[int, ...]
    voters: int | None
    counted: bool
    settled: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """``votes``: the total of each option; ``leading``: positions of those with the most, more than one in
    a tie, none without a vote; ``winner``: what the tie rule makes of it, None where there is none yet."""

    networks: tuple[NetworkResult, ...]
    votes: tuple[int, ...]
    leading: tuple[int, ...]
    winner: int | None
    settled: bool


class PollRefused(ValueError):
    """A poll cannot be: the message says what to change."""


def same(words: str) -> str:
    """As people compare: two options that differ in case or spaces only are one."""
    return _SPACES.sub(" ", words).strip().casefold()


def check(question: str, options: Sequence[Option], closes_at: datetime, now: datetime) -> None:
    """Raises :class:`PollRefused`."""
    if not question.strip():
        raise PollRefused("The poll asks nothing. Write its question.")
    if len(options) < 2:
        raise PollRefused(f"A poll needs two options at least, and this one has {len(options)}. Add another.")
    if len(options) > MOST_OPTIONS:
        raise PollRefused(f"A poll takes {MOST_OPTIONS} options at most, and this one has {len(options)}.")
    if any(not one.text.strip() for one in options):
        raise PollRefused("An option is empty. Leave it out, or say what it is.")
    seen: dict[str, str] = {}
    for one in options:
        if (first := seen.get(same(one.text))) is not None:
            raise PollRefused(f'Two options are the same: "{first}". Change one, or leave it out.')
        seen[same(one.text)] = one.text
    shorts: dict[str, str] = {}
    for one in options:
        if one.short and (first := shorts.get(same(one.short))) is not None:
            raise PollRefused(f'"{one.short}" is short for both "{first}" and "{one.text}". Give each its own.')
        shorts[same(one.short)] = one.text
    if closes_at <= now:
        raise PollRefused("The poll would close in the past. Say how long it is open, such as 2 days.")
