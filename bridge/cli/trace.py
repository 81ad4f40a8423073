"""`edldrs trace`: the way of one post, from its author to each channel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import click
from sqlalchemy import Connection

from bridge.adapter import manifests
from bridge.cli.common import config_option, journal, loaded, runs_async, utc_now
from bridge.cli.errors import fail
from bridge.commands.running import NOT_TRACED
from bridge.commands.tracing import lines
from bridge.model.ids import NetworkId
from bridge.model.report import NetworkReport, Trace
from bridge.store.reports import network_reports, traces

_COLOURS = {"sent": "green", "held": "yellow", "refused": "red", "waits": "yellow"}


@click.command()
@click.argument("link")
@config_option
@runs_async
async def trace(file: Path, link: str) -> None:
    """What became of the post at LINK: its address, or its id, or that of one of its copies."""
    installation = loaded(file)
    now = utc_now()

    def read(connection: Connection) -> tuple[list[Trace], Mapping[NetworkId, NetworkReport]]:
        reports = network_reports(connection, installation.book.chats, now)
        return traces(connection, link, list(manifests())), reports

    async with journal(file, installation) as store:
        found, reports = await store.read(read)
    if not found:
        fail(NOT_TRACED)
    for number, one in enumerate(found):
        if number:
            click.echo()
        for line in lines(one, installation.book, reports, now):
            click.echo(_coloured(line))


def _coloured(line: str) -> str:
    for word, colour in _COLOURS.items():
        line = re.sub(rf"(?<=  ){word}(?=[ :])", click.style(word, fg=colour), line)
    return line
