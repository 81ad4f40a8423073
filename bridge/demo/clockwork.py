"""A clock for the chat that runs fast or jumps, over networks whose clocks run as usual.

What is so in a bridge that goes by such a clock (``Bridge(..., now=clock, network_now=clock.real,
wrap=travelling(clock))``):

- All that people and the journal see is in the chat's time: when something was said, seen, sent and edited, polls,
  the weekly hour, digests, budgets, lateness, the first start.
- Sleeps are real, and so is what a network does: the app looks for polls to close and for steps of a session every
  second, which at 5,000 is every 83 minutes of the chat, and at watched threads every minute, which is every three
  and a half days. So a session wants a slower pace: at 60 its hour takes a minute. Back-off is real too. A posting
  that is new wakes its worker at once, whatever that was waiting for.
- Durations that the core compares with its own clock pass at its pace: a budget of 15 minutes is free again after
  180 ms, and so is the platform's rate as the ledger counts it (then the network itself says when it is too much);
  soon no key is honoured any more, and ``find`` is asked, which has the adapter's own patience; after a gap edits are
  looked up for posts of the day before it, which is 17 s. A worker that a network told to wait looks again
  half a minute later at the latest, or when the next posting wakes it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from bridge.adapter import (
    Absent,
    Attempt,
    CaughtUp,
    Deleted,
    Edited,
    Event,
    Found,
    Limits,
    NotYet,
    Posted,
    PrivateMessage,
    RateLimited,
    Receipt,
    Voted,
)
from bridge.adapter.likeness import Wrap, like
from bridge.app import utc_now
from bridge.model.ids import AccountId, ChannelId, Cursor, GlobalId, Key, PostRef, Stream
from bridge.model.message import Media, MediaFile, Outgoing, Post
from bridge.model.poll import Counts

WEEK_IN_TWO_MINUTES = timedelta(days=7) / timedelta(minutes=2)
UNDER_WAY = timedelta(seconds=10)
"""How long, really, a post may be under way from its author to us and still be taken as heard when it was said."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Leg:
    """From the real moment on, the chat's time runs from ``chat`` on, ``factor`` times as fast."""

    real: datetime
    chat: datetime
    factor: float

    def to_chat(self, real: datetime) -> datetime:
        return self.chat + (real - self.real) * self.factor

    def to_real(self, chat: datetime) -> datetime:
        return self.real + (chat - self.chat) / self.factor


class ChatClock(Protocol):
    """A chat's time, and how it hangs together with the real one."""

    def __call__(self) -> datetime: ...

    def real(self) -> datetime: ...

    def to_chat(self, real: datetime) -> datetime: ...

    def to_real(self, chat: datetime) -> datetime: ...

    def usual_since(self) -> datetime | None: ...


class FastClock:
    """Call it for the chat's time (aware, in UTC), as ``now`` is called everywhere. It starts at ``at``, at the usual
    pace, and goes back no more than ``real`` does, the time of the networks.

    Exact to the microsecond: what :meth:`to_chat` gives, :meth:`to_real` takes back to the same moment; the other way
    round to the chat's time of one real microsecond, and no moment that a jump left out comes back. What was before
    its start it maps at the usual pace, what is to come at the pace of now."""

    def __init__(self, at: datetime, real: Callable[[], datetime] = utc_now) -> None:
        self.real = real
        self._legs: tuple[_Leg, ...] = (_Leg(real().astimezone(UTC), at.astimezone(UTC), 1),)

    def __call__(self) -> datetime:
        return self.to_chat(self.real())

    def to_chat(self, real: datetime) -> datetime:
        """The chat's time at a real moment."""
        legs = self._legs
        return legs[_last(legs, real, lambda leg: leg.real)].to_chat(real)

    def to_real(self, chat: datetime) -> datetime:
        """When it is that time in the chat, really. Where a jump left it out: when that jump was."""
        legs = self._legs
        which = _last(legs, chat, lambda leg: leg.chat)
        real = legs[which].to_real(chat)
        return real if legs[which] is legs[-1] else min(real, legs[which + 1].real)

    def usual_since(self) -> datetime | None:
        """Since when, really, its time has passed as the networks' does; None where it runs fast."""
        last = self._legs[-1]
        return last.real if last.factor == 1 else None

    def run(self, factor: float) -> None:
        """From now on, so many times as fast as usual; at least 1."""
        if factor < 1:
            raise ValueError("the chat's time does not pass slower than the real one")
        now = self._from_now_on()
        self._legs += (_Leg(now, self.to_chat(now), factor),)

    def jump(self, to: datetime) -> None:
        """It is ``to`` now. Raises ``ValueError`` where that is over."""
        now = self._from_now_on()
        if to < self.to_chat(now):
            raise ValueError("the chat's time does not go back")
        self._legs += (_Leg(now, to.astimezone(UTC), self._legs[-1].factor),)

    def _from_now_on(self) -> datetime:
        return max(self.real().astimezone(UTC), self._legs[-1].real)


def _last(legs: Sequence[_Leg], moment: datetime, starts: Callable[[_Leg], datetime]) -> int:
    """The last leg that has begun by then; the first reaches back for ever."""
    return max(bisect_right(legs, moment, key=starts) - 1, 0)


def travelling(clock: ChatClock) -> Wrap:
    """How adapters are wrapped in a bridge that goes by this clock."""
    return lambda adapter, log: like(adapter, _Travelling(adapter, clock))


class _Travelling:
    """Times that the adapter tells become the chat's, times that it is told become real.

    **When was a post said?** The way from its author to us takes as long as ever, and some platforms tell whole
    seconds only (of what is said in private, X does; all else that we read is told by the millisecond or better): at
    5,000 a second is 83 minutes of the chat, and all would be late, or said before what it answers. So a post that was
    said since we began to read was said when it came in, unless it took longer than ``UNDER_WAY``: then that much
    after its own time. While the chat's time passes as usual, a public post keeps its own time, or is of the moment
    since when it does: a vote that is under way when its poll closes counts. So what came in order stays in order,
    nothing was said in the future, and what was missed in an outage is late by as much as it was really missed. What
    was said before we began to read keeps its own time, so that nothing from before the first start crosses.

    Edits, deletes, and votes in the network's own polls keep their own time always: they are told again, and must
    then be of the same time, or an old one would undo a newer one."""

    def __init__(self, adapter: Any, clock: ChatClock) -> None:
        self._adapter = adapter
        self._clock = clock
        self._began = clock.real()

    async def events(self, cursors: Mapping[Stream, Cursor]) -> AsyncIterator[Event]:
        with self._errors():
            async for event in self._adapter.events(cursors):
                yield self._event(event)

    async def post(self, post: Outgoing, key: Key) -> Receipt:
        return await self._answer(self._adapter.post(self._outgoing(post), key))

    async def find(self, attempt: Attempt) -> Found | Absent | NotYet:
        began = self._clock.to_real(attempt.began_at)
        attempt = replace(attempt, post=self._outgoing(attempt.post), began_at=began)
        return await self._answer(self._adapter.find(attempt))

    async def limits(self, channel: ChannelId) -> Limits:
        return await self._answer(self._adapter.limits(channel))

    async def edit(self, ref: PostRef, post: Outgoing, key: Key) -> None:
        await self._answer(self._adapter.edit(ref, self._outgoing(post), key))

    async def delete(self, ref: PostRef, channel: ChannelId | None, key: Key) -> None:
        await self._answer(self._adapter.delete(ref, channel, key))

    async def note(self, to: AccountId, post: Outgoing, key: Key) -> Receipt:
        return await self._answer(self._adapter.note(to, self._outgoing(post), key))

    async def read_media(self, media: Media, max_bytes: int) -> MediaFile:
        return await self._answer(self._adapter.read_media(media, max_bytes))

    async def watch(self, threads: Sequence[PostRef]) -> None:
        await self._answer(self._adapter.watch(threads))

    async def lookup(self, posts: Sequence[PostRef]) -> Mapping[GlobalId, Post | None]:
        found = await self._answer(self._adapter.lookup(posts))
        return {id: None if post is None else self._post(post) for id, post in found.items()}

    async def counts(self, ballots: Sequence[PostRef]) -> Mapping[GlobalId, Counts]:
        told = await self._answer(self._adapter.counts(ballots))
        return {id: replace(one, at=self._clock.to_chat(one.at)) for id, one in told.items()}

    async def _answer(self, call: Awaitable[T]) -> T:
        with self._errors():
            return await call

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except RateLimited as error:
            raise RateLimited(self._clock.to_chat(error.until), error.operation, error.reason) from error

    def _event(self, event: Event) -> Event:
        to_chat = self._clock.to_chat
        match event:
            case Posted(post=post) | Edited(post=post):
                return replace(event, post=self._post(post))
            case Deleted(at=datetime() as at) | Voted(at=at):
                return replace(event, at=to_chat(at))
            case PrivateMessage(at=at):
                return replace(event, at=self._said(at, self._clock.real()))  # some tell whole seconds only
            case CaughtUp(since=since):
                return replace(event, since=to_chat(since))
            case _:
                return event

    def _post(self, post: Post) -> Post:
        edited = None if post.edited_at is None else self._clock.to_chat(post.edited_at)
        usual = self._clock.usual_since() or self._clock.real()
        return replace(post, created_at=self._said(post.created_at, usual), edited_at=edited)

    def _said(self, own: datetime, came: datetime) -> datetime:
        return self._clock.to_chat(own if own < self._began else max(own, min(own + UNDER_WAY, came)))

    def _outgoing(self, post: Outgoing) -> Outgoing:
        if post.poll is None:
            return post
        return replace(post, poll=replace(post.poll, closes_at=self._clock.to_real(post.poll.closes_at)))
