"""`edldrs trace`: the way of one post, from its author to each channel."""

from __future__ import annotations

import re
from pathlib import Path

import click

from bridge.adapter import manifests
from bridge.cli.common import config_option, journal, loaded, runs_async, utc_now
from bridge.cli.errors import fail
from bridge.commands.running import NOT_TRACED
from bridge.commands.tracing import traced

_COLOURS = {"sent": "green", "held": "yellow", "refused": "red", "waits": "yellow"}


@click.command()
@click.argument("link")
@config_option
@runs_async
async def trace(file: Path, link: str) -> None:
    """What became of the post at LINK: its address, or its id, or that of one of its copies."""
    installation = loaded(file)
    now = utc_now()

    async with journal(file, installation) as store:
        found = await store.read(lambda c: traced(c, installation.book, link, list(manifests()), now))
    if not found:
        fail(NOT_TRACED)
    for number, (_, lines) in enumerate(found):
        if number:
            click.echo()
        for line in lines:
            click.echo(_coloured(line))


def _coloured(line: str) -> str:
    for word, colour in _COLOURS.items():
        line = re.sub(rf"(?<=  ){word}(?=[ :])", click.style(word, fg=colour), line)
    return line
