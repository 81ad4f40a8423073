"""One tally of all ballots of a poll. The same votes give the same result, whatever their order of arrival,
and however often each is told.

A voter's last vote counts, by the time that the network gave it; of the same moment, the greater id. A vote
that was taken back leaves the one before it standing. These are the rules of MSC3381, and reply ballots
follow them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from bridge.model.ids import AccountId, GlobalId, NetworkId
from bridge.model.poll import Counts, NetworkResult, Poll, Result, Tie, Vote

Voter = tuple[NetworkId, AccountId]
VoteId = tuple[NetworkId, GlobalId]
Person = Callable[[Voter], object]
"""Who a voter is: equal for two accounts of one person."""


class Tally:
    """Votes of one poll, network by network. ``person`` says which accounts are one person: that person's
    last vote on any of them counts, once."""

    def __init__(self, poll: Poll, person: Person = lambda voter: voter) -> None:
        self._poll = poll
        self._person = person
        self._votes: dict[object, dict[VoteId, Vote]] = {}
        self._by: dict[VoteId, object] = {}
        self._gone: set[VoteId] = set()
        self._standing: dict[object, tuple[NetworkId, frozenset[int]]] = {}
        self._sums: Counter[tuple[NetworkId, int]] = Counter()
        self._voters: Counter[NetworkId] = Counter()
        self._counts: dict[NetworkId, Counts] = {}

    def put(self, network: NetworkId, vote: Vote) -> None:
        """A vote was cast. One from after the close, or told before, changes nothing."""
        if (network, vote.id) in self._gone or vote.at >= self._poll.closes_at:
            return
        who = self._by[network, vote.id] = self._person((network, vote.voter))
        self._votes.setdefault(who, {})[network, vote.id] = vote
        self._stand(who)

    def take_back(self, network: NetworkId, id: GlobalId) -> None:
        """A vote was deleted by its voter, perhaps before it was told here."""
        self._gone.add((network, id))
        who = self._by.pop((network, id), None)
        if who is not None:
            del self._votes[who][network, id]
            self._stand(who)

    def count(self, network: NetworkId, counts: Counts) -> None:
        """What a network tells of its own poll: the latest telling holds."""
        known = self._counts.get(network)
        if known is None or (counts.settled, counts.at) >= (known.settled, known.at):
            self._counts[network] = counts

    def result(self, notes: Mapping[NetworkId, tuple[str, ...]] | None = None) -> Result:
        """How it stands. ``notes``: what to say beside a network, and those of which nothing is known yet."""
        notes = notes or {}
        networks = sorted({*self._counts, *self._voters, *notes})
        told = tuple(self._of(network, notes.get(network, ())) for network in networks)
        votes = tuple(sum(one.votes[position] for one in told) for position in range(len(self._poll.options)))
        most = max(votes)
        leading = tuple(position for position, count in enumerate(votes) if count == most and most)
        return Result(
            networks=told,
            votes=votes,
            leading=leading,
            winner=decided(leading, self._poll),
            settled=all(one.settled for one in told),
        )

    def _of(self, network: NetworkId, notes: tuple[str, ...]) -> NetworkResult:
        """Votes that we know by their voters, and those of which the network tells the number only."""
        counts = self._counts.get(network)
        size = len(self._poll.options)
        votes = tuple(
            self._sums[network, position] + (counts.votes[position] if counts else 0) for position in range(size)
        )
        known = self._voters[network]
        if counts is None:
            return NetworkResult(network=network, votes=votes, voters=known, counted=True, settled=True, notes=notes)
        voters = None if counts.voters is None else counts.voters + known
        return NetworkResult(
            network=network, votes=votes, voters=voters, counted=False, settled=counts.settled, notes=notes
        )

    def _stand(self, who: object) -> None:
        """Let this person's last vote count, instead of what counted until now."""
        before = self._standing.pop(who, None)
        if before is not None:
            network, choices = before
            self._voters[network] -= 1
            for position in choices:
                self._sums[network, position] -= 1
        votes = self._votes[who]
        if not votes:
            del self._votes[who]
            return
        (network, _), last = max(votes.items(), key=lambda one: (one[1].at, one[1].id, one[0][0]))
        choices = self._valid(last.choices)
        if choices:
            self._standing[who] = network, choices
            self._voters[network] += 1
            for position in choices:
                self._sums[network, position] += 1

    def _valid(self, choices: frozenset[int] | None) -> frozenset[int]:
        """What a vote counts for: nothing where it is spoilt."""
        if choices is None or any(not 0 <= one < len(self._poll.options) for one in choices):
            return frozenset()
        return choices if self._poll.multiple or len(choices) <= 1 else frozenset()


def tally(
    poll: Poll,
    votes: Iterable[tuple[NetworkId, Vote]],
    taken_back: Iterable[VoteId] = (),
    counts: Mapping[NetworkId, Counts] | None = None,
    person: Person = lambda voter: voter,
) -> Tally:
    """All at once."""
    made = Tally(poll, person)
    for network, vote in votes:
        made.put(network, vote)
    for network, id in taken_back:
        made.take_back(network, id)
    for network, told in (counts or {}).items():
        made.count(network, told)
    return made


def decided(leading: tuple[int, ...], poll: Poll) -> int | None:
    """The winner by the poll's tie rule; None without votes, or where the moderators are to decide."""
    if len(leading) <= 1:
        return leading[0] if leading else None
    match poll.tie:
        case Tie.FIRST:
            return leading[0]
        case Tie.DRAW:
            drawn = hashlib.sha256(f"{poll.chat}/{poll.id}".encode()).digest()
            return leading[int.from_bytes(drawn) % len(leading)]
        case Tie.MODERATORS:
            return None
