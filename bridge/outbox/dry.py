"""A network to which nothing is written: what would be posted is shown instead."""

from __future__ import annotations

from itertools import count
from typing import Any

from bridge.adapter import Absent, Adapter, Attempt, Receipt
from bridge.adapter.likeness import like
from bridge.model.ids import AccountId, ChannelId, GlobalId, Key, PostRef
from bridge.model.message import Outgoing


def dry(adapter: Adapter, log: Any) -> Adapter:
    """The same adapter with the same powers to write, none of which writes."""
    return like(adapter, _Dry(log))


class _Dry:
    """Writes to the log."""

    def __init__(self, log: Any) -> None:
        self._log = log
        self._numbers = count(1)

    async def post(self, post: Outgoing, key: Key) -> Receipt:
        return self._show("post", post)

    async def find(self, attempt: Attempt) -> Absent:
        return Absent()

    async def edit(self, ref: PostRef, post: Outgoing, key: Key) -> None:
        self._show("edit", post)

    async def delete(self, ref: PostRef, channel: ChannelId | None, key: Key) -> None:
        self._log.info("would delete", channel=channel, post=ref.id)

    async def note(self, to: AccountId, post: Outgoing, key: Key) -> Receipt:
        return self._show("tell in private", post)

    def _show(self, operation: str, post: Outgoing) -> Receipt:
        self._log.info(
            f"would {operation}", channel=post.channel, text=post.text.plain, content_warning=post.content_warning
        )
        return Receipt(ref=PostRef(GlobalId(f"dry-{next(self._numbers)}")))
