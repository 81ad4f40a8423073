"""`edldrs status`: how each network is, beside a running bridge or without one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection

from bridge.cli.common import config_option, journal, loaded, runs_async, utc_now
from bridge.commands.phrases import clock, plural, took
from bridge.config import Installation
from bridge.model.ids import NetworkId
from bridge.model.report import NetworkReport
from bridge.outbox.budget import LONGEST, Ledger, Use
from bridge.store import Store, spending
from bridge.store.lock import is_running
from bridge.store.reports import network_reports

_COLOURS = {"up": "green", "starting": "yellow", "waiting": "yellow", "paused": "yellow", "down": "red"}
Reports = Mapping[NetworkId, NetworkReport]
Uses = Mapping[NetworkId, tuple[Use, ...]]


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs")
@click.option("--watch", is_flag=True, help="Show it anew every second, until interrupted")
@runs_async
async def status(file: Path, as_json: bool, watch: bool) -> None:
    """Networks, queues, lag, last error and budget left."""
    installation = loaded(file)
    async with journal(file, installation) as store:
        while True:
            reports, uses = await _read(store, installation)
            running = is_running(installation.database)
            if watch:
                click.clear()
            if as_json:
                click.echo(json.dumps(_plain(installation, reports, uses, running)))
            else:
                _show(installation, reports, uses, running)
            if not watch:
                return
            await asyncio.sleep(1)


async def _read(store: Store, installation: Installation) -> tuple[Reports, Uses]:
    book, now = installation.book, utc_now()

    def read(connection: Connection) -> tuple[Reports, Uses]:
        uses = {}
        for name, network in book.networks.items():
            spent = spending.since(connection, name, now - LONGEST)
            uses[name] = Ledger(network.budget, lambda: now, spent).uses()
        return network_reports(connection, book.chats, now), uses

    return await store.read(read)


def _state(report: NetworkReport | None, running: bool | None) -> str:
    if report is None or not report.state:
        return "never run"
    return report.state if running is not False else "stopped"


def _show(installation: Installation, reports: Reports, uses: Uses, running: bool | None) -> None:
    console = Console()
    if running is False:
        console.print("The bridge is not running. `edldrs run` starts it.", highlight=False)
    if not console.is_terminal:
        for name in installation.networks:
            state = _state(reports.get(name), running)
            click.echo("  ".join([name, state, *_facts(installation, reports.get(name), uses[name], state)]))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for name in installation.networks:
        state = _state(reports.get(name), running)
        facts = "\n".join(_facts(installation, reports.get(name), uses[name], state))
        table.add_row(Text(name, style="bold"), Text(state, style=_COLOURS.get(state, "dim")), facts)
    console.print(table)


def _facts(
    installation: Installation, report: NetworkReport | None, uses: tuple[Use, ...], state: str
) -> Iterator[str]:
    """What there is to say of a network, a line each."""
    if report is None:
        return
    now = utc_now()
    zone = now.astimezone().tzinfo
    assert zone is not None
    if report.reason and state not in ("up", "stopped"):
        again = f", next {clock(report.next_at, zone, now)}" if report.next_at and report.next_at > now else ""
        yield f"{report.reason}{again}"
    waiting = sum(report.waiting.values())
    facts = [f"{plural(waiting, 'posting')} waiting" if waiting else "nothing waits"]
    if report.waiting_since is not None and waiting:
        facts.append(f"the oldest for {took(now - report.waiting_since)}")
    if report.lag is not None:
        facts.append(f"last copy took {took(report.lag)}")
    if report.refused:
        facts.append(f"{report.refused} refused in 24 h")
    yield ", ".join(facts)
    if uses:
        yield "budget left: " + ", ".join(_left(use) for use in uses)
    if report.last_error and report.last_error_at is not None:
        yield f"last error {clock(report.last_error_at, zone, now)}: {report.last_error}"


def _left(use: Use) -> str:
    left = max(0, use.ceiling.most - use.used)
    if use.ceiling.money:
        return f"${left / 1e6:.2f} of ${use.ceiling.most / 1e6:.2f} {use.ceiling.name.removeprefix('USD ')}"
    return f"{left} of {use.ceiling.most} in {use.ceiling.name}"


def _plain(installation: Installation, reports: Reports, uses: Uses, running: bool | None) -> dict[str, Any]:
    networks = {}
    for name in installation.networks:
        report = reports.get(name)
        networks[name] = {
            "state": _state(report, running),
            "reason": report.reason if report else "",
            "since": _iso(report.since) if report else None,
            "next_at": _iso(report.next_at) if report else None,
            "paused": bool(report and report.paused),
            "waiting": dict(report.waiting) if report else {},
            "refused_24h": report.refused if report else 0,
            "lag_seconds": report.lag.total_seconds() if report and report.lag is not None else None,
            "last_event_at": _iso(report.last_event_at) if report else None,
            "last_error": report.last_error if report else "",
            "last_error_at": _iso(report.last_error_at) if report else None,
            "budget": [{"name": u.ceiling.name, "used": u.used, "most": u.ceiling.most} for u in uses[name]],
        }
    return {"running": running, "networks": networks}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
