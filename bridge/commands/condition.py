"""How networks are, in words for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo

from sqlalchemy import Connection

from bridge.commands.phrases import clock, plural, took
from bridge.model.chat import Book
from bridge.model.ids import NetworkId
from bridge.model.report import NetworkReport
from bridge.outbox.budget import LONGEST, Ledger, Use
from bridge.store import spending
from bridge.store.reports import network_reports

Reports = Mapping[NetworkId, NetworkReport]
Uses = Mapping[NetworkId, tuple[Use, ...]]


def read(connection: Connection, book: Book, now: datetime) -> tuple[Reports, Uses]:
    """How each network is, and what is used of its budget."""
    uses = {}
    for name, network in book.networks.items():
        spent = spending.since(connection, name, now - LONGEST)
        uses[name] = Ledger(network.budget, lambda: now, spent).uses()
    return network_reports(connection, book.chats, now), uses


def state_of(report: NetworkReport | None, running: bool | None = None) -> str:
    """In a word. ``running``: does the bridge; None where that cannot be told."""
    if report is None or not report.state:
        return "never run"
    return report.state if running is not False else "stopped"


def facts(
    report: NetworkReport | None, uses: tuple[Use, ...], state: str, now: datetime, zone: tzinfo
) -> Iterator[str]:
    """What there is to say of a network, a line each."""
    if report is None:
        return
    if report.reason and state not in ("up", "stopped"):
        again = f", next {clock(report.next_at, zone, now)}" if report.next_at and report.next_at > now else ""
        yield f"{report.reason}{again}"
    waiting = sum(report.waiting.values())
    told = [f"{plural(waiting, 'posting')} waiting" if waiting else "nothing waits"]
    if report.waiting_since is not None and waiting:
        told.append(f"the oldest for {took(now - report.waiting_since)}")
    if report.lag is not None:
        told.append(f"last copy took {took(report.lag)}")
    if report.refused:
        told.append(f"{report.refused} refused in 24 h")
    yield ", ".join(told)
    if uses:
        yield "budget left: " + ", ".join(_left(use) for use in uses)
    if report.last_error and report.last_error_at is not None:
        yield f"last error {clock(report.last_error_at, zone, now)}: {report.last_error}"


def _left(use: Use) -> str:
    left = max(0, use.ceiling.most - use.used)
    if use.ceiling.money:
        return f"${left / 1e6:.2f} of ${use.ceiling.most / 1e6:.2f} {use.ceiling.name.removeprefix('USD ')}"
    return f"{left} of {use.ceiling.most} in {use.ceiling.name}"
