"""How a function of a connection gets to the database: on PostgreSQL through the async engine; on SQLite
whole in a thread, since an async driver there wakes a thread for every single statement, which costs
more than the statements do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from sqlite3 import OperationalError
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

_BUSY_SECONDS = 30  # how long we wait for another process that writes to the same SQLite file
_READERS = 4
_POSTGRESQL_POOL = 5


class Engines(Protocol):
    async def write(self, work: Callable[[Connection], T]) -> T:
        """In a transaction, committed to disk when this returns. One at a time."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """On a connection that sees what was committed before it began. Several at a time."""

    async def dispose(self) -> None: ...


class _PostgreSQL:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def write(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)

    async def dispose(self) -> None:
        await self._engine.dispose()


class _SQLite:
    def __init__(self, writer: Engine, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="journal-write")
        self._reading = ThreadPoolExecutor(_READERS, thread_name_prefix="journal-read")

    async def write(self, work: Callable[[Connection], T]) -> T:
        def in_transaction() -> T:
            with self._writer.begin() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._writing, in_transaction)

    async def read(self, work: Callable[[Connection], T]) -> T:
        def connected() -> T:
            with self._reader.connect() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._reading, connected)

    async def dispose(self) -> None:
        for pool in (self._writing, self._reading):
            await asyncio.to_thread(pool.shutdown)
        self._writer.dispose()
        self._reader.dispose()


def postgresql(url: URL) -> Engines:
    from sqlalchemy.ext.asyncio import create_async_engine  # six megabytes that SQLite does not need

    return _PostgreSQL(create_async_engine(url.set(drivername="postgresql+asyncpg"), pool_size=_POSTGRESQL_POOL))


def sqlite(url: URL) -> Engines:
    """WAL, and an fsync with every commit. One connection writes, and says so when it begins: a transaction
    that starts by reading and writes later can be refused for good when another process wrote in between."""
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    return _SQLite(_sqlite_engine(url, 1, "BEGIN IMMEDIATE"), _sqlite_engine(url, _READERS, "BEGIN"))


def _sqlite_engine(url: URL, connections: int, begin: str) -> Engine:
    engine = create_engine(
        url.set(drivername="sqlite"),
        pool_size=connections,
        max_overflow=0,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, record: object) -> None:
        connection.isolation_level = None  # else the driver begins by itself, and too late
        cursor = connection.cursor()
        _write_ahead(cursor)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _write_ahead(cursor: Any) -> None:
    """A file stays in WAL mode once it is; the change itself does not wait while another connection is in the
    new file, so we do."""
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() >= until:
                raise
        time.sleep(0.02)
