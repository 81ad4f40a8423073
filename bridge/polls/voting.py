"""Votes among what people say: answers to a ballot, a letter with the hashtag while one poll is open, a
letter said to the bot in private."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bridge.intake.handlers import Answer, Heard, MakeHandler
from bridge.model.poll import Poll, Vote
from bridge.polls.answers import choices_of
from bridge.polls.labels import letter
from bridge.store import polls

_LONGEST = 300  # characters of a vote: names, a hashtag, the words of an option
_VOTE = "vote"
_CLOCKS = timedelta(minutes=2)


@dataclass(slots=True)
class Going:
    """The polls that are open, as known to who tends them: read before a ballot can be seen, so that no
    message has to ask for them."""

    polls: tuple[Poll, ...] = ()


def handler(going: Going) -> MakeHandler:
    """Intake's handler."""
    return lambda connection: _Voting(connection, going.polls)


@dataclass(frozen=True, slots=True)
class _Voting:
    connection: Connection
    open: tuple[Poll, ...]

    def __call__(self, heard: Heard) -> Answer | None:
        if len(heard.text.plain) > _LONGEST:
            return None
        poll = self._asked(heard)
        choices = None if poll is None else choices_of(heard.text, poll)
        if poll is None or choices is None:
            if heard.edited:
                polls.take_back(self.connection, heard.platform, heard.id)
            return None
        vote = Vote(id=heard.id, voter=heard.author.account, at=heard.at, choices=choices)
        polls.put_vote(self.connection, poll, heard.platform, heard.network, vote)
        chosen = " and ".join(f"{letter(one)} ({poll.options[one].text})" for one in sorted(choices))
        text = f"Your vote for {chosen} is counted. Say another letter to change it." if heard.private else ""
        return Answer(text=text, rule=_VOTE, reason="it is a vote")

    def _asked(self, heard: Heard) -> Poll | None:
        """The poll that this may be an answer to: of the ballot that it answers, else the only one that is
        open in the chat; none where it answers something else."""
        if heard.ballot is not None:
            # The journal knows it sooner than who tends the polls.
            kept = polls.of_posting(self.connection, heard.chat, heard.ballot)
            return kept.poll if kept is not None and kept.closed_at is None and _during(kept.poll, heard.at) else None
        if heard.answers:
            return None  # to somebody, or to a question
        here = [one for one in self.open if one.chat == heard.chat and _during(one, heard.at)]
        return here[0] if len(here) == 1 else None


def _during(poll: Poll, at: datetime) -> bool:
    """By the network's clock, which may be behind ours."""
    return poll.opens_at - _CLOCKS <= at < poll.closes_at
