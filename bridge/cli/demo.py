"""`edldrs demo`: see it work, without an account anywhere."""

from __future__ import annotations

import click

from bridge.cli.common import runs_async
from bridge.cli.errors import fail


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8420, show_default=True, help="Of the page")
@click.option("--no-browser", is_flag=True, help="Do not open the page")
@runs_async
async def demo(port: int, no_browser: bool) -> None:
    """Start a stand-in for each network on this machine, the bridge between them, and one page to try it on.
    A button there plays a week of the chat in two minutes.

    Nothing leaves this machine, and nothing stays when it ends.
    """
    try:
        from bridge.demo.running import run_demo
    except ModuleNotFoundError as error:
        fail(f"the demo needs {error.name}: pip install 'edldrs-bridge[demo]'")
    await run_demo(port, open_browser=not no_browser)
