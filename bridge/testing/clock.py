"""A clock that stands still until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
"""A Monday evening, when chats meet."""


class Clock:
    """Call it for the time (aware, in UTC), as ``now`` is called everywhere; ``move`` it by hand."""

    def __init__(self, at: datetime = START) -> None:
        self._at = at.astimezone(UTC)

    def __call__(self) -> datetime:
        return self._at

    def move(self, step: timedelta | float) -> datetime:
        """Forward by a time, or by so many seconds. Returns what time it is then."""
        self._at += step if isinstance(step, timedelta) else timedelta(seconds=step)
        return self._at

    def set(self, at: datetime) -> None:
        """To a moment (aware), also backwards."""
        self._at = at.astimezone(UTC)
