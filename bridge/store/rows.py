"""Many rows through one statement. SQLAlchemy takes each row apart by itself and puts its parameters together
anew, which costs more than the database does; here its own words for the statement are kept, and each row is
brought into their order at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, UpdateBase
from sqlalchemy.sql.compiler import SQLCompiler

Row = Mapping[str, Any]

as_json: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False).encode
"""How structured values stand in a column of text."""


def execute_many(connection: Connection, statement: UpdateBase, rows: Sequence[Row]) -> None:
    """Carry out the statement for each row, in order. All rows have the same names: columns of an insert, or
    parameters. Values are as the driver takes them (the columns of our tables need no conversion)."""
    if rows:
        words, fixed, in_order = _written(statement, connection.dialect, tuple(rows[0]))
        connection.exec_driver_sql(words, [in_order({**fixed, **row} if fixed else row) for row in rows])


@lru_cache(maxsize=256)
def _written(
    statement: UpdateBase, dialect: Dialect, names: tuple[str, ...]
) -> tuple[str, dict[str, Any], Callable[[Row], tuple[Any, ...]]]:
    """The statement as the driver reads it, the parameters that are the same for all rows, and what brings a
    row into the order of its parameters. Both our drivers count parameters."""
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    assert isinstance(compiled, SQLCompiler)
    assert compiled.positiontup is not None
    own = {name: one for name, one in compiled.binds.items() if name not in names and not one.required}
    fixed = {name: one.effective_value for name, one in own.items()}
    return str(compiled), fixed, itemgetter(*compiled.positiontup)
