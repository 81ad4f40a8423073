"""What lies above intake listens here: commands now, votes and suggestions later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bridge.model.ids import GlobalId, NetworkId, Platform
from bridge.model.message import Author
from bridge.model.text import Text
from bridge.store.postings import Touched


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Something said to the bot: in private, or where others could read it."""

    network: NetworkId
    platform: Platform
    id: GlobalId
    author: Author
    text: Text
    private: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A handler took it: what to tell the person in private (empty: nothing), and what changed."""

    text: str = ""
    touched: Touched | tuple[()] = ()


Handler = Callable[[Connection, Heard], Answer | None]
"""Runs inside the unit of work that journals the event. None: not for this handler."""


def ask(handlers: tuple[Handler, ...], connection: Connection, heard: Heard) -> Answer | None:
    """The first answer."""
    return next((answer for handler in handlers if (answer := handler(connection, heard)) is not None), None)
