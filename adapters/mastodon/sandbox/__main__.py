"""The sandbox's process: ``python -m adapters.mastodon.sandbox FOLDER``. Prints its address when it
answers, and dies with its parent."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn
from mastodon_mock.app import create_app
from mastodon_mock.config import DatabaseConfig, MastodonMockConfig, SeedAccount, SeedConfig, StreamingConfig

from adapters.mastodon.sandbox.corrections import correct_app, correct_modules
from adapters.mastodon.sandbox.gateway import Gateway
from adapters.mastodon.sandbox.stage import BOT, BOT_TOKEN

_PR_SET_PDEATHSIG = 1  # prctl(2)


def _die_with_parent() -> None:
    """Also when the parent is killed, and had no time to tell us."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent is gone")


class _Announcing(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(f"http://127.0.0.1:{sockets[0].getsockname()[1] if sockets else 0}", flush=True)


def main(folder: Path) -> None:
    _die_with_parent()
    listening = socket.create_server(("127.0.0.1", 0))
    domain = f"127.0.0.1:{listening.getsockname()[1]}"
    base = f"http://{domain}"
    correct_modules(base)
    bot = SeedAccount(
        username=BOT,
        display_name="EdLdrs",
        bot=True,
        note="<p>Carries #EdLdrs between networks. Run by @host@mastodon.example</p>",
        access_token=BOT_TOKEN,
    )
    config = MastodonMockConfig(
        domain=domain,
        url_scheme="http",
        title="Mastodon sandbox",
        database=DatabaseConfig(path=str(folder / "mastodon.sqlite")),
        media_storage_path=str(folder / "media"),
        streaming=StreamingConfig(heartbeat_seconds=5.0),
        seed=SeedConfig(accounts=[bot]),
    )
    app = create_app(config)
    correct_app(app)
    served = uvicorn.Config(Gateway(app, BOT_TOKEN), log_level="warning", access_log=False, server_header=False)
    _Announcing(served).run(sockets=[listening])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
