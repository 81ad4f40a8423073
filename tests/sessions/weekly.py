"""A chat with a weekly hour over memory networks, by a clock that is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.app import Bridge
from bridge.config.joined import CHAT
from bridge.model.calendar import Calendar, Hour
from bridge.model.session import Session, StepMark, StepState
from bridge.sessions.standard import STANDARD
from bridge.sessions.steering import AtHand, at_hand
from bridge.sessions.tending import coming, session_of
from bridge.store import sessions
from bridge.testing.clock import Clock
from bridge.testing.waiting import until
from tests.core.rig import Net, Rig, rig

LONDON = ZoneInfo("Europe/London")
NETS = (Net(name="hall"), Net(name="yard"), Net(name="hut"))
QUESTIONS = ("What eats your week?", "What did you stop doing?", "Who decides?", "What helps?", "What will you try?")


def calendar(first: date) -> Calendar:
    """Mondays, 20:00 to 21:00 in London."""
    hour = Hour(0, time(20), time(21))
    return Calendar(zone=LONDON, hour=hour, first=first, rota=(("Ann",), ("Ben", "Eve")))


def chat_of(folder: Path, clock: Clock, first: date, *, database: str = "", **fields: Any) -> Rig:
    """``fields`` of the chat, beside its calendar and programme."""
    chat = {"calendar": calendar(first), "programme": STANDARD, "clock_name": "UK", **fields}
    return rig(folder, *NETS, database=database, chat=chat, now=clock)


@asynccontextmanager
async def running(chat: Rig, monkeypatch: pytest.MonkeyPatch, **seconds: float) -> AsyncIterator[Bridge]:
    """``seconds``: other times between two looks, as ``polls=60``."""
    for name in ("sessions", "polls"):
        monkeypatch.setattr(f"bridge.app._{name[:-1].upper()}_SECONDS", seconds.get(name, 0.02))
    async with chat.running() as bridge:
        yield bridge


async def session_now(bridge: Bridge, now: datetime) -> Session:
    chat = bridge.installation.book.chats[CHAT]
    occurrence, _ = next(pair for pair in coming(chat.calendar, now) if pair[0].ends > now)
    return await bridge.store.read(lambda c: session_of(c, chat, occurrence, now))


async def marks(bridge: Bridge, session: str) -> Mapping[str, StepMark]:
    return await bridge.store.read(lambda c: sessions.marks(c, CHAT, session))


async def ended(bridge: Bridge, session: str, step: str, state: StepState = StepState.DONE) -> StepMark:
    """What became of a step, once it has come to this."""
    found: dict[str, StepMark] = {}

    async def so() -> bool:
        found.update(await marks(bridge, session))
        return step in found and found[step].state is state

    await until(so, f"{step} is not {state.value}")
    return found[step]


async def steer(bridge: Bridge, now: datetime, act: Any, *args: Any, **by: Any) -> Any:
    """What a moderator says to the session of this week: ``act`` is of :mod:`bridge.sessions.steering`."""
    chat = bridge.installation.book.chats[CHAT]

    def done(connection: Any) -> Any:
        hand: AtHand = at_hand(connection, chat, now)
        return act(hand, *args, **by)

    return await bridge.store.write(done)
