"""How often what may be asked, and the headers that say so (docs.x.com/x-api/fundamentals/rate-limits)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.twitter.sandbox.state import Settings

_DAY = 96  # fifteen-minute windows in a day


@dataclass(frozen=True, slots=True)
class Allowed:
    """Requests in fifteen minutes as a user and as the app, and in a day; None where there is no such limit."""

    user: int | None = None
    app: int | None = None
    user_day: int | None = None
    app_day: int | None = None


@dataclass(slots=True)
class Window:
    """Counts one limit from its first request on."""

    ends: float = 0.0
    used: int = 0


@dataclass(slots=True)
class Limits:
    """The counts, by endpoint and by who asks."""

    windows: dict[tuple[str, str, str], Window] = field(default_factory=dict)

    def count(
        self, endpoint: str, who: str, allowed: Allowed, settings: Settings, now: float
    ) -> tuple[bool, dict[str, str]]:
        """Take one more request: is it within all limits, and what do the headers say? What is refused
        counts no further."""
        quarter = allowed.app if who == "app" else allowed.user
        named = (
            ("x-rate-limit", who, quarter, 1),
            ("x-user-limit-24hour", who, None if who == "app" else allowed.user_day, _DAY),
            ("x-app-limit-24hour", "app", allowed.app_day, _DAY),
        )
        headers: dict[str, str] = {}
        within = True
        open_windows = []
        for name, whose, most, quarters in named:
            if most is None:
                continue
            window = self.windows.setdefault((endpoint, name, whose), Window())
            if now >= window.ends:
                window.ends, window.used = now + settings.window * quarters, 0
            most = max(1, round(most * settings.rate_factor))
            within = within and window.used < most
            open_windows.append((name, window, most))
        for name, window, most in open_windows:
            window.used += within
            headers |= _headers(name, most, most - window.used, window.ends)
        return within, headers


def _headers(name: str, limit: int, remaining: int, ends: float) -> dict[str, str]:
    return {
        f"{name}-limit": str(limit),
        f"{name}-remaining": str(max(0, remaining)),
        f"{name}-reset": str(math.ceil(ends)),
    }


def spent(headers: Mapping[str, str], until: float) -> dict[str, str]:
    """The headers of a window that is used up until then (epoch seconds)."""
    return _headers("x-rate-limit", int(headers.get("x-rate-limit-limit", "100")), 0, until)
