"""The sandbox's own requests, under ``/_sandbox/``: act as any sample user, and be fate.

POST with JSON, answered with JSON; 400 says what was wrong. A stage speaks them, and so may any test.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from adapters.twitter.sandbox.auth import authorise
from adapters.twitter.sandbox.calls import Place
from adapters.twitter.sandbox.faults import fault_from
from adapters.twitter.sandbox.publishing import publish, retweet, revise
from adapters.twitter.sandbox.state import SITE, Media, Message, Post, Said, User, settings_from

Wanted = dict[str, Any]


def _user(place: Place, name: str) -> User:
    return place.world.user(name.removeprefix("@"))


def _post(place: Place, id: str) -> Post:
    found = place.world.post(id)
    if found is None:
        raise LookupError(f"there is no post {id}")
    return found


def user(place: Place, wanted: Wanted) -> Any:
    """``username``; ``name``, ``bio``, ``protected``, ``refuses_messages`` where they are to change."""
    one = _user(place, wanted["username"])
    for name in ("name", "bio", "protected", "refuses_messages"):
        if name in wanted:
            setattr(one, name, wanted[name])
    return {"id": one.id, "username": one.username, "name": one.name, "bio": one.bio, "protected": one.protected}


def post(place: Place, wanted: Wanted) -> Any:
    """``author``, ``text``; ``reply_to``, ``quotes``, ``media`` ([{data (base64), mime, alt}]), ``poll``
    ({options, minutes}), ``language``, ``sensitive``."""
    world, author = place.world, _user(place, wanted["author"])
    poll = wanted.get("poll")
    made = publish(
        world,
        author,
        wanted["text"],
        reply_to=_post(place, wanted["reply_to"]) if wanted.get("reply_to") else None,
        quotes=_post(place, wanted["quotes"]) if wanted.get("quotes") else None,
        media=tuple(_file(place, author, one) for one in wanted.get("media", ())),
        poll=(tuple(poll["options"]), int(poll["minutes"])) if poll else None,
        language=wanted.get("language") or "en",
        sensitive=bool(wanted.get("sensitive")),
    )
    return {"id": made.id}


def _file(place: Place, author: User, wanted: Wanted) -> Media:
    data = base64.b64decode(wanted["data"])
    media = Media(
        place.world.new_id(), author, wanted["mime"], len(data), "tweet_image", {0: data}, wanted.get("alt", "")
    )
    media.final = True
    place.world.media[media.id] = media
    return media


def edit(place: Place, wanted: Wanted) -> Any:
    """``id``, ``text``: a new version, whose id is told."""
    return {"id": revise(place.world, _post(place, wanted["id"]), wanted["text"]).id}


def delete(place: Place, wanted: Wanted) -> Any:
    _post(place, wanted["id"]).deleted = True
    return {}


def like(place: Place, wanted: Wanted) -> Any:
    """``id``, ``author``; ``undo``."""
    likes, who = _post(place, wanted["id"]).newest.likes, _user(place, wanted["author"]).id
    (likes.discard if wanted.get("undo") else likes.add)(who)
    return {"likes": len(likes)}


def repost(place: Place, wanted: Wanted) -> Any:
    """``id``, ``author``."""
    return {"id": retweet(place.world, _user(place, wanted["author"]), _post(place, wanted["id"])).id}


def vote(place: Place, wanted: Wanted) -> Any:
    """``id``, ``author``, ``position`` (from 1)."""
    poll = _post(place, wanted["id"]).poll
    if poll is None or not 1 <= wanted["position"] <= len(poll.options):
        raise LookupError("there is no such option")
    if place.world.moment() < poll.ends_at:
        poll.votes.setdefault(_user(place, wanted["author"]).id, wanted["position"])
    return {"votes": len(poll.votes)}


def message(place: Place, wanted: Wanted) -> Any:
    """``author``, ``text``; ``to`` where it is not the bot."""
    world = place.world
    to = _user(place, wanted["to"]) if wanted.get("to") else world.bot
    made = Message(world.new_id(), _user(place, wanted["author"]), to, wanted["text"])
    world.messages.append(made)
    return {"id": made.id}


def messages(place: Place, wanted: Wanted) -> Any:
    """``author``: what the bot wrote to this person, oldest first."""
    who = _user(place, wanted["author"])
    return [one.text for one in place.world.messages if one.sender is place.world.bot and one.to is who]


def timeline(place: Place, wanted: Wanted) -> Any:
    """``tag``: what readers see of it, oldest first, answers without the hashtag included."""
    world, tag = place.world, wanted["tag"].lstrip("#").casefold()
    public = [one for one in world.living() if not one.author.protected and one.retweets is None]
    tagged = {one.id for one in public if tag in one.newest.whole.named("hashtags", "tag")}
    threads = {one.conversation for one in public if one.id in tagged}
    shown = [one for one in public if one.id in tagged or (one.conversation in threads and one.reply_to)]
    return [_shown(place, one) for one in shown]


def _shown(place: Place, one: Post) -> Wanted:
    parent = place.world.posts.get(one.reply_to or "")
    return {
        "id": one.id,
        "author": f"@{one.author.username}",
        "name": one.author.name,
        "text": one.newest.whole.shown,
        "at": one.versions[0].at.isoformat(),
        "mine": one.author is place.world.bot,
        "reply_to": parent.id if parent else None,
        "sensitive": one.sensitive,
        "media": [f"/media/{media.id}" for media in one.media],
        "alts": [media.alt for media in one.media],
        "edited": len(one.versions) > 1,
        "url": f"{SITE}/{one.author.username}/status/{one.newest.id}",
        "labels": list(one.poll.options) if one.poll else [],
        "closed": one.poll is not None and place.world.moment() >= one.poll.ends_at,
        "favourites": len(one.newest.likes),
    }


# Fate


def faults(place: Place, wanted: Wanted) -> Any:
    """One more fault (see ``faults.fault_from``); ``clear`` takes all back first."""
    if wanted.pop("clear", False):
        place.fate.faults.clear()
        place.fate.away_until = 0.0
    if wanted:
        place.fate.faults.append(fault_from(wanted, place.world.now()))
    return {"faults": len(place.fate.faults)}


def cut(place: Place, wanted: Wanted) -> Any:
    """Streams end; nobody gets through for ``seconds``. ``politely``: X says why, and takes new ones."""
    place.world.tell(Said(end="operational" if wanted.get("politely") else "cut"))
    place.fate.away_until = place.world.now() + float(wanted.get("seconds", 0))
    return {}


def repeat(place: Place, wanted: Wanted) -> Any:
    """The stream says the newest ``posts`` again, the oldest of them last."""
    newest = sorted(place.world.living(), key=lambda one: int(one.newest.id))[-int(wanted.get("posts", 1)) :]
    for one in reversed(newest):
        place.world.tell(Said(one))
    return {}


def garble(place: Place, wanted: Wanted) -> Any:
    """The stream says ``raw``."""
    place.world.tell(Said(raw=wanted["raw"].encode()))
    return {}


def settings(place: Place, wanted: Wanted) -> Any:
    """Change settings (see ``state.Settings``), and ``clock_offset`` in seconds; tells all."""
    place.world.clock_offset = float(wanted.pop("clock_offset", place.world.clock_offset))
    settings_from(place.world.settings, wanted)
    now = place.world.settings
    return {name: getattr(now, name) for name in now.__dataclass_fields__} | {"clock_offset": place.world.clock_offset}


def ledger(place: Place, wanted: Wanted) -> Any:
    return {"total": place.ledger.total, "lines": place.ledger.lines}


def requests(place: Place, wanted: Wanted) -> Any:
    """How often what was asked, and how many streams are open; ``clear`` starts anew."""
    told = {"requests": dict(place.fate.seen), "streams": len(place.world.streams)}
    if wanted.get("clear"):
        place.fate.seen.clear()
    return told


def grant(place: Place, wanted: Wanted) -> Any:
    """``oauth_token``, ``username``: that user lets the app in; tells the PIN."""
    return {"pin": authorise(wanted["oauth_token"], _user(place, wanted["username"]), place.keys)}


COMMANDS: dict[str, Callable[[Place, Wanted], Any]] = {
    one.__name__: one
    for one in (
        user, post, edit, delete, like, repost, vote, message, messages, timeline,
        faults, cut, repeat, garble, settings, ledger, requests, grant,
    )
}  # fmt: skip
