"""`edldrs status`: how each network is, beside a running bridge or without one."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge.cli.common import config_option, journal, loaded, runs_async, utc_now
from bridge.commands.condition import Reports, Uses, facts, read, state_of
from bridge.config import Installation
from bridge.store.lock import is_running

_COLOURS = {"up": "green", "starting": "yellow", "waiting": "yellow", "paused": "yellow", "down": "red"}


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
            reports, uses = await store.read(lambda c: read(c, installation.book, utc_now()))
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


def _show(installation: Installation, reports: Reports, uses: Uses, running: bool | None) -> None:
    console = Console()
    now = utc_now()
    zone = now.astimezone().tzinfo
    assert zone is not None
    if running is False:
        console.print("The bridge is not running. `edldrs run` starts it.", highlight=False)
    if not console.is_terminal:
        for name in installation.networks:
            state = state_of(reports.get(name), running)
            click.echo("  ".join([name, state, *facts(reports.get(name), uses[name], state, now, zone)]))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for name in installation.networks:
        state = state_of(reports.get(name), running)
        told = "\n".join(facts(reports.get(name), uses[name], state, now, zone))
        table.add_row(Text(name, style="bold"), Text(state, style=_COLOURS.get(state, "dim")), told)
    console.print(table)


def _plain(installation: Installation, reports: Reports, uses: Uses, running: bool | None) -> dict[str, Any]:
    networks = {}
    for name in installation.networks:
        report = reports.get(name)
        networks[name] = {
            "state": state_of(report, running),
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
