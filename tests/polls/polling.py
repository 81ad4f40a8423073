"""Polls to test with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.model.ids import AccountId, ChatId, GlobalId, NetworkId
from bridge.model.poll import Option, Poll, Vote

OPENS = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
MATRIX, MASTODON, X = (NetworkId(name) for name in ("matrix", "mastodon", "x"))

# As the founder's sister chat offered them on 6 April 2011.
THEMES = (
    "Conducting good meetings: who needs to be there, and why",
    "Conducting good lesson observations with new colleagues",
    "Managing workload without losing what matters to pupils",
    "Middle leaders: from being managed to managing others",
    "How do we keep good teachers in difficult schools?",
    "Marking, feedback, and what happens to all those books",
    "Using social media with parents, governors and pupils",
)


def poll(*options: str | Option, **more: Any) -> Poll:
    made = tuple(one if isinstance(one, Option) else Option(one) for one in options)
    return Poll(
        **{
            "chat": ChatId("edldrs"),
            "id": 7,
            "question": "What shall we talk about?",
            "options": made,
            "opens_at": OPENS,
            "closes_at": OPENS + timedelta(days=2),
            **more,
        }
    )


def vote(voter: str, choices: Sequence[int] | None, *, id: str = "", minutes: float = 1) -> Vote:
    return Vote(
        id=GlobalId(id or f"{voter}-{minutes}"),
        voter=AccountId(voter),
        at=OPENS + timedelta(minutes=minutes),
        choices=None if choices is None else frozenset(choices),
    )
