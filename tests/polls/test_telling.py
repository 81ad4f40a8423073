"""What is said of a poll."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bridge.model.ids import NetworkId
from bridge.model.poll import Counts, Option, Tie
from bridge.polls.tally import tally
from bridge.polls.telling import outcome, until
from tests.polls.polling import MATRIX, OPENS, X, poll, vote

TITLES = {MATRIX: "Matrix", X: "X"}
ONE = [(MATRIX, vote("ann", [1]))]
TWO = [*ONE, (MATRIX, vote("ben", [1])), (MATRIX, vote("eve", [0]))]
TIED = [*ONE, (MATRIX, vote("eve", [0]))]


@pytest.mark.parametrize(
    ("votes", "tie", "says"),
    [
        ([], Tie.FIRST, "Nobody voted."),
        (ONE, Tie.FIRST, "1 vote, for Meetings."),
        (TWO, Tie.FIRST, "3 votes. Most are for Meetings."),
        (TIED, Tie.FIRST, "2 votes. A tie between Workload and Meetings: it is Workload, which was offered first."),
        (TIED, Tie.MODERATORS, "2 votes. A tie between Workload and Meetings: the moderators decide."),
    ],
)
def test_the_verdict_comes_first(votes: list[tuple[NetworkId, object]], tie: Tie, says: str) -> None:
    asked = poll("Workload", Option("Good meetings", "Meetings"), tie=tie)
    told = outcome(asked, tally(asked, votes).result(), TITLES)  # type: ignore[arg-type]
    assert told.plain.splitlines()[:3] == ["Poll closed: What shall we talk about?", "", says]


def test_each_network_stands_beside_the_total_with_what_could_not_be_known() -> None:
    asked = poll("Workload", "Meetings")
    made = tally(asked, TWO, counts={X: Counts(votes=(4, 0), voters=4, at=OPENS)})
    told = outcome(asked, made.result({X: ("votes there are anonymous",)}), TITLES).plain.splitlines()
    assert told[4:] == ["A: Workload: 5 (Matrix 1, X 4)", "B: Meetings: 2 (Matrix 2)", "X: votes there are anonymous."]


def test_until_when_in_the_chats_own_time() -> None:
    asked = poll("a", "b", closes_at=datetime.fromisoformat("2026-07-06T19:00:00+00:00"))
    assert until(asked, ZoneInfo("Europe/London")) == "Open until Monday 6 Jul, 20:00 (London)."
    assert until(asked, ZoneInfo("America/New_York")) == "Open until Monday 6 Jul, 15:00 (New York)."
