"""Starts the stand-in as a child process, and acts there through Mastodon's API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from bridge.adapter import Sandbox, Seen, stand_in_process
from bridge.model.html import text_from_html
from bridge.model.ids import GlobalId

BOT, BOT_TOKEN = "edldrs", "token-edldrs"
CHANNELS = ("#EdLdrs", "#EdLdrsRu")


@asynccontextmanager
async def open_sandbox(folder: Path) -> AsyncIterator[Sandbox]:
    """See :class:`bridge.adapter.OpenSandbox`. What is not like Mastodon: see ``corrections``."""
    async with (
        stand_in_process("adapters.mastodon.sandbox", folder, str(folder)) as address,
        MastodonStage(address) as stage,
    ):
        yield Sandbox(
            settings={
                "server": address,
                "token": BOT_TOKEN,
                "watch_every": 0.5,  # a demo should not wait
                "poll_every": 0.5,
                "request_timeout": 4,
            },
            channels=CHANNELS,
            stage=stage,
            url=f"{address}/_ui/",
            note="With an app that accepts plain http:\n"
            f"server    {address}\n"
            "account   choose Reader where the server asks; no password",
        )


class MastodonStage:
    """See :class:`bridge.adapter.Stage`. Beyond it: ``arrive`` (a post comes by federation), ``fate``."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._accounts: set[str] = set()
        self._authors: dict[GlobalId, str] = {}

    async def __aenter__(self) -> MastodonStage:
        self._http = httpx.AsyncClient(base_url=self.address, timeout=30)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def _call(self, author: str, method: str, path: str, **kwargs: Any) -> Any:
        if author not in self._accounts and author != BOT:
            await self._control("account", {"username": author})
            self._accounts.add(author)
        headers = {"Authorization": f"Bearer {BOT_TOKEN if author == BOT else f'token-{author}'}"}
        answer = await self._http.request(method, path, headers=headers, **kwargs)
        answer.raise_for_status()
        return answer.json()

    async def _control(self, what: str, value: Mapping[str, Any]) -> Any:
        answer = await self._http.post(f"/_sandbox/{what}", json=value)
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
        files = [await self._upload(author, *one) for one in media]
        body = {
            "status": f"{text} {channel}" if hashtag else text,
            "visibility": {"followers": "private"}.get(visibility, visibility),
            "spoiler_text": content_warning,
            "language": language or None,
            "media_ids": files,
            "in_reply_to_id": await self._id(reply_to) if reply_to else None,
        }
        status = await self._call(author, "POST", "/api/v1/statuses", json=body)
        uri = GlobalId(status["uri"])
        self._authors[uri] = author
        return uri

    async def _upload(self, author: str, data: bytes, mime: str, alt: str) -> str:
        file = {"file": (f"file.{mime.rsplit('/', 1)[-1]}", data, mime)}
        media = await self._call(author, "POST", "/api/v2/media", files=file, data={"description": alt})
        return str(media["id"])

    async def _id(self, post: GlobalId) -> str:
        found = await self._call("leader", "GET", "/api/v2/search", params={"q": post, "resolve": "true"})
        if not found["statuses"]:
            raise LookupError(post)
        return str(found["statuses"][0]["id"])

    async def edit(self, post: GlobalId, text: str) -> None:
        author = self._authors[post]
        await self._call(author, "PUT", f"/api/v1/statuses/{await self._id(post)}", json={"status": text})

    async def delete(self, post: GlobalId) -> None:
        await self._call(self._authors.get(post, BOT), "DELETE", f"/api/v1/statuses/{await self._id(post)}")

    async def react(self, post: GlobalId, *, author: str = "reader") -> None:
        await self._call(author, "POST", f"/api/v1/statuses/{await self._id(post)}/favourite")

    async def boost(self, post: GlobalId, *, author: str = "reader") -> None:
        await self._call(author, "POST", f"/api/v1/statuses/{await self._id(post)}/reblog")

    async def vote(self, post: GlobalId, *choices: int, author: str = "reader") -> GlobalId:
        status = await self._call(author, "GET", f"/api/v1/statuses/{await self._id(post)}")
        where = f"/api/v1/polls/{status['poll']['id']}/votes"
        await self._call(author, "POST", where, json={"choices": list(choices)})
        return GlobalId("")  # nobody is told who voted

    async def tell(self, text: str, *, author: str = "leader") -> None:
        body = {"status": f"@{BOT} {text}", "visibility": "direct"}
        await self._call(author, "POST", "/api/v1/statuses", json=body)

    async def told(self, *, author: str = "leader") -> Sequence[str]:
        statuses = await self._call(author, "GET", "/api/v1/timelines/direct", params={"limit": 40})
        mine = [one for one in reversed(statuses) if one["account"]["username"] == BOT]
        return [text_from_html(one["content"]).plain.removeprefix(f"@{author}").strip() for one in mine]

    async def set_bio(self, bio: str, *, author: str = "leader") -> None:
        await self._call(author, "PATCH", "/api/v1/accounts/update_credentials", data={"note": bio})

    async def timeline(self, channel: str) -> Sequence[Seen]:
        tag = channel.lstrip("#")
        tagged: list[Any] = []
        where: dict[str, Any] = {"limit": 40}
        while page := await self._call("reader", "GET", f"/api/v1/timelines/tag/{tag}", params=where):
            tagged += page
            where["max_id"] = page[-1]["id"]
        statuses = {one["id"]: one for one in tagged}
        for root in tagged:
            if root["replies_count"]:
                context = await self._call("reader", "GET", f"/api/v1/statuses/{root['id']}/context")
                statuses.update({one["id"]: one for one in context["descendants"]})
        inside = [one for one in statuses.values() if one["visibility"] in ("public", "unlisted")]
        return [self._seen(one, statuses) for one in sorted(inside, key=lambda one: int(one["id"]))]

    def _seen(self, status: Mapping[str, Any], others: Mapping[str, Any]) -> Seen:
        parent = others.get(status["in_reply_to_id"] or "")
        account = status["account"]
        acct = account["acct"]
        return Seen(
            id=GlobalId(status["uri"]),
            author=f"@{acct}",
            name=account["display_name"],
            text=text_from_html(status["content"]).plain,
            at=datetime.fromisoformat(status["created_at"]).astimezone(UTC),
            mine=acct == BOT,
            reply_to=GlobalId(parent["uri"]) if parent else None,
            content_warning=status["spoiler_text"],
            media=tuple(urlsplit(one["url"]).path for one in status["media_attachments"]),
            alts=tuple(one["description"] or "" for one in status["media_attachments"]),
            edited=bool(status["edited_at"]),
            url=status["url"],
            visibility=status["visibility"],
            favourites=status["favourites_count"],
            labels=tuple(one["title"] for one in (status.get("poll") or {}).get("options", ())),
            closed=bool((status.get("poll") or {}).get("expired")),
        )

    async def file(self, media: str) -> tuple[bytes, str]:
        answer = await self._http.get(media)
        answer.raise_for_status()
        return answer.content, answer.headers.get("content-type", "")

    # Fate

    async def throttle(self, requests: int, seconds: float) -> None:
        until = datetime.now(UTC).timestamp() + seconds
        await self.fate(throttled=requests, throttled_until=until)

    async def fail(self, requests: int, status: int = 503) -> None:
        await self.fate(failing=requests, fail_with=status)

    async def crash_after_send(self, requests: int) -> None:
        await self.fate(losing=requests)

    async def cut(self, seconds: float) -> None:
        await self._control("cut", {"seconds": seconds})

    async def fate(self, **changes: Any) -> Mapping[str, Any]:
        """Set what befalls the bot (see ``gateway.Fate``); tells when it connected streams, and what it asked."""
        told: Mapping[str, Any] = await self._control("fate", changes)
        return told

    async def garble(self, channel: str) -> None:
        """The hashtag's streams say something that is no JSON."""
        await self._control("garble", {"tag": channel.lstrip("#")})

    async def arrive(self, *, uri: str, acct: str, text: str, created_at: datetime) -> str:
        """A post comes by federation, perhaps late. Gives its local id."""
        value = {"uri": uri, "acct": acct, "text": text, "created_at": created_at.isoformat()}
        told = await self._control("arrive", value)
        return str(told["id"])
