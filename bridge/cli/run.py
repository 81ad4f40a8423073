"""`edldrs run`: the bridge, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import click
import structlog

from bridge.app import run as run_bridge
from bridge.cli.common import config_option, database_of, loaded, make_folders, runs_async
from bridge.cli.errors import fail
from bridge.cli.logs import log_to
from bridge.config import Installation
from bridge.store.lock import AlreadyRunning


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
    make_folders(file, installation)
    log_to(sys.stderr, [at.settings for at in installation.networks.values()], verbose=verbose)
    log = structlog.get_logger("edldrs")
    stop = _asked_to_stop(log)
    log.info("starting", **_what(installation), **({"dry_run": True} if dry_run else {}))
    try:
        with database_of(file, installation):
            await run_bridge(installation, stop, dry_run=dry_run)
    except AlreadyRunning as error:
        fail(f"{error}. Two would answer for the same networks", 3)
    log.info("stopped; nothing is lost, what waits goes out at the next start")


def _asked_to_stop(log: Any) -> asyncio.Event:
    """Set by the first signal. A second one ends the process at once: what is under way is then looked for
    at the next start."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    signals = (signal.SIGINT, signal.SIGTERM)

    def first() -> None:
        log.info("stopping: what is under way is finished; a second signal ends it at once")
        stop.set()
        for number in signals:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in signals:
        loop.add_signal_handler(number, first)
    return stop


def _what(installation: Installation) -> dict[str, str]:
    return {
        "networks": ", ".join(installation.networks),
        "chats": ", ".join(chat.name for chat in installation.book.chats.values()),
    }
