"""X's posts in, as neutral posts. Pure; tested with pairs of golden files.

Shapes: https://docs.x.com/x-api/fundamentals/data-dictionary. Documents and streams say
``referenced_tweets`` and ``tweets``, the newest OpenAPI ``referenced_posts`` and ``posts``: both are read.
"""

from __future__ import annotations

import html
import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from adapters.twitter.ids import order, time_of
from adapters.twitter.responses import Json, media_in, users_in
from bridge.adapter import Unavailable
from bridge.model.ids import AccountId, GlobalId, Place, PostRef, RemoteId
from bridge.model.message import Author, Media, MediaKind, Post, Visibility
from bridge.model.poll import Counts
from bridge.model.text import SpanKind, Text, hashtag, join, link, marked

_KINDS = {"photo": MediaKind.IMAGE, "video": MediaKind.VIDEO, "animated_gif": MediaKind.VIDEO}
_LANGUAGES = {"in": "id", "iw": "he"}  # X keeps the old codes of these two
_NO_LANGUAGE = ("und", "zxx", "art", "qam", "qct", "qht", "qme", "qst")
_REACTIONS = {"like_count": "favourite", "retweet_count": "boost"}


class Malformed(ValueError):
    """What X sent is no post that we understand."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Through whose eyes a post is read: ``me`` is the bot's account, ``handle`` its name without the
    sign, ``tags`` the hashtags of our channels, casefolded; ``originals`` says which post an edited
    version of it is (version id -> first id), for those that we met."""

    me: AccountId
    handle: str
    tags: frozenset[str]
    originals: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Read:
    """A post with what is not part of it: all its ``versions`` (ids; an edit makes a new one), which of
    them this is, the ``conversation`` that it belongs to (the id of the post that began it), and its
    ``reactions`` as counts."""

    post: Post
    version: str
    versions: tuple[str, ...]
    conversation: str
    reactions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Includes:
    """What a response tells beside its posts."""

    users: Mapping[str, Json]
    media: Mapping[str, Json]


def bare_tag(address: str) -> str:
    """``#EdLdrs`` -> ``edldrs``."""
    return address.strip().lstrip("#＃").casefold()


def place_of(tag: str) -> Place:
    """A hashtag of X: all logins there share it, and no other platform does."""
    return Place(f"x.com/#{bare_tag(tag)}")


def web_address(handle: str, id: str) -> str:
    return f"https://x.com/{handle}/status/{id}"


def moment(value: str) -> datetime:
    """A time of the API (ISO 8601), aware and in UTC."""
    return datetime.fromisoformat(value).astimezone(UTC)


def read_post(data: Json, body: Json, reader: Reader) -> Read | None:
    """One post of the response ``body``. None for a retweet, which is nobody's
    words. Raises :class:`Malformed`."""
    try:
        refers_to = references(data)
        if "retweeted" in refers_to:
            return None
        users = {str(one["id"]): one for one in users_in(body)}
        media = {str(one["media_key"]): one for one in media_in(body)}
        return _read(data, refers_to, _Includes(users, media), reader)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise Malformed(f"not a post: {type(error).__name__}: {error}") from error


def references(data: Json) -> dict[str, str]:
    """How it refers to others: ``replied_to``, ``quoted``, ``retweeted`` -> their ids."""
    given = data.get("referenced_posts") or data.get("referenced_tweets") or ()
    return {str(one["type"]): str(one["id"]) for one in given}


def _read(data: Json, refers_to: Mapping[str, str], includes: _Includes, reader: Reader) -> Read:
    version = str(data["id"])
    history = [str(id) for id in data.get("edit_history_post_ids") or data.get("edit_history_tweet_ids") or (version,)]
    first = min(history, key=order)
    user = includes.users.get(str(data["author_id"]))
    if user is None:
        raise Malformed(f"X does not tell who its author {data['author_id']} is")
    author = author_of(user)
    public = not user.get("protected")
    answers = refers_to.get("replied_to")
    entities = _entities(data)
    mentions = {str(one["username"]).casefold() for one in entities.get("mentions") or ()}
    tags = {bare_tag(str(one["tag"])) for one in entities.get("hashtags") or ()} & reader.tags
    metrics = data.get("public_metrics") or {}
    post = Post(
        ref=PostRef(GlobalId(first), RemoteId(version)),
        author=author,
        text=without_call(text_of(data, answer=answers is not None), reader.handle),
        created_at=_created(data, first, version),
        url=web_address(author.handle.removeprefix("@"), version),
        visibility=Visibility.PUBLIC if public else Visibility.FOLLOWERS,
        places=frozenset(place_of(tag) for tag in tags) if public else frozenset(),
        reply_to=None if answers is None else _ref(answers, reader.originals),
        media=tuple(_media(data, includes.media, author, version)),
        content_warning="Sensitive content" if data.get("possibly_sensitive") else "",
        language=language_of(data),
        edited_at=time_of(version) if version != first else None,
        to_bot=reader.handle.casefold() in mentions and author.account != reader.me,
    )
    reactions = {kind: int(metrics[name]) for name, kind in _REACTIONS.items() if name in metrics}
    return Read(post, version, tuple(history), str(data.get("conversation_id") or first), reactions)


def _ref(id: str, originals: Mapping[str, str]) -> PostRef:
    return PostRef(GlobalId(originals.get(id, id)), RemoteId(id))


def _created(data: Json, first: str, version: str) -> datetime:
    """The post's own time: the id tells it by the millisecond, ``created_at`` by the second (and of an
    edited post that of the edit)."""
    exact = time_of(first)
    if first != version or not data.get("created_at"):
        return exact
    told = moment(str(data["created_at"]))
    return exact if timedelta(0) <= exact - told < timedelta(seconds=1) else told


def author_of(user: Json) -> Author:
    """The User object as an author. The bio's links are ``t.co`` there, which hides nothing that matters."""
    handle = str(user["username"])
    return Author(
        account=AccountId(str(user["id"])),
        handle=f"@{handle}",
        name=html.unescape(str(user.get("name") or "")),
        url=f"https://x.com/{handle}",
        bio=html.unescape(str(user.get("description") or "")),
    )


def language_of(data: Json) -> str:
    """ISO 639 where X recognised the language."""
    said = str(data.get("lang") or "")
    return "" if said in _NO_LANGUAGE else _LANGUAGES.get(said, said)


def _entities(data: Json) -> Json:
    whole = data.get("note_post") or data.get("note_tweet") or {}
    entities: Json = (whole.get("entities") if whole.get("text") else data.get("entities")) or {}
    return entities


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters of the raw text, and what is to be read instead."""

    start: int
    end: int
    reads: Text
    names: bool = False


def text_of(data: Json, *, answer: bool = False) -> Text:
    """What a post says. ``t.co`` becomes the address that it stands for, those of its own pictures go;
    X escapes ``&``, ``<`` and ``>``. The names that X puts in front of an ``answer`` go too."""
    whole = data.get("note_post") or data.get("note_tweet") or {}
    raw = str(whole.get("text") or data["text"])
    pieces: list[_Piece] = []
    at = 0
    for given, mark, reads, names in _marks(_entities(data)):
        start = _where(raw, given, mark, pieces, at)
        if start is None:
            continue
        pieces.append(_Piece(start, start + len(mark), reads, names))
        at = start + len(mark)
    if answer:
        pieces = _without_names(raw, pieces)
    parts: list[Text | str] = []
    at = 0
    for piece in pieces:
        parts += [html.unescape(raw[at : piece.start]), piece.reads]
        at = piece.end
    parts.append(html.unescape(raw[at:]))
    return join(parts).strip()


def _marks(entities: Json) -> Iterator[tuple[int, str, Text, bool]]:
    """Where it should stand, how it stands there, how it reads, and whether it is a name."""
    found: list[tuple[int, str, Text, bool]] = []
    for one in entities.get("urls") or ():
        address = str(one.get("expanded_url") or one["url"])
        found.append((int(one["start"]), str(one["url"]), Text() if one.get("media_key") else link(address), False))
    for one in entities.get("mentions") or ():
        name = f"@{one['username']}"
        found.append((int(one["start"]), name, marked(name, SpanKind.MENTION, name), True))
    for one in entities.get("hashtags") or ():
        found.append((int(one["start"]), f"#{one['tag']}", hashtag(str(one["tag"])), False))
    return iter(sorted(found, key=lambda mark: mark[0]))


def _where(raw: str, given: int, mark: str, pieces: Sequence[_Piece], at: int) -> int | None:
    """Where a mark really stands: where X says, or, since its positions have been off by escapes and
    emoji, at the next place that reads so."""
    for start in (given, raw.casefold().find(mark.casefold(), at)):
        here = raw[start : start + len(mark)] if start >= at else ""
        if here.casefold().replace("＠", "@").replace("＃", "#") == mark.casefold():
            return start
    return None


def _without_names(raw: str, pieces: Sequence[_Piece]) -> list[_Piece]:
    left = list(pieces)
    at = 0
    for number, piece in enumerate(pieces):
        if not piece.names or raw[at : piece.start].strip():
            break
        left[number] = replace(piece, reads=Text())
        at = piece.end
    return left


def without_call(text: Text, handle: str) -> Text:
    """Without the bot's name in front, so that `@bot stop` is the word `stop`."""
    called = next((one for one in text.of_kind(SpanKind.MENTION) if one.start == 0), None)
    if called is None or called.target.casefold() != f"@{handle}".casefold():
        return text
    return text.cut(called.end).strip()


def _media(data: Json, known: Mapping[str, Json], author: Author, version: str) -> Iterator[Media]:
    page = web_address(author.handle.removeprefix("@"), version)
    for key in (data.get("attachments") or {}).get("media_keys") or ():
        one = known.get(str(key))
        if one is None:
            continue
        kind = _KINDS.get(str(one.get("type")), MediaKind.FILE)
        address, mime = _file(one, kind)
        yield Media(
            kind=kind,
            url=address,
            mime=mime,
            alt=html.unescape(str(one.get("alt_text") or "")),
            name=urlsplit(address).path.rsplit("/", 1)[-1],
            web_url=page if kind is not MediaKind.IMAGE else "",
        )


def _file(one: Json, kind: MediaKind) -> tuple[str, str]:
    """A picture's address, or that of the best recording that is one file; and its type."""
    if kind is MediaKind.IMAGE:
        address = str(one.get("url") or "")
        return address, mimetypes.guess_type(urlsplit(address).path)[0] or ""
    files = [v for v in one.get("variants") or () if v.get("content_type") == "video/mp4" and v.get("url")]
    best = max(files, key=lambda v: int(v.get("bit_rate") or 0), default=None)
    return ("", "") if best is None else (str(best["url"]), "video/mp4")


def counts_of(poll: Json, now: datetime) -> Counts:
    """How a poll stands (https://docs.x.com/x-api/fundamentals/data-dictionary#poll): one choice a person.
    Raises ``Unavailable`` where it has another form."""
    try:
        options = sorted(poll["options"], key=lambda one: int(one["position"]))
        votes = tuple(int(one["votes"]) for one in options)
    except (KeyError, TypeError, ValueError) as error:
        raise Unavailable(f"X does not tell how a poll stands: {error!r}") from error
    return Counts(votes=votes, voters=sum(votes), at=now, settled=poll.get("voting_status") == "closed")
