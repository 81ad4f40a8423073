"""One database, SQLite or PostgreSQL, and the way in: units of work that share commits.

A unit of work is a plain function of a connection. Those that wait at the same time run in one
transaction and share its fsync, which is what makes the journal fast. A unit may therefore be run
twice (when another one in its commit failed, each is run again on its own), so it must have no
effect outside the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from bridge.store.engines import Engines, postgresql, sqlite
from bridge.store.migrate import migrate

T = TypeVar("T")
Unit = Callable[[Connection], T]

_SHARE_AT_MOST = 64  # units in one commit: bounds how long one waits for the others


class StoreClosed(RuntimeError):
    """Nothing can be written any more."""


class Store:
    """Open it with :func:`open_store`. ``write`` runs a unit and returns once it is committed to disk;
    ``read`` runs one on a connection of its own that sees what was committed before it began."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._waiting: list[tuple[Unit[Any], asyncio.Future[Any]]] = []
        self._wake = asyncio.Event()
        self._task = asyncio.create_task(self._commit_for_ever(), name="store: commits")

    async def write(self, unit: Unit[T]) -> T:
        if self._task.done():
            raise StoreClosed("the store is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((unit, future))
        self._wake.set()
        # Once handed in, a unit is committed even if who asked for it is cancelled.
        return await asyncio.shield(future)

    async def read(self, unit: Unit[T]) -> T:
        return await self._engines.read(unit)

    async def close(self) -> None:
        """Commit what waits, then close."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        while self._waiting:
            await self._commit(self._take())
        await self._engines.dispose()

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
            results: Sequence[Any] = await self._engines.write(lambda c: [unit(c) for unit, _ in batch])
        except Exception as error:
            if len(batch) == 1:
                _settle(batch[0][1], error=error)
                return
            for one in batch:
                await self._commit([one])
            return
        for (_, future), result in zip(batch, results, strict=True):
            _settle(future, result)


def is_outage(error: Exception) -> bool:
    """Is it the database that cannot be reached or written, and not what was to be done there?"""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return isinstance(error, OSError | StoreClosed)


def _settle(future: asyncio.Future[Any], result: object = None, error: Exception | None = None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


async def open_store(url: str) -> Store:
    """``sqlite:///path`` or ``postgresql://...``; the tables are brought up to date first."""
    parsed = make_url(url)
    engines = postgresql(parsed) if parsed.get_backend_name() == "postgresql" else sqlite(parsed)
    await engines.write(migrate)
    return Store(engines)
