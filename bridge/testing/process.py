"""A bridge in a process of its own, to be stopped, or killed without warning.

``python -m bridge.testing.process FILE`` runs the pickled installation in the file until SIGTERM.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from bridge.app import run
from bridge.config import Installation

_READY = b"running\n"


class BridgeProcess:
    """``start`` it, ``kill`` it (SIGKILL), ``stop`` it (SIGTERM); its log goes to ``folder/bridge.log``."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "installation.pickle"
        self._file.write_bytes(pickle.dumps(installation))
        self._file_of_log = folder / "bridge.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Returns once it runs; that its networks are up yet is not promised."""
        with self._file_of_log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", __name__, str(self._file), stdout=asyncio.subprocess.PIPE, stderr=log
            )
        assert self._process.stdout is not None
        if await self._process.stdout.readline() != _READY:
            raise RuntimeError(f"the bridge did not start:\n{self.log()[-2000:]}")

    def log(self) -> str:
        """All that it and its predecessors said."""
        return self._file_of_log.read_text()

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """The exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(how)
        return await self._process.wait()


@contextlib.asynccontextmanager
async def bridge_process(installation: Installation, folder: Path) -> AsyncIterator[BridgeProcess]:
    """One that runs, and is gone afterwards."""
    process = BridgeProcess(installation, folder)
    await process.start()
    try:
        yield process
    finally:
        await process.kill()


async def _run(installation: Installation) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    sys.stdout.buffer.write(_READY)
    sys.stdout.buffer.flush()
    await run(installation, stop)


if __name__ == "__main__":
    import structlog

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(_run(pickle.loads(Path(sys.argv[1]).read_bytes())))
