"""One database, SQLite or PostgreSQL, and the way in: units of work that share commits.

A unit of work is a plain function of a connection. Those that wait at the same time run in one
transaction and share its fsync, which is what makes the journal fast. A unit may therefore be run
twice (when another one in its commit failed, each is run again on its own), so it must have no
effect outside the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

T = TypeVar("T")
Unit = Callable[[Connection], T]

_SHARE_AT_MOST = 64  # units in one commit: bounds how long one waits for the others
_BUSY_SECONDS = 30  # how long we wait for another process that writes to the same SQLite file


class Store:
    """Open it with :func:`open_store`. ``write`` runs a unit and returns once it is committed to disk;
    ``read`` runs one on a connection of its own that sees what was committed before it began."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer = writer
        self._reader = reader
        self._waiting: list[tuple[Unit[Any], asyncio.Future[Any]]] = []
        self._wake = asyncio.Event()
        self._task = asyncio.create_task(self._commit_for_ever(), name="store: commits")

    async def write(self, unit: Unit[T]) -> T:
        if self._task.done():
            raise RuntimeError("the store is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((unit, future))
        self._wake.set()
        # Once handed in, a unit is committed even if who asked for it is cancelled.
        return await asyncio.shield(future)

    async def read(self, unit: Unit[T]) -> T:
        async with self._reader.connect() as connection:
            return await connection.run_sync(unit)

    async def close(self) -> None:
        """Commit what waits, then close."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        while self._waiting:
            await self._commit(self._take())
        await self._writer.dispose()
        await self._reader.dispose()

    def _take(self) -> list[tuple[Unit[Any], asyncio.Future[Any]]]:
        batch, self._waiting = self._waiting[:_SHARE_AT_MOST], self._waiting[_SHARE_AT_MOST:]
        return batch

    async def _commit_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch = self._take()
                commit = asyncio.ensure_future(self._commit(batch))
                try:
                    await asyncio.shield(commit)
                except asyncio.CancelledError:
                    await commit
                    raise

    async def _commit(self, batch: list[tuple[Unit[Any], asyncio.Future[Any]]]) -> None:
        try:
            async with self._writer.begin() as connection:
                results = await connection.run_sync(lambda sync: [unit(sync) for unit, _ in batch])
        except Exception as error:
            if len(batch) == 1:
                _settle(batch[0][1], error=error)
                return
            for one in batch:
                await self._commit([one])
            return
        for (_, future), result in zip(batch, results, strict=True):
            _settle(future, result)


def _settle(future: asyncio.Future[Any], result: object = None, error: Exception | None = None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


async def open_store(url: str) -> Store:
    """``sqlite:///path`` or ``postgresql://...``; the tables are brought up to date first."""
    from bridge.store.migrate import migrate  # loads Alembic, which only this needs

    writer, reader = _engines(url)
    async with writer.begin() as connection:
        await connection.run_sync(migrate)
    return Store(writer, reader)


def _engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        engine = create_async_engine(parsed.set(drivername="postgresql+asyncpg"), pool_size=5)
        return engine, engine
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    sqlite = parsed.set(drivername="sqlite+aiosqlite")
    # One connection writes, and says so when it begins: a transaction that starts by reading and
    # writes later can be refused for good when another process wrote in between.
    writer = create_async_engine(sqlite, pool_size=1, max_overflow=0, connect_args={"timeout": _BUSY_SECONDS})
    reader = create_async_engine(sqlite, pool_size=4, max_overflow=4, connect_args={"timeout": _BUSY_SECONDS})
    for engine, begin in ((writer, "BEGIN IMMEDIATE"), (reader, "BEGIN")):
        _prepare_sqlite(engine, begin)
    return writer, reader


def _prepare_sqlite(engine: AsyncEngine, begin: str) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, record: object) -> None:
        connection.isolation_level = None  # else the driver begins by itself, and too late
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
