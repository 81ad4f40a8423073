"""The databases that tests are given are what they claim to be."""

from sqlalchemy import Connection, text

from bridge.store.database import open_store


async def test_a_database_is_empty_and_works(database_url: str) -> None:
    def dialect(connection: Connection) -> str:
        assert connection.execute(text("SELECT count(*) FROM message")).scalar() == 0
        return connection.dialect.name

    store = await open_store(database_url)
    try:
        assert await store.write(dialect) == database_url.partition(":")[0]
    finally:
        await store.close()
