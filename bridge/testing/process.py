"""A bridge in a process of its own, to be stopped, or killed without warning.

``python -m bridge.testing.process FILE [CLOCK]`` runs the pickled installation in the file until SIGTERM, by the
clock that is kept in the other (see :mod:`bridge.testing.moving`).
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import signal
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from bridge import app
from bridge.config import Installation
from bridge.demo.clockwork import FastClock, travelling
from bridge.testing.moving import Followed, keep

_READY = b"running\n"
_LOOK_SECONDS = 0.02  # between two looks for polls and steps, where the clock is moved: nothing else waits for them


class BridgeProcess:
    """``start`` it, ``kill`` it (SIGKILL), ``stop`` it (SIGTERM); its log goes to ``folder/bridge.log``.

    With a ``clock`` it goes by that one, and looks for polls and steps more often than usual: ``jump`` moves it,
    whether the process runs or not."""

    def __init__(self, installation: Installation, folder: Path, clock: FastClock | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        file, self._file_of_clock = folder / "installation.pickle", folder / "clock.pickle"
        file.write_bytes(pickle.dumps(installation))
        self._arguments = [str(file)]
        self._clock = clock
        if clock is not None:
            keep(clock, self._file_of_clock)
            self._arguments.append(str(self._file_of_clock))
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
                sys.executable, "-m", __name__, *self._arguments, stdout=asyncio.subprocess.PIPE, stderr=log
            )
        assert self._process.stdout is not None
        if await self._process.stdout.readline() != _READY:
            raise RuntimeError(f"the bridge did not start:\n{self.log()[-2000:]}")

    def jump(self, to: datetime) -> None:
        """It is ``to`` now in the chat."""
        assert self._clock is not None
        self._clock.jump(to)
        keep(self._clock, self._file_of_clock)

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
async def bridge_process(
    installation: Installation, folder: Path, clock: FastClock | None = None
) -> AsyncIterator[BridgeProcess]:
    """One that runs, and is gone afterwards."""
    process = BridgeProcess(installation, folder, clock)
    await process.start()
    try:
        yield process
    finally:
        await process.kill()


async def _run(installation: Installation, file_of_clock: Path | None) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    sys.stdout.buffer.write(_READY)
    sys.stdout.buffer.flush()
    if file_of_clock is None:
        await app.run(installation, stop)
        return
    app._POLL_SECONDS = app._SESSION_SECONDS = _LOOK_SECONDS
    clock = Followed(file_of_clock)
    async with app.Bridge(installation, now=clock, network_now=clock.real, wrap=travelling(clock)):
        await stop.wait()


if __name__ == "__main__":
    import structlog

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(_run(pickle.loads(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2]) if sys.argv[2:] else None))
