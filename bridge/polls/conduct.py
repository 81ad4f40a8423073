"""A poll from its opening to its result: what it makes exist on the chat's channels, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bridge.adapter.limits import PollLimit
from bridge.model.chat import Book, Chat
from bridge.model.ids import ChannelId, NetworkId, PostRef
from bridge.model.poll import Counts, Form, NativePoll, Poll, Result
from bridge.model.posting import Content, PostingKind, PostingState
from bridge.model.text import Text
from bridge.outbox.announce import announce, everywhere, reword
from bridge.polls.drafts import Draft
from bridge.polls.fitting import Ballot, fit
from bridge.polls.tally import tally
from bridge.polls.telling import chart, outcome, until
from bridge.store import polls, postings
from bridge.store.postings import Touched

ANONYMOUS = "votes there are anonymous, so somebody who voted elsewhere too counts twice"
COUNTED_AGAIN = "Counted again, with votes that arrived late; the picture shows the count at the close."
NEVER_SHOWN = "the poll closed before it could be shown there"


Native = Mapping[NetworkId, PollLimit | None]
"""What polls of its own each network takes; None, or left out, where it has none."""


def preview(poll: Poll, chat: Chat, native: Native) -> dict[ChannelId, Ballot]:
    """What each channel gets. Raises :class:`bridge.model.poll.PollRefused`."""
    words = until(poll, chat.zone)
    return {one.id: fit(poll, native.get(one.network), words) for one in chat.channels if one.writes}


def open_poll(
    connection: Connection,
    chat: Chat,
    draft: Draft,
    native: Native,
    opened_by: str,
    next_id: Callable[[], int],
    now: datetime,
) -> Poll:
    """It is open from now on, and its ballots should exist. Raises :class:`bridge.model.poll.PollRefused`."""
    poll = draft.poll(chat.id, polls.next_number(connection, chat.id), now)
    shown = preview(poll, chat, native)
    contents = {id: Content(text=ballot.text, poll=_native(poll, ballot)) for id, ballot in shown.items()}
    asked = Content(text=Text(poll.question))
    made = announce(connection, chat, ballot_name(poll), asked, contents, PostingKind.BALLOT, next_id, now)
    ballots = [
        polls.Ballot(channel=channel.id, network=channel.network, posting=made[channel.id], form=shown[channel.id].form)
        for channel in chat.channels
        if channel.id in made
    ]
    polls.add(connection, poll, opened_by, ballots)
    return poll


def result_of(connection: Connection, poll: Poll, book: Book) -> Result:
    """How it stands now. Networks whose ballot was never shown are said to be so."""
    platforms = {name: network.platform for name, network in book.networks.items()}
    votes = [(network, vote) for network, _, vote in polls.votes(connection, poll)]
    notes: dict[NetworkId, tuple[str, ...]] = {}
    counts: dict[NetworkId, Counts] = {}
    for ballot in polls.ballots(connection, poll.chat, poll.id):
        if (told := ballot.counts) is not None:
            counts[ballot.network] = counts[ballot.network] + told if ballot.network in counts else told
        said = (*notes.get(ballot.network, ()), *_notes(connection, poll, ballot))
        notes[ballot.network] = tuple(dict.fromkeys(said))  # once, where two ballots are on one network
    # Two logins of one platform meet the same people.
    return tally(poll, votes, counts=counts, person=lambda voter: (platforms.get(voter[0]), voter[1])).result(notes)


def _notes(connection: Connection, poll: Poll, ballot: polls.Ballot) -> Iterator[str]:
    """What has to be said of a ballot beside its numbers."""
    shown = postings.by_id(connection, poll.chat, ballot.posting)
    if shown is not None and shown.state in (PostingState.HELD, PostingState.REFUSED) and not shown.parts:
        yield "its ballot was not shown"
    if shown is not None and shown.state is PostingState.GONE:
        yield "its ballot was removed there; the votes until then count"
    if ballot.lost:
        yield f"its ballot was edited there, which took {ballot.lost} {'vote' if ballot.lost == 1 else 'votes'} away"
    if ballot.counts is not None:
        yield ANONYMOUS


def to_count(
    connection: Connection, poll: Poll, before: datetime | None = None
) -> list[tuple[ChannelId, NetworkId, PostRef]]:
    """Ballots of the networks' own that are there: where, and which post it is. Where ``before`` is given, only
    those that ended with the poll, and have been counted, but not since then."""
    found = []
    for ballot in polls.ballots(connection, poll.chat, poll.id):
        if before is not None and (ballot.counts is None or ballot.counts.at >= before):
            continue
        shown = None if ballot.form is Form.REPLY else postings.by_id(connection, poll.chat, ballot.posting)
        for part in shown.parts if shown is not None else ():
            own = part.content.poll
            if own is None or (before is not None and own.closes_at > poll.closes_at):
                continue
            if part.exists and part.ref is not None:
                found.append((ballot.channel, ballot.network, part.ref))
    return found


def close(
    connection: Connection,
    number: int,
    chat: Chat,
    book: Book,
    native: Native,
    next_id: Callable[[], int],
    now: datetime,
) -> None:
    """No vote counts any more, ballots that were not shown yet are not shown, and the result should exist on
    each channel. A poll that is closed already stays as it is: who closes it with whom makes one result."""
    kept = polls.by_number(connection, chat.id, number)
    if kept is None or kept.closed_at is not None:
        return
    poll = replace(kept.poll, closes_at=min(kept.poll.closes_at, now))
    for ballot in polls.ballots(connection, poll.chat, poll.id):
        postings.hold_unsent(connection, poll.chat, ballot.posting, NEVER_SHOWN)
        if (limit := native.get(ballot.network)) is not None and not limit.ends:
            _end(connection, poll, ballot.posting, now)
    polls.set_closed(connection, poll, poll.closes_at, now)
    result = result_of(connection, poll, book)
    told = Content(text=outcome(poll, result, titles(book)), media=(chart(poll, result, chat, titles(book)),))
    shown = everywhere(chat, told)
    announce(connection, chat, f"{ballot_name(poll)}/result", told, shown, PostingKind.RESULT, next_id, now)


def retell(connection: Connection, number: int, chat: Chat, book: Book, now: datetime) -> Touched:
    """After the close: where late votes have changed the result, it reads so wherever a post can be edited."""
    kept = polls.by_number(connection, chat.id, number)
    if kept is None or kept.closed_at is None:
        return []
    result = result_of(connection, kept.poll, book)

    def anew(before: Content) -> Content:
        told = outcome(kept.poll, result, titles(book))
        if before.text == told:
            return before
        return replace(before, text=Text(f"{told.plain}\n{COUNTED_AGAIN}"))

    return reword(connection, chat, f"{ballot_name(kept.poll)}/result", anew, now)


def ballot_name(poll: Poll) -> str:
    """What the chat's own message is called that asks the question."""
    return f"poll/{poll.id}"


def _native(poll: Poll, ballot: Ballot) -> NativePoll | None:
    if not ballot.labels:
        return None
    return NativePoll(labels=ballot.labels, multiple=poll.multiple, closes_at=poll.closes_at)


def _end(connection: Connection, poll: Poll, posting: int, now: datetime) -> None:
    """Nobody should be able to vote in it any more."""
    ballot = postings.by_id(connection, poll.chat, posting)
    if ballot is not None and ballot.content is not None and ballot.content.poll is not None:
        over = replace(ballot.content, poll=replace(ballot.content.poll, closed=True))
        postings.rewrite(connection, poll.chat, posting, over, now)


def titles(book: Book) -> Mapping[NetworkId, str]:
    """How people call the networks."""
    return {name: network.title for name, network in book.networks.items()}
