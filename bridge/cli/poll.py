"""`edldrs poll`: one poll on every network, beside a running bridge."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from sqlalchemy import Connection

from bridge.cli.common import chat_named, chat_option, config_option, journal, loaded, runs_async, utc_now
from bridge.cli.errors import fail
from bridge.config import Installation
from bridge.config.words import duration
from bridge.model.chat import Chat
from bridge.model.ids import ChannelId
from bridge.model.poll import Form, Tie
from bridge.polls import conduct
from bridge.polls.drafts import Draft, options_of
from bridge.polls.fitting import Ballot
from bridge.polls.telling import moment, standing
from bridge.store import polls
from bridge.store.ids import id_maker
from bridge.store.polls import Kept

_LISTED = 20
_FORMS = {Form.NATIVE: "its own poll", Form.LETTERED: "its own poll, short labels", Form.REPLY: "answers with a letter"}


@click.group()
def poll() -> None:
    """One poll on every network, with one tally."""


@poll.command("open")
@click.argument("question")
@click.argument("options", nargs=-1, required=True, metavar="OPTION OPTION...")
@click.option("--closes", "lasts", default="2 days", show_default=True, help="How long it is open")
@click.option("--multiple", is_flag=True, help="One may choose several")
@click.option(
    "--tie", type=click.Choice([one.value for one in Tie]), default=Tie.FIRST.value, show_default=True,
    help="What decides a tie: the option that stands first, a draw that anybody can repeat, or the moderators",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask before it is opened")
@chat_option
@config_option
@runs_async
async def open_poll(
    file: Path,
    name: str | None,
    question: str,
    options: tuple[str, ...],
    lasts: str,
    multiple: bool,
    tie: str,
    yes: bool,
) -> None:
    """Ask QUESTION on every network. An option may have a short form: "Conducting good meetings => Meetings".

    What each network will show is shown here first.
    """
    installation = loaded(file)
    chat = chat_named(installation, name)
    now = utc_now()
    try:
        draft = Draft(
            question=question,
            options=options_of(options),
            closes_at=now + duration(lasts),
            multiple=multiple,
            tie=Tie(tie),
        )
        shown = conduct.preview(draft.poll(chat.id, 0, now), chat, installation.native_polls)
    except ValueError as error:  # what is refused says what to change
        fail(str(error), 2)
    _preview(installation, chat, shown)
    if not yes:
        click.confirm("Open it?", abort=True)
    next_id = id_maker(utc_now)
    async with journal(file, installation) as store:
        native = installation.native_polls
        made = await store.write(
            lambda c: conduct.open_poll(c, chat, draft, native, "the command line", next_id, utc_now())
        )
    click.echo(f"Poll {made.id} is open until {moment(made.closes_at, chat.zone)}.")


@poll.command("list")
@chat_option
@config_option
@runs_async
async def list_polls(file: Path, name: str | None) -> None:
    """The latest polls, the newest first."""
    installation = loaded(file)
    chat = chat_named(installation, name)
    async with journal(file, installation) as store:
        found = await store.read(lambda c: polls.latest(c, chat.id, _LISTED))
    if not found:
        click.echo('No polls yet. Open one: edldrs poll open "What shall we talk about?" "One" "Two"')
    for kept in found:
        state = "closed" if kept.poll.closes_at <= utc_now() else "open until"
        click.echo(f"{kept.poll.id:3}  {state} {moment(kept.poll.closes_at, chat.zone)}  {kept.poll.question}")


@poll.command()
@click.argument("number", type=int, required=False)
@chat_option
@config_option
@runs_async
async def show(file: Path, name: str | None, number: int | None) -> None:
    """How poll NUMBER stands (the latest, if left out)."""
    installation = loaded(file)
    chat = chat_named(installation, name)

    async with journal(file, installation) as store:
        kept = _asked(await store.read(lambda c: _kept(c, chat, number)), chat, number)
        result = await store.read(lambda c: conduct.result_of(c, kept.poll, installation.book))
    says = standing(kept.poll, result, conduct.titles(installation.book)).plain
    word = "was open until" if kept.poll.closes_at <= utc_now() else "is open until"
    click.echo(f"Poll {kept.poll.id} {word} {moment(kept.poll.closes_at, chat.zone)}.\n\n{says}")


@poll.command()
@click.argument("number", type=int, required=False)
@chat_option
@config_option
@runs_async
async def close(file: Path, name: str | None, number: int | None) -> None:
    """Close poll NUMBER now (the latest, if left out). The bridge counts it, and its result goes to every
    network; where it does not run, as soon as it does."""
    installation = loaded(file)
    chat = chat_named(installation, name)
    now = utc_now()
    async with journal(file, installation) as store:
        kept = _asked(await store.read(lambda c: _kept(c, chat, number)), chat, number)
        over = kept.poll.closes_at <= now
        if not over:
            await store.write(lambda c: polls.close_at(c, kept.poll, now))
    click.echo(
        f"Poll {kept.poll.id} {'was closed already' if over else 'is closed; its result goes to every network'}."
    )


def _kept(connection: Connection, chat: Chat, number: int | None) -> Kept | None:
    if number is None:
        return next(iter(polls.latest(connection, chat.id, 1)), None)
    return polls.by_number(connection, chat.id, number)


def _asked(kept: Kept | None, chat: Chat, number: int | None) -> Kept:
    if kept is None and number is None:
        fail(f"{chat.name} has had no poll yet. `edldrs poll open` opens one")
    if kept is None:
        fail(f"{chat.name} has no poll {number}. `edldrs poll list` says which there are")
    return kept


def _preview(installation: Installation, chat: Chat, shown: Mapping[ChannelId, Ballot]) -> None:
    """Each ballot once, with the channels that get it so."""
    alike: dict[Ballot, list[str]] = {}
    for channel in chat.channels:
        if (ballot := shown.get(channel.id)) is not None:
            title = installation.book.networks[channel.network].title
            alike.setdefault(ballot, []).append(f"{title} {channel.address}")
    for ballot, where in alike.items():
        click.secho(f"{', '.join(where)}: {_FORMS[ballot.form]}", bold=True)
        click.echo("\n".join(f"  {line}".rstrip() for line in ballot.text.plain.splitlines()))
        for number, label in enumerate(ballot.labels):
            click.echo(f"  [{number + 1}] {label}")
        for note in ballot.notes:
            click.secho(f"  Note: {note}.", dim=True)
        click.echo()
