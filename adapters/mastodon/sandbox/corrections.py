"""Where `mastodon-mock` 0.6 differs from Mastodon's documents in what the adapter uses, made right.

What it does differently                                        Mastodon
- content: no links for mentions and hashtags; `**bold**` works    FormattingHelper, TextFormatter
- mentions and hashtags by laxer patterns                          Account::MENTION_RE, Tag::HASHTAG_RE
- a text's length in code points                                  graphemes, 23 for a link, the warning too
- the event of an edit is `status_update`                          `status.update`
- the stream of notifications tells the home timeline too           notifications only
- an edit keeps the media and the poll that it does not name       they go: UpdateStatusService
- an answer to what is gone is taken                               404: StatusesController#set_thread
- unlisted posts are in hashtag streams                            they are in no hashtag timeline
- WebSocket: one stream, named in the address, no `Authorization`  subscribe by message (see gateway.py)
- `/api/v2/search` never finds a post by its address               it does, with `resolve` from elsewhere too
- rate limits: reset as epoch seconds                              ISO 8601 (see gateway.py)
- one name for the server and in handles                           local domain and web domain may differ
Not made right: ids are milliseconds and no snowflakes; any token may read any post; a status may be
posted with a media file that is still being worked on; key memory is unlimited (Mastodon: one hour).
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import mastodon_mock.routers.instance
import mastodon_mock.routers.search
import mastodon_mock.routers.statuses
import mastodon_mock.routers.streaming
import mastodon_mock.services
from fastapi import FastAPI, HTTPException
from mastodon import Mastodon
from mastodon_mock.db.models import MediaAttachment, Poll, Status
from mastodon_mock.streaming import Event, EventBus
from sqlalchemy import false, or_, select

LOCAL_DOMAIN = "mastodon.example"

MENTION = re.compile(r"(?<![=/\w])@(([a-z0-9_]+(?:[a-z0-9_.-]+[a-z0-9_]+)?)(?:@\w+(?:[.-]+\w+)*)?)", re.IGNORECASE)
HASHTAG = re.compile(r"(?<![=/)\w])[#＃](\w*[^\W\d]\w*)")
LINK = re.compile(r"(?<![@\w])https?://[^\s<>()]*[^\s<>()?!*\"',.:;]")
_NOTIFICATIONS = ":notification"
_asked: ContextVar[Mapping[str, Any]] = ContextVar("asked")
"""What the request under way asked for."""
_SHOWN = 30  # characters of an address that are shown


class TrueToProtocol(EventBus):
    """Names and audiences of events as Mastodon has them."""

    def publish(self, event: Event) -> None:
        name = event.name.replace("status_update", "status.update")
        channels = event.channels
        if isinstance(event.payload, dict) and event.payload.get("visibility", "public") != "public":
            channels = frozenset(one for one in channels if not one.startswith(("hashtag:", "public")))
        if name == "notification":
            channels |= {f"{one}{_NOTIFICATIONS}" for one in channels if one.startswith("user:")}
        super().publish(Event(name=name, payload=event.payload, channels=channels))


def content_of(text: str, base: str) -> str:
    """HTML as Mastodon writes it."""
    live = re.compile("|".join(f"(?P<{name}>{one.pattern})" for name, one in _PATTERNS.items()), re.IGNORECASE)

    def linked(line: str) -> str:
        pieces, at = [], 0
        for found in live.finditer(line):
            pieces += [html.escape(line[at : found.start()], quote=False), _anchor(found, base)]
            at = found.end()
        return "".join([*pieces, html.escape(line[at:], quote=False)])

    paragraphs = [one for one in re.split(r"\n{2,}", text.strip()) if one]
    return "".join(f"<p>{'<br />'.join(linked(line) for line in one.splitlines())}</p>" for one in paragraphs)


_PATTERNS = {"link": LINK, "mention": MENTION, "hashtag": HASHTAG}


def _anchor(found: re.Match[str], base: str) -> str:
    words = html.escape(found[0], quote=False)
    if found["link"]:
        scheme, _, rest = words.partition("://")
        shown, hidden = rest[:_SHOWN], rest[_SHOWN:]
        ellipsis = "ellipsis" if hidden else ""
        return (
            f'<a href="{html.escape(found[0])}" target="_blank" rel="nofollow noopener">'
            f'<span class="invisible">{scheme}://</span><span class="{ellipsis}">{shown}</span>'
            f'<span class="invisible">{hidden}</span></a>'
        )
    if found["mention"]:
        user, _, host = words[1:].partition("@")
        acct = user if host in ("", LOCAL_DOMAIN) else f"{user}@{host}"
        return (
            f'<span class="h-card" translate="no"><a href="{base}/@{acct}" class="u-url mention">'
            f"@<span>{user}</span></a></span>"
        )
    return f'<a href="{base}/tags/{words[1:]}" class="mention hashtag" rel="tag">#<span>{words[1:]}</span></a>'


def correct_modules(base: str) -> None:
    """Before the app is made. The mock's modules hold these as names, so they are replaced as names."""
    mastodon_mock.services._MENTION_RE = re.compile(f"(?<![=/\\w])@([a-zA-Z0-9_]+)(?:@{re.escape(LOCAL_DOMAIN)})?")
    mastodon_mock.services._HASHTAG_RE = HASHTAG
    statuses: Any = mastodon_mock.routers.statuses
    statuses.render_status_html = lambda text: content_of(text, base)
    statuses._validate_status_params = _counting_as_mastodon(statuses._validate_status_params)
    statuses._form_or_json = _noted(statuses._form_or_json)
    statuses.emit_status_event = _with_media_named(statuses.emit_status_event, statuses._attach_media)
    statuses._create_status_from_params = _answering_what_is_there(statuses._create_status_from_params)
    streaming: Any = mastodon_mock.routers.streaming
    streaming._stream = _apart(streaming._stream)
    search: Any = mastodon_mock.routers.search
    search._do_search = _finding_by_address(search._do_search, search.serialize_status_list)
    instance: Any = mastodon_mock.routers.instance
    say = instance.serialize_instance_v2
    instance.serialize_instance_v2 = lambda *args: {**say(*args), "domain": LOCAL_DOMAIN}


def _noted(read: Any) -> Any:
    async def form(request: Any) -> Any:
        params = await read(request)
        _asked.set(params)
        return params

    return form


def _with_media_named(emit: Any, attach: Any) -> Any:
    """Before an edit is told, it is completed: of media and poll it has what the request named."""

    def emitted(app: Any, db: Any, status: Any, config: Any, **more: Any) -> None:
        if more.get("name") == "status_update":
            asked = _asked.get()
            for held in db.scalars(select(MediaAttachment).where(MediaAttachment.status_id == status.id)):
                held.status_id = None
            attach(db, status, asked.get("media_ids"))
            if not asked.get("poll"):
                for poll in db.scalars(select(Poll).where(Poll.status_id == status.id)):
                    db.delete(poll)
                status.poll_id = None
            db.commit()
        emit(app, db, status, config, **more)

    return emitted


def _answering_what_is_there(create: Any) -> Any:
    def created(db: Any, account: Any, params: dict[str, Any]) -> Any:
        answered = str(params.get("in_reply_to_id") or "")
        if answered and (not answered.isdigit() or db.get(Status, int(answered)) is None):
            raise HTTPException(404, "The post you are trying to reply to does not appear to exist.")
        return create(db, account, params)

    return created


def _apart(stream: Any) -> Any:
    """A channel of its own for the stream of notifications."""

    def opened(request: Any, bus: EventBus, channel: str) -> Any:
        alone = request.url.path.endswith("/user/notification")
        return stream(request, bus, channel + _NOTIFICATIONS if alone else channel)

    return opened


def _counting_as_mastodon(validate: Any) -> Any:
    """https://github.com/mastodon/mastodon/blob/main/app/validators/status_length_validator.rb"""

    def counted(params: dict[str, Any]) -> Any:
        text, warning = str(params.get("status") or ""), str(params.get("spoiler_text") or "")
        if not text.strip():
            return validate(params)
        return validate({**params, "status": "x" * Mastodon.get_status_length(text, warning)})

    return counted


def _finding_by_address(search: Any, serialize: Any) -> Any:
    def found(db: Any, config: Any, viewer: Any, q: str, limit: int) -> Any:
        if not q.startswith(("http://", "https://")):
            return search(db, config, viewer, q, limit)
        last = q.rstrip("/").rsplit("/", 1)[-1]
        own = Status.id == int(last) if last.isdigit() and q.startswith(config.base_url) else false()
        statuses = db.scalars(select(Status).where(or_(Status.url == q, own))).all()
        return [], serialize(db, list(statuses), config, viewer), []

    return found


def correct_app(app: FastAPI) -> None:
    """After it is made."""
    app.state.event_bus = TrueToProtocol()
