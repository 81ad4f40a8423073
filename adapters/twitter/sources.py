"""What is read from X, and what each read costs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.twitter.api import Client
from adapters.twitter.ids import id_at, order
from adapters.twitter.known import Known
from adapters.twitter.prices import READ_OWN, READ_POST, READ_USER, Till
from adapters.twitter.responses import Json, ids_in, meta_in, users_in
from adapters.twitter.translation import Reader, bare_tag
from bridge.adapter import Event
from bridge.model.ids import PostRef, Stream

PAGE = 100
_QUERY = 512  # characters; https://docs.x.com/x-api/posts/search/integrate/build-a-query
_DAY = timedelta(days=1)
_NEW_THREAD = timedelta(minutes=15)  # how long before we were told to watch a thread it may have begun

FIELDS: dict[str, str] = {
    "tweet_fields": "attachments,author_id,conversation_id,created_at,edit_history_tweet_ids,entities,lang,note_tweet,"
    "possibly_sensitive,public_metrics,referenced_tweets",
    "expansions": "attachments.media_keys,author_id",
    "user_fields": "description,name,protected,username",
    "media_fields": "alt_text,media_key,preview_image_url,type,url,variants",
}
"""What is asked of each post. No ``referenced_tweets.id`` among the expansions: those are billed."""


def queries(terms: Sequence[str], handle: str, most: int = _QUERY) -> list[str]:
    """As few queries as fit that find any of the terms. Retweets are nobody's words; our own posts are
    read where they cost a fifth."""
    ending = f" -is:retweet -from:{handle}"
    made: list[str] = []
    group: list[str] = []
    for term in terms:
        if group and len(f"({' OR '.join([*group, term])}){ending}") > most:
            made.append(f"({' OR '.join(group)}){ending}")
            group = []
        group.append(term)
    return [*made, f"({' OR '.join(group)}){ending}"] if group else made


def hashtag_terms(addresses: Iterable[str]) -> list[str]:
    return sorted({f"#{bare_tag(address)}" for address in addresses})


class _Posts:
    """Reads pages of posts and pays for them."""

    def __init__(self, client: Client, known: Known, reader: Reader, till: Till, *, app: bool) -> None:
        self._client = client
        self._known = known
        self._reader = reader
        self._till = till
        self._user_auth = not app

    async def _search(self, query: str, since: int) -> AsyncIterator[Json]:
        """https://docs.x.com/x-api/posts/search-recent-posts"""
        where: dict[str, Any] = {"since_id": str(since), "max_results": PAGE, **FIELDS}
        while True:
            await self._till.open(READ_POST + READ_USER)
            page = await self._client.search_recent_tweets(query, user_auth=self._user_auth, **where)
            pay_for(self._till, page)
            yield page
            token = meta_in(page).get("next_token")
            if not token:
                return
            where["next_token"] = token

    async def _timeline(self, ask: Any, since: int, window: int) -> AsyncIterator[Json]:
        """A timeline of our own: the first page as far as ``window``, the next ones as far as ``since``."""
        where: dict[str, Any] = {"since_id": str(window), "max_results": PAGE, **FIELDS}
        while True:
            await self._till.open(READ_OWN)
            page = await ask(self._reader.me, user_auth=True, **where)
            self._till.pay("read own", ids_in(page), READ_OWN)
            yield page
            meta = meta_in(page)
            token, oldest = meta.get("next_token"), meta.get("oldest_id")
            if not token or (oldest and order(str(oldest)) < since):
                return
            where["pagination_token"] = token


def pay_for(till: Till, page: Json) -> None:
    """For the posts of a response, and for the users that came with them."""
    till.pay("read post", ids_in(page), READ_POST)
    till.pay("read user", (str(one["id"]) for one in users_in(page) if one.get("id")), READ_USER)


class SearchSource(_Posts):
    """Posts with our hashtags; one query."""

    vital = True

    def __init__(self, number: int, query: str, every: float, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.stream = Stream("search" if number == 0 else f"search-{number + 1}")
        self.every = every
        self._query = query

    def pages(self, since: int) -> AsyncIterator[Json]:
        return self._search(self._query, since)

    def events(self, page: Json, floor: int) -> list[tuple[int, Event]]:
        return self._known.events(page, self._reader, self.stream, floor)


class MentionSource(_Posts):
    """Posts that mention the bot, answers to its posts among them."""

    stream = Stream("mentions")
    vital = True

    def __init__(self, every: float, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.every = every

    def pages(self, since: int) -> AsyncIterator[Json]:
        return self._timeline(self._client.get_users_mentions, since, since)

    def events(self, page: Json, floor: int) -> list[tuple[int, Event]]:
        return self._known.events(page, self._reader, self.stream, floor)


class OwnSource(_Posts):
    """The account's own posts: what hosts type there, and how often ours were liked in the last day."""

    stream = Stream("own")
    vital = True

    def __init__(self, every: float, now: Callable[[], datetime], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.every = every
        self._now = now

    def pages(self, since: int) -> AsyncIterator[Json]:
        window = min(since, id_at(self._now() - _DAY))
        return self._timeline(self._client.get_users_tweets, since, window)

    def events(self, page: Json, floor: int) -> list[tuple[int, Event]]:
        return self._known.events(page, self._reader, self.stream, floor)


class ThreadSource(_Posts):
    """Answers in watched threads that lack the hashtag. Answers to our own posts are mentions, and read
    there."""

    stream = Stream("threads")
    vital = False

    def __init__(self, every: float, most: int, now: Callable[[], datetime], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.every = every
        self._most = most
        self._now = now
        self._threads: tuple[str, ...] = ()
        self._looked: frozenset[str] = frozenset()

    def watch(self, threads: Sequence[PostRef]) -> None:
        """These and no others; the newest first."""
        begun = (self._known.conversations.get(ref.id, ref.id) for ref in threads)
        others = dict.fromkeys(id for id in begun if id not in self._known.own)
        self._threads = tuple(others)[: self._most]

    async def pages(self, since: int) -> AsyncIterator[Json]:
        threads = self._threads
        new = [order(id) for id in threads if id not in self._looked]
        if new:
            since = min(since, max(min(new), id_at(self._now() - _NEW_THREAD)))
        for query in queries([f"conversation_id:{id}" for id in threads], self._reader.handle):
            async for page in self._search(query, since):
                yield page
        self._looked = frozenset(threads)

    def events(self, page: Json, floor: int) -> list[tuple[int, Event]]:
        return self._known.events(page, self._reader, self.stream, floor)
