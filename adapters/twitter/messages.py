"""Private messages to the bot (https://docs.x.com/x-api/direct-messages/lookup/introduction)."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from typing import Any

from adapters.twitter.api import Client
from adapters.twitter.ids import order
from adapters.twitter.known import Recent, bad
from adapters.twitter.prices import READ_MESSAGE, Till
from adapters.twitter.responses import Json, ids_in, meta_in, posts_in, users_in
from adapters.twitter.translation import author_of, moment
from bridge.adapter import Event, PrivateMessage
from bridge.model.ids import AccountId, GlobalId, Stream
from bridge.model.text import Text

_FIRST_PAGE, _PAGE = 5, 50  # messages; there is no `since_id`, and each day bills the first page again
_FIELDS = {
    "dm_event_fields": "created_at,dm_conversation_id,event_type,sender_id,text",
    "event_types": "MessageCreate",
    "expansions": "sender_id",
    "user_fields": "description,name,username",
}


def message_id(id: str) -> GlobalId:
    """Apart from the ids of posts, which are numbers too."""
    return GlobalId(f"dm/{id}")


def of_two(event: Json) -> bool:
    """Is it said to the bot alone, and not in a group? Those have a ``-`` between two ids."""
    return "-" in str(event.get("dm_conversation_id", "-"))


class MessageSource:
    """Not vital: some apps and accounts may not read them."""

    stream = Stream("messages")
    vital = False

    def __init__(self, every: float, client: Client, me: AccountId, till: Till) -> None:
        self.every = every
        self._client = client
        self._me = me
        self._till = till
        self._told: Recent[None] = Recent()

    async def pages(self, since: int) -> AsyncIterator[Json]:
        where: dict[str, Any] = {"max_results": _FIRST_PAGE, **_FIELDS}
        while True:
            await self._till.open(READ_MESSAGE)
            page = await self._client.get_direct_message_events(user_auth=True, **where)
            ids = ids_in(page)
            self._till.pay("read message", ids, READ_MESSAGE)
            yield page
            token = meta_in(page).get("next_token")
            if not token or not ids or order(ids[-1]) < since:
                return
            where |= {"pagination_token": token, "max_results": _PAGE}

    def events(self, page: Json, floor: int) -> list[tuple[int, Event]]:
        users = {str(one.get("id")): one for one in users_in(page)}
        found: list[tuple[int, Event]] = []
        for one in posts_in(page):
            try:
                id = str(one["id"])
                if id in self._told or order(id) < floor or str(one["sender_id"]) == self._me or not of_two(one):
                    continue
                message = PrivateMessage(
                    id=message_id(id),
                    author=author_of(users[str(one["sender_id"])]),
                    text=Text(html.unescape(str(one["text"]))),
                    at=moment(str(one["created_at"])),
                )
                self._told[id] = None
                found.append((order(id), message))
            except (KeyError, TypeError, ValueError) as error:
                found.append((0, bad(one, error)))
        return found
