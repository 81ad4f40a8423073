"""Plays a week of the chat: the clock jumps from one step of the programme to the next, and in between sample leaders
do what people do. Nothing here makes the bridge do anything: it looks at what becomes of things, and waits for that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from bridge.adapter.sandbox import Seen, Stage
from bridge.app import Bridge
from bridge.demo.clockwork import FastClock
from bridge.demo.script import Act, Asks, Confirms, Likes, Says, Votes, scenes
from bridge.model.chat import Chat
from bridge.model.ids import NetworkId
from bridge.model.poll import Poll
from bridge.model.programme import StepKind
from bridge.model.session import Session, StepState
from bridge.polls.labels import letter
from bridge.sessions import steering
from bridge.sessions.programme import Step
from bridge.sessions.tending import coming, session_of, steps_of
from bridge.store import polls, sessions

Say = Callable[[str, datetime], None]
T = TypeVar("T")

_LOOK_EVERY = 0.15  # seconds
_FIRST_WORDS = 40  # characters by which a post is known again: links at the end may read differently
_UNLINKED = str.maketrans("", "", "\u2060\u200b")  # stands in copies where a network would make a link


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds, really: to ``read`` what a step says, to ``listen`` to what somebody does, to ``vote`` while the theme
    poll is open; and the ``patience`` with a network that does not do what it should."""

    read: float = 2.5
    listen: float = 1.3
    vote: float = 20.0
    patience: float = 10.0


USUAL = Pauses()


async def coming_week(
    stages: Mapping[str, Stage], bridge: Bridge, clock: FastClock, say: Say, pauses: Pauses = USUAL
) -> Week:
    """The week of the session that comes, to be played. ``stages`` are by network; ``say``: what happens, in words
    for people, and when in the chat's time."""
    (chat,) = bridge.installation.book.chats.values()
    session = await bridge.store.read(lambda c: _ahead(c, chat, clock()))
    return Week(stages, bridge, clock, say, pauses, chat, session.id, scenes(session.number or 1), clock())


def _ahead(connection: Connection, chat: Chat, now: datetime) -> Session:
    """The session with the next step that waits."""
    found = [session_of(connection, chat, occurrence, now) for occurrence, _ in coming(chat.calendar, now)]
    waiting = (one for one in found if any(_waits(step) for step in steps_of(connection, chat, one)))
    return next(waiting, found[-1])


def _session(connection: Connection, chat: Chat, id: str, now: datetime) -> Session:
    kept = sessions.by_id(connection, chat.id, id)
    if kept is not None:
        return kept
    return next(session_of(connection, chat, one, now) for one, _ in coming(chat.calendar, now) if one.key == id)


def _waits(step: Step) -> bool:
    return step.state is StepState.WAITING


_HAPPENS: Mapping[StepKind, str] = {
    StepKind.CALL: "The chat asks for themes. Suggest one on any network: suggest: your theme.",
    StepKind.SHORTLIST: "The best supported themes make a shortlist, and the host confirms it.",
    StepKind.POLL: "The theme poll is open. Vote on any network.",
    StepKind.THEME: "The poll is closed: one result from all networks, and the theme.",
    StepKind.QUESTIONS: "The host's questions, to think about beforehand.",
    StepKind.REMINDER: "A reminder.",
    StepKind.WELCOME: "The hour begins.",
    StepKind.INTRODUCTIONS: "Who is here?",
    StepKind.QUESTION: "Question {number}. Answers stand below it on every network.",
    StepKind.THANKS: "The hour is over.",
    StepKind.SUMMARY: "What the hour was, in one post and on one card.",
}


@dataclass
class Week:
    """One week, played by what happens after each step (``scenes``). ``began``: what was said before is not of it;
    ``over``: its last step is. ``_acted``: how many acts of each step that was reached; ``_dealt_with``: the steps
    behind us; ``_shown``: what the chat itself said, by step and network."""

    stages: Mapping[str, Stage]
    bridge: Bridge
    clock: FastClock
    say: Say
    pauses: Pauses
    chat: Chat
    session: str
    scenes: Mapping[str, tuple[Act, ...]]
    began: datetime
    over: bool = False
    _acted: dict[str, int] = field(default_factory=dict)
    _dealt_with: set[str] = field(default_factory=set)
    _shown: dict[tuple[str, str], Seen] = field(default_factory=dict)

    async def play(self) -> None:
        """What is left of it. It can be cancelled at any time, and played on later."""
        while (step := await self._next()) is not None:
            await self._play(step)
            self._dealt_with.add(step.name)
        self.over = True
        self.say("That was the week. The next one can follow.", self.clock())

    async def steps(self) -> tuple[bool, ...]:
        """Of its steps in order: which are over."""
        return tuple(step.state is not StepState.WAITING for step in await self._read(self._steps))

    async def _next(self) -> Step | None:
        """The first that waits, or that we were at when we were stopped."""
        steps = (one for one in await self._read(self._steps) if one.name not in self._dealt_with)
        return next((one for one in steps if _waits(one) or one.name in self._acted), None)

    async def _play(self, step: Step) -> None:
        acts, acted = self.scenes.get(step.name, ()), self._acted.setdefault(step.name, 0)
        self._go(step.at)
        self.say(_HAPPENS[step.kind].format(number=step.number), self.clock())
        if await self._so(lambda: self._ended(step), f"The step {step.name} does not happen"):
            said = await self._read(lambda c: sessions.marks(c, self.chat.id, self.session)[step.name].said)
            if step.kind is not StepKind.SHORTLIST:  # which is for moderators
                await asyncio.gather(*(self._shows(step, name, said) for name in self.stages))
        await asyncio.sleep(self.pauses.read)
        pause = self.pauses.vote / (len(acts) + 1) if step.kind is StepKind.POLL else self.pauses.listen
        for act in acts[acted:]:
            self._acted[step.name] += 1  # once, also if we are stopped now
            self._go(step.at + act.after)
            await self._act(act)
            await asyncio.sleep(pause)
        if step.kind is StepKind.POLL:
            await asyncio.sleep(pause)

    async def _ended(self, step: Step) -> bool:
        return not any(_waits(one) for one in await self._read(self._steps) if one.name == step.name)

    async def _shows(self, step: Step, name: str, said: str) -> None:
        """Wait until a network shows what the chat says there."""

        async def there() -> bool:
            found = [one for one in await self._found(name, said, step.at) if one.mine]
            if found:
                self._shown[step.name, name] = found[0]
            return bool(found)

        if said:
            await self._so(there, f"{self._title(name)} does not show it")

    # What people do.

    async def _act(self, act: Act) -> None:
        try:
            match act:
                case Says():
                    await self._says(act)
                case Likes():
                    await self._likes(act)
                case Votes():
                    await self._votes(act)
                case Confirms():
                    native = self.bridge.installation.native_polls
                    await self._write(lambda c: steering.confirm_shortlist(self._hand(c), native))
                case Asks(questions=questions):
                    for question in questions:
                        await self._write(lambda c, q=question: steering.add_question(self._hand(c), q, None))  # type: ignore[misc]
                    self.say("The host has set the questions.", self.clock())
        except Exception as error:
            # A network that is away, or a shortlist that somebody else has confirmed: the week goes on.
            self.say(f"This did not work: {str(error) or repr(error)}", self.clock())

    async def _says(self, act: Says) -> None:
        name, stage = self._on(act.on)
        if act.private:
            self.say(f"Somebody suggests a theme to the bot alone, on {self._title(name)}.", self.clock())
            before = len(await stage.told(author=act.who))
            await stage.tell(act.words, author=act.who)

            async def answered() -> bool:
                return len(await stage.told(author=act.who)) > before

            await self._so(answered, f"{self._title(name)} brings no answer")
            return
        answered_post = await self._post(name, act.to) if act.to else None
        since = self.clock()
        reply_to = None if answered_post is None else answered_post.id
        await stage.post(self._address(name), act.words, author=act.who, reply_to=reply_to)
        await asyncio.gather(*(self._crosses(other, act.words, since) for other in self.stages if other != name))

    async def _crosses(self, name: str, words: str, since: datetime) -> None:
        async def there() -> bool:
            return any(one.mine for one in await self._found(name, words, since))

        await self._so(there, f"A post does not arrive on {self._title(name)}")

    async def _likes(self, act: Likes) -> None:
        name, stage = self._on(act.on)
        post = await self._post(name, act.words)
        if post is not None:
            await stage.react(post.id, author=act.who)

    async def _votes(self, act: Votes) -> None:
        """In the network's own poll where it has one, or with a letter."""
        name, stage = self._on(act.on)
        poll = await self._read(self._poll)
        ballot = await self._ballot(name)
        positions = {} if poll is None else {one.text: position for position, one in enumerate(poll.options)}
        if poll is None or ballot is None or act.theme not in positions:
            return
        position = positions[act.theme]
        if ballot.labels and not act.letter:
            await stage.vote(ballot.id, position, author=act.who)
            return

        async def votes() -> int:
            return len(await self._read(lambda c: polls.votes(c, poll)))

        async def counted() -> bool:
            return await votes() > before

        before = await votes()
        await stage.post(self._address(name), letter(position), author=act.who, reply_to=ballot.id)
        await self._so(counted, f"A vote on {self._title(name)} does not arrive")

    async def _ballot(self, name: str) -> Seen | None:
        """With the poll of the network's own where it has one: of a thread that is the last post."""
        first = self._shown.get((StepKind.POLL.value, name))
        if first is None:
            return None
        said = await self.stages[name].timeline(self._address(name))
        return next((one for one in said if one.mine and one.labels and one.at >= first.at), first)

    # Where things are.

    def _on(self, place: int) -> tuple[str, Stage]:
        names = list(self.stages)
        name = names[place % len(names)]
        return name, self.stages[name]

    async def _post(self, name: str, words: str) -> Seen | None:
        """Of this week, on that network: what a step said there, or the latest with these words."""
        if (words, name) in self._shown:
            return self._shown[words, name]
        return next(reversed(await self._found(name, words, self.began)), None)

    async def _found(self, name: str, words: str, since: datetime) -> list[Seen]:
        start = words.split("\n", 1)[0][:_FIRST_WORDS]
        said = await self.stages[name].timeline(self._address(name))
        return [one for one in said if start in one.text.translate(_UNLINKED) and self.clock.to_chat(one.at) >= since]

    def _address(self, name: str) -> str:
        return self.bridge.installation.book.on(NetworkId(name))[0].address

    def _title(self, name: str) -> str:
        return self.bridge.installation.book.networks[NetworkId(name)].title

    def _session(self, connection: Connection) -> Session:
        return _session(connection, self.chat, self.session, self.clock())

    def _steps(self, connection: Connection) -> tuple[Step, ...]:
        return steps_of(connection, self.chat, self._session(connection))

    def _hand(self, connection: Connection) -> steering.AtHand:
        return steering.at_hand(connection, self.chat, self.clock())

    def _poll(self, connection: Connection) -> Poll | None:
        number = self._session(connection).poll
        kept = None if number is None else polls.by_number(connection, self.chat.id, number)
        return None if kept is None else kept.poll

    async def _read(self, work: Callable[[Connection], T]) -> T:
        return await self.bridge.store.read(work)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await self.bridge.store.write(work)

    def _go(self, to: datetime) -> None:
        if to > self.clock():
            self.clock.jump(to)

    async def _so(self, holds: Callable[[], Awaitable[bool]], otherwise: str) -> bool:
        """Wait until it is so; after some seconds say that it is not, and go on."""
        try:
            async with asyncio.timeout(self.pauses.patience):
                while not await _now(holds):  # noqa: ASYNC110 - networks have no event
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            self.say(f"{otherwise}; the week goes on.", self.clock())
            return False
        return True


async def _now(holds: Callable[[], Awaitable[bool]]) -> bool:
    """A network that does not answer does not show it either."""
    try:
        return await holds()
    except TimeoutError:
        raise
    except Exception:
        return False
