"""Statuses in, plain text out. Pure; tested with pairs of golden files.

In: the Status entity of Mastodon's API (https://docs.joinmastodon.org/entities/Status/), whose
content is HTML. Out: plain text, where only what is meant to may link, mention or be a hashtag.
"""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import regex
from mastodon import Mastodon

from bridge.model.html import text_from_html
from bridge.model.ids import AccountId, GlobalId, Place, PostRef, RemoteId
from bridge.model.message import Author, Media, MediaKind, Post, Visibility
from bridge.model.poll import Counts
from bridge.model.text import Span, SpanKind, Text, spell_links

JOINER = "\u2060"
"""WORD JOINER: shows nothing and breaks no line. It is no ``[[:word:]]`` of Ruby's, so that what
follows it after ``@``, ``#`` or ``https:`` is neither mention, hashtag nor link: Mastodon's
Account::MENTION_RE, Tag::HASHTAG_RE, and the protocol in config/initializers/twitter_regex.rb."""

_LIVE = re.compile(
    r"(?<![A-Za-z0-9_])@(?=\S)|[#＃](?=\S)"
    r"|(?:https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini):(?=//)|(?:xmpp|magnet):",
    re.IGNORECASE,
)
"""What could become live. Wider than Ruby's patterns where its classes differ from Python's; an address
such as ``bob@example.org`` is left alone."""

_MENTION = re.compile(r"@[a-z0-9_]+(?:[a-z0-9_.-]+[a-z0-9_]+)?(?:@[\w.-]+\w(?::\d+)?)?", re.IGNORECASE)
_HOST_OF_MENTION = re.compile(r"(@\u2060?\w[\w.-]*)@[\w.:-]+")
_UNSEEN = re.compile(r"[\s\u200b-\u200f\u2060-\u2064\ufeff]+")

_VISIBILITY = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.FOLLOWERS,
    "direct": Visibility.DIRECT,
}
_KINDS = {"image": MediaKind.IMAGE, "gifv": MediaKind.VIDEO, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")


class Malformed(ValueError):
    """What the server sent is no status that we understand."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Through whose eyes a status is read. ``domain`` is the server's, as handles name it; ``tags``
    are the hashtags of our channels, casefolded; ``me`` is the bot's account; ``home`` says that this
    is the login's own server, whose local ids the core may use."""

    domain: str
    tags: frozenset[str]
    me: AccountId
    home: bool = True


def account_id(account: Mapping[str, Any], domain: str) -> AccountId:
    """``user@domain``, the same from whichever server it is read. Names cannot be changed over there."""
    acct = str(account["acct"]).casefold()
    return AccountId(acct if "@" in acct else f"{acct}@{domain.casefold()}")


def handle_of(account: Mapping[str, Any], domain: str) -> str:
    """``@user@domain`` as its owner writes it."""
    acct = str(account["acct"])
    return f"@{acct}" if "@" in acct else f"@{acct}@{domain}"


def place_of(tag: str) -> Place:
    """Hashtags are federated: two logins on two servers share the place of one hashtag."""
    return Place(f"#{bare_tag(tag)}")


def bare_tag(address: str) -> str:
    """``#EdLdrs`` -> ``edldrs``."""
    return address.strip().lstrip("#＃").casefold()


def visibility_of(status: Mapping[str, Any]) -> Visibility:
    """What is unknown to us (``local`` of some forks) is treated as the most private."""
    return _VISIBILITY.get(str(status.get("visibility")), Visibility.DIRECT)


def post_from_status(status: Mapping[str, Any], reader: Reader, parent: PostRef | None = None) -> Post:
    """A status as a neutral post. ``parent`` is what it answers, already resolved. Raises :class:`Malformed`."""
    try:
        return _post(status, reader, parent)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise Malformed(f"not a status: {type(error).__name__}: {error}") from error


def _post(status: Mapping[str, Any], reader: Reader, parent: PostRef | None) -> Post:
    uri = str(status["uri"])
    if not uri:
        raise Malformed("a status without a uri")
    visibility = visibility_of(status)
    names = {bare_tag(str(tag["name"])) for tag in status.get("tags") or ()}
    listed = names & reader.tags if visibility is Visibility.PUBLIC else frozenset()
    media = tuple(_media(one) for one in status.get("media_attachments") or ())
    warning = str(status.get("spoiler_text") or "")
    if not warning and status.get("sensitive") and media:
        warning = "Sensitive content"
    return Post(
        ref=PostRef(GlobalId(uri), RemoteId(str(status["id"]) if reader.home else "")),
        author=author_of(status["account"], reader.domain),
        text=text_of(status, reader.domain),
        created_at=moment(status["created_at"]),
        url=str(status.get("url") or uri),
        visibility=visibility,
        places=frozenset(place_of(name) for name in listed),
        reply_to=parent,
        media=media,
        content_warning=warning,
        language=str(status.get("language") or ""),
        edited_at=moment(status["edited_at"]) if status.get("edited_at") else None,
        to_bot=any(account_id(one, reader.domain) == reader.me for one in status.get("mentions") or ()),
    )


def author_of(account: Mapping[str, Any], domain: str) -> Author:
    """The Account entity as an author; fields of the profile count as part of the bio."""
    fields = [f"{one.get('name', '')} {one.get('value', '')}" for one in account.get("fields") or ()]
    return Author(
        account=account_id(account, domain),
        handle=handle_of(account, domain),
        name=str(account.get("display_name") or account.get("username") or ""),
        url=str(account.get("url") or ""),
        bio=_bio("<br>".join([str(account.get("note") or ""), *fields])),
        bot=bool(account.get("bot")),
    )


@lru_cache(maxsize=500)
def _bio(html: str) -> str:
    """Every post tells its author's whole profile, which seldom changes."""
    return text_from_html(html).plain


def text_of(status: Mapping[str, Any], domain: str) -> Text:
    """The content of a status. A mention shows ``@user`` and knows ``@user@domain``."""
    handles = {str(one.get("url")): handle_of(one, domain) for one in status.get("mentions") or ()}

    def mention_of(address: str, classes: Collection[str]) -> str | None:
        return handles.get(address) if "mention" in classes else None

    return text_from_html(str(status.get("content") or ""), mention_of=mention_of)


def without_address(text: Text, me: str) -> Text:
    """A message to the bot without the mention that addresses it."""
    while True:
        text = text.strip()
        first = next(iter(text.of_kind(SpanKind.MENTION)), None)
        if first is None or first.start or first.target.casefold() != f"@{me}":
            return text
        text = text.cut(first.end)


def _media(one: Mapping[str, Any]) -> Media:
    address = str(one.get("url") or one.get("remote_url") or "")
    name = urlsplit(address).path.rsplit("/", 1)[-1]
    return Media(
        kind=_KINDS.get(str(one.get("type")), MediaKind.FILE),
        url=address,
        mime=mimetypes.guess_type(name)[0] or "",
        alt=str(one.get("description") or ""),
        name=name,
        web_url=str(one.get("remote_url") or ""),
    )


def moment(value: datetime | str) -> datetime:
    """A time of the API (ISO 8601), aware and in UTC."""
    when = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def plain_from_text(text: Text) -> str:
    """What to post: links spelled, hashtags and mentions that are meant left live, all else made inert."""
    spelled = spell_links(text)
    live = [s for s in spelled.spans if s.kind in (SpanKind.LINK, SpanKind.HASHTAG, SpanKind.MENTION)]
    pieces: list[str] = []
    at = 0
    for span in live:
        if span.start < at:
            continue
        pieces += [_inert(spelled.plain[at : span.start]), _written(span, spelled.plain[span.start : span.end])]
        at = span.end
    pieces.append(_inert(spelled.plain[at:]))
    return "".join(pieces)


def _written(span: Span, label: str) -> str:
    if span.kind is SpanKind.LINK:
        return span.target if span.target.lower().startswith(("http://", "https://")) else _inert(label)
    if span.kind is SpanKind.MENTION:
        return span.target if _MENTION.fullmatch(span.target) else _inert(label)
    return label


def _inert(plain: str) -> str:
    """Characters that neither link, mention nor tag."""
    return _LIVE.sub(lambda found: found[0] + JOINER, plain)


def length(text: Text, *, per_url: int = 23) -> int:
    """How many characters a server counts (StatusLengthValidator): graphemes, ``per_url`` for a link,
    ``@user@host`` as ``@user``. Pure."""
    plain = plain_from_text(text)
    if "://" not in plain and "@" not in plain:
        return len(plain) if plain.isascii() else len(regex.findall(r"\X", plain))
    links = len(text.of_kind(SpanKind.LINK)) if per_url != 23 else 0
    return Mastodon.get_status_length(plain) + links * (per_url - 23)


def language_code(language: str) -> str | None:
    """What the ``language`` parameter takes (ISO 639, or with a region), or None to leave it out."""
    return language if _LANGUAGE.fullmatch(language) else None


def fingerprint(plain: str) -> str:
    """Characters by which a post of ours is recognised, whatever a server did to white space, host
    parts of mentions, or invisible characters."""
    same = unicodedata.normalize("NFC", _HOST_OF_MENTION.sub(r"\1", plain))
    return _UNSEEN.sub("", same).casefold()


def fingerprint_of_status(status: Mapping[str, Any], domain: str) -> str:
    """The same of a status as the server tells it: links are their address, not their label."""
    text = text_of(status, domain)
    pieces: list[str] = []
    at = 0
    for span in text.of_kind(SpanKind.LINK):
        pieces += [text.plain[at : span.start], span.target]
        at = span.end
    return fingerprint("".join([*pieces, text.plain[at:]]))


def seen_elsewhere(post: Post) -> Post:
    """The same post without the id that only another server understands."""
    return replace(post, ref=PostRef(post.ref.id))


def counts_of(status: Mapping[str, Any], now: datetime) -> Counts | None:
    """How a poll stands (https://docs.joinmastodon.org/entities/Poll/); None where it has none, or the numbers
    are hidden. A choice of one does not tell how many people: they are as many as votes."""
    poll = status.get("poll")
    if not isinstance(poll, Mapping):
        return None
    votes = [one.get("votes_count") for one in poll.get("options") or ()]
    if not all(isinstance(one, int) for one in votes):
        return None
    voters = poll.get("voters_count") if poll.get("multiple") else sum(votes)
    return Counts(
        votes=tuple(votes),
        voters=voters if isinstance(voters, int) else None,
        at=now,
        settled=bool(poll.get("expired")),
    )
