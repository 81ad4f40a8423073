"""`edldrs pause` and `edldrs resume`: beside a running bridge, which obeys within a second."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.cli.common import config_option, journal, known, loaded, runs_async
from bridge.commands import running
from bridge.model.ids import NetworkId


@click.command()
@click.argument("network", required=False)
@config_option
@runs_async
async def pause(file: Path, network: str | None) -> None:
    """Stop sending to NETWORK, or to all. Reading goes on, and nothing is lost: what waits goes out
    after `edldrs resume`."""
    await _set(file, network, True)


@click.command()
@click.argument("network", required=False)
@config_option
@runs_async
async def resume(file: Path, network: str | None) -> None:
    """Go on sending to NETWORK, or to all."""
    await _set(file, network, False)


async def _set(file: Path, network: str | None, paused: bool) -> None:
    installation = loaded(file)
    names: list[NetworkId] = [known(installation, network)] if network else list(installation.networks)
    async with journal(file, installation) as store:
        lines = await store.write(lambda c: list(running.pause(c, names, paused)))
    for line in lines:
        click.echo(line)
