"""Whether a week is being played, what happens in it, and how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bridge.adapter.sandbox import Stage
from bridge.app import Bridge
from bridge.demo.clockwork import FastClock
from bridge.demo.week import Week, coming_week


@dataclass(frozen=True, slots=True)
class Standing:
    """``what`` happens, in words, and the chat's time ``at`` present, by the minute; None before the first week.
    ``steps`` of the week in order: which are over. ``over``: all that belongs to it is."""

    playing: bool = False
    what: str = ""
    at: datetime | None = None
    steps: tuple[bool, ...] = ()
    over: bool = False


class Playing:
    """One week at a time, whoever asks for it."""

    def __init__(self, bridge: Bridge, clock: FastClock, stages: Mapping[str, Stage]) -> None:
        self._bridge = bridge
        self._clock = clock
        self._stages = stages
        self._week: Week | None = None
        self._task: asyncio.Task[None] | None = None
        self._what = ""

    async def start(self) -> None:
        """Play the week that was stopped, or the next; nothing where one is being played."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._play())

    async def stop(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._what = "Stopped. The chat's clock goes on from here, and so does the week when you play on."

    async def standing(self) -> Standing:
        if self._week is None:
            return Standing()
        return Standing(
            playing=self._task is not None and not self._task.done(),
            what=self._what,
            at=self._clock().replace(second=0, microsecond=0),
            steps=await self._week.steps(),
            over=self._week.over,
        )

    async def _play(self) -> None:
        try:
            if self._week is None or self._week.over:
                self._week = await coming_week(self._stages, self._bridge, self._clock, self._say)
            await self._week.play()
        except Exception as error:
            self._what = f"The week stops here: {str(error) or repr(error)}"

    def _say(self, what: str, at: datetime) -> None:
        self._what = what
