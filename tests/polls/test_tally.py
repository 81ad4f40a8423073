"""Votes into one result: by a table of what counts, and whatever order they arrive in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.ids import GlobalId, NetworkId
from bridge.model.poll import Counts, Poll, Tie, Vote
from bridge.polls.tally import Tally, tally
from tests.polls.polling import MASTODON, MATRIX, OPENS, X, poll, vote

ABC = poll("a", "b", "c")
MANY = poll("a", "b", "c", multiple=True)

TABLE = [
    ("each once", ABC, [vote("ann", [0]), vote("ben", [0]), vote("eve", [2])], (2, 0, 1), 3),
    ("the last one counts", ABC, [vote("ann", [0]), vote("ann", [1], minutes=2)], (0, 1, 0), 1),
    ("also if it is told first", ABC, [vote("ann", [1], minutes=2), vote("ann", [0])], (0, 1, 0), 1),
    ("at one moment the greater id", ABC, [vote("ann", [0], id="2"), vote("ann", [1], id="1")], (1, 0, 0), 1),
    ("a repeat changes nothing", ABC, [vote("ann", [0])] * 3, (1, 0, 0), 1),
    ("empty takes it back", ABC, [vote("ann", [0]), vote("ann", [], minutes=2)], (0, 0, 0), 0),
    ("spoilt counts for nothing", ABC, [vote("ann", [0]), vote("ann", None, minutes=2)], (0, 0, 0), 0),
    ("what there is not spoils", ABC, [vote("ann", [3])], (0, 0, 0), 0),
    ("one too many spoils", ABC, [vote("ann", [0, 1])], (0, 0, 0), 0),
    ("several where one may", MANY, [vote("ann", [0, 1]), vote("ben", [1])], (1, 2, 0), 2),
    ("after the close is too late", ABC, [vote("ann", [0]), vote("ann", [1], minutes=2 * 24 * 60)], (1, 0, 0), 1),
]


@pytest.mark.parametrize(("asked", "votes", "sums", "voters"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE])
def test_votes_count(asked: Poll, votes: list[Vote], sums: tuple[int, ...], voters: int) -> None:
    result = tally(asked, ((MATRIX, one) for one in votes)).result()
    assert result.votes == sums
    assert [one.voters for one in result.networks] == ([voters] if voters else [0] * len(result.networks))


def test_a_vote_that_was_taken_back_leaves_the_one_before() -> None:
    votes = [(MATRIX, vote("ann", [0], id="first")), (MATRIX, vote("ann", [1], id="second", minutes=2))]
    assert tally(ABC, votes, [(MATRIX, GlobalId("second"))]).result().votes == (1, 0, 0)
    assert tally(ABC, votes, [(MATRIX, GlobalId("first")), (MATRIX, GlobalId("second"))]).result().votes == (0, 0, 0)


def test_networks_that_tell_numbers_only_are_added_and_said_so() -> None:
    made = tally(ABC, [(MATRIX, vote("ann", [0]))])
    made.count(X, Counts(votes=(3, 0, 1), voters=None, at=OPENS + timedelta(minutes=5)))
    made.count(X, Counts(votes=(9, 9, 9), voters=None, at=OPENS))  # told late: an older state
    made.count(MASTODON, Counts(votes=(1, 1, 0), voters=2, at=OPENS, settled=True))
    made.put(MASTODON, vote("leader", [1]))  # by a reply there
    result = made.result({NetworkId("z"): ("its ballot was never shown",)})
    assert result.votes == (5, 2, 1)
    by = {one.network: one for one in result.networks}
    assert (by[X].voters, by[X].counted, by[X].settled) == (None, False, False)
    assert (by[MASTODON].votes, by[MASTODON].voters, by[MASTODON].settled) == ((1, 2, 0), 3, True)
    assert by[NetworkId("z")].notes == ("its ballot was never shown",)
    assert not result.settled
    assert result.winner == 0


def test_a_person_with_two_accounts_counts_once() -> None:
    people = {(MATRIX, "ann"): "Ann", (X, "ann_x"): "Ann"}
    votes = [(MATRIX, vote("ann", [0])), (X, vote("ann_x", [1], minutes=2)), (X, vote("ben", [2]))]
    assert tally(ABC, votes, person=lambda who: people.get(who, who)).result().votes == (0, 1, 1)


@pytest.mark.parametrize(("rule", "winner"), [(Tie.FIRST, 0), (Tie.MODERATORS, None)])
def test_a_tie_is_decided_by_the_declared_rule(rule: Tie, winner: int | None) -> None:
    asked = poll("a", "b", "c", tie=rule)
    result = tally(asked, [(MATRIX, vote("ann", [0])), (MATRIX, vote("ben", [2]))]).result()
    assert (result.leading, result.winner) == ((0, 2), winner)


def test_a_draw_can_be_repeated_and_favours_nobody() -> None:
    drawn = [
        tally(poll("a", "b", id=number, tie=Tie.DRAW), [(MATRIX, vote("ann", [0])), (MATRIX, vote("ben", [1]))])
        .result()
        .winner
        for number in [*range(200), *range(200)]
    ]
    assert drawn[:200] == drawn[200:]
    assert 60 < drawn[:200].count(0) < 140


def test_without_votes_nobody_leads() -> None:
    result = Tally(ABC).result()
    assert (result.votes, result.leading, result.winner) == ((0, 0, 0), (), None)


VOTES = st.builds(
    lambda network, who, number, at, choices: (network, vote(who, choices, id=f"{network}{number}{who}", minutes=at)),
    st.sampled_from([MATRIX, MASTODON, X]),
    st.sampled_from(["ann", "ben", "eve", "kim"]),
    st.integers(0, 6),
    st.integers(0, 60),
    st.one_of(st.none(), st.frozensets(st.integers(0, 3), max_size=2)),
)


def told_once(votes: list[tuple[NetworkId, Vote]]) -> list[tuple[NetworkId, Vote]]:
    """One id is one vote."""
    return list({(network, one.id): (network, one) for network, one in votes}.values())


@given(st.lists(VOTES, max_size=30), st.data())
def test_order_repeats_and_withdrawals_give_the_same_result(
    votes: list[tuple[NetworkId, Vote]], data: st.DataObject
) -> None:
    votes = told_once(votes)
    gone = [(network, one.id) for network, one in votes if data.draw(st.booleans())]
    steps = [("put", one) for one in votes] + [("gone", one) for one in gone]
    again = [step for step in steps if data.draw(st.booleans())]
    made = Tally(MANY)
    for what, one in data.draw(st.permutations(steps + again)):
        if what == "put":
            made.put(*one)  # type: ignore[arg-type]
        else:
            made.take_back(*one)  # type: ignore[arg-type]
    left = [(network, one) for network, one in votes if (network, one.id) not in gone]
    left.sort(key=lambda one: (one[1].at, one[1].id))
    expected = {(network, one.voter): one.choices or frozenset() for network, one in left}
    sums = [0, 0, 0]
    for choices in expected.values():
        for position in choices if max(choices, default=0) < 3 else ():
            sums[position] += 1
    assert made.result().votes == tuple(sums)
