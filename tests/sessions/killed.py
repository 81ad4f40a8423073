"""A week that people play over networks in processes of their own, while fate ends the bridge and starts it again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from bridge.adapter.sandbox import Sandbox, Seen
from bridge.config import Installation
from bridge.config.joined import CHAT
from bridge.demo.clockwork import FastClock
from bridge.model.session import StepMark, StepState
from bridge.polls.labels import letter
from bridge.sessions import steering
from bridge.sessions.suggesting import collected
from bridge.sessions.tending import coming, session_of
from bridge.store import Store, open_store, polls, sessions
from bridge.store.tables import posting
from bridge.testing.process import BridgeProcess
from bridge.testing.waiting import until
from tests.polls.polling import THEMES
from tests.sessions.weekly import LONDON, QUESTIONS

MONDAY = datetime(2026, 11, 16, 20, tzinfo=LONDON).astimezone(UTC)
SESSION = "2026-11-16"
STEPS = (
    "call", "shortlist", "poll", "reminder", "theme", "questions", "reminder-2", "welcome", "introductions",
    "q1", "q2", "q3", "q4", "q5", "thanks", "summary",
)  # fmt: skip
_PATIENCE = 60.0


def before(**time: float) -> datetime:
    return MONDAY - timedelta(**time)


@dataclass(frozen=True)
class Post:
    """One of the bridge's posts, as a reader sees it. ``answers``: the words of what it hangs below."""

    text: str
    answers: str
    pictures: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Played:
    """``posts`` of ours on each network and ``told`` in private, each in order; ``points`` at which fate could
    strike; ``interrupted``: how many of its kills met something that was not done."""

    posts: Mapping[str, Sequence[Post]]
    told: Mapping[str, Sequence[str]]
    steps: Mapping[str, StepMark]
    points: int
    interrupted: int


@dataclass
class Fate:
    """Kills the bridge at some of its points and starts it again: in turn a moment after what was just done, and as
    soon as something is on its way, which on a fast machine is seldom met by chance."""

    bridge: BridgeProcess
    store: Store
    strikes: frozenset[int] = frozenset()
    rng: random.Random = field(default_factory=lambda: random.Random(5))
    points: int = 0
    struck: int = 0
    interrupted: int = 0

    async def __call__(self) -> None:
        self.points += 1
        if self.points not in self.strikes:
            return
        self.struck += 1
        if self.struck % 2:
            await self._under_way()
        else:
            await asyncio.sleep(self.rng.uniform(0, 0.1))
        await self.bridge.kill()
        self.interrupted += await self.store.read(_unfinished) > 0
        await self.bridge.start()

    async def _under_way(self) -> None:
        """Something is to be sent; or nothing is, for a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                while not await self.store.read(_unfinished):  # noqa: ASYNC110 - another process has no event
                    await asyncio.sleep(0)


def _unfinished(connection: Any) -> int:
    """How many postings are not as they should be."""
    open_ones = select(func.count()).select_from(posting).where(posting.c.state == "due")
    return int(connection.execute(open_ones).scalar_one())


@dataclass
class People:
    """Who take part, and what each sees."""

    networks: Mapping[str, Sandbox]
    store: Store
    installation: Installation
    clock: FastClock
    bridge: BridgeProcess
    fate: Fate

    async def ours(self, name: str, words: str = "") -> list[Seen]:
        seen = await self.networks[name].stage.timeline(self.networks[name].channels[0])
        return [one for one in seen if one.mine and words in one.text]

    async def sees(self, name: str, words: str) -> Seen:
        """The first of our posts there with these words."""
        found: list[Seen] = []

        async def there() -> bool:
            found[:] = await self.ours(name, words)
            return bool(found)

        await until(there, f"nothing with {words!r} on {name}", _PATIENCE)
        return found[0]

    async def jump(self, to: datetime, words: str = "") -> None:
        """It is that time, and everybody reads what is said then."""
        self.bridge.jump(to)
        await self.fate()
        for name in self.networks if words else ():
            await self.sees(name, words)

    async def say(self, name: str, text: str, author: str, *, reply_to: Seen | None = None) -> None:
        """And the others read it, below what it answers there."""
        sandbox = self.networks[name]
        answered = None if reply_to is None else reply_to.id
        await sandbox.stage.post(sandbox.channels[0], text, author=author, reply_to=answered)
        await self.fate()
        for other in self.networks:
            if other != name:
                await self.sees(other, text)

    async def tell(self, name: str, text: str, author: str, answer: str) -> None:
        """In private, and the bot answers."""
        stage = self.networks[name].stage
        await stage.tell(text, author=author)
        await self.fate()

        async def answered() -> bool:
            return any(answer in one for one in await stage.told(author=author))

        await until(answered, f"no answer {answer!r} to {author}", _PATIENCE)

    async def vote(self, name: str, choice: int, author: str) -> None:
        """In the network's own poll where there is one, else by a letter."""
        sandbox = self.networks[name]
        shown = await self.ours(name, "What shall we talk about on Monday") + await self.ours(name, "Which theme shall")
        ballot = next((one for one in shown if one.labels), shown[0])
        if ballot.labels:
            await sandbox.stage.vote(ballot.id, choice, author=author)
        else:
            await sandbox.stage.post(sandbox.channels[0], letter(choice), author=author, reply_to=ballot.id)
        await self.fate()

    async def knows(self, question: Callable[[Any], Any], answer: Any) -> None:
        """The journal does."""
        found: list[Any] = []

        async def so() -> bool:
            found[:] = [await self.store.read(question)]
            return bool(found[0] == answer)

        try:
            await until(so, seconds=_PATIENCE)
        except AssertionError:
            raise AssertionError(f"{found} is not {answer}") from None

    async def steer(self, act: Callable[..., Any], *args: Any) -> None:
        chat = self.installation.book.chats[CHAT]
        await self.store.write(lambda c: act(steering.at_hand(c, chat, self.clock()), *args))
        await self.fate()

    def supported(self, connection: Any) -> list[tuple[str, int]]:
        return [(one.text, one.support) for one in collected(connection, self._session(connection), self.clock())]

    def votes(self, connection: Any) -> int:
        number = self._session(connection).poll
        kept = None if number is None else polls.by_number(connection, CHAT, number)
        return 0 if kept is None else len(polls.votes(connection, kept.poll))

    def _session(self, connection: Any) -> Any:
        chat, now = self.installation.book.chats[CHAT], self.clock()
        return session_of(connection, chat, coming(chat.calendar, now)[0][0], now)


async def play(
    networks: Mapping[str, Sandbox],
    installation: Installation,
    bridge: BridgeProcess,
    clock: FastClock,
    strikes: frozenset[int] = frozenset(),
) -> Played:
    """The week before ``MONDAY``, on three networks; the bridge runs and has read each of them."""
    store = await open_store(installation.database)
    try:
        fate = Fate(bridge, store, strikes)
        people = People(networks, store, installation, clock, bridge, fate)
        await _suggest(people)
        await _vote(people)
        await _talk(people)
        await bridge.stop()
        await bridge.start()  # what would be said twice is said now
        first = next(iter(networks))
        await people.say(first, "good night, and thank you", "ann")
        await bridge.stop()
        return Played(
            posts={name: await _posts(people, name) for name in networks},
            told={name: await networks[name].stage.told(author="kim") for name in networks},
            steps=await store.read(lambda c: sessions.marks(c, CHAT, SESSION)),
            points=fate.points,
            interrupted=fate.interrupted,
        )
    finally:
        await store.close()


async def _posts(people: People, name: str) -> list[Post]:
    sandbox = people.networks[name]
    seen = await sandbox.stage.timeline(sandbox.channels[0])
    words = {one.id: one.text for one in seen}
    return [Post(one.text, words.get(one.reply_to or one.id, "") if one.reply_to else "", one.alts, one.labels)
            for one in seen if one.mine]  # fmt: skip


async def _suggest(people: People) -> None:
    """Seven themes, one of them in private; likes on two networks count for the same theme."""
    one, two, three = people.networks
    await people.jump(before(days=6), "suggest:")
    for theme, name, author in zip(THEMES[:6], (one, two, three, one, two, three), "abcdef", strict=True):
        await people.say(name, f"suggest: {theme}", f"{author}nn")
    await people.tell(three, f"suggest: {THEMES[6]}", "kim", "Noted for the next shortlist")
    for name, words, reader in ((one, THEMES[1], "gus"), (three, THEMES[1], "hal"), (two, THEMES[0], "ida")):
        stage, (shown, *_) = people.networks[name].stage, await people.ours(name, words)
        await stage.react(shown.id, author=reader)
        await people.fate()
    supported = [(THEMES[1], 2), (THEMES[0], 1), *((theme, 0) for theme in THEMES[2:])]
    await people.knows(people.supported, supported)
    await people.jump(before(days=3))
    await people.knows(lambda c: _state(c, "shortlist"), StepState.DONE)
    await people.steer(steering.confirm_shortlist, people.installation.native_polls)


def _state(connection: Any, step: str) -> StepState:
    found = sessions.marks(connection, CHAT, SESSION).get(step)
    return StepState.WAITING if found is None else found.state


async def _vote(people: People) -> None:
    """Five votes, one of them changed and one said in private: two themes have two each."""
    one, two, three = people.networks
    await people.jump(before(days=2), "Monday 16 Nov")
    for name in people.networks:
        await until(lambda name=name: people.ours(name, "What shall"), seconds=_PATIENCE)
    await people.vote(one, 0, "ann")
    await people.vote(two, 5, "bnn")
    await people.vote(three, 0, "cnn")
    await people.vote(two, 1, "bnn")
    await people.tell(three, "B", "kim", "is counted")
    await people.vote(one, 3, "dnn")
    await people.knows(people.votes, 6)
    await people.jump(before(days=1), "Join in from here")
    await people.jump(before(hours=1), "A tie between")
    for name in people.networks:
        await people.sees(name, "Hosted by")


async def _talk(people: People) -> None:
    """The hour, with five questions and an answer to each."""
    for text in QUESTIONS:
        await people.steer(steering.add_question, text, None)
    await people.jump(before(minutes=45), QUESTIONS[4])
    await people.jump(before(minutes=15), "see what you say")
    await people.jump(MONDAY, "elcome to #EdLdrs")
    await people.jump(MONDAY + timedelta(minutes=2), "you lead, and what")
    names = [*people.networks]
    for number, text in enumerate(QUESTIONS, start=1):
        words = f"Q{number}: {text}\n\nBegin your answer"
        await people.jump(MONDAY + timedelta(minutes=11 * number - 6), words)
        name, author = names[number % len(names)], "abcde"[number - 1] + "nn"
        answer = f"A{number}: we tried that in year {number + 6}, and would do it again"
        await people.say(name, answer, author, reply_to=await people.sees(name, words))
    await people.jump(MONDAY + timedelta(hours=1), "hank you")
    await people.jump(MONDAY + timedelta(hours=1, minutes=20), "Suggest a theme any time")
