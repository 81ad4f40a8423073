"""What we do on X: post, find what may have been posted, delete, write to one person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from adapters.twitter import parser
from adapters.twitter.api import Client
from adapters.twitter.ids import id_at, order, time_of
from adapters.twitter.known import Known, Recent
from adapters.twitter.messages import message_id, of_two
from adapters.twitter.prices import READ_MESSAGE, READ_OWN, Till, price_of
from adapters.twitter.responses import Json, ids_in, meta_in, object_in, polls_in, posts_in
from adapters.twitter.translation import counts_of, references, text_of, web_address
from adapters.twitter.wording import fingerprint, links, plain_from_text
from bridge.adapter import (
    Absent,
    Attempt,
    Found,
    Gone,
    NotYet,
    Receipt,
    Rejected,
    Unavailable,
    Uncertain,
)
from bridge.model.ids import AccountId, GlobalId, Key, PostRef, RemoteId
from bridge.model.message import MediaFile, Outgoing, Visibility
from bridge.model.poll import Counts, NativePoll
from bridge.model.text import SpanKind

PICTURES = 4
PICTURE_BYTES = 5_000_000
PICTURE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
ALT_MAX = 1000
MESSAGE_MAX = 10_000

_CHUNK = 1_000_000
_LOOKS = 30  # at a picture that X still works on
_CLOCKS = timedelta(seconds=5)  # what X's clock may be off by after it was compared with ours
_PAGE = 100


class Writing:
    """``lag`` is how long after it was made a post may be missing from our own timeline; ``timeout`` how
    long a request may take."""

    def __init__(
        self,
        client: Client,
        known: Known,
        till: Till,
        *,
        me: AccountId,
        handle: str,
        messages: bool,
        lag: timedelta,
        timeout: timedelta,
        log: Any,
    ) -> None:
        self._client = client
        self._known = known
        self._till = till
        self._me = me
        self._handle = handle
        self._messages = messages
        self._lag = lag
        self._timeout = timeout
        self._ended: Recent[datetime] = Recent()  # sends in doubt, by key: when we last heard of them
        self._log = log

    async def post(self, post: Outgoing, key: Key) -> Receipt:
        """https://docs.x.com/x-api/posts/create-post"""
        if post.visibility in (Visibility.FOLLOWERS, Visibility.DIRECT):
            raise Rejected("a post on X is public")
        plain = plain_from_text(post.text)
        if not plain.strip() and not post.media:
            raise Rejected("there is nothing to say")
        if (weight := parser.weight(plain)) > parser.MAXIMUM:
            raise Rejected(f"it is too long for X ({weight} of {parser.MAXIMUM})")
        media = await self._upload_all(post.media)
        create = self._client.create_tweet(
            text=plain or None,
            media_ids=media or None,
            in_reply_to_tweet_id=None if post.reply_to is None else _remote(post.reply_to),
            **({} if post.poll is None else self._poll(post.poll)),
            user_auth=True,
        )
        id = await self._make(create, "id", key)
        self._known.own[id] = None
        return self._receipt(id)

    def _poll(self, poll: NativePoll) -> Mapping[str, Any]:
        """X takes no less than five minutes; then it is counted while it is still open there."""
        minutes = round((poll.closes_at - self._client.now()).total_seconds() / 60)
        return {"poll_options": list(poll.labels), "poll_duration_minutes": min(max(minutes, 5), 7 * 24 * 60)}

    async def counts(self, ballots: Sequence[PostRef]) -> Mapping[GlobalId, Counts]:
        """https://docs.x.com/x-api/fundamentals/data-dictionary#poll"""
        asked = {_remote(ref): ref.id for ref in ballots}
        await self._till.open(READ_OWN)
        body = await self._client.get_tweets(
            list(asked), user_auth=True, expansions="attachments.poll_ids", poll_fields="options,voting_status"
        )
        self._till.pay("read own", ids_in(body), READ_OWN)
        told = {str(one.get("id")): one for one in polls_in(body)}
        counts: dict[GlobalId, Counts] = {}
        for post in posts_in(body):
            ids = (post.get("attachments") or {}).get("poll_ids") or ()
            poll = next((told[str(id)] for id in ids if str(id) in told), None)
            if poll is not None and (id := asked.get(str(post.get("id")))) is not None:
                counts[id] = counts_of(poll, self._client.now())
        return counts

    async def note(self, to: AccountId, post: Outgoing, key: Key) -> Receipt:
        """https://docs.x.com/x-api/direct-messages/create-dm-message-by-participant-id"""
        if not self._messages:
            raise Rejected("private messages are off for this network (`private_messages` in config.yaml)")
        text = plain_from_text(post.text)[:MESSAGE_MAX]
        create = self._client.create_direct_message(participant_id=to, text=text, user_auth=True)
        id = await self._make(create, "dm_event_id", key)
        return Receipt(ref=PostRef(message_id(id), RemoteId(id)))

    async def _make(self, create: Awaitable[Any], name: str, key: Key) -> str:
        """The id of what is made."""
        try:
            id = object_in(await create).get(name)
            if not id:
                raise Uncertain("X said neither what it made nor why not")
        except Uncertain:
            self._ended[key] = self._client.now()
            raise
        return str(id)

    async def delete(self, ref: PostRef) -> None:
        """https://docs.x.com/x-api/posts/delete-post"""
        if ref.id.startswith("dm/"):
            await self._client.request("DELETE", f"/2/dm_events/{_remote(ref)}", user_auth=True)
            return
        body = await self._client.delete_tweet(_remote(ref), user_auth=True)
        if not object_in(body).get("deleted", True):
            raise Gone("X has nothing to delete")

    def price(self, operation: str, post: Outgoing | None) -> int:
        """See :class:`bridge.adapter.Priced`."""
        if post is None:
            return price_of(operation)
        return price_of(
            operation,
            link=bool(post.text.of_kind(SpanKind.LINK)) and links(plain_from_text(post.text)),
            summoned=post.reply_to is not None and post.reply_to.id in self._known.summons,
            described=sum(1 for one in post.media if one.alt),
        )

    def _receipt(self, id: str) -> Receipt:
        return Receipt(ref=PostRef(GlobalId(id), RemoteId(id)), url=web_address(self._handle, id))

    # Pictures. https://docs.x.com/x-api/media/introduction

    async def _upload_all(self, files: tuple[MediaFile, ...]) -> list[str]:
        """A picture that X does not take stays behind; the text goes all the same."""
        ids = []
        for file in files[:PICTURES]:
            try:
                ids.append(await self._upload(file, alone=len(files) == 1))
            except (Rejected, Gone) as error:
                self._log.warning("a picture is left behind", name=file.name, reason=error.reason)
        return ids

    async def _upload(self, file: MediaFile, *, alone: bool) -> str:
        moving = file.mime == "image/gif" and alone  # X shows one that moves, or up to four that do not
        begun = {
            "media_type": file.mime,
            "total_bytes": len(file.data),
            "media_category": "tweet_gif" if moving else "tweet_image",
        }
        id = str((await self._media("initialize", json=begun)).get("id") or "")
        if not id:
            raise Unavailable("X gave no id for a picture")
        for number, start in enumerate(range(0, len(file.data), _CHUNK)):
            form = aiohttp.FormData(default_to_multipart=True)
            form.add_field("segment_index", str(number))
            chunk = file.data[start : start + _CHUNK]
            form.add_field("media", chunk, filename=file.name, content_type="application/octet-stream")
            await self._media(f"{id}/append", form=form)
        await self._processed(id, await self._media(f"{id}/finalize"))
        if file.alt:
            alt = {"id": id, "metadata": {"alt_text": {"text": file.alt[:ALT_MAX]}}}
            await self._client.request("POST", "/2/media/metadata", json=alt, user_auth=True)
        return id

    async def _media(self, step: str, **what: Any) -> Json:
        answer = await self._client.request("POST", f"/2/media/upload/{step}", user_auth=True, **what)
        return object_in(answer.body)

    async def _processed(self, id: str, told: Json) -> None:
        for _ in range(_LOOKS):
            info = told.get("processing_info") or {}
            if info.get("state") == "failed":
                raise Rejected(
                    f"X cannot read the picture: {(info.get('error') or {}).get('message', 'no reason given')}"
                )
            if info.get("state", "succeeded") == "succeeded":
                return
            await asyncio.sleep(float(info.get("check_after_secs") or 1))
            params = {"command": "STATUS", "media_id": id}
            answer = await self._client.request("GET", "/2/media/upload", params=params, user_auth=True)
            told = object_in(answer.body)
        raise Unavailable("X has not worked a picture through")

    # What may have been posted

    async def find(self, attempt: Attempt) -> Found | Absent | NotYet:
        looked_at = self._client.now()
        if attempt.post.to is not None:
            found = [one async for one in self._notes(attempt)]
        else:
            found = [one async for one in self._posts(attempt)]
        if found:
            return Found(tuple(sorted(found, key=lambda one: order(one.ref.remote))))
        ended = self._ended.get(attempt.key, attempt.began_at + self._timeout)
        left = ended + self._lag - looked_at
        return NotYet(left.total_seconds()) if left > timedelta(0) else Absent()

    async def _posts(self, attempt: Attempt) -> AsyncIterator[Receipt]:
        """Our own posts since it began that read the same and answer the same."""
        answers = None if attempt.post.reply_to is None else _remote(attempt.post.reply_to)
        same = fingerprint(plain_from_text(attempt.post.text), answer=answers is not None)
        async for page in self._own(id_at(attempt.began_at - _CLOCKS)):
            for data in posts_in(page):
                id = str(data.get("id", ""))
                if (
                    id
                    and id not in attempt.claimed
                    and references(data).get("replied_to") == answers
                    and fingerprint(text_of(data).plain, answer=answers is not None) == same
                ):
                    self._known.own[id] = None
                    yield self._receipt(id)

    async def _own(self, since: int) -> AsyncIterator[Json]:
        where: dict[str, Any] = {
            "since_id": str(since),
            "max_results": _PAGE,
            "exclude": "retweets",
            "tweet_fields": "attachments,created_at,entities,note_tweet,referenced_tweets",
        }
        while True:
            await self._till.open(READ_OWN)
            page = await self._client.get_users_tweets(self._me, user_auth=True, **where)
            self._till.pay("read own", ids_in(page), READ_OWN)
            yield page
            token = meta_in(page).get("next_token")
            if not token:
                return
            where["pagination_token"] = token

    async def _notes(self, attempt: Attempt) -> AsyncIterator[Receipt]:
        """What we told this person since it began."""
        same = fingerprint(plain_from_text(attempt.post.text), answer=False)
        await self._till.open(READ_MESSAGE)
        page = await self._client.get_direct_message_events(
            participant_id=attempt.post.to,
            user_auth=True,
            max_results=10,
            dm_event_fields="created_at,dm_conversation_id,sender_id,text",
            event_types="MessageCreate",
        )
        self._till.pay("read message", ids_in(page), READ_MESSAGE)
        for one in posts_in(page):
            id = str(one.get("id", ""))
            if (
                id
                and str(one.get("sender_id")) == self._me
                and of_two(one)
                and time_of(id) >= attempt.began_at - _CLOCKS
                and message_id(id) not in attempt.claimed
                and fingerprint(str(one.get("text") or ""), answer=False) == same
            ):
                yield Receipt(ref=PostRef(message_id(id), RemoteId(id)))


def _remote(ref: PostRef) -> str:
    return str(ref.remote or ref.id)
