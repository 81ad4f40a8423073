"""All commands, whichever door they come through, and what is done with what was said.

A module of commands has a tuple ``COMMANDS``; here they come together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from bridge.commands import hosting, personal, polling, running
from bridge.commands.command import Command, Context, Reply
from bridge.commands.parsing import Line, Meant, Misformed, Parsed, Unknown, parse
from bridge.model.chat import Role
from bridge.store import pending
from bridge.store.pending import Pending

WAITS = timedelta(minutes=15)
"""How long a command waits for its yes."""

_TOPIC = re.compile(r"(?:\w+(?:\s+\w+)?)?[\s.!?]*")


def answer(context: Context, said: Line) -> Reply:
    """Do it, or say why not and what to say instead. An error of a command undoes what it did."""
    match parse(said, COMMANDS):
        case Meant(command, arguments) if _may(context, command):
            return _run(context, command, arguments, said)
        case Meant(command) if command not in (YES, NO):
            return _refused(f"{command.name} is for {command.least.word}s. {_you_can_say(context)}")
        case Misformed(command) if _may(context, command):
            return _refused(f"Write: {command.usage}. help {command.name.split()[0]} says more.")
        case Unknown(near=Command() as near) if _may(context, near):
            return _refused(f'I do not know that. Did you mean "{near.name}"?')
        case _ if context.who.role is Role.LEADER:
            return _refused("\n".join(_listed(context)))
        case _:
            return _refused(f"I do not know that. {_you_can_say(context)}")


def meant(context: Context, said: Line) -> Parsed:
    """What was said, without doing it. A yes or a no to nothing is talk."""
    parsed = parse(said, COMMANDS)
    if isinstance(parsed, Meant) and parsed.command in (YES, NO) and _waiting(context) is None:
        return Unknown(None, single=True)
    return parsed


def allowed(context: Context, parsed: Parsed) -> bool:
    """Is it a command that this person may say?"""
    match parsed:
        case Meant(command) | Misformed(command) | Unknown(near=Command() as command):
            return _may(context, command)
    return False


def _may(context: Context, command: Command) -> bool:
    return context.who.role >= command.least


def _run(context: Context, command: Command, arguments: str, said: Line) -> Reply:
    try:
        with context.connection.begin_nested():
            reply = command.act(context, arguments)
    except ValueError as error:  # what is refused says what to change
        return _refused(str(error))
    who = context.who
    if not reply.asks or who.platform is None or who.account is None:
        return reply
    waits = Pending(said.words, context.said_at)
    pending.put(context.connection, context.chat.id, who.platform, who.account, waits)
    minutes = round(WAITS.total_seconds() / 60)
    return replace(reply, text=f"{reply.text}\n\nSay yes within {minutes} minutes to {reply.asks}, or no.")


def _refused(text: str) -> Reply:
    return Reply(text=text, refused=True)


# What waits for a yes


def _waiting(context: Context) -> Pending | None:
    who = context.who
    if who.platform is None or who.account is None:
        return None
    return pending.get(context.connection, context.chat.id, who.platform, who.account, context.now - WAITS)


def _answered(context: Context) -> Pending:
    """What waited; it does not wait any more."""
    who, waited = context.who, _waiting(context)
    if waited is None or who.platform is None or who.account is None:
        raise ValueError("Nothing waits for your yes or no.")
    pending.drop(context.connection, context.chat.id, who.platform, who.account)
    return waited


def _yes(context: Context, arguments: str) -> Reply:
    waited = _answered(context)
    again = parse(Line(waited.words), COMMANDS)
    if not isinstance(again, Meant) or not _may(context, again.command):
        raise ValueError("What waited for your yes cannot be done any more. Say it again.")
    return again.command.act(replace(context, said_at=waited.at, confirmed=True), again.arguments)


def _no(context: Context, arguments: str) -> Reply:
    _answered(context)
    return Reply(text="It is left undone.")


# Help


def _help(context: Context, arguments: str) -> Reply:
    topic = " ".join(arguments.strip(" .!?").lower().split())
    if not topic:
        return Reply(text="\n".join(_listed(context)))
    about = [one for one in yours(context.who.role) if any(_is_about(name, topic) for name in one.names)]
    if not about:
        raise ValueError(f'There is nothing called "{topic}". {_you_can_say(context)}')
    return Reply(text="\n\n".join("\n".join(filter(None, (one.usage, one.says, one.more))) for one in about))


def _is_about(name: str, topic: str) -> bool:
    return name == topic or name.split()[0] == topic


def yours(role: Role) -> Sequence[Command]:
    """What somebody of this role may say."""
    return [one for one in COMMANDS if one.least <= role]


def _listed(context: Context) -> Iterator[str]:
    yield "You can say to me:"
    for one in yours(context.who.role):
        yield f"{one.name}: {one.says}"


def _you_can_say(context: Context) -> str:
    return f"You can say: {', '.join(one.name for one in yours(context.who.role))}."


HELP = Command(
    names=("help",),
    usage="help [command]",
    says="these words; help poll says more of one",
    act=_help,
    form=_TOPIC,
)
YES = Command(names=("yes",), usage="yes", says="does what you were asked about", act=_yes, least=Role.HOST)
NO = Command(names=("no",), usage="no", says="leaves undone what you were asked about", act=_no, least=Role.HOST)

COMMANDS: tuple[Command, ...] = (
    *personal.COMMANDS,
    HELP,
    *hosting.COMMANDS,
    *polling.COMMANDS,
    *running.COMMANDS,
    YES,
    NO,
)
