"""`edldrs pause` and `edldrs resume`: beside a running bridge, which obeys within a second."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.cli.common import config_option, journal, known, loaded, runs_async
from bridge.model.ids import NetworkId
from bridge.store import networks


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
        changed = await store.write(lambda c: networks.set_paused(c, names, paused))
    word = "paused" if paused else "resumed"
    for name in names:
        click.echo(f"{name}: {word}" if name in changed else f"{name}: was {word if paused else 'not paused'} already")
