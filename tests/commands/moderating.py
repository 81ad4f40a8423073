"""A chat over memory networks with a host, a moderator and an admin on each, and a moderators' room in the hall."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bridge.app import utc_now
from bridge.config.joined import CHAT
from bridge.model.chat import Channel, channel_id
from bridge.model.ids import NetworkId
from bridge.testing.waiting import until
from tests.core.rig import Net, Rig, rig, texts

HALL, YARD, HUT = (NetworkId(name) for name in ("hall", "yard", "hut"))
DESK = "#desk"


def moderated(
    folder: Path,
    *,
    database: str = "",
    room: bool = True,
    now: Callable[[], datetime] = utc_now,
    fields: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Rig:
    """``hana`` is host, ``mo`` moderator and ``ada`` admin, on every network; everybody else is a leader."""
    run = uuid.uuid4().hex[:8]

    def everywhere(name: str) -> dict[NetworkId, frozenset[str]]:
        return {network: frozenset({f"@{name}@{network}-{run}"}) for network in (HALL, YARD, HUT)}

    desk = Channel(id=channel_id(CHAT, HALL, DESK), chat=CHAT, network=HALL, address=DESK)
    nets = [Net(name=name, settings={"server": f"{name}-{run}", **settings}) for name in (HALL, YARD, HUT)]
    chat = {
        "hosts": everywhere("hana"),
        "moderators": everywhere("mo"),
        "admins": everywhere("ada"),
        "moderators_room": desk if room else None,
    }
    return rig(folder, *nets, database=database, chat={**chat, **(fields or {})}, now=now)


async def told(chat: Rig, network: str, author: str, words: str, count: int = 1) -> str:
    """What the bot has told this person in private that has these words, the latest."""
    found: list[str] = []

    async def there() -> bool:
        found[:] = [one for one in await chat.stage[network].told(author=author) if words in one]
        return len(found) >= count

    await until(there, f"{author} is not told {words!r} on {network}")
    assert len(found) == count, found
    return found[-1]


async def answered(chat: Rig, words: str, count: int = 1) -> str:
    """What the bot has said in the moderators' room that has these words, the latest."""
    found: list[str] = []

    async def there() -> bool:
        found[:] = [one for one in texts(await chat.copies("hall", DESK)) if words in one]
        return len(found) >= count

    await until(there, f"{words!r} is not said in the moderators' room")
    assert len(found) == count, found
    return found[-1]
