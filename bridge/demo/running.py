"""Starts the demo, and ends it without a trace."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import click
import structlog
import uvicorn

from bridge.adapter import Manifest
from bridge.app import Bridge, utc_now
from bridge.config import Installation
from bridge.config.joined import LONDON, installation, joined
from bridge.demo.clockwork import FastClock, travelling
from bridge.demo.leaders import LEADERS
from bridge.demo.page import make_app
from bridge.demo.playing import Playing
from bridge.demo.standins import StandIn, StandIns, with_stand_ins
from bridge.demo.timelines import Timelines
from bridge.model.calendar import Calendar, Hour
from bridge.model.ids import NetworkId
from bridge.sessions.standard import STANDARD

PORT = 8420


async def run_demo(
    port: int | None = None, *, open_browser: bool = True, platforms: Sequence[Manifest] | None = None
) -> None:
    """Until SIGINT or SIGTERM. ``platforms`` are all that have a stand-in, unless given; ``port`` 0 takes a
    free one. Raises SystemExit where fewer than two stand-ins start."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    chosen = with_stand_ins() if platforms is None else tuple(platforms)
    _say(f"Starting {', '.join(one.title for one in chosen)} on this machine ...")
    with tempfile.TemporaryDirectory(prefix="edldrs-demo-", ignore_cleanup_errors=True) as folder:
        starting = StandIns(chosen, Path(folder), _say)
        async with starting as networks:
            if stop.is_set():
                return
            if len(networks.running) < 2:
                raise SystemExit("The demo needs two networks at least.")
            clock = FastClock(utc_now())
            chat = _chat(Path(folder), networks.running, clock())
            async with Bridge(chat, now=clock, network_now=clock.real, wrap=travelling(clock)) as bridge:
                await _up(bridge, stop)
                await _serve(bridge, clock, networks.running, port, open_browser, stop)
            _say("Stopping ...")


def _chat(folder: Path, networks: Sequence[StandIn], now: datetime) -> Installation:
    found = {one.name: joined(one.manifest, one.sandbox) for one in networks}
    return installation(folder, found, chat=programme(now))


def programme(now: datetime) -> dict[str, Any]:
    """The weekly hour of the demo's chat. Its first session is far enough ahead that nothing of it is due while one
    looks around: that is left to who plays the week."""
    later = (now.astimezone(LONDON) + timedelta(weeks=1)).date()
    monday = later + timedelta(days=-later.weekday() % 7)
    hosts = tuple((leader.title.partition(",")[0],) for leader in LEADERS)
    calendar = Calendar(zone=LONDON, hour=Hour(0, time(20), time(21)), first=monday, rota=hosts)
    return {"calendar": calendar, "programme": STANDARD, "clock_name": "UK"}


async def _up(bridge: Bridge, stop: asyncio.Event) -> None:
    """Wait until all networks are read, or for half a minute."""
    for _ in range(300):
        if stop.is_set() or all(bridge.health[NetworkId(n)].state == "up" for n in bridge.installation.networks):
            return
        await asyncio.sleep(0.1)
    for name, health in bridge.health.items():
        if health.state != "up":
            _say(f"  {name} is {health.state}: {health.reason}")


async def _serve(
    bridge: Bridge,
    clock: FastClock,
    networks: Sequence[StandIn],
    port: int | None,
    open_browser: bool,
    stop: asyncio.Event,
) -> None:
    playing = Playing(bridge, clock, {one.name: one.sandbox.stage for one in networks})
    timelines = Timelines(bridge, clock, networks, playing)
    listening = _listen(PORT if port is None else port)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    config = uvicorn.Config(
        make_app(bridge, clock, networks, timelines, playing),
        log_level="warning",
        timeout_graceful_shutdown=1,
        lifespan="off",
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    shown = click.style(address, bold=True, underline=True)
    _say(f"\nThe bridge runs between them. Try it: {shown}\nCtrl-C ends it; nothing stays.")
    if open_browser:
        await asyncio.to_thread(webbrowser.open, address)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    timelines.close()
    await playing.stop()
    server.should_exit = True
    await serving


class _Server(uvicorn.Server):
    """Signals are ours: they end the networks too."""

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]
        return nullcontext()


def _listen(port: int) -> socket.socket:
    """On this machine alone; on a free port where that one is taken."""
    for one in (port, 0):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", one))
        except OSError:
            listening.close()
            continue
        listening.listen()  # who comes before the server is ready waits for it
        return listening
    raise SystemExit("No port of this machine can be listened on.")


def _say(line: str) -> None:
    click.echo(line)
