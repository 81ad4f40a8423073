"""Ids of ours: 63-bit numbers that grow with time, made without asking the database.

41 bits of milliseconds since 2020, 6 bits of process, 16 bits of sequence: 65,536 ids a millisecond
and process. Within one process they strictly grow, whatever the clock does.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

_EPOCH_MS = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp() * 1000)
_PROCESS_BITS, _SEQUENCE_BITS = 6, 16


def id_maker(now: Callable[[], datetime], process: int | None = None) -> Callable[[], int]:
    """A function that gives the next id."""
    mark = (os.getpid() if process is None else process) % (1 << _PROCESS_BITS)
    last_ms, sequence = 0, 0

    def next_id() -> int:
        nonlocal last_ms, sequence
        ms = int(now().timestamp() * 1000) - _EPOCH_MS
        if ms > last_ms:
            last_ms, sequence = ms, 0
        else:
            sequence += 1
            if sequence >> _SEQUENCE_BITS:
                last_ms, sequence = last_ms + 1, 0
        return (last_ms << (_PROCESS_BITS + _SEQUENCE_BITS)) | (mark << _SEQUENCE_BITS) | sequence

    return next_id


def first_id_at(at: datetime) -> int:
    """No id that was made at this time or later is smaller."""
    return (int(at.timestamp() * 1000) - _EPOCH_MS) << (_PROCESS_BITS + _SEQUENCE_BITS)


def micros(at: datetime) -> int:
    """Whole microseconds since the epoch."""
    return round(at.timestamp() * 1_000_000)


def maybe_micros(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def moment(micro: int) -> datetime:
    """The time, aware, in UTC."""
    return datetime.fromtimestamp(micro / 1_000_000, UTC)


def maybe_moment(micro: int | None) -> datetime | None:
    return None if micro is None else moment(micro)
