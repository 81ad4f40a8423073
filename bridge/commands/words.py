"""The words that the bot understands, and what each does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from bridge.intake.handlers import Answer, Handler, Heard
from bridge.people import consent

_FIRST = re.compile(r"^[\s!/.\"'“]*(\w+)[\s.!?\"'”]*$")
"""A command stands alone: ``stop``, ``!stop``, ``Stop.`` but not ``stop giving homework``."""


@dataclass(frozen=True, slots=True)
class Command:
    """A word, what it does in a few words (for ``help``), and the function that does it."""

    word: str
    says: str
    act: Callable[[Connection, Heard], Answer]


def parse(text: str) -> str:
    """The command word that a text is, lower case; empty where it is none."""
    found = _FIRST.match(text.strip())
    return found[1].lower() if found else ""


def _stop(connection: Connection, heard: Heard) -> Answer:
    touched = consent.stop(connection, heard.platform, heard.author.account, heard.author.handle, heard.at)
    text = (
        "Done: nothing of yours crosses to other networks any more, and copies are withdrawn. Say start to undo this."
    )
    return Answer(text=text, touched=touched)


def _start(connection: Connection, heard: Heard) -> Answer:
    consent.start(connection, heard.platform, heard.author.account, heard.author.handle)
    text = (
        "Done: what you post to the chat from now on crosses again. What was withdrawn stays so. Say stop to undo this."
    )
    return Answer(text=text)


def _help(connection: Connection, heard: Heard) -> Answer:
    lines = [f"{command.word}: {command.says}" for command in COMMANDS.values()]
    return Answer(text="You can say to me:\n" + "\n".join(lines))


COMMANDS: Mapping[str, Command] = {
    command.word: command
    for command in (
        Command("stop", "nothing of yours crosses to other networks, and copies are withdrawn", _stop),
        Command("start", "what you post crosses again", _start),
        Command("help", "these words", _help),
    )
}


def handle(connection: Connection, heard: Heard) -> Answer | None:
    """A message to the bot that is one of the words. In private, anything else is answered with the words
    that there are; in public it is talk."""
    if not (heard.private or heard.to_bot) or heard.edited:
        return None
    command = COMMANDS.get(parse(heard.text.plain))
    if command is not None:
        return command.act(connection, heard)
    return _help(connection, heard) if heard.private else None


def handler(connection: Connection) -> Handler:
    """Intake's handler."""
    return partial(handle, connection)
