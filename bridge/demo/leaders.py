"""People who are not real, and what they might say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Leader:
    """``name`` is the account's on each network."""

    name: str
    title: str


LEADERS = (
    Leader("amina", "Amina, deputy head"),
    Leader("tom", "Tom, primary lead"),
    Leader("mei", "Mei, head of science"),
    Leader("ruth", "Ruth, headteacher"),
    Leader("gareth", "Gareth, head of English"),
    Leader("priya", "Priya, SENCO"),
)

_EXAMPLES = (
    "A1: We cancelled one meeting in three and nobody asked for it back.",
    "A1: Weekly data drops. I noticed. So did my family.",
    "A1: We stopped rehearsing for inspection, and read each other's planning instead.",
)


def said_as_example(number: int) -> str:
    """Something to post on the n-th network."""
    return _EXAMPLES[number % len(_EXAMPLES)]
