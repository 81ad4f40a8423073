"""Ids of X are snowflakes: milliseconds since an epoch, times 2**22, so an id tells when it was made.

https://docs.x.com/resources/fundamentals/x-ids
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
_SHIFT = 22


def id_at(moment: datetime) -> int:
    """The smallest id of that moment."""
    return max(0, int((moment - _EPOCH) / timedelta(milliseconds=1))) << _SHIFT


def time_of(id: str | int) -> datetime:
    """When a post, or a private message, was made (UTC)."""
    return _EPOCH + timedelta(milliseconds=int(id) >> _SHIFT)


def order(id: str) -> int:
    """Sorts ids by age. Raises ValueError for what is no id."""
    return int(id)
