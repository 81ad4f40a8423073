"""A stand-in for a network on loopback, as the demo and the tests start it: a process of its own,
and a stage on which somebody acts there as a stranger to the bridge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from bridge.model.ids import GlobalId


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A post as a reader of the network sees it in its own client: ``text`` is plain characters.
    ``mine`` says that the bridge's account posted it; ``media`` are names of files (see ``Stage.file``);
    ``labels`` those of its poll, where it is one, and ``closed`` that nobody can vote in it any more."""

    id: GlobalId
    author: str
    name: str
    text: str
    at: datetime
    mine: bool
    reply_to: GlobalId | None = None
    content_warning: str = ""
    media: tuple[str, ...] = ()
    alts: tuple[str, ...] = ()
    edited: bool = False
    url: str = ""
    visibility: str = "public"
    favourites: int = 0
    labels: tuple[str, ...] = ()
    closed: bool = False


class Stage(Protocol):
    """Acts on the stand-in as sample leaders, and as fate. ``channel`` is a channel's address.
    A stage that cannot do a thing raises ``NotImplementedError``; its adapter's power then stays
    untried and the suite says so."""

    async def post(
        self,
        channel: str,
        text: str,
        *,
        author: str = "leader",
        reply_to: GlobalId | None = None,
        visibility: str = "public",
        content_warning: str = "",
        language: str = "",
        media: Sequence[tuple[bytes, str, str]] = (),
        hashtag: bool = True,
    ) -> GlobalId:
        """Post as a sample leader (made on first use), with the channel's hashtag added where the
        network needs one and ``hashtag`` is true. ``media`` are (bytes, media type, alt text)."""

    async def edit(self, post: GlobalId, text: str) -> None: ...

    async def delete(self, post: GlobalId) -> None: ...

    async def react(self, post: GlobalId, *, author: str = "reader") -> None: ...

    async def vote(self, post: GlobalId, *choices: int, author: str = "reader") -> GlobalId:
        """Vote in a poll of ours (positions of labels, from 0; none: take the vote back); gives the vote's own
        id where it has one."""

    async def tell(self, text: str, *, author: str = "leader") -> None:
        """Write to the bot in private."""

    async def told(self, *, author: str = "leader") -> Sequence[str]:
        """What the bot wrote to this person in private."""

    async def set_bio(self, bio: str, *, author: str = "leader") -> None: ...

    async def timeline(self, channel: str) -> Sequence[Seen]:
        """All that readers of the channel see, oldest first (replies without the hashtag included)."""

    async def file(self, media: str) -> tuple[bytes, str]:
        """The bytes and the media type of one of the files that ``Seen.media`` names, as a reader gets it."""

    async def throttle(self, requests: int, seconds: float) -> None:
        """Answer the bot's next ``requests`` writes with the network's rate limit, for ``seconds``."""

    async def fail(self, requests: int) -> None:
        """Answer the bot's next ``requests`` writes with a server error, doing nothing."""

    async def crash_after_send(self, requests: int) -> None:
        """Do the bot's next ``requests`` posts, but let the answer be lost."""

    async def cut(self, seconds: float) -> None:
        """Drop the bot's streams and refuse new connections for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A running stand-in. ``settings`` are what config.yaml would hold to reach it, secrets included;
    ``channels`` are addresses that exist there (two at least); ``url`` is where a person can look;
    ``note`` says how a person can join with a client of their own, in lines, or is empty."""

    settings: Mapping[str, Any]
    channels: tuple[str, ...]
    stage: Stage
    url: str = ""
    note: str = ""


class OpenSandbox(Protocol):
    """What a manifest's ``sandbox`` names: starts the stand-in as a child process on a free loopback
    port, its files in ``folder``, and waits until it answers; stops it on exit, also after a crash."""

    def __call__(self, folder: Path) -> AbstractAsyncContextManager[Sandbox]: ...
