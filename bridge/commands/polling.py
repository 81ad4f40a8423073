"""Commands about polls, for moderators on any network and for the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bridge.commands.command import ALONE, Command, Context, Reply
from bridge.model.chat import Book, Chat, Role
from bridge.model.ids import ChannelId
from bridge.model.poll import Form
from bridge.polls import conduct
from bridge.polls.drafts import Draft
from bridge.polls.fitting import Ballot
from bridge.polls.telling import moment, standing
from bridge.polls.written import FORM, draft_of
from bridge.store import polls
from bridge.store.polls import Kept

_LISTED = 20
_FORMS = {Form.NATIVE: "its own poll", Form.LETTERED: "its own poll, short labels", Form.REPLY: "answers with a letter"}
_EXAMPLE = 'poll "What shall we talk about?" | One | Two'


def ask(context: Context, draft: Draft) -> Reply:
    """Show what each network will show; once that is confirmed, open it."""
    chat = context.chat
    if not context.confirmed:
        poll = draft.poll(chat.id, 0, context.now)
        shown = conduct.preview(poll, chat, context.native)
        return Reply(text="\n".join(preview_lines(context.book, chat, shown)).rstrip(), asks="open it")
    made = conduct.open_poll(
        context.connection, chat, draft, context.native, context.who.name, context.next_id, context.now
    )
    return Reply(text=f"Poll {made.id} is open until {moment(made.closes_at, chat.zone)}.")


def close(context: Context, number: int | None) -> Reply:
    """Close it now. Who tends the polls counts it and tells its result."""
    kept = _kept(context, number)
    if kept.poll.closes_at <= context.now:
        return Reply(text=f"Poll {kept.poll.id} was closed already.")
    polls.close_at(context.connection, kept.poll, context.now)
    return Reply(text=f"Poll {kept.poll.id} is closed; its result goes to every network.")


def show(context: Context, number: int | None) -> Reply:
    """How it stands."""
    kept = _kept(context, number)
    result = conduct.result_of(context.connection, kept.poll, context.book)
    says = standing(kept.poll, result, conduct.titles(context.book)).plain
    word = "was open until" if kept.poll.closes_at <= context.now else "is open until"
    return Reply(text=f"Poll {kept.poll.id} {word} {moment(kept.poll.closes_at, context.chat.zone)}.\n\n{says}")


def listed(context: Context) -> Reply:
    """The latest, the newest first."""
    found = polls.latest(context.connection, context.chat.id, _LISTED)
    return Reply(text="\n".join(_line(context, kept) for kept in found) or f"No polls yet. Open one: {_EXAMPLE}")


def _line(context: Context, kept: Kept) -> str:
    state = "closed" if kept.poll.closes_at <= context.now else "open until"
    return f"{kept.poll.id:3}  {state} {moment(kept.poll.closes_at, context.chat.zone)}  {kept.poll.question}"


def _kept(context: Context, number: int | None) -> Kept:
    """The poll of that number, or the latest."""
    if number is None:
        kept = next(iter(polls.latest(context.connection, context.chat.id, 1)), None)
    else:
        kept = polls.by_number(context.connection, context.chat.id, number)
    if kept is None and number is None:
        raise ValueError(f"{context.chat.name} has had no poll yet. Open one: {_EXAMPLE}")
    if kept is None:
        raise ValueError(f"{context.chat.name} has no poll {number}. poll list says which there are.")
    return kept


def preview_lines(book: Book, chat: Chat, shown: Mapping[ChannelId, Ballot]) -> Iterator[str]:
    """Each ballot once, with the channels that get it so."""
    alike: dict[Ballot, list[str]] = {}
    for channel in chat.channels:
        if (ballot := shown.get(channel.id)) is not None:
            alike.setdefault(ballot, []).append(f"{book.networks[channel.network].title} {channel.address}")
    for ballot, where in alike.items():
        yield f"{', '.join(where)}: {_FORMS[ballot.form]}"
        yield from (f"  {line}".rstrip() for line in ballot.text.plain.splitlines())
        yield from (f"  [{number}] {label}" for number, label in enumerate(ballot.labels, start=1))
        yield from (f"  Note: {note}." for note in ballot.notes)
        yield ""


def _number(arguments: str) -> int | None:
    found = _NUMBER.fullmatch(arguments)
    return int(found[1]) if found and found[1] else None


_NUMBER = re.compile(r"#?(\d{1,6})?[\s.!?]*")
_ASKED = re.compile(r'.*\|.*|["“„«].*["”“»]\s*', re.DOTALL)
"""Options, or at least a question; ``poll results were interesting`` is talk."""

COMMANDS = (
    Command(
        names=("poll open", "poll"),
        usage=f"poll {FORM}",
        says="asks one question on every network; you see first what each will show",
        act=lambda context, arguments: ask(context, draft_of(arguments, context.said_at, context.chat.zone)),
        least=Role.MODERATOR,
        form=_ASKED,
        more="It is open for 2 days, or as long as you say: closes in 3 hours, closes Monday 19:00, closes 2026-11-30 "
        "19:00. A short form is shown where a network takes few characters. With multiple, one may choose several. "
        "A tie goes to the option that stands first, to a draw that anybody can repeat (tie draw), or to you (tie "
        "moderators).",
    ),
    Command(
        names=("poll close",),
        usage="poll close [number]",
        says="closes it now (the latest, if no number is given); its result goes to every network",
        act=lambda context, arguments: close(context, _number(arguments)),
        least=Role.MODERATOR,
        form=_NUMBER,
    ),
    Command(
        names=("poll show",),
        usage="poll show [number]",
        says="how it stands, network by network",
        act=lambda context, arguments: show(context, _number(arguments)),
        least=Role.MODERATOR,
        form=_NUMBER,
    ),
    Command(
        names=("poll list", "polls"),
        usage="poll list",
        says="the latest polls",
        act=lambda context, arguments: listed(context),
        least=Role.MODERATOR,
        form=ALONE,
    ),
)
