"""`edldrs login`: obtains a network's token with the platform's own questions, and stores it."""

from __future__ import annotations

import asyncio
import webbrowser
from pathlib import Path

import click

from bridge.adapter import AdapterError
from bridge.cli.common import config_option, known, loaded, runs_async
from bridge.cli.errors import fail
from bridge.config import secrets
from bridge.model.ids import NetworkId


class Terminal:
    """Asks the person who sits there."""

    async def text(self, question: str, default: str = "") -> str:
        return str(await asyncio.to_thread(click.prompt, question, default=default or None))

    async def secret(self, question: str) -> str:
        return str(await asyncio.to_thread(click.prompt, question, hide_input=True))

    def say(self, line: str) -> None:
        click.echo(line)

    async def open(self, url: str) -> None:
        click.echo(f"  {url}")
        await asyncio.to_thread(webbrowser.open, url)


@click.command()
@click.argument("network")
@config_option
@runs_async
async def login(file: Path, network: str) -> None:
    """Obtain the token of NETWORK (a name under networks: in config.yaml) and store it where only this
    user can read it."""
    installation = loaded(file, without_secrets=NetworkId(network))
    name = known(installation, network)
    at = installation.networks[name]
    if not at.manifest.login:
        fail(f"{at.manifest.title} needs no login")
    try:
        obtained = await at.manifest.load(at.manifest.login)(at.settings, Terminal())
    except AdapterError as error:
        fail(error.reason)
    except (EOFError, click.Abort):
        fail("nothing was stored")
    stored = secrets.store(installation.folder, name, {**secrets.stored(installation.folder, name), **obtained})
    click.echo(f"Stored in {stored}. `edldrs doctor` tries it.")
