"""A stage on a memory server: strangers who talk there, and fate."""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from bridge.adapter.sandbox import Sandbox, Seen
from bridge.model.ids import GlobalId
from bridge.testing.memory.server import Body
from bridge.testing.memory.translation import web_address
from bridge.testing.memory.wire import RemoteServer


class _Server(Protocol):
    async def request(self, operation: str, body: Body) -> Body: ...


class MemoryStage:
    """``bot`` is the bridge's account there. A ``channel`` may be several addresses with blanks between
    them: a post that is seen in all of these rooms."""

    def __init__(self, server: _Server, name: str = "memory", bot: str = "bridge") -> None:
        self._server = server
        self._name = name
        self._bot = bot

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
        bot: bool = False,
    ) -> GlobalId:
        """Without ``hashtag`` the post is in no room: only who follows its thread sees it. A ``direct`` post
        goes to the bot alone."""
        files = [
            {"data": base64.b64encode(data).decode(), "mime": mime, "alt": alt, "name": "file"}
            for data, mime, alt in media
        ]
        direct = visibility == "direct"
        post = {
            "author": author,
            "rooms": channel.split() if hashtag and not direct else [],
            "to": self._bot if direct else "",
            "reply_to": reply_to or "",
            "visibility": visibility,
            "cw": content_warning,
            "lang": language,
            "media": files,
        }
        answer = await self._act(do="post", plain=text, post=post, bot=bot)
        return GlobalId(answer["id"])

    async def edit(self, post: GlobalId, text: str) -> None:
        await self._act(do="edit", id=post, plain=text)

    async def delete(self, post: GlobalId) -> None:
        await self._act(do="delete", id=post)

    async def react(self, post: GlobalId, *, author: str = "reader", kind: str = "favourite") -> None:
        await self._act(do="react", id=post, author=author, what=kind)

    async def vote(self, post: GlobalId, *choices: int, author: str = "reader") -> GlobalId:
        raise NotImplementedError("the bridge holds no polls of the network's own here")

    async def tell(self, text: str, *, author: str = "leader") -> None:
        await self.post("", text, author=author, visibility="direct")

    async def told(self, *, author: str = "leader") -> Sequence[str]:
        answer = await self._server.request("timeline", {"to": author})
        return [post["text"]["plain"] for post in answer["posts"]]

    async def set_bio(self, bio: str, *, author: str = "leader") -> None:
        await self._act(do="bio", author=author, bio=bio)

    async def timeline(self, channel: str) -> Sequence[Seen]:
        answer = await self._server.request("timeline", {"room": channel})
        return [self._seen(post) for post in answer["posts"]]

    async def file(self, media: str) -> tuple[bytes, str]:
        answer = await self._server.request("file", {"id": media.partition(":")[2]})
        return base64.b64decode(answer["data"]), str(answer["mime"])

    async def throttle(self, requests: int, seconds: float) -> None:
        await self.refuse("rate_limited", requests, seconds=seconds)

    async def fail(self, requests: int) -> None:
        await self.refuse("unavailable", requests)

    async def crash_after_send(self, requests: int) -> None:
        await self.refuse("lost", requests, operations=("post", "note"))

    async def cut(self, seconds: float) -> None:
        await self._server.request("cut", {"account": self._bot, "seconds": seconds})

    async def refuse(
        self, code: str, requests: int = 1, *, seconds: float = 0, operations: Sequence[str] = (), containing: str = ""
    ) -> None:
        """Answer the bot's next writes (of these operations, all, if none is given; and with these words) with
        a refusal of this code (see :class:`bridge.testing.memory.server.Refusal`), or with ``lost``: done,
        but no answer."""
        fault = {
            "code": code,
            "requests": requests,
            "seconds": seconds,
            "operations": list(operations),
            "containing": containing,
        }
        await self._server.request("fault", {"account": self._bot, **fault})

    async def close(self, channel: str) -> None:
        """Do not let the bot write in this room."""
        await self._act(do="room", room=channel, closed=True)

    async def reopen(self, channel: str) -> None:
        await self._act(do="room", room=channel, closed=False)

    async def garble(self, raw: Any = "?") -> None:
        """Put something into the log that nobody can understand."""
        await self._act(do="garble", raw=raw)

    async def _act(self, **body: Any) -> Body:
        return await self._server.request("act", body)

    def _seen(self, post: Body) -> Seen:
        return Seen(
            id=GlobalId(post["id"]),
            author=post["author"],
            name=post["name"],
            text=post["text"]["plain"],
            at=datetime.fromisoformat(post["at"]),
            mine=post["author"] == self._bot,
            reply_to=GlobalId(post["reply_to"]) if post["reply_to"] else None,
            content_warning=post["cw"],
            media=tuple(f"memory:{file['id']}" for file in post["media"]),
            alts=tuple(file["alt"] for file in post["media"]),
            edited=bool(post["edited"]),
            url=web_address(post["id"], self._name),
            visibility=post["visibility"],
            favourites=post["favourites"],
        )


@asynccontextmanager
async def open_sandbox(folder: Path) -> AsyncIterator[Sandbox]:
    """A server as a child process, named as the folder."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bridge.testing.memory", "--name", folder.name, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        address = (await process.stdout.readline()).decode().strip()
        yield Sandbox(
            settings={"address": address, "server": folder.name},
            channels=("#lounge", "#garden"),
            stage=MemoryStage(RemoteServer(address), folder.name),
        )
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
