"""Posts, users, media and polls as X writes them: defaults only, unless fields and expansions are asked for.

docs.x.com/x-api/fundamentals/{fields,expansions,data-dictionary,edit-posts}.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.twitter.sandbox.fields import NEWER, Wanted
from adapters.twitter.sandbox.problems import not_found, not_yours
from adapters.twitter.sandbox.state import Media, Poll, Post, User, Version, World

_EDIT_WINDOW = timedelta(minutes=30)
_EDITS = 5


@dataclass(slots=True)
class Writer:
    """Writes objects for one answer, and gathers what is included beside them, and what could not be."""

    world: World
    wanted: Wanted
    viewer: User | None = None
    users: dict[str, User] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    polls: dict[str, Poll] = field(default_factory=dict)
    tweets: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def sees(self, post: Post) -> bool:
        """A protected account's posts are for its followers, which no account here is."""
        return not post.author.protected or post.author is self.viewer

    def tweet(self, post: Post, version: Version | None = None) -> dict[str, Any]:
        """A post as of this version (else its newest), its expansions gathered."""
        version = version or post.newest
        shown = self._fields(post, version)
        written = {"id": version.id, "text": version.shown.text, "edit_history_tweet_ids": _ids(post)}
        written |= {name: shown[name] for name in self._named() if name in shown}
        self._expand(post, version)
        return {NEWER.get(name, name): value for name, value in written.items()} if self.wanted.newer else written

    def _named(self) -> set[str]:
        """Fields that were asked for; an expansion asks for the field that it expands."""
        implied = {one.split(".")[0] for one in self.wanted.expansions} & {
            "author_id", "attachments", "referenced_tweets", "in_reply_to_user_id", "entities",
        }  # fmt: skip
        return set(self.wanted.tweet) | implied

    def _fields(self, post: Post, version: Version) -> dict[str, Any]:
        shown = version.shown
        target = self.world.posts.get(post.reply_to or "")
        fields: dict[str, Any] = {
            "author_id": post.author.id,
            "conversation_id": post.conversation,
            "created_at": stamp(version.at),
            "edit_controls": self._edit_controls(post),
            "lang": post.language,
            "possibly_sensitive": post.sensitive,
            "public_metrics": {
                "retweet_count": len(self.world.related(post, "retweets")),
                "reply_count": len(self.world.related(post, "reply_to")),
                "like_count": len(version.likes),
                "quote_count": len(self.world.related(post, "quotes")),
                "bookmark_count": 0,
                "impression_count": 0,
            },
            "reply_settings": "everyone",
        }
        attachments: dict[str, Any] = {}
        if post.media:
            attachments["media_keys"] = [one.key for one in post.media]
        if post.poll is not None:
            attachments["poll_ids"] = [post.poll.id]
        if attachments:
            fields["attachments"] = attachments
        if shown.entities:
            fields["entities"] = shown.entities
        if version.head is not None:
            entities = {"entities": version.whole.entities} if version.whole.entities else {}
            fields["note_tweet"] = {"text": version.whole.text, **entities}
        if references := _references(post):
            fields["referenced_tweets"] = references
        if target is not None:
            fields["in_reply_to_user_id"] = target.author.id
        return fields

    def _edit_controls(self, post: Post) -> dict[str, Any]:
        until = post.versions[0].at + _EDIT_WINDOW
        return {
            "edits_remaining": _EDITS + 1 - len(post.versions),
            "is_edit_eligible": post.poll is None and post.reply_to is None,
            "editable_until": stamp(until),
        }

    def _expand(self, post: Post, version: Version) -> None:
        wanted = self.wanted.expansions
        if "author_id" in wanted:
            self.users[post.author.id] = post.author
        if "in_reply_to_user_id" in wanted and (target := self.world.posts.get(post.reply_to or "")) is not None:
            self.users[target.author.id] = target.author
        if "entities.mentions.username" in wanted:
            for one in version.shown.entities.get("mentions", ()):
                self.users[one["id"]] = self.world.users[one["id"]]
        if "attachments.media_keys" in wanted:
            self.media |= {one.key: one for one in post.media}
        if "attachments.poll_ids" in wanted and post.poll is not None:
            self.polls[post.poll.id] = post.poll
        if "edit_history_tweet_ids" in wanted:
            for other in post.versions:
                if other is not version:
                    self.tweets.setdefault(other.id, Writer(self.world, _alone(self.wanted)).tweet(post, other))
        if wanted & {
            "referenced_tweets.id",
            "referenced_tweets.id.author_id",
            "referenced_tweets.id.attachments.media_keys",
        }:
            self._expand_references(post)

    def _expand_references(self, post: Post) -> None:
        for id in (one["id"] for one in _references(post)):
            found = self.world.version(id)
            if found is None:
                self.errors.append(not_found("tweet", id, "referenced_tweets.id"))
            elif not self.sees(found[0]):
                self.errors.append(not_yours("tweet", id, "referenced_tweets.id"))
            else:
                self.tweets.setdefault(id, Writer(self.world, _alone(self.wanted)).tweet(*found))
                if "referenced_tweets.id.author_id" in self.wanted.expansions:
                    self.users[found[0].author.id] = found[0].author
                if "referenced_tweets.id.attachments.media_keys" in self.wanted.expansions:
                    self.media |= {one.key: one for one in found[0].media}

    def user(self, user: User) -> dict[str, Any]:
        every: dict[str, Any] = {
            "created_at": stamp(user.created_at),
            "description": user.bio,
            "profile_image_url": f"{self.world.address}/avatars/{user.id}.png",
            "protected": user.protected,
            "public_metrics": {
                "followers_count": 0,
                "following_count": 0,
                "tweet_count": sum(post.author is user for post in self.world.living()),
                "listed_count": 0,
                "like_count": 0,
                "media_count": 0,
            } if "public_metrics" in self.wanted.user else {},
            "receives_your_dm": not user.refuses_messages,
            "url": "",
            "verified": False,
            "verified_type": "none",
        }  # fmt: skip
        told = {name: every[name] for name in sorted(self.wanted.user) if name in every}
        return {"id": user.id, "name": user.name, "username": user.username, **told}

    def file(self, media: Media) -> dict[str, Any]:
        address = f"{self.world.address}/media/{media.id}{_ENDINGS.get(media.mime, '')}"
        every: dict[str, Any] = {"width": 0, "height": 0} | _size(media)
        if media.alt:
            every["alt_text"] = media.alt
        if media.kind == "photo":
            every["url"] = address
        else:
            every["preview_image_url"] = f"{self.world.address}/media/{media.id}.jpg"
            every["variants"] = [{"bit_rate": 0, "content_type": "video/mp4", "url": address}]
        told = {name: every[name] for name in sorted(self.wanted.media) if name in every}
        return {"media_key": media.key, "type": media.kind, **told}

    def poll(self, poll: Poll) -> dict[str, Any]:
        options = [
            {"position": n, "label": label, "votes": sum(vote == n for vote in poll.votes.values())}
            for n, label in enumerate(poll.options, 1)
        ]
        every: dict[str, Any] = {
            "duration_minutes": poll.minutes,
            "end_datetime": stamp(poll.ends_at),
            "voting_status": "open" if self.world.moment() < poll.ends_at else "closed",
        }
        return {"id": poll.id, "options": options, **{n: every[n] for n in sorted(self.wanted.poll) if n in every}}

    def includes(self) -> dict[str, Any]:
        """``{"includes": ...}`` and ``{"errors": ...}``, where there are any."""
        included: dict[str, Any] = {
            "users": [self.user(one) for one in self.users.values()],
            "media": [self.file(one) for one in self.media.values()],
            "polls": [self.poll(one) for one in self.polls.values()],
            "posts" if self.wanted.newer else "tweets": list(self.tweets.values()),
        }
        included = {name: value for name, value in included.items() if value}
        told: dict[str, Any] = {"includes": included} if included else {}
        return told | ({"errors": self.errors} if self.errors else {})


_ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".mp4", "image/webp": ".webp", "video/mp4": ".mp4"}


def stamp(moment: datetime) -> str:
    """ISO 8601, in whole seconds, with the milliseconds that X writes but does not tell."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _alone(wanted: Wanted) -> Wanted:
    return Wanted(tweet=wanted.tweet, newer=wanted.newer)


def _ids(post: Post) -> list[str]:
    return [version.id for version in post.versions]


def _references(post: Post) -> list[dict[str, str]]:
    named: Iterable[tuple[str, str | None]] = (
        ("retweeted", post.retweets),
        ("quoted", post.quotes),
        ("replied_to", post.reply_to),
    )
    return [{"type": kind, "id": id} for kind, id in named if id is not None]


def _size(media: Media) -> dict[str, int]:
    """Of a PNG, whose header tells it."""
    data = media.chunks.get(min(media.chunks, default=0), b"")
    if not data.startswith(b"\x89PNG"):
        return {}
    return {"width": int.from_bytes(data[16:20], "big"), "height": int.from_bytes(data[20:24], "big")}
