"""The journal: SQLAlchemy tables, units of work, migrations. Returns model values, never rows.

One module writes each table, named after it; the others call its functions inside one unit of work.
"""

from bridge.store.database import Store, open_store

__all__ = ["Store", "open_store"]
