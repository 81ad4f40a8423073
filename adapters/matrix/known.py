"""What events of the past were, for events that name them by id only: a redaction does not say whether it
takes back a reaction, an edit or a message, and an answer does not say in which thread it stands.

A cache: if the file is lost, redactions of older reactions and edits pass unnoticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from bridge.adapter import open_cache

KEEP_DAYS = 30

_TABLES = (
    "CREATE TABLE IF NOT EXISTS past (id TEXT PRIMARY KEY, kind TEXT NOT NULL, target TEXT NOT NULL,"
    " what TEXT NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS told (room TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS alias (alias TEXT PRIMARY KEY, room TEXT NOT NULL) WITHOUT ROWID",
    f"DELETE FROM past WHERE at < unixepoch() - 86400 * {KEEP_DAYS}",
)

Kind = Literal["reaction", "edit", "thread"]


@dataclass(frozen=True, slots=True)
class Past:
    """``target``: the post that a reaction or an edit is of, or the root of a thread; ``what``: the
    reaction's emoji; ``by``: its sender."""

    kind: Kind
    target: str
    what: str = ""
    by: str = ""


class Known:
    """Past events by id. Calls take microseconds, so they run in the loop."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "known.sqlite"

    def __enter__(self) -> Self:
        self._db = open_cache(self._path, _TABLES)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def remember(self, id: str, past: Past) -> None:
        """Note what this event was."""
        row = (id, past.kind, past.target, past.what, past.by)
        self._db.execute("INSERT OR REPLACE INTO past VALUES (?, ?, ?, ?, ?, unixepoch())", row)

    def past(self, id: str) -> Past | None:
        """What this event was, if it was met and is no plain message."""
        row = self._db.execute("SELECT kind, target, what, by FROM past WHERE id = ?", (id,)).fetchone()
        return Past(*row) if row else None

    def told(self, room: str) -> bool:
        """Have we said there that we cannot read what is encrypted?"""
        return self._db.execute("SELECT 1 FROM told WHERE room = ?", (room,)).fetchone() is not None

    def tell(self, room: str) -> None:
        """Now we have."""
        self._db.execute("INSERT OR REPLACE INTO told VALUES (?)", (room,))

    def room(self, alias: str) -> str | None:
        """Which room an alias meant when it could last be asked."""
        row = self._db.execute("SELECT room FROM alias WHERE alias = ?", (alias,)).fetchone()
        return row[0] if row else None

    def name(self, alias: str, room: str) -> None:
        """Note which room an alias means."""
        self._db.execute("INSERT OR REPLACE INTO alias VALUES (?, ?)", (alias, room))
