"""`edldrs run`: the bridge, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from pathlib import Path

import click
import structlog

from bridge.app import AlreadyRunning
from bridge.app import run as run_bridge
from bridge.cli.common import config_option, loaded, runs_async
from bridge.cli.errors import fail
from bridge.config import Installation


@click.command()
@config_option
@click.option("--dry-run", is_flag=True, help="Read everything, and show what would be posted instead of posting it")
@click.option("-v", "--verbose", is_flag=True, help="Say more")
@runs_async
async def run(file: Path, dry_run: bool, verbose: bool) -> None:
    """Run the bridge until it is interrupted (Ctrl-C) or told to stop (SIGTERM).

    What is under way is finished within seconds; what waits is in the journal, and goes out at the
    next start. Exits with 3 if another one runs on the same journal.
    """
    installation = loaded(file)
    log_to_stderr(verbose)
    log = structlog.get_logger("edldrs")
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log.info("starting", **_what(installation), **({"dry_run": True} if dry_run else {}))
    try:
        await run_bridge(installation, stop, dry_run=dry_run)
    except AlreadyRunning as error:
        fail(str(error), 3)
    log.info("stopped; nothing is lost, what waits goes out at the next start")


def _what(installation: Installation) -> dict[str, str]:
    return {
        "networks": ", ".join(installation.networks),
        "chats": ", ".join(chat.name for chat in installation.book.chats.values()),
    }


def log_to_stderr(verbose: bool = False) -> None:
    """Lines for people: with colours on a terminal, plain elsewhere."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
