"""Insert or update, which both databases can, each in its own dialect."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

from bridge.store.rows import execute_many


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], *, keep: Sequence[str] = ()) -> None:
    """Put rows under their primary key. Of one that is there already, the columns in ``keep`` stay.
    Where all would stay, the row is left as it is."""
    if rows:
        execute_many(connection, _statement(connection.dialect.name, table, tuple(rows[0]), tuple(keep)), rows)


@cache
def _statement(dialect: str, table: Table, columns: tuple[str, ...], keep: tuple[str, ...]) -> Insert:
    keys = [column.name for column in table.primary_key]
    insert = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    changed = {name: insert.excluded[name] for name in columns if name not in keys and name not in keep}
    if not changed:
        return insert.on_conflict_do_nothing(index_elements=keys)
    return insert.on_conflict_do_update(index_elements=keys, set_=changed)
