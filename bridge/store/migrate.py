"""Brings a database up to date when it is opened. Two that start at once take turns.

An empty database gets the tables as they are now; an older one the migrations that it lacks. Only then
Alembic is loaded: it takes as much memory as all the tables' code.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select, text

from bridge.store.tables import metadata

_LOCK = 0x45644C647273  # PostgreSQL advisory lock; SQLite's BEGIN IMMEDIATE is its own
MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = max(one.name.partition("_")[0] for one in (MIGRATIONS / "versions").glob("[0-9]*.py"))
"""The newest migration's revision, which its file's name begins with."""

# As Alembic makes it: https://alembic.sqlalchemy.org/en/latest/tutorial.html#running-our-first-migration
_version = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


def migrate(connection: Connection) -> None:
    """Do what has not been done yet, in the transaction of this connection."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    there = set(inspect(connection).get_table_names())
    if _version.name not in there and not there & set(metadata.tables):
        metadata.create_all(connection)
        _version.create(connection)
        connection.execute(_version.insert().values(version_num=HEAD))
    elif _version.name not in there or connection.execute(select(_version.c.version_num)).scalar() != HEAD:
        upgrade(connection)


def upgrade(connection: Connection) -> None:
    """Run the migrations that have not run yet."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
