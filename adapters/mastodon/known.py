"""Which local id, on which server, is which post. Deletes and replies name posts by local ids, the
core knows them by their ``uri``.

A cache: if the file is lost, deletes of posts read before are missed by the stream, and found by the
``Lookup`` that follows each catch-up.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Self

from bridge.adapter import open_cache

KEEP_DAYS = 90

_TABLES = (
    "CREATE TABLE IF NOT EXISTS known (server TEXT, id TEXT, uri TEXT NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY (server, id)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS known_uri ON known (uri)",
    f"DELETE FROM known WHERE at < unixepoch() - 86400 * {KEEP_DAYS}",
)


class Known:
    """Local ids by server. Calls take microseconds, so they run in the loop."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "known.sqlite"

    def __enter__(self) -> Self:
        self._db = open_cache(self._path, _TABLES)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def remember(self, server: str, local: str, uri: str) -> None:
        """Note that ``local`` on ``server`` is the post ``uri``."""
        self._db.execute("INSERT OR REPLACE INTO known VALUES (?, ?, ?, unixepoch())", (server, local, uri))

    def uri(self, server: str, local: str) -> str | None:
        """The post's own id, if it was met."""
        row = self._db.execute("SELECT uri FROM known WHERE server = ? AND id = ?", (server, local)).fetchone()
        return row[0] if row else None

    def local(self, server: str, uri: str) -> str | None:
        """Its id on that server, if it was met there."""
        row = self._db.execute("SELECT id FROM known WHERE uri = ? AND server = ?", (uri, server)).fetchone()
        return row[0] if row else None

    def servers(self, uri: str) -> Collection[str]:
        """Where it was met."""
        return [row[0] for row in self._db.execute("SELECT server FROM known WHERE uri = ?", (uri,))]
