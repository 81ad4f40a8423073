"""What relaying costs: latency, throughput, bursts beside a bare client, kill -9, memory, start-up."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from bench import bursts, kills, memory_in, small
from bench.latency import added_latency

Figures = Mapping[str, float]
Measure = Callable[[Path], Awaitable[Figures]]

# In the order in which they are shown; the name begins all figures of a measure.
MEASURES: tuple[tuple[tuple[str, ...], Measure], ...] = (
    (("help_s",), small.help_s),
    (("added_latency",), added_latency),
    (("memory_in",), memory_in.memory_in),
    (("idle_rss",), small.idle_rss),
    (("burst_matrix",), bursts.matrix),
    (("burst_mastodon",), bursts.mastodon),
    (("kill9",), kills.kill9),
)


async def run(only: tuple[str, ...]) -> dict[str, float]:
    """All measures whose names begin with one of ``only``."""
    results: dict[str, float] = {}
    for names, measure in MEASURES:
        if not any(name.startswith(prefix) for name in names for prefix in only):
            continue
        with tempfile.TemporaryDirectory(prefix="edldrs-bench-") as folder:
            figures = await measure(Path(folder))
        for name, value in figures.items():
            print(f"{name:28} {value:,.3f}".rstrip("0").rstrip("."), flush=True)
        results.update(figures)
    return results
