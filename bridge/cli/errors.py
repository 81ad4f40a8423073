"""How the command line ends when something is wrong: one line (or one for each problem) on stderr that says
what, where, and what to do; never a traceback for what a person can mend."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

INTERRUPTED = 130  # as shells report a process that SIGINT ended


def fail(says: str, code: int = 1) -> NoReturn:
    """End with an error: what is wrong, where, and what to do."""
    click.echo(click.style("error: ", fg="red", bold=True) + says, err=True, color=colours(sys.stderr.isatty()))
    raise SystemExit(code)


def colours(terminal: bool) -> bool:
    """Whether to colour what goes to such a place: https://no-color.org."""
    return terminal and not os.environ.get("NO_COLOR")


def usage(error: click.ClickException) -> NoReturn:
    """What was typed cannot be understood."""
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx is not None else "edldrs"
    says = error.format_message()
    end = "" if says.endswith((".", "?")) else "."
    fail(f"{says[:1].lower()}{says[1:]}{end} `{command} --help` shows what there is", error.exit_code)
