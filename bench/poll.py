"""What a tally costs: ten thousand votes over three networks, told in any order, repeated, changed and lost."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bridge.model.ids import AccountId, ChatId, GlobalId, NetworkId
from bridge.model.poll import Option, Poll, Vote
from bridge.polls.tally import tally

_VOTES = 10_000
_UPDATES = 200
_OPENS = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
_NETWORKS = [NetworkId(name) for name in ("mastodon", "matrix", "x")]
_POLL = Poll(
    chat=ChatId("edldrs"),
    id=1,
    question="What shall we talk about?",
    options=tuple(Option(f"Theme {number}") for number in range(7)),
    opens_at=_OPENS,
    closes_at=_OPENS + timedelta(days=7),
)


def _votes(chance: random.Random) -> Iterator[tuple[NetworkId, Vote]]:
    """A third are changes of mind, and a tenth is told twice."""
    for number in range(_VOTES):
        network = chance.choice(_NETWORKS)
        vote = Vote(
            id=GlobalId(f"vote-{number}"),
            voter=AccountId(f"person-{chance.randrange(_VOTES * 2 // 3)}"),
            at=_OPENS + timedelta(seconds=chance.randrange(7 * 86_400)),
            choices=frozenset({chance.randrange(8)}),  # now and then one that there is not
        )
        for _ in range(2 if chance.random() < 0.1 else 1):
            yield network, vote


async def run(only: tuple[str, ...]) -> dict[str, float]:
    """``tally_10k_s``: from nothing to the result; ``tally_update_ms``: one more vote, and the result anew
    (median)."""
    chance = random.Random(2011)
    votes = list(_votes(chance))
    chance.shuffle(votes)
    lost = [(network, vote.id) for network, vote in chance.sample(votes, _VOTES // 20)]
    began = time.perf_counter()
    counted = tally(_POLL, votes, lost)
    result = counted.result()
    took = time.perf_counter() - began
    chance.shuffle(votes)
    assert result == tally(_POLL, votes, lost).result(), "the order of arrival changes the result"
    updates = []
    for number in range(_UPDATES):
        vote = Vote(
            id=GlobalId(f"late-{number}"),
            voter=AccountId(f"person-{number}"),
            at=_POLL.closes_at - timedelta(seconds=1),
            choices=frozenset({0}),
        )
        began = time.perf_counter()
        counted.put(_NETWORKS[0], vote)
        result = counted.result()
        updates.append(time.perf_counter() - began)
    figures = {"tally_10k_s": took, "tally_update_ms": statistics.median(updates) * 1000}
    shown = {name: value for name, value in figures.items() if name.startswith(only)}
    for name, value in shown.items():
        print(f"{name:28} {value:,.3f}", flush=True)
    return shown
