"""A network to which nothing is written: what would be posted is shown instead."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import count
from types import TracebackType
from typing import Any, Self

from bridge.adapter import Absent, Adapter, Attempt, Deletes, Edits, Event, Finding, Limits, PrivateNotes, Receipt
from bridge.model.ids import AccountId, ChannelId, Cursor, GlobalId, Key, Place, PostRef, Stream
from bridge.model.message import Outgoing


def dry(adapter: Adapter, log: Any) -> Adapter:
    """The same adapter with the same powers to write, none of which writes."""
    powers = [(Edits, _DryEdits), (Deletes, _DryDeletes), (PrivateNotes, _DryNotes)]
    bases = tuple(mine for power, mine in powers if isinstance(adapter, power))
    return type("DryNetwork", (*bases, _Dry), {"__doc__": _Dry.__doc__})(adapter, log)  # type: ignore[no-any-return]


class _Dry:
    """Reads as the network does; writes to the log."""

    def __init__(self, adapter: Adapter, log: Any) -> None:
        self._adapter = adapter
        self._log = log
        self._numbers = count(1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The adapter is closed by who opened it."""

    @property
    def account(self) -> AccountId:
        return self._adapter.account

    def events(self, cursors: Mapping[Stream, Cursor]) -> AsyncIterator[Event]:
        return self._adapter.events(cursors)

    async def post(self, post: Outgoing, key: Key) -> Receipt:
        return self._show("post", post)

    async def find(self, attempt: Attempt) -> Absent:
        return Absent()

    async def limits(self, channel: ChannelId) -> Limits:
        return await self._adapter.limits(channel)

    def place(self, channel: ChannelId) -> Place:
        return self._adapter.place(channel)

    async def check(self) -> Sequence[Finding]:
        return await self._adapter.check()

    def _show(self, operation: str, post: Outgoing) -> Receipt:
        self._log.info(
            f"would {operation}", channel=post.channel, text=post.text.plain, content_warning=post.content_warning
        )
        return Receipt(ref=PostRef(GlobalId(f"dry-{next(self._numbers)}")))


class _DryEdits(_Dry):
    async def edit(self, ref: PostRef, post: Outgoing, key: Key) -> None:
        self._show("edit", post)


class _DryDeletes(_Dry):
    async def delete(self, ref: PostRef, channel: ChannelId | None, key: Key) -> None:
        self._log.info("would delete", channel=channel, post=ref.id)


class _DryNotes(_Dry):
    async def note(self, to: AccountId, post: Outgoing, key: Key) -> Receipt:
        return self._show("tell in private", post)
