"""What a command is, what it is told, and what it answers. Values; the commands themselves are in modules of
their own, each with a tuple that :mod:`bridge.commands.registry` gathers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bridge.model.chat import Book, Chat, Role
from bridge.model.ids import AccountId, NetworkId, Platform
from bridge.polls.conduct import Native
from bridge.store.postings import Touched


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who says a command, under the ``name`` that others know. The command line has no account."""

    name: str
    role: Role
    network: NetworkId | None = None
    platform: Platform | None = None
    account: AccountId | None = None


COMMAND_LINE = Who(name="the command line", role=Role.ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All that a command is told besides its arguments. ``native``: what polls of its own each network takes;
    ``said_at``: when it was said, from which times in it count (earlier than ``now`` where it waited for a
    yes); ``confirmed``: who said it has seen what it will do, and said yes."""

    connection: Connection
    book: Book
    chat: Chat
    native: Native
    who: Who
    next_id: Callable[[], int]
    now: datetime
    said_at: datetime
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to tell who said it, in private; it may have several lines. ``touched``: postings of which something
    else is wanted now. ``asks``: nothing is done yet, and this (``open it``) will be once they say yes: then the
    command is called again, confirmed. ``refused``: it says why nothing was done."""

    text: str
    touched: Touched | tuple[()] = ()
    asks: str = ""
    refused: bool = False


Act = Callable[[Context, str], Reply]
"""Does it, or raises ``ValueError`` with what to change. It is given what was said behind the command's name,
and runs inside a unit of work, which an error undoes."""

ALONE = re.compile(r"[\s.!?]*")
"""The form of a command that stands alone: ``stop``, ``Stop.``, but not ``stop giving homework``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """``names``: the words that it begins with, the chief one first. ``usage``: how it is written; ``says``: what
    it does, in a few words; ``more``: what else ``help`` tells of it. ``least``: the role that it takes.
    ``form``: what may stand behind its name; anything else is talk."""

    names: tuple[str, ...]
    usage: str
    says: str
    act: Act
    least: Role = Role.LEADER
    form: re.Pattern[str] = ALONE
    more: str = ""

    @property
    def name(self) -> str:
        return self.names[0]
