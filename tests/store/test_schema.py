"""The tables: as the migrations make them, keyed so that they can be distributed, and never read whole."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, UniqueConstraint, event, text
from sqlalchemy.engine import Engine

from bridge.store import open_store
from bridge.store.migrate import HEAD, MIGRATIONS, upgrade
from bridge.store.tables import metadata
from bridge.testing.waiting import until
from tests.core.rig import Net, rig

GROW = ("message", "revision", "posting", "part", "reaction", "ballot", "vote", "suggestion")


async def test_the_migrations_make_the_tables(database_url: str) -> None:
    store = await open_store(database_url)
    try:
        await store.write(metadata.drop_all)
        await store.write(lambda c: c.execute(text("DROP TABLE alembic_version")))
        await store.write(upgrade)
        drift = await store.write(lambda c: compare_metadata(MigrationContext.configure(c), metadata))
    finally:
        await store.close()
    assert drift == []


async def test_a_new_database_counts_as_up_to_date(database_url: str) -> None:
    """It is made without the migrations; they would find nothing to do."""
    store = await open_store(database_url)
    try:
        drift = await store.write(lambda c: compare_metadata(MigrationContext.configure(c), metadata))
        revision = await store.read(lambda c: MigrationContext.configure(c).get_current_revision())
        await store.write(upgrade)
    finally:
        await store.close()
    assert drift == []
    assert revision == HEAD == ScriptDirectory(str(MIGRATIONS)).get_current_head()


async def test_a_database_of_an_older_version_is_upgraded(database_url: str) -> None:
    """Here of one that is older than all: it has a version table, and nothing in it."""
    store = await open_store(database_url)
    await store.write(metadata.drop_all)
    await store.write(lambda c: c.execute(text("DELETE FROM alembic_version")))
    await store.close()
    again = await open_store(database_url)
    try:
        drift = await again.write(lambda c: compare_metadata(MigrationContext.configure(c), metadata))
    finally:
        await again.close()
    assert drift == []


async def test_a_database_is_brought_up_to_date_by_two_at_once(database_url: str) -> None:
    stores = await asyncio.gather(open_store(database_url), open_store(database_url))
    for store in stores:
        await store.close()


@pytest.mark.parametrize("name", GROW)
def test_what_grows_with_talk_can_be_distributed_by_chat(name: str) -> None:
    table = metadata.tables[name]
    assert next(iter(table.primary_key.columns)).name == "chat_id"
    unique = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    assert all("chat_id" in constraint.columns for constraint in unique)
    assert all("chat_id" in index.columns for index in table.indexes if index.unique)


async def test_no_question_reads_a_growing_table_whole(tmp_path: Path) -> None:
    asked: dict[str, Any] = {}

    def note(connection: Connection, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            asked.setdefault(statement, values[0] if many else values)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        chat = rig(tmp_path, Net(name="hall"), Net(name="yard"))
        async with chat.running():
            hall = chat.stage["hall"]
            post = await hall.post("#lounge", "one", author="anna")
            copy = await chat.arrives("yard", "one")
            await chat.stage["yard"].post("#lounge", "an answer", author="ben", reply_to=copy.id)
            await chat.arrives("hall", "an answer")
            await hall.react(post)
            await hall.edit(post, "one, better")
            await chat.arrives("yard", "one, better")
            await hall.delete(post)
            await hall.post("#lounge", "two", author="carla")
            await chat.arrives("yard", "two")
            await hall.tell("stop", author="carla")
            await until(lambda: _empty(chat))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    store = await open_store(chat.installation.database)
    try:
        plans = await store.read(
            lambda c: {
                statement: [row[3] for row in c.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
                for statement, values in asked.items()
                if "sqlite_" not in statement and "alembic" not in statement
            }
        )
    finally:
        await store.close()
    assert len(plans) > 10
    whole = {s: plan for s, plan in plans.items() if any(f"SCAN {name}" in step for step in plan for name in GROW)}
    assert whole == {}


async def _empty(chat: Any) -> bool:
    return not await chat.copies("yard")
