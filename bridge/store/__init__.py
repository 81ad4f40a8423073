"""The journal: SQLAlchemy tables, units of work, migrations. Returns model values, never rows.

One module writes each table, named after it; the others call its functions inside one unit of work.
"""

from bridge.store.database import Store, is_outage, open_store

__all__ = ["Store", "is_outage", "open_store"]
