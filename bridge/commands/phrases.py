"""Times and texts as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo


def clock(at: datetime, zone: tzinfo, now: datetime | None = None, *, tenths: bool = False) -> str:
    """``20:04:11``, with its date where that is not today's."""
    wall = at.astimezone(zone)
    text = f"{wall:%H:%M:%S}" + (f".{wall.microsecond // 100_000}" if tenths else "")
    if now is not None and wall.date() != now.astimezone(zone).date():
        return f"{wall.day} {wall:%b %Y}, {text}"
    return text


def took(span: timedelta) -> str:
    """``3 ms``, ``1.2 s``, ``4 min``, ``3 h``, ``2 days``."""
    seconds = span.total_seconds()
    if seconds < 1:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 2 * 86400:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"


def quoted(text: str, width: int = 48) -> str:
    """The first words, in quotes, on one line."""
    line = " ".join(text.split())
    return f'"{line}"' if len(line) <= width else f'"{line[:width].rsplit(" ", 1)[0]} ..."'


def plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
