"""Units of work: they share commits, fail on their own, and are on disk when they return."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Connection, text

from bridge.model.ids import Cursor, NetworkId, Stream
from bridge.store import Store, cursors, open_store
from bridge.testing.clock import START

NETWORK = NetworkId("hall")


def put(connection: Connection, stream: str, cursor: str) -> None:
    cursors.put_cursors(connection, NETWORK, {Stream(stream): Cursor(cursor)}, START)


async def all_cursors(store: Store) -> dict[Stream, Cursor]:
    return await store.read(lambda c: cursors.cursors(c, NETWORK))


async def test_what_is_handed_in_together_is_committed_together(database_url: str) -> None:
    store = await open_store(database_url)
    try:
        await asyncio.gather(*(store.write(lambda c, n=n: put(c, f"s{n}", f"{n}")) for n in range(100)))
        assert await all_cursors(store) == {Stream(f"s{n}"): Cursor(f"{n}") for n in range(100)}
    finally:
        await store.close()


async def test_one_that_fails_takes_no_other_down(database_url: str) -> None:
    store = await open_store(database_url)

    def fail(connection: Connection) -> None:
        put(connection, "bad", "x")
        connection.execute(text("SELECT nonsense FROM nowhere"))

    try:
        ended = await asyncio.gather(
            store.write(lambda c: put(c, "a", "1")),
            store.write(fail),
            store.write(lambda c: put(c, "b", "2")),
            return_exceptions=True,
        )
        assert ended[0] is None
        assert isinstance(ended[1], Exception)
        assert await all_cursors(store) == {Stream("a"): Cursor("1"), Stream("b"): Cursor("2")}
    finally:
        await store.close()


async def test_a_unit_is_committed_though_who_asked_gave_up(database_url: str) -> None:
    store = await open_store(database_url)
    asked = asyncio.ensure_future(store.write(lambda c: put(c, "a", "1")))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await store.close()
    again = await open_store(database_url)
    try:
        assert await all_cursors(again) == {Stream("a"): Cursor("1")}
    finally:
        await again.close()


async def test_a_closed_store_says_so(database_url: str) -> None:
    store = await open_store(database_url)
    await store.close()
    with pytest.raises(RuntimeError, match="closed"):
        await store.write(lambda c: put(c, "a", "1"))
