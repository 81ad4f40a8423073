"""How a post comes to be, whoever makes it: through the API, or as a sample user through the control.

Answers get the names of whom they answer in front (docs.x.com/x-api/posts/manage-tweets/integrate),
pictures get a link at the end, and a long text a head that ends in a link to the whole.
"""

from __future__ import annotations

import re
from datetime import timedelta

from adapters.twitter.sandbox.entities import Composed, Link, clean, compose, head_of, too_long
from adapters.twitter.sandbox.state import SITE, Media, Poll, Post, User, Version, World

_LEADING = re.compile(r"(?:@\w+\s+)+")
_HANDLE = re.compile(r"\w+")


def publish(
    world: World,
    author: User,
    text: str,
    *,
    reply_to: Post | None = None,
    quotes: Post | None = None,
    media: tuple[Media, ...] = (),
    poll: tuple[tuple[str, ...], int] | None = None,
    language: str = "",
    sensitive: bool = False,
    silent_to: frozenset[str] = frozenset(),
) -> Post:
    """``poll`` is its options and its minutes; ``silent_to`` are the ids of users who are not to be named
    in front of the answer."""
    id = world.new_id()
    names = _names(world, author, reply_to, silent_to)
    made = None
    if poll is not None:
        options, minutes = poll
        ends = world.moment() + timedelta(minutes=minutes)
        made = Poll(world.new_id(), tuple(clean(one) for one in options), minutes, ends)
    post = Post(
        author=author,
        versions=[_version(world, author, id, text, names, media)],
        conversation=id if reply_to is None else reply_to.conversation,
        reply_to=None if reply_to is None else reply_to.newest.id,
        quotes=None if quotes is None else quotes.newest.id,
        media=media,
        poll=made,
        language=language or "und",
        sensitive=sensitive,
    )
    world.add(post)
    return post


def retweet(world: World, author: User, original: Post) -> Post:
    """The text of a retweet is cut by X; nobody should read it."""
    id = world.new_id()
    text = f"RT @{original.author.username}: {original.newest.raw}"
    composed = compose(text[:140], shorten=world.short_link, user_id=lambda name: world.user(name).id)
    post = Post(author, [Version(id, text, composed)], conversation=id, retweets=original.newest.id)
    world.add(post)
    return post


def revise(world: World, post: Post, text: str) -> Version:
    """A new version, with an id of its own (docs.x.com/x-api/fundamentals/edit-posts)."""
    names = _names(world, post.author, world.posts.get(post.reply_to or ""), frozenset())
    version = _version(world, post.author, world.new_id(), text, names, post.media)
    world.revise(post, version)
    return version


def _version(
    world: World, author: User, id: str, text: str, names: tuple[str, ...], media: tuple[Media, ...]
) -> Version:
    page = f"{SITE}/{author.username}/status/{id}"
    written = {one.casefold() for one in _HANDLE.findall(found[0])} if (found := _LEADING.match(clean(text))) else set()
    names = tuple(one for one in names if one.casefold() not in written)

    def composed(words: str, *attached: Link) -> Composed:
        return compose(
            words, shorten=world.short_link, user_id=lambda name: world.user(name).id, names=names, attached=attached
        )

    pictures: tuple[Link, ...] = ()
    if media:
        short = world.short_link()
        shown = f"pic.x.com/{short.rsplit('/', 1)[1]}"
        kind = "photo" if media[0].kind == "photo" else "video"
        pictures = tuple(Link(short, f"{page}/{kind}/1", shown, one.key) for one in media[:1])
    whole = composed(text, *pictures)
    head = None
    if too_long(text):
        head = composed(head_of(clean(text)), Link(world.short_link(), page, f"x.com/{author.username}/…"), *pictures)
    return Version(id, clean(text), whole, head)


def _names(world: World, author: User, target: Post | None, silent_to: frozenset[str]) -> tuple[str, ...]:
    """Whom an answer is to: the author of what it answers, and whom that one named."""
    if target is None:
        return ()
    named = [target.author.username]
    named += [one["username"] for one in target.newest.whole.entities.get("mentions", ())]
    kept: dict[str, str] = {}
    for name in named:
        user = world.user(name)
        if user is not author and user.id not in silent_to:
            kept.setdefault(user.id, user.username)
    return tuple(kept.values())
