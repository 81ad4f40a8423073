"""A file in which an adapter keeps what it could learn again: no promise rests on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path


def open_cache(path: Path, statements: Sequence[str]) -> sqlite3.Connection:
    """An SQLite file with the tables that ``statements`` make if they are not there. It is never synced to
    disk, so that a call takes microseconds and may run in the loop; a damaged one is begun anew."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open(path, statements)
    except sqlite3.DatabaseError:
        path.unlink()
        return _open(path, statements)


def _open(path: Path, statements: Sequence[str]) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    try:
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=OFF", *statements):
            db.execute(statement)
    except BaseException:
        db.close()
        raise
    return db
