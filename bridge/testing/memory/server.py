"""The server of the memory platform: posts, a log of all that happened, and what fate has in store.

Everything goes through ``request(operation, body) -> answer`` with JSON-like dictionaries, so that the
same server can be called directly or over a wire. A post is such a dictionary too::

    {"id": "memory-7", "author": "leader", "name": "Leader", "bio": "", "bot": False,
     "text": {"plain": "Hello", "spans": []}, "rooms": ["#lounge"], "to": "", "at": "2026-03-02T20:00:00+00:00",
     "reply_to": "", "root": "memory-7", "parent_author": "", "visibility": "public", "cw": "", "lang": "en",
     "media": [], "edited": "", "key": "", "favourites": 0}
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.model.text import Span, SpanKind, Text, text_to_json

Body = dict[str, Any]

KEY_LIFE = timedelta(hours=1)  # how long a key is honoured
_BATCH = 100  # log entries in one answer

_META = re.compile(r"https?://\S+|(?<!\w)#(\w+)|(?<!\w)@(\w[\w.-]*\w)(?:@[\w.-]+)?")


class Refusal(Exception):
    """The server did not do it. ``code`` is one of ``rate_limited`` (with ``until``), ``unavailable``,
    ``unauthorized``, ``no_credit``, ``closed``, ``rejected``, ``no_reply``, ``gone``, ``duplicate``."""

    def __init__(self, code: str, reason: str = "", **detail: Any) -> None:
        super().__init__(reason or code)
        self.code = code
        self.detail = detail


class AnswerLost(Exception):
    """The request left and no answer came."""


@dataclass(slots=True)
class Fault:
    """What happens to the next write of an account. ``code`` is a refusal's, or ``lost``."""

    code: str
    operations: frozenset[str] = frozenset()  # empty for all
    until: datetime | None = None
    containing: str = ""  # only writes with these words


@dataclass(slots=True)
class Account:
    """A login of the bridge: its limits, and what it is in for."""

    text_limit: int = 500
    rates: dict[str, tuple[int, float]] = field(default_factory=dict)
    replies: str = "anyone"
    done: dict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))
    faults: list[Fault] = field(default_factory=list)
    cut_until: datetime | None = None


_shared: dict[str, MemoryServer] = {}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class MemoryServer:
    """One server. ``named`` gives the one that the adapters of this process share."""

    def __init__(self, name: str = "memory", now: Callable[[], datetime] = _utc_now) -> None:
        self.name = name
        self.now = now
        self.log: list[Body] = []
        self.posts: dict[str, Body] = {}
        self.accounts: dict[str, Account] = {}
        self.closed: set[str] = set()  # rooms in which the bot may not write
        self.bios: dict[str, str] = {}
        self._files: dict[str, tuple[bytes, str]] = {}  # with its media type
        self._keys: dict[tuple[str, str], tuple[datetime, Body]] = {}
        self._waiting: set[asyncio.Future[None]] = set()
        self._writes: dict[str, Callable[[Body], Body]] = {
            "post": self._post,
            "note": self._post,
            "edit": self._edit,
            "delete": self._delete,
        }
        self._reads: dict[str, Callable[[Body], Body]] = {
            "enter": self._enter,
            "own": self._own,
            "read": self._read,
            "file": self._file,
            "timeline": self._timeline,
            "act": self._act,
            "fault": self._fault,
            "cut": self._cut,
        }

    @classmethod
    def named(cls, name: str) -> MemoryServer:
        """The server of this name, made when first asked for."""
        if name not in _shared:
            _shared[name] = cls(name)
        return _shared[name]

    def share(self) -> MemoryServer:
        """Be the server of this name from now on (for tests that want a clock of their own)."""
        _shared[self.name] = self
        return self

    async def request(self, operation: str, body: Body) -> Body:
        """Raises :class:`Refusal`, or :class:`AnswerLost` after having done it."""
        if operation in self._writes:
            return self._write(operation, body)
        if operation == "log":
            return await self._log(body)
        return self._reads[operation](body)

    # --- what the bot does ---

    def _enter(self, body: Body) -> Body:
        account = self.accounts.setdefault(body["account"], Account())
        account.text_limit = body["text_limit"]
        account.rates = body["rates"]
        account.replies = body["replies"]
        return {"end": len(self.log)}

    def _write(self, operation: str, body: Body) -> Body:
        name = body["account"]
        account = self.accounts[name]
        now = self.now()
        fault = self._next_fault(account, operation, body, now) if account.faults else None
        if fault is not None and fault.code != "lost":
            until = {"until": fault.until.isoformat()} if fault.until else {}
            raise Refusal(fault.code, operation=operation, **until)
        if operation in account.rates:
            self._spend(account, operation, now)
        key = (name, body["key"])
        if key[1] and key in self._keys and now - self._keys[key][0] < KEY_LIFE:
            answer = self._keys[key][1]
        else:
            answer = self._writes[operation](body)
            if key[1]:
                self._keys[key] = (now, answer)
        if fault is not None:
            raise AnswerLost
        return answer

    def _next_fault(self, account: Account, operation: str, body: Body, now: datetime) -> Fault | None:
        account.faults = [fault for fault in account.faults if fault.until is None or fault.until > now]
        for number, fault in enumerate(account.faults):
            if (not fault.operations or operation in fault.operations) and fault.containing in _plain(body):
                return account.faults.pop(number)
        return None

    def _spend(self, account: Account, operation: str, now: datetime) -> None:
        count, seconds = account.rates[operation]
        done = account.done[operation]
        per = timedelta(seconds=seconds)
        while done and now - done[0] >= per:
            done.popleft()
        if len(done) >= count:
            until = (done[0] if done else now) + per
            raise Refusal("rate_limited", operation=operation, until=until.isoformat())
        done.append(now)

    def _post(self, body: Body) -> Body:
        name = body["account"]
        account = self.accounts[name]
        self._check_text(account, body)
        if self.closed.intersection(body["rooms"]):
            raise Refusal("closed", "the bot may not write in this room")
        parent = self.posts.get(body["reply_to"]) if body["reply_to"] else None
        if body["reply_to"] and parent is None:
            raise Refusal("rejected", "the post that this answers does not exist")
        if parent is not None and not self._may_answer(name, account, parent):
            raise Refusal("no_reply", "its author has not addressed the bot")
        if body["to"] and "#nonotes" in self.bios.get(body["to"], ""):
            raise Refusal("rejected", "this person takes no private messages")
        return {"id": self._add({**body, "author": name, "bot": True})["id"]}

    def _check_text(self, account: Account, body: Body) -> None:
        if len(body["text"]["plain"]) + len(body["cw"]) > account.text_limit:
            raise Refusal("rejected", f"longer than {account.text_limit} characters")
        if not body["text"]["plain"].strip() and not body["media"]:
            raise Refusal("rejected", "nothing in it")

    def _may_answer(self, name: str, account: Account, parent: Body) -> bool:
        if account.replies == "anyone" or parent["author"] == name:
            return True
        return account.replies == "engaged" and self._addresses(parent, name)

    def _addresses(self, post: Body, name: str) -> bool:
        """Does this post mention the account, or answer one of its posts?"""
        parent = self.posts.get(post["reply_to"])
        mentioned = ("mention", f"@{name}@{self.name}") in {(s[2], s[3]) for s in post["text"].get("spans", ())}
        return mentioned or (parent is not None and parent["author"] == name)

    def _edit(self, body: Body) -> Body:
        post = self._mine(body)
        account = self.accounts[body["account"]]
        self._check_text(account, body)
        within = body["within"]
        if within is not None and self.now() - datetime.fromisoformat(post["at"]) > timedelta(seconds=within):
            raise Refusal("rejected", "too old to be edited")
        self._change(post, text=body["text"], cw=body["cw"], lang=body["lang"])
        return {}

    def _delete(self, body: Body) -> Body:
        post = self._mine(body)
        del self.posts[post["id"]]
        self._append({"kind": "deleted", "post": post, "at": self.now().isoformat()})
        return {}

    def _mine(self, body: Body) -> Body:
        post = self.posts.get(body["id"])
        if post is None:
            raise Refusal("gone")
        if post["author"] != body["account"]:
            raise Refusal("rejected", "somebody else's post")
        return post

    # --- what the bot reads ---

    async def _log(self, body: Body) -> Body:
        """The entries from position ``since`` on; waits until there is one."""
        since = body["since"]
        account = self.accounts[body["account"]]
        while True:
            if account.cut_until is not None and self.now() < account.cut_until:
                raise Refusal("unavailable", "the wire is cut")
            if since < len(self.log):
                await asyncio.sleep(0)  # let others run between two batches
                entries = self.log[since : since + _BATCH]
                return {"entries": entries, "next": since + len(entries), "end": len(self.log)}
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.add(waiter)
            try:
                await waiter
            finally:
                self._waiting.discard(waiter)

    def _own(self, body: Body) -> Body:
        """The account's own posts and notes that exist, made at or after ``since``, oldest first."""
        since = body["since"]
        found = []
        for post in reversed(self.posts.values()):
            if post["at"] < since:
                break
            if post["author"] == body["account"]:
                found.append(post)
        return {"posts": found[::-1]}

    def _read(self, body: Body) -> Body:
        return {"posts": {id: self.posts.get(id) for id in body["ids"]}}

    def _file(self, body: Body) -> Body:
        if body["id"] not in self._files:
            raise Refusal("gone")
        data, mime = self._files[body["id"]]
        return {"data": base64.b64encode(data).decode(), "mime": mime}

    # --- what strangers and fate do ---

    def _timeline(self, body: Body) -> Body:
        """Posts of a room and the answers to them, or the notes to a person, oldest first."""
        if body.get("to"):
            return {"posts": [post for post in self.posts.values() if post["to"] == body["to"]]}
        shown: dict[str, Body] = {}
        for post in self.posts.values():
            if body["room"] in post["rooms"] or (post["reply_to"] in shown and not post["rooms"]):
                shown[post["id"]] = post
        return {"posts": [post for post in shown.values() if post["visibility"] in ("public", "unlisted")]}

    def _act(self, body: Body) -> Body:
        """Something that a stranger does; ``do`` says what."""
        match body["do"]:
            case "post":
                text = text_to_json(read_plain(body["plain"], self.name))
                given = {"cw": "", "lang": "", "media": [], "to": "", "reply_to": "", "key": "", **body["post"]}
                return {"id": self._add({**given, "text": text, "bot": body.get("bot", False)})["id"]}
            case "edit":
                text = text_to_json(read_plain(body["plain"], self.name))
                self._change(self.posts[body["id"]], text=text)
            case "delete":
                post = self.posts.pop(body["id"])
                self._append({"kind": "deleted", "post": post, "at": self.now().isoformat()})
            case "react":
                post = self.posts[body["id"]]
                post = self.posts[body["id"]] = {**post, "favourites": post["favourites"] + 1}
                self._append({"kind": "reacted", "post": post, "by": body["author"], "what": body["what"]})
            case "bio":
                self.bios[body["author"]] = body["bio"]
            case "garble":
                self._append({"kind": "garbled", "raw": body["raw"]})
            case "room":
                (self.closed.add if body["closed"] else self.closed.discard)(body["room"])
            case other:
                raise ValueError(other)
        return {}

    def _fault(self, body: Body) -> Body:
        account = self.accounts.setdefault(body["account"], Account())
        until = self.now() + timedelta(seconds=body["seconds"]) if body["seconds"] else None
        fault = Fault(body["code"], frozenset(body["operations"]), until, body["containing"])
        account.faults.extend([fault] * body["requests"])
        return {}

    def _cut(self, body: Body) -> Body:
        account = self.accounts.setdefault(body["account"], Account())
        account.cut_until = self.now() + timedelta(seconds=body["seconds"])
        self._wake()
        return {}

    # --- the log ---

    def _add(self, given: Body) -> Body:
        number = len(self.log) + 1
        id = f"{self.name}-{number}"
        parent = self.posts.get(given["reply_to"])
        name = given["author"]
        post = {
            "id": id,
            "author": name,
            "name": name.title(),
            "bio": self.bios.get(name, ""),
            "bot": given["bot"],
            "text": given["text"],
            "rooms": given["rooms"],
            "to": given["to"],
            "at": self.now().isoformat(timespec="microseconds"),
            "reply_to": given["reply_to"],
            "root": parent["root"] if parent else id,
            "parent_author": parent["author"] if parent else "",
            "visibility": given["visibility"],
            "cw": given["cw"],
            "lang": given["lang"],
            "media": self._keep(id, given["media"]) if given["media"] else [],
            "edited": "",
            "key": given.get("mark", ""),
            "favourites": 0,
        }
        self.posts[id] = post
        self._append({"kind": "posted", "post": post})
        return post

    def _keep(self, id: str, media: list[Body]) -> list[Body]:
        kept = []
        for number, file in enumerate(media):
            name = f"{id}-{number}"
            data = base64.b64decode(file["data"])
            self._files[name] = data, file["mime"]
            kept.append({"id": name, "mime": file["mime"], "alt": file["alt"], "name": file["name"], "size": len(data)})
        return kept

    def _change(self, post: Body, **changes: Any) -> None:
        edited = {**post, **changes, "edited": self.now().isoformat(timespec="microseconds")}
        self.posts[post["id"]] = edited
        self._append({"kind": "edited", "post": edited})

    def _append(self, entry: Body) -> None:
        self.log.append(entry)
        if self._waiting:
            self._wake()

    def _wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)


def _plain(body: Body) -> str:
    plain: str = body.get("text", {}).get("plain", "")
    return plain


def read_plain(plain: str, server: str) -> Text:
    """What people type: addresses become links, ``#word`` hashtags, ``@name`` mentions. Pure."""
    spans = []
    for found in _META.finditer(plain):
        tag, name = found[1], found[2]
        if tag:
            spans.append(Span(found.start(), found.end(), SpanKind.HASHTAG, tag))
        elif name:
            spans.append(Span(found.start(), found.end(), SpanKind.MENTION, f"@{name}@{server}"))
        else:
            address = found[0].rstrip(".,;:!?)")
            spans.append(Span(found.start(), found.start() + len(address), SpanKind.LINK, address))
    return Text(plain, tuple(spans))
