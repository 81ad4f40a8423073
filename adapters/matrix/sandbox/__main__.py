"""The sandbox's process: ``python -m adapters.matrix.sandbox FOLDER``. Starts Synapse and the gateway in
front of it, and prints where they are, as JSON, when they answer. Dies with its parent."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from pathlib import Path

from aiohttp import ClientError, ClientSession

from adapters.matrix.sandbox.gateway import Control, Gateway
from adapters.matrix.sandbox.parent import die_with_parent

_LOOK_EVERY = 0.05


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


async def _answers(address: str, process: asyncio.subprocess.Process) -> None:
    async with ClientSession() as http:
        while process.returncode is None:
            try:
                async with http.get(f"{address}/_matrix/client/versions") as answer:
                    if answer.status == 200:
                        return
            except ClientError:
                await asyncio.sleep(_LOOK_EVERY)
    sys.exit("Synapse ended before it answered")


async def main(folder: Path) -> None:
    port = _free_port()
    homeserver = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "adapters.matrix.sandbox.homeserver", str(folder), str(port),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    try:
        await _answers(homeserver, process)
        async with Gateway(homeserver) as gateway, Control(gateway) as control:
            told = {"homeserver": homeserver, "gateway": gateway.address, "control": control.address}
            print(json.dumps(told), flush=True)
            ended = asyncio.create_task(process.wait())
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if process.returncode is None:
            process.kill()  # nothing in it is worth a slow end
            await process.wait()


if __name__ == "__main__":
    die_with_parent()
    asyncio.run(main(Path(sys.argv[1])))
