"""The commands by name. What a command needs is loaded when it is called, so that `--help` is quick."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module

import click

from bridge.cli.errors import INTERRUPTED, colours, fail, usage

COMMANDS = {
    "init": "Write a commented config.yaml, by asking",
    "login": "Obtain and store a network's token",
    "doctor": "Log in everywhere, check everything, say what to mend",
    "run": "Run the bridge",
    "status": "How each network is: queues, lag, last error, budget left",
    "pause": "Stop sending to a network, or to all",
    "resume": "Go on sending",
    "session": "When the chat meets: the sessions that come, for people and for calendars",
    "poll": "One poll on every network, with one tally",
    "say": "Say a command to the bot, as moderators do on the networks",
    "trace": "What became of a post: seen, journaled, sent, held",
    "demo": "Three networks on this machine, and the bridge between them",
}
_MODULES = {"pause": "pausing", "resume": "pausing"}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"bridge.cli.{_MODULES.get(name, name)}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            close = get_close_matches(args[0], COMMANDS, n=1)
            mend = f' Did you mean "{close[0]}"?' if close else f" Commands: {', '.join(COMMANDS)}."
            ctx.fail(f'there is no command "{args[0]}".{mend}')
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="edldrs-bridge", message="%(version)s")
@click.pass_context
def edldrs(context: click.Context) -> None:
    """One weekly chat, on every network at once."""
    if not colours(True):
        context.color = False


def main() -> None:
    """The program, from the words it was called with to its exit code."""
    try:
        code = edldrs.main(prog_name="edldrs", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        usage(error)
    except click.Abort:
        sys.exit(INTERRUPTED)
    except OSError as error:
        if error.filename is None:
            raise
        fail(f"{error.filename}: {(error.strerror or str(error)).lower()}. May this user read and write there?")
    sys.exit(code if isinstance(code, int) else 0)
