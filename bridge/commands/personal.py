"""Commands for everybody: whether what they say crosses."""

from __future__ import annotations

from bridge.commands.command import Command, Context, Reply
from bridge.model.ids import AccountId, Platform
from bridge.people import consent


def _stop(context: Context, arguments: str) -> Reply:
    platform, account = _account(context)
    touched = consent.stop(context.connection, platform, account, context.who.name, context.said_at)
    return Reply(
        text="Done: nothing of yours crosses to other networks any more, and copies are withdrawn. "
        "Say start to undo this.",
        touched=touched,
    )


def _start(context: Context, arguments: str) -> Reply:
    platform, account = _account(context)
    consent.start(context.connection, platform, account, context.who.name)
    return Reply(
        text="Done: what you post to the chat from now on crosses again. What was withdrawn stays so. "
        "Say stop to undo this."
    )


def _account(context: Context) -> tuple[Platform, AccountId]:
    """Whose word it is."""
    if context.who.platform is None or context.who.account is None:
        raise ValueError("This is for people to say from their own accounts. The command line has none.")
    return context.who.platform, context.who.account


COMMANDS = (
    Command(
        names=("stop",),
        usage="stop",
        says="nothing of yours crosses to other networks, and copies are withdrawn",
        act=_stop,
    ),
    Command(names=("start",), usage="start", says="what you post crosses again", act=_start),
)
