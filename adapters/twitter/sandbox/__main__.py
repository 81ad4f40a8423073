"""The sandbox's process: ``python -m adapters.twitter.sandbox``. Prints where it is and the keys to it, as
JSON on one line, when it answers. Dies with its parent."""

from __future__ import annotations

import json
import socket

import uvicorn

from adapters.twitter.sandbox.app import App
from adapters.twitter.sandbox.calls import Place
from adapters.twitter.sandbox.parent import die_with_parent
from adapters.twitter.sandbox.state import World


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, place: Place) -> None:
        super().__init__(config)
        self._place = place

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        keys, bot = self._place.keys, self._place.world.bot
        token, secret = keys.token_for(bot)
        told = {
            "api_url": self._place.world.address,
            "consumer_key": keys.consumer,
            "consumer_secret": keys.consumer_secret,
            "access_token": token,
            "access_token_secret": secret,
            "bearer_token": keys.bearer,
            "user_id": bot.id,
            "username": bot.username,
        }
        print(json.dumps(told), flush=True)


def main() -> None:
    die_with_parent()
    listening = socket.create_server(("127.0.0.1", 0))
    place = Place(World(f"http://127.0.0.1:{listening.getsockname()[1]}"))
    config = uvicorn.Config(
        App(place),
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,  # X's clock says it
        timeout_keep_alive=3600,
        timeout_graceful_shutdown=1,
    )
    _Announcing(config, place).run(sockets=[listening])


if __name__ == "__main__":
    main()
