"""Posts one by one: make, delete, look up.

docs.x.com/x-api/posts/{create-post,delete-post,get-post-by-id,get-posts-by-ids}, and
x-api/posts/manage-tweets/integrate for what an app may not: answer whom it was not summoned by.
"""

from __future__ import annotations

import re
from typing import Any

from adapters.twitter.sandbox import prices, problems
from adapters.twitter.sandbox.calls import Answer, Call
from adapters.twitter.sandbox.entities import cashtags, clean, too_long
from adapters.twitter.sandbox.fields import wanted_from
from adapters.twitter.sandbox.objects import Writer
from adapters.twitter.sandbox.publishing import publish
from adapters.twitter.sandbox.state import Media, Post, User

_ID = re.compile(r"[0-9]{1,19}")
_MOST_IDS = 100
_OPTION = 25
_BODY = frozenset(
    ["text", "reply", "media", "poll", "quote_tweet_id", "reply_settings", "for_super_followers_only", "made_with_ai"]
)
_TOO_LONG = (
    "Your Tweet text is too long. For more information on how Twitter determines text length see "
    "https://github.com/twitter/twitter-text."
)


def create(call: Call) -> Answer:
    """POST /2/tweets"""
    world, me, body = call.world, call.me, call.body
    for name in body:
        if name not in _BODY:
            raise problems.invalid(
                f"$.{name}: is not defined in the schema and the schema does not allow additional properties"
            )
    text = clean(_text(body))
    media = _media(call, call.part("media"))
    poll = _poll(call.part("poll"))
    if not text and not media:
        raise problems.invalid("You must provide text or media for your Tweet.")
    if media and poll:
        raise problems.invalid("You can only provide one of Poll, Media, or Quote Tweet Id.")
    if body.get("quote_tweet_id"):
        raise problems.forbidden("Quoting this post is not allowed because you are not enrolled for it.")
    if too_long(text):
        raise problems.invalid(_TOO_LONG)
    if cashtags(text) > 1:
        raise problems.forbidden("Posts created via the API are limited to a maximum of 1 cashtag.")
    reply = call.part("reply") or {}
    target = _target(call, reply)
    if not media and any(_same(post, me, text) for post in world.living()):
        raise problems.duplicate()
    silent = frozenset(str(one) for one in reply.get("exclude_reply_user_ids") or ())
    language = "en" if re.search("[a-z]", text) else "und"
    post = publish(world, me, text, reply_to=target, media=media, poll=poll, language=language, silent_to=silent)
    _charge(call, post, target)
    version = post.newest
    return Answer({"data": {"edit_history_tweet_ids": [version.id], "id": version.id, "text": version.shown.text}}, 201)


def _text(body: Any) -> str:
    text = body.get("text", "")
    if not isinstance(text, str):
        raise problems.invalid("$.text: must be a string")
    return text


def _same(post: Post, author: User, text: str) -> bool:
    return post.author is author and not post.media and post.newest.raw == text


def _target(call: Call, reply: dict[str, Any]) -> Post | None:
    """What is answered, if that is allowed: our own posts, and those of who named us or quoted us."""
    if not reply:
        return None
    id = str(reply.get("in_reply_to_tweet_id", ""))
    if not _ID.fullmatch(id):
        raise problems.invalid("$.reply.in_reply_to_tweet_id: does not match the regex pattern ^[0-9]{1,19}$")
    target = call.world.post(id)
    if target is None or (target.author.protected and target.author is not call.me):
        raise problems.reply_to_nothing()
    if not (target.author is call.me or _summons(call, target)):
        raise problems.no_reply()
    return target


def _summons(call: Call, post: Post) -> bool:
    quoted = call.world.posts.get(post.quotes or "")
    named = post.newest.whole.named("mentions", "id")
    return call.me.id in named or (quoted is not None and quoted.author is call.me)


def _media(call: Call, wanted: dict[str, Any] | None) -> tuple[Media, ...]:
    ids = [] if wanted is None else wanted.get("media_ids")
    if not isinstance(ids, list) or (wanted is not None and not 1 <= len(ids) <= 4):
        raise problems.invalid("$.media.media_ids: there must be a minimum of 1 and a maximum of 4 items in the array")
    found = []
    for id in map(str, ids):
        media = call.world.media.get(id)
        if media is None or media.owner is not call.me or not media.final or media.ready_at > call.world.now():
            raise problems.invalid("Your media IDs are invalid.", **{"media.media_ids": id})
        found.append(media)
    if len(found) > 1 and any(one.kind != "photo" for one in found):
        raise problems.invalid("A Tweet can have up to 4 photos, or one GIF, or one video.")
    return tuple(found)


def _poll(wanted: dict[str, Any] | None) -> tuple[tuple[str, ...], int] | None:
    if wanted is None:
        return None
    options, minutes = wanted.get("options"), wanted.get("duration_minutes")
    if not isinstance(options, list) or not 2 <= len(options) <= 4:
        raise problems.invalid("$.poll.options: there must be a minimum of 2 and a maximum of 4 items in the array")
    for option in options:
        if not isinstance(option, str) or not 1 <= len(clean(option)) <= _OPTION:
            raise problems.invalid(f"$.poll.options: must be at least 1 and at most {_OPTION} characters long")
    if not isinstance(minutes, int) or not 5 <= minutes <= 10080:
        raise problems.invalid("$.poll.duration_minutes: must have a minimum value of 5 and a maximum of 10080")
    return tuple(options), minutes


def _charge(call: Call, post: Post, target: Post | None) -> None:
    if post.newest.whole.links:
        price = prices.POST_WITH_LINK
    elif target is not None and target.author is not call.me:
        price = prices.SUMMONED_REPLY
    else:
        price = prices.POST
    call.place.pay(call.place.ledger.charge("post", price, call.world.now()))


def delete(call: Call) -> Answer:
    """DELETE /2/tweets/:id. Deleting any version deletes them all."""
    id = known_id(call.path["id"])
    post = call.world.post(id)
    if post is None:
        raise problems.missing("tweet", id)
    if post.author is not call.me:
        raise problems.forbidden("You are not authorized to delete this Tweet.")
    post.deleted = True
    call.place.pay(call.place.ledger.charge("delete", prices.DELETE, call.world.now()))
    return Answer({"data": {"deleted": True}})


def look_up_one(call: Call) -> Answer:
    """GET /2/tweets/:id: what is not there is an error beside 200."""
    return _look_up(call, [known_id(call.path["id"])], "id")


def look_up(call: Call) -> Answer:
    """GET /2/tweets?ids="""
    ids = call.query.get("ids", "").split(",")
    if ids == [""] or len(ids) > _MOST_IDS:
        raise problems.invalid(
            f"The number of values in the `ids` query parameter list [{len(ids)}] is not between 1 and {_MOST_IDS}",
            ids=call.query.get("ids", ""),
        )
    return _look_up(call, list(dict.fromkeys(known_id(one, "ids") for one in ids)), "ids")


def _look_up(call: Call, ids: list[str], parameter: str) -> Answer:
    writer = Writer(call.world, wanted_from(call.query), call.caller.user)
    data, read = [], []
    for id in ids:
        found = call.world.version(id)
        if found is None:
            writer.errors.append(problems.not_found("tweet", id, parameter))
        elif not writer.sees(found[0]):
            writer.errors.append(problems.not_yours("tweet", id, parameter))
        else:
            data.append(writer.tweet(*found))
            read.append(found[0])
    charge_reads(call, read)
    shaped = (data[0] if data else None) if parameter == "id" else data
    return Answer(({"data": shaped} if data else {}) | writer.includes())


def charge_reads(call: Call, posts: list[Post], *, own: bool = False) -> None:
    """``own``: what the account has posted, or was named in, read as such."""
    operation, price = ("read own", prices.READ_OWN) if own else ("read post", prices.READ_POST)
    call.place.pay(call.place.ledger.charge_reads(operation, [one.id for one in posts], price, call.world.now()))


def known_id(id: str, parameter: str = "id") -> str:
    """Raises ``Problem`` (400) for what cannot be an id."""
    if not _ID.fullmatch(id):
        raise problems.invalid(f"The `{parameter}` query parameter value [{id}] is not valid", **{parameter: id})
    return id
