"""`edldrs say`: what moderators say to the bot on the networks, said here, beside a running bridge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from sqlalchemy import Connection

from bridge.cli.common import chat_named, chat_option, config_option, journal, loaded, runs_async, utc_now
from bridge.cli.errors import fail
from bridge.commands import registry
from bridge.commands.command import COMMAND_LINE, Context, Reply
from bridge.commands.parsing import line
from bridge.store.ids import id_maker

yes_option = click.option("--yes", is_flag=True, help="Do not ask before it is done")


@click.command()
@click.argument("words", nargs=-1, required=True)
@yes_option
@chat_option
@config_option
@runs_async
async def say(file: Path, name: str | None, words: tuple[str, ...], yes: bool) -> None:
    """Say a command to the bot, as an admin: WORDS are what a moderator would write to it. `edldrs say help` lists
    what there is. In a shell, put what has quotes or | in it in quotes: 'poll "What next?" | One | Two'."""
    await carry_out(file, name, lambda context: registry.answer(context, line(" ".join(words))), yes=yes)


async def carry_out(file: Path, name: str | None, act: Callable[[Context], Reply], *, yes: bool = False) -> None:
    """Do it for the chat of that name and tell what it answers; the end with the reason where it is refused. Where
    it asks, so do we, unless that is answered already."""
    installation = loaded(file)
    chat = chat_named(installation, name)
    next_id, said_at = id_maker(utc_now), utc_now()

    async with journal(file, installation) as store:

        async def done(confirmed: bool) -> Reply:
            def unit(connection: Connection) -> Reply:
                context = Context(
                    connection=connection,
                    book=installation.book,
                    chat=chat,
                    native=installation.native_polls,
                    who=COMMAND_LINE,
                    next_id=next_id,
                    now=utc_now(),
                    said_at=said_at,
                    confirmed=confirmed,
                )
                return act(context)

            try:
                reply = await store.write(unit)
            except ValueError as error:  # what is refused says what to change
                fail(str(error))
            if reply.refused:
                fail(reply.text)
            click.echo(reply.text)
            return reply

        reply = await done(False)
        if reply.asks:
            if not yes:
                click.confirm(f"\n{reply.asks[:1].upper()}{reply.asks[1:]}?", abort=True)
            await done(True)
