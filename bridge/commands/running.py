"""Commands about the bridge itself: its networks, what became of a post, who may do what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from sqlalchemy import Connection

from bridge.commands import condition, tracing
from bridge.commands.command import Command, Context, Reply
from bridge.model.chat import Role
from bridge.model.ids import NetworkId
from bridge.store import networks

NOT_TRACED = (
    "the journal knows no such post. Give the post's own address as its network shows it; what was "
    "said before the bridge's first start, or where it does not read, is not there"
)
_ONE_WORD = re.compile(r"\S+")
_NETWORK = re.compile(r"(?:[\w-]+)?[\s.!?]*")


def _status(context: Context, arguments: str) -> Reply:
    reports, uses = condition.read(context.connection, context.book, context.now)
    lines = []
    for name in _networks(context):
        report = reports.get(name)
        state = condition.state_of(report)
        told = condition.facts(report, uses[name], state, context.now, context.chat.zone)
        lines.append("; ".join((f"{name}: {state}", *told)))
    return Reply(text="\n".join(lines))


def pause(connection: Connection, names: Sequence[NetworkId], paused: bool) -> Iterator[str]:
    """Stop sending to these networks, or go on; a line for each."""
    changed = networks.set_paused(connection, names, paused)
    word = "paused" if paused else "resumed"
    for name in names:
        yield f"{name}: {word}" if name in changed else f"{name}: was {word if paused else 'not paused'} already"


def _pause(context: Context, arguments: str) -> Reply:
    return Reply(text="\n".join(pause(context.connection, _named(context, arguments), True)))


def _resume(context: Context, arguments: str) -> Reply:
    return Reply(text="\n".join(pause(context.connection, _named(context, arguments), False)))


def _named(context: Context, arguments: str) -> list[NetworkId]:
    """The network that is named, or all of the chat's."""
    named, names = arguments.strip(" .!?").lower(), _networks(context)
    if not named:
        return names
    if named not in names:
        close = get_close_matches(named, names, n=1)
        mend = f' Did you mean "{close[0]}"?' if close else ""
        raise ValueError(f'{context.chat.name} has no network "{named}" ({", ".join(names)}).{mend}')
    return [NetworkId(named)]


def _networks(context: Context) -> list[NetworkId]:
    room = context.chat.moderators_room
    places = [*context.chat.channels, *([room] if room else [])]
    return list(dict.fromkeys(one.network for one in places))


def _trace(context: Context, arguments: str) -> Reply:
    platforms = {network.platform for network in context.book.networks.values()}
    found = tracing.traced(context.connection, context.book, arguments, platforms, context.now)
    told = ["\n".join(lines) for chat, lines in found if chat == context.chat.id]
    if not told:
        raise ValueError(f"{NOT_TRACED[:1].upper()}{NOT_TRACED[1:]}.")
    return Reply(text="\n\n".join(told))


def _roles(context: Context, arguments: str) -> Reply:
    chat = context.chat
    lines = []
    for role, handles in ((Role.ADMIN, chat.admins), (Role.MODERATOR, chat.moderators), (Role.HOST, chat.hosts)):
        for network, named in handles.items():
            who = ", ".join(sorted(one for one in named if one.startswith("@")))
            title = context.book.networks[network].title
            if who:
                lines.append(f"{role.word} on {title}: {who}")
    return Reply(text="\n".join(lines) or "Nobody has a role yet. config.yaml gives them: hosts, moderators, admins.")


COMMANDS = (
    Command(
        names=("status",),
        usage="status",
        says="how each network is: what waits, the last error, the budget left",
        act=_status,
        least=Role.MODERATOR,
    ),
    Command(
        names=("trace",),
        usage="trace LINK",
        says="what became of a post: seen, journaled, sent, held",
        act=_trace,
        least=Role.MODERATOR,
        form=_ONE_WORD,
    ),
    Command(
        names=("roles",),
        usage="roles",
        says="who is host, moderator or admin",
        act=_roles,
        least=Role.MODERATOR,
    ),
    Command(
        names=("pause",),
        usage="pause [network]",
        says="stops sending to a network, or to all; nothing is lost",
        act=_pause,
        least=Role.ADMIN,
        form=_NETWORK,
        more="Reading goes on, and what waits goes out after resume. Answers on a network that is paused wait too.",
    ),
    Command(
        names=("resume",),
        usage="resume [network]",
        says="goes on sending",
        act=_resume,
        least=Role.ADMIN,
        form=_NETWORK,
    ),
)
