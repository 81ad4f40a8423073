"""What X charges (https://docs.x.com/x-api/getting-started/pricing, 2026), in micro-dollars."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime

from bridge.adapter import Purse

READ_POST = 5_000
READ_USER = 10_000
READ_OWN = 1_000  # our own posts, and posts that mention us
READ_MESSAGE = 10_000
POST = 15_000
POST_WITH_LINK = 200_000
SUMMONED_REPLY = 10_000
DELETE = 10_000
ALT_TEXT = 5_000
MESSAGE = 15_000


def price_of(operation: str, *, link: bool = False, summoned: bool = False, described: int = 0) -> int:
    """Of ``post``, ``delete`` or ``note``. ``link``: X sees an address in its text; ``summoned``: it
    answers somebody who addressed us; ``described``: how many of its pictures have an alt text."""
    match operation:
        case "post":
            content = POST_WITH_LINK if link else SUMMONED_REPLY if summoned else POST
            return content + described * ALT_TEXT
        case "delete":
            return DELETE
        case "note":
            return MESSAGE
    return 0


class Till:
    """Pays for reads out of the network's purse. What was read before on the same day (UTC) is free, as
    it is at X; it does not know what an earlier run of the bridge has read, so it rather says too much."""

    def __init__(self, purse: Purse, now: Callable[[], datetime]) -> None:
        self._purse = purse
        self._now = now
        self._day: date | None = None
        self._paid: set[tuple[int, str]] = set()

    async def open(self, price: int) -> None:
        """Wait until there is money for one thing of this price, at least."""
        await self._purse.afford(price)

    def pay(self, operation: str, ids: Iterable[str], price: int) -> None:
        """These were read, at this price each."""
        today = self._now().date()
        if today != self._day:
            self._day, self._paid = today, set()
        new = {(price, id) for id in ids} - self._paid
        self._paid |= new
        if new:
            self._purse.spent(operation, len(new), len(new) * price)
