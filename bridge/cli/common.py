"""What the commands share: where config.yaml is, the journal, how an error reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bridge.cli.errors import fail
from bridge.config import Installation
from bridge.config.load import load, where
from bridge.config.problems import ConfigError, did_you_mean, listed
from bridge.model.chat import Chat
from bridge.model.ids import ChatId, NetworkId
from bridge.store import Store, open_store

P = ParamSpec("P")
T = TypeVar("T")

DATABASE_MEND = "Does it run, is the address right, and may this user write there?"

config_option = click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config.yaml"),
    envvar="EDLDRS_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The config file",
)


chat_option = click.option("--chat", "name", default=None, help="Its short name; needed where there are several")


def loaded(file: Path, *, without_secrets: NetworkId | None = None) -> Installation:
    """The installation, or the end with all that is wrong in the file."""
    try:
        return load(file, without_secrets=without_secrets)
    except ConfigError as error:
        count = len(error.problems)
        fail(f"{count} problem{'' if count == 1 else 's'} in {file}\n{error}", 2)


def known(installation: Installation, network: str) -> NetworkId:
    """A network of the installation, by the name that was typed."""
    if network not in installation.networks:
        names = list(installation.networks)
        fail(f'there is no network "{network}" ({listed(names)}).{did_you_mean(network, names)}', 2)
    return NetworkId(network)


def chat_named(installation: Installation, name: str | None) -> Chat:
    """The chat of that short name, or the only one."""
    chats = installation.book.chats
    if name is None and len(chats) == 1:
        return next(iter(chats.values()))
    if name is None:
        fail(f"there are several chats: name one with --chat ({listed(list(chats))})", 2)
    if name not in chats:
        fail(f'there is no chat "{name}" ({listed(list(chats))}).{did_you_mean(name, list(chats))}', 2)
    return chats[ChatId(name)]


@asynccontextmanager
async def journal(file: Path, installation: Installation) -> AsyncIterator[Store]:
    """The journal of an installation that has run."""
    _has_run(make_url(installation.database))
    with database_of(file, installation):
        store = await open_store(installation.database)
        try:
            yield store
        finally:
            await store.close()


def _has_run(url: URL) -> None:
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        fail(f"there is no journal at {url.database} yet. Start the bridge with `edldrs run`")


@contextmanager
def database_of(file: Path, installation: Installation) -> Iterator[None]:
    """Ends the program with the reason and the mend where the database cannot be used."""
    try:
        yield
    except Exception as error:
        reason = database_trouble(error)
        if reason is None:
            raise
        url = make_url(installation.database).render_as_string(hide_password=True)
        fail(f"{where(file, ('database',))}: database: {url} cannot be used: {reason}. {DATABASE_MEND}")


def database_trouble(error: Exception) -> str | None:
    """What the database, or the way to it, has said; None where the error is another one."""
    if isinstance(error, BrokenPipeError):  # who read what we say has gone
        return None
    if isinstance(error, DBAPIError) and error.orig is not None:
        return str(error.orig)
    if isinstance(error, SQLAlchemyError | OSError) or type(error).__module__.startswith("asyncpg"):
        return str(error)
    return None


def make_folders(file: Path, installation: Installation) -> None:
    """Those that networks may use; the end with the reason where they cannot be made."""
    for name in installation.networks:
        folder = installation.folder / "networks" / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            at = where(file, ("folder",))
            fail(f"{at}: folder: {folder} cannot be made: {reason}. Name one that this user may write")


def runs_async(command: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """A coroutine function as click calls commands."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return asyncio.run(command(*args, **kwargs))

    return run


def utc_now() -> datetime:
    return datetime.now(UTC)
