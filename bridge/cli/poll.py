"""`edldrs poll`: one poll on every network, beside a running bridge. What moderators can say there does the same."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.cli.common import chat_option, config_option, runs_async
from bridge.cli.say import carry_out, yes_option
from bridge.commands import polling
from bridge.commands.command import Context, Reply
from bridge.model.poll import Tie
from bridge.model.times import duration
from bridge.polls.drafts import Draft, options_of


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
@yes_option
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

    def ask(context: Context) -> Reply:
        draft = Draft(
            question=question,
            options=options_of(options),
            closes_at=context.said_at + duration(lasts),
            multiple=multiple,
            tie=Tie(tie),
        )
        return polling.ask(context, draft)

    await carry_out(file, name, ask, yes=yes)


@poll.command("list")
@chat_option
@config_option
@runs_async
async def list_polls(file: Path, name: str | None) -> None:
    """The latest polls, the newest first."""
    await carry_out(file, name, polling.listed)


@poll.command()
@click.argument("number", type=int, required=False)
@chat_option
@config_option
@runs_async
async def show(file: Path, name: str | None, number: int | None) -> None:
    """How poll NUMBER stands (the latest, if left out)."""
    await carry_out(file, name, lambda context: polling.show(context, number))


@poll.command()
@click.argument("number", type=int, required=False)
@chat_option
@config_option
@runs_async
async def close(file: Path, name: str | None, number: int | None) -> None:
    """Close poll NUMBER now (the latest, if left out). The bridge counts it, and its result goes to every
    network; where it does not run, as soon as it does."""
    await carry_out(file, name, lambda context: polling.close(context, number))
