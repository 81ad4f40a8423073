"""What is said of a poll: until when it is open, how it stands, what came out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.model.chat import Chat
from bridge.model.ids import NetworkId
from bridge.model.message import Media
from bridge.model.poll import Poll, Result, Tie
from bridge.model.text import Text
from bridge.pictures import Bar, result_chart
from bridge.polls.labels import letter


def until(poll: Poll, zone: ZoneInfo) -> str:
    """``Open until Monday 30 Nov, 20:00 (London).``"""
    return f"Open until {moment(poll.closes_at, zone)}."


def moment(at: datetime, zone: ZoneInfo) -> str:
    """``Monday 30 Nov, 20:00 (London)``."""
    wall = at.astimezone(zone)
    return f"{wall:%A} {wall.day} {wall:%b}, {wall:%H:%M} ({zone.key.rpartition('/')[2].replace('_', ' ')})"


def outcome(poll: Poll, result: Result, titles: Mapping[NetworkId, str]) -> Text:
    """The result for everybody: options by votes, each network's beside the total, the winner and why, and
    what could not be known."""
    return Text(f"Poll closed: {poll.question}\n\n{standing(poll, result, titles).plain}")


def standing(poll: Poll, result: Result, titles: Mapping[NetworkId, str]) -> Text:
    """How it stands, or came out."""
    lines = [_verdict(poll, result), ""]
    lines += [_line(poll, result, position, titles) for position in _by_votes(result)]
    lines += _notes(result, titles)
    return Text("\n".join(lines))


def chart(poll: Poll, result: Result, chat: Chat, titles: Mapping[NetworkId, str]) -> Media:
    """The same as a picture."""
    rows = [
        Bar(
            label=f"{letter(position)}: {poll.options[position].text}",
            votes=result.votes[position],
            leading=position in result.leading,
        )
        for position in _by_votes(result)
    ]
    return result_chart(
        chat=chat.name,
        question=poll.question,
        rows=rows,
        says=_verdict(poll, result),
        notes=list(_notes(result, titles)),
    )


def _by_votes(result: Result) -> list[int]:
    return sorted(range(len(result.votes)), key=lambda position: (-result.votes[position], position))


def _notes(result: Result, titles: Mapping[NetworkId, str]) -> Iterator[str]:
    """What could not be known, each once with the networks that it is so on."""
    where: dict[str, list[str]] = {}
    for one in result.networks:
        for note in one.notes:
            where.setdefault(note, []).append(titles.get(one.network, one.network))
    for note, networks in where.items():
        yield f"{' and '.join(networks)}: {note}."


def _line(poll: Poll, result: Result, position: int, titles: Mapping[NetworkId, str]) -> str:
    by = [
        f"{titles.get(one.network, one.network)} {one.votes[position]}"
        for one in result.networks
        if one.votes[position]
    ]
    beside = f" ({', '.join(by)})" if len(by) > 1 or (by and len(result.networks) > 1) else ""
    return f"{letter(position)}: {poll.options[position].text}: {result.votes[position]}{beside}"


def _verdict(poll: Poll, result: Result) -> str:
    total = sum(result.votes)
    if not result.leading:
        return "Nobody voted."
    if total == 1:
        return f"1 vote, for {_named(poll, result.leading[0])}."
    votes = f"{total} votes"
    if len(result.leading) == 1:
        return f"{votes}. Most are for {_named(poll, result.leading[0])}."
    tied = [_named(poll, position) for position in result.leading]
    tie = f"{votes}. A tie between {', '.join(tied[:-1])} and {tied[-1]}"
    if result.winner is None:
        return f"{tie}: the moderators decide."
    how = "which was offered first" if poll.tie is Tie.FIRST else "by a draw"
    return f"{tie}: it is {_named(poll, result.winner)}, {how}."


def _named(poll: Poll, position: int) -> str:
    return poll.options[position].short or poll.options[position].text
