"""On SQLite one `run` at a time; on PostgreSQL several may share the networks."""

from __future__ import annotations

import fcntl
import time
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url


class AlreadyRunning(Exception):
    """Another `edldrs run` uses this database. Stop it first: two would answer for the same networks."""


def hold(database: str, patience: float = 1.0) -> Any:
    """On SQLite one `run` at a time: hold a lock on a file beside the database while we run. Who only looks
    whether it is held holds it for an instant: so many seconds of patience before it counts as taken."""
    url = make_url(database)
    if url.get_backend_name() != "sqlite" or not url.database:
        return _Nothing()
    path = Path(f"{url.database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    ends = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            if time.monotonic() >= ends:
                file.close()
                raise AlreadyRunning(f"another `edldrs run` uses {url.database}: stop it first") from None
        time.sleep(0.05)


def is_running(database: str) -> bool | None:
    """Does a `run` hold this database now? None where that cannot be told (on PostgreSQL several may)."""
    if make_url(database).get_backend_name() != "sqlite":
        return None
    try:
        hold(database, patience=0).close()
    except AlreadyRunning:
        return True
    return False


class _Nothing:
    def close(self) -> None:
        """Several may run on PostgreSQL."""
