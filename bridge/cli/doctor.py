"""`edldrs doctor`: opens everything as `run` would, and says what to mend."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click
import structlog
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge.adapter import Adapter, AdapterError, ChannelAt, Context, Finding, Severity
from bridge.cli.common import (
    DATABASE_MEND,
    config_option,
    database_trouble,
    loaded,
    make_folders,
    runs_async,
    utc_now,
)
from bridge.config import Installation
from bridge.config.load import where
from bridge.config.problems import listed
from bridge.model.ids import NetworkId
from bridge.outbox.budget import Ledger
from bridge.store import open_store, spending
from bridge.store.lock import is_running

_PATIENCE = 60.0  # seconds for all checks of one network
_COLOURS = {Severity.OK: "green", Severity.WARNING: "yellow", Severity.ERROR: "red"}


@click.command()
@config_option
@runs_async
async def doctor(file: Path) -> None:
    """Log in everywhere; check permissions, rate limits, clocks and bot flags; say what to mend.

    Exits with 1 if something has to be mended before the bridge can work.
    """
    installation = loaded(file)
    make_folders(file, installation)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    console = Console()
    findings: dict[str, Sequence[Finding]] = {"journal": [await _journal(file, installation)]}
    names = list(installation.networks)
    with console.status(f"Logging in to {listed(names)} ...") if console.is_terminal else nullcontext():
        for name, found in zip(names, await asyncio.gather(*(_network(installation, n) for n in names)), strict=True):
            findings[name] = found
    _show(console, findings)
    if any(one.severity is Severity.ERROR for found in findings.values() for one in found):
        raise SystemExit(1)


async def _journal(file: Path, installation: Installation) -> Finding:
    try:
        store = await open_store(installation.database)
        await store.close()
    except Exception as error:
        reason = database_trouble(error)
        if reason is None:
            raise
        return _error("database", f"it cannot be used: {reason}", f"{where(file, ('database',))}: {DATABASE_MEND}")
    running = is_running(installation.database)
    says = "opens, and its tables are up to date" + ("; the bridge is running" if running else "")
    return Finding(severity=Severity.OK, subject="database", says=says)


async def _network(installation: Installation, name: NetworkId) -> list[Finding]:
    at, book = installation.networks[name], installation.book
    ledger = Ledger(book.networks[name].budget, utc_now)
    context = Context(
        network=name,
        settings=at.settings,
        channels=tuple(ChannelAt(id=c.id, address=c.address) for c in book.reached(name)),
        folder=installation.folder / "networks" / name,
        purse=ledger,
        now=utc_now,
        log=structlog.get_logger("edldrs").bind(network=name),
    )
    found: list[Finding] = []
    try:
        async with asyncio.timeout(_PATIENCE), at.manifest.load(at.manifest.adapter)(context) as adapter:
            found += await adapter.check()
            found += await _limits(adapter, context)
    except AdapterError as error:
        found.append(_error("login", error.reason, (type(error).__doc__ or "").strip().splitlines()[0]))
    except TimeoutError:
        found.append(_error("server", f"no end of it in {_PATIENCE:.0f} s", "Try again, or look at its status page"))
    except Exception as error:
        found.append(_error("adapter", f"it failed: {error!r}", "This is an error of the adapter: please report it"))
    await _save(installation, name, ledger)
    return found


async def _limits(adapter: Adapter, context: Context) -> list[Finding]:
    found = []
    for channel in context.channels:
        limits = await adapter.limits(channel.id)
        files = "1 file" if limits.media.count == 1 else f"{limits.media.count} files"
        says = f"{limits.text.maximum:,} {limits.text.unit} a post, {files}"
        found.append(Finding(severity=Severity.OK, subject=channel.address, says=says))
    return found


async def _save(installation: Installation, name: NetworkId, ledger: Ledger) -> None:
    """What the checks cost counts. A database that cannot be used has a finding of its own."""
    spent = ledger.unsaved()
    if not spent:
        return
    try:
        store = await open_store(installation.database)
        await store.write(lambda c: spending.add(c, name, spent))
        await store.close()
    except Exception as error:
        if database_trouble(error) is None:
            raise


def _error(subject: str, says: str, mend: str) -> Finding:
    return Finding(severity=Severity.ERROR, subject=subject, says=says, mend=mend)


def _show(console: Console, findings: dict[str, Sequence[Finding]]) -> None:
    if console.is_terminal:
        console.print(_table(findings))
    else:
        for name, found in findings.items():
            for one in found:
                mend = f"  -> {one.mend}" if one.mend else ""
                click.echo(f"{name}  {one.severity.value}  {one.subject}: {one.says}{mend}")
    count = {
        severity: sum(one.severity is severity for found in findings.values() for one in found) for severity in Severity
    }
    console.print(_verdict(count), highlight=False)


def _verdict(count: dict[Any, int]) -> str:
    if count[Severity.ERROR]:
        return f"{count[Severity.ERROR]} to mend before the bridge can work, {count[Severity.WARNING]} to look at."
    if count[Severity.WARNING]:
        return f"The bridge can work; {count[Severity.WARNING]} to look at."
    return "All is well."


def _table(findings: dict[str, Sequence[Finding]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for name, found in findings.items():
        for number, one in enumerate(found):
            says = Text(one.says)
            if one.mend:
                says.append(f"\n-> {one.mend}", style="bold")
            table.add_row(
                Text(name if number == 0 else "", style="bold"),
                Text(one.severity.value, style=_COLOURS[one.severity]),
                one.subject,
                says,
            )
    return table
