"""A poll made into the best ballot that a network has. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bridge.adapter.limits import PollLimit
from bridge.model.poll import Form, Poll
from bridge.model.text import Text
from bridge.polls.labels import letter, lettered


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """A poll as one network shows it: the ``text`` of the post (it may become a thread; a poll of the
    network's own hangs on its last part), the ``labels`` of that poll (none in a reply ballot), and what
    the network cannot show, in words, for the preview and the result."""

    form: Form
    text: Text
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def fit(poll: Poll, native: PollLimit | None, until: str = "") -> Ballot:
    """Full native where it fits; else short labels with the options in full above them; else a reply ballot,
    also where the network has no polls. ``native``: what the network's own polls take, None where it has
    none; ``until``: how long the poll is open, in words. Raises :class:`bridge.model.poll.PollRefused`
    where labels cannot be made short without becoming ambiguous."""
    if native is None or len(poll.options) > native.options or (poll.multiple and not native.multiple):
        return _reply(poll, _why_reply(poll, native), until)
    notes = _time(poll.closes_at - poll.opens_at, native)
    full = tuple(one.text.strip() for one in poll.options)
    if all(native.measure(label) <= native.label for label in full):
        return Ballot(form=Form.NATIVE, text=_asked(poll.question, native, until), labels=full, notes=notes)
    labels = lettered(poll.options, native.label, native.measure)
    text = _asked(f"{poll.question}\n\n{_listed(poll)}", native, until)
    return Ballot(form=Form.LETTERED, text=text, labels=labels, notes=notes)


def _asked(words: str, native: PollLimit, until: str) -> Text:
    """Where polls end by themselves, the network says when."""
    return Text(words if native.ends or not until else f"{words}\n\n{until}")


def _why_reply(poll: Poll, native: PollLimit | None) -> tuple[str, ...]:
    if native is None:
        return ()
    if len(poll.options) > native.options:
        return (f"its own polls take {native.options} options: people answer with a letter",)
    return ("its own polls take one choice: people answer with letters",)


def _reply(poll: Poll, notes: tuple[str, ...], until: str) -> Ballot:
    how = "Answer with the letters of your choices." if poll.multiple else "Answer with a letter."
    words = f"{poll.question}\n\n{_listed(poll)}\n\n{how} {until}".strip()
    return Ballot(form=Form.REPLY, text=Text(words), notes=notes)


def _listed(poll: Poll) -> str:
    return "\n".join(f"{letter(position)}: {one.text.strip()}" for position, one in enumerate(poll.options))


def _time(lasts: timedelta, native: PollLimit) -> tuple[str, ...]:
    """What to say where its own polls cannot be open as long as the poll is."""
    if lasts > native.longest:
        return (f"its own polls are open for {_days(native.longest)} at most: it closes sooner there",)
    if lasts < native.shortest:
        return (f"its own polls are open for {_days(native.shortest)} at least: it is counted when the poll closes",)
    return ()


def _days(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    for unit, size in (("day", 1440), ("hour", 60)):
        if minutes >= size and minutes % size == 0:
            count = minutes // size
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{minutes} minutes"
