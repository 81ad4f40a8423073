"""Acts on the sandbox as sample leaders, and as fate, through its control."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx

from bridge.adapter import Seen
from bridge.model.ids import GlobalId

_POSTS = ["/2/tweets", "/2/tweets/*", "/2/dm_conversations/*"]
_MADE = ["/2/tweets", "/2/dm_conversations/*"]
_WRITES = ["POST", "DELETE"]


class TwitterStage:
    """See :class:`bridge.adapter.Stage`. Beyond it: ``control`` says anything to the sandbox (``control.py``
    lists what), and ``fault`` lets any request meet any fault (``faults.py``)."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = httpx.AsyncClient(base_url=address, timeout=30)
        self._tags: dict[GlobalId, str] = {}  # what was added to a post, and is to stay when it is edited

    async def close(self) -> None:
        await self._http.aclose()

    async def control(self, name: str, **wanted: Any) -> Any:
        """Raises ``ValueError`` with what the sandbox says is wrong."""
        answer = await self._http.post(f"/_sandbox/{name}", json=wanted)
        if answer.status_code == 400:
            raise ValueError(answer.json()["error"])
        answer.raise_for_status()
        return answer.json()

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
        """``followers``: a protected account posts, which is the author's name and ``_closed``, for X has
        protected accounts and no protected posts. A warning has no words there."""
        if visibility not in ("public", "followers"):
            raise NotImplementedError(f"X has no posts of visibility {visibility}")
        if visibility == "followers":
            author = f"{author}_closed"
            await self.control("user", username=author, protected=True)
        made = await self.control(
            "post",
            author=author,
            text=f"{text} {channel}".strip() if hashtag else text,
            reply_to=reply_to,
            sensitive=bool(content_warning),
            language=language,
            media=[{"data": base64.b64encode(data).decode(), "mime": mime, "alt": alt} for data, mime, alt in media],
        )
        id = GlobalId(made["id"])
        if hashtag:
            self._tags[id] = channel
        return id

    async def edit(self, post: GlobalId, text: str) -> None:
        tag = self._tags.get(post, "")
        kept = text if tag.casefold() in text.casefold() else f"{text} {tag}"
        await self.control("edit", id=post, text=kept)

    async def delete(self, post: GlobalId) -> None:
        await self.control("delete", id=post)

    async def react(self, post: GlobalId, *, author: str = "reader") -> None:
        await self.control("like", id=post, author=author)

    async def vote(self, post: GlobalId, *choices: int, author: str = "reader") -> GlobalId:
        """X lets nobody change or take back a vote."""
        (position,) = choices
        await self.control("vote", id=post, author=author, position=position + 1)
        return GlobalId("")  # nobody is told who voted

    async def tell(self, text: str, *, author: str = "leader") -> None:
        await self.control("message", text=text, author=author)

    async def told(self, *, author: str = "leader") -> Sequence[str]:
        words: list[str] = await self.control("messages", author=author)
        return words

    async def set_bio(self, bio: str, *, author: str = "leader") -> None:
        await self.control("user", username=author, bio=bio)

    async def timeline(self, channel: str) -> Sequence[Seen]:
        return [_seen(one, self.address) for one in await self.control("timeline", tag=channel)]

    async def file(self, media: str) -> tuple[bytes, str]:
        answer = await self._http.get(media)
        answer.raise_for_status()
        return answer.content, answer.headers.get("content-type", "")

    # Fate

    async def fault(self, kind: str, requests: int = 1, **where: Any) -> None:
        """``methods``, ``paths`` (patterns), ``seconds``."""
        await self.control("faults", kind=kind, requests=requests, **where)

    async def throttle(self, requests: int, seconds: float) -> None:
        await self.fault("window", requests, methods=_WRITES, paths=_POSTS, seconds=seconds)

    async def fail(self, requests: int, kind: str = "capacity") -> None:
        await self.fault(kind, requests, methods=_WRITES, paths=_POSTS)

    async def crash_after_send(self, requests: int) -> None:
        await self.fault("lose", requests, methods=["POST"], paths=_MADE)

    async def cut(self, seconds: float) -> None:
        await self.control("cut", seconds=seconds)


def _seen(one: dict[str, Any], address: str) -> Seen:
    return Seen(
        id=GlobalId(one["id"]),
        author=one["author"],
        name=one["name"],
        text=one["text"],
        at=datetime.fromisoformat(one["at"]),
        mine=one["mine"],
        reply_to=GlobalId(one["reply_to"]) if one["reply_to"] else None,
        content_warning="sensitive" if one["sensitive"] else "",
        media=tuple(address + path for path in one["media"]),
        alts=tuple(one["alts"]),
        edited=one["edited"],
        url=one["url"],
        favourites=one["favourites"],
        labels=tuple(one["labels"]),
        closed=one["closed"],
    )
