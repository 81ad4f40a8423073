"""One posting at a time: its parts made, edited and deleted at the network, and every end of a send understood."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bridge.adapter import (
    Absent,
    Adapter,
    AdapterError,
    Attempt,
    ChannelClosed,
    Deletes,
    Duplicate,
    Edits,
    Found,
    Gone,
    Limits,
    NotYet,
    OutOfCredit,
    Priced,
    PrivateNotes,
    RateLimited,
    Receipt,
    Rejected,
    ReplyRefused,
    Unauthorized,
    Unavailable,
    Uncertain,
)
from bridge.model.chat import Book, Network
from bridge.model.ids import NetworkId, PostRef
from bridge.model.message import Media, MediaFile, Outgoing, Visibility
from bridge.model.posting import Content, Operation, Part, PartState, Posting, PostingState, part_key
from bridge.outbox import compose
from bridge.outbox.backoff import Backoff
from bridge.outbox.budget import Ledger, says
from bridge.outbox.compose import Job
from bridge.outbox.media import MediaFailed
from bridge.outbox.plan import may_edit, plan
from bridge.outbox.render import continued_at
from bridge.outbox.results import Results
from bridge.store import Store, parts, postings, spending

T = TypeVar("T")
ReadMedia = Callable[[NetworkId, Media, Limits], Awaitable[MediaFile]]
"""The bytes of a file of a message of that network, or of our own words there; raises ``MediaFailed``."""

_REQUEST_SECONDS = 90.0  # an adapter's own time-outs are shorter: this is for one that has none
_TRIES = 8  # that ended unknown, before we ask whether it is the posting or the network


class Pause(Exception):
    """Nothing more can leave until then: of the whole network, or of this lane."""

    def __init__(
        self,
        until: datetime,
        reason: str,
        *,
        network: bool,
        error: bool = True,
        short: bool = False,
    ) -> None:
        """``short``: it is a budget that is; ``suspect``: the posting that may itself be the cause."""
        super().__init__(reason)
        self.until, self.reason, self.network, self.error, self.short = until, reason, network, error, short
        self.suspect: int | None = None


class Refused(Exception):
    """The posting is set aside, and the next goes."""

    def __init__(self, reason: str, state: PostingState = PostingState.REFUSED) -> None:
        super().__init__(reason)
        self.state = state


class Carrier:
    """Carries out what postings of one network need. Raises only :class:`Pause`."""

    def __init__(
        self,
        network: Network,
        adapter: Adapter,
        store: Store,
        book: Book,
        ledger: Ledger,
        results: Results,
        read_media: ReadMedia,
        now: Callable[[], datetime],
        log: Any,
    ) -> None:
        self.changed: set[int] = set()  # postings of which something else is wanted since they were read
        self.overtaken: set[int] = set()  # postings that failed again and again while others got through
        self._network = network
        self._adapter = adapter
        # Looked up once: asking a protocol whether an object has its methods is slow.
        self._edits = adapter if isinstance(adapter, Edits) else None
        self._deletes = adapter if isinstance(adapter, Deletes) else None
        self._notes = adapter if isinstance(adapter, PrivateNotes) else None
        self._priced = adapter if isinstance(adapter, Priced) else None
        self._store = store
        self._book = book
        self._ledger = ledger
        self._results = results
        self._read_media = read_media
        self._now = now
        self._log = log
        self._backoff = Backoff()
        self._tries: dict[int, int] = {}

    async def freeze(self, jobs: Sequence[Job], limits: Limits) -> None:
        """Plan the jobs and freeze their parts in one commit. Where the platform honours keys, the mark
        that the sends have begun is in it too: sending again under one key is then harmless."""
        at_once = limits.idempotent_for > timedelta(0)
        frozen: list[tuple[Posting, Part]] = []
        for job in jobs:
            if job.media:
                continue  # its files are read when its turn comes
            job.todo = self._plan(job, limits)
            if any(part.state is PartState.BEGUN for part in job.todo):
                continue
            if at_once and job.posting.wanted:
                begun = self._now()
                job.todo = [replace(part, state=PartState.BEGUN, began_at=begun) for part in job.todo]
                job.unsent = {part.key for part in job.todo}
            frozen.extend((job.posting, part) for part in job.todo)
        await self._put(frozen)

    async def unfreeze(self, jobs: Sequence[Job]) -> None:
        """What was marked as begun and never left is ready again."""
        back = [
            (job.posting, replace(part, state=PartState.READY, began_at=None))
            for job in jobs
            for part in job.todo or ()
            if part.key in job.unsent
        ]
        for job in jobs:
            job.todo, job.unsent = None, set()
        await self._put(back)

    async def close(self, job: Job, limits: Limits) -> None:
        """Carry out what the posting needs, until it reads as wanted, is set aside, or has to wait."""
        try:
            while True:
                if job.posting.id in self.changed:
                    await self._again(job)
                if job.posting.state is not PostingState.DUE:
                    return
                if job.todo is None:
                    await self._prepare(job, limits)
                if not job.todo:
                    break
                await self._next(job, job.todo[0], limits)
        except Refused as refusal:
            await self._set_aside(job.posting, refusal)
            return
        self._backoff.succeeded()
        self._tries.pop(job.posting.id, None)
        self.overtaken.discard(job.posting.id)
        self._results.closed(job.posting)

    async def _again(self, job: Job) -> None:
        """Something else is wanted meanwhile: read the posting anew."""
        self.changed.discard(job.posting.id)
        await self.unfreeze([job])
        await self._results.flushed()
        anew = await self._store.read(lambda c: self._reload(c, job.posting))
        for name in ("posting", "message", "said", "parent", "parent_copy", "parent_ref"):
            setattr(job, name, getattr(anew, name))

    def _reload(self, connection: Any, old: Posting) -> Job:
        posting = postings.by_id(connection, old.chat, old.id)
        assert posting is not None
        place = self._adapter.place(posting.channel) if posting.channel else None
        return compose.load(connection, [posting], self._book, place)[0]

    async def _prepare(self, job: Job, limits: Limits) -> None:
        """Plan and freeze one job on its own, its files read first."""
        if job.posting.wanted and not any(part.exists for part in job.posting.parts):
            for media in job.media:
                if media not in job.files and media not in job.uncarried:
                    await self._file(job, media, limits)
        job.todo = self._plan(job, limits)
        if not any(part.state is PartState.BEGUN for part in job.todo):
            await self._put([(job.posting, part) for part in job.todo])

    async def _file(self, job: Job, media: Media, limits: Limits) -> None:
        network = job.message.network if job.message is not None and job.message.network else self._network.id
        try:
            if len(job.files) >= limits.media.count:
                raise MediaFailed("one post takes no more files there")
            job.files[media] = await self._read_media(network, media, limits)
        except MediaFailed as failure:
            self._log.info("file not carried", posting=job.posting.id, url=media.url, reason=str(failure))
            job.uncarried += (media,)

    def _plan(self, job: Job, limits: Limits) -> list[Part]:
        posting, wanted = job.posting, None
        if posting.wanted:
            channel = self._book.channels.get(posting.channel) if posting.channel else None
            source = self._book.networks.get(job.message.network) if job.message else None
            title = source.title if source else ""
            wanted = compose.contents(job, self._book.chats[posting.chat], channel, limits, title)
        return list(
            plan(
                posting.id,
                posting.parts,
                wanted,
                posting.wanted,
                edits=self._edits is not None and may_edit(posting.created_at, self._now(), limits.edit_within),
                deletes=self._deletes is not None,
            )
        )

    async def _next(self, job: Job, part: Part, limits: Limits) -> None:
        """One operation. Afterwards the job knows how the part stands, and what is still to do."""
        assert job.todo is not None
        resumed = part.state is PartState.BEGUN and part.key not in job.unsent
        ended = await self._resolve(job, part, limits) if resumed else None
        if ended is None:
            if not resumed:
                part = await self._begin(job, part)
            job.unsent.discard(part.key)
            self._results.opened(part.key)
            try:
                ended = await self._send(job, part, limits)
            except ReplyRefused:
                job.refuse_reply = True
                ended = replace(part, state=PartState.READY)
                resumed = True
        self._results.ended(job.posting, ended)
        others = tuple(one for one in job.posting.parts if one.number != ended.number)
        job.posting = replace(job.posting, parts=tuple(sorted((*others, ended), key=lambda one: one.number)))
        job.todo = None if resumed else job.todo[1:]

    async def _begin(self, job: Job, part: Part) -> Part:
        """Is there room in the budget? Then mark the send as begun, on disk, before it leaves."""
        price = 0
        operation = _billed_as(job, part)
        if self._priced is not None:
            price = self._priced.price(operation, self._outgoing(job, part))
        withdrawal = part.operation is Operation.DELETE
        if (use := self._ledger.room(operation, price, withdrawal=withdrawal)) is not None:
            until = use.frees_at or self._now() + timedelta(minutes=1)
            raise Pause(until, says(use), network=True, error=False, short=True)
        self._ledger.spent(operation, 1, price)
        if part.key in job.unsent:
            return part
        part = replace(part, state=PartState.BEGUN, began_at=self._now())
        await self._put([(job.posting, part)])
        return part

    async def _resolve(self, job: Job, part: Part, limits: Limits) -> Part | None:
        """How did a send end that we lost sight of? None: it may be sent (again) under its key."""
        if part.operation is not Operation.POST:
            return None  # repeating these is harmless
        began = part.began_at or self._now()
        age = self._now() - began
        if age < limits.settles_in:
            raise Pause(
                began + limits.settles_in, "an earlier request may still be at work", network=False, error=False
            )
        if job.posting.wanted and age < limits.idempotent_for:
            await self._files_again(job, part, limits)
            return None
        return await self._find(job, part)

    async def _find(self, job: Job, part: Part) -> Part:
        """Look for it. It is there, or it is surely not and ready to be sent."""
        began = part.began_at or self._now()
        claimed = await self._store.read(lambda c: parts.claimed(c, self._network.id, began - timedelta(minutes=5)))
        attempt = Attempt(post=self._outgoing(job, part), key=part.key, began_at=began, claimed=claimed)
        try:
            answer = await self._asked(self._adapter.find(attempt))
        except AdapterError as error:
            raise self._pause(error) from error
        match answer:
            case Found(receipts):
                for extra in receipts[1:]:
                    await self._delete_extra(job, part, extra)
                return _there(part, receipts[0])
            case NotYet(seconds):
                raise Pause(
                    self._now() + timedelta(seconds=seconds),
                    "it cannot be told yet whether a send got through",
                    network=False,
                    error=False,
                )
            case Absent():
                return replace(part, state=PartState.READY, ref=None)

    async def _delete_extra(self, job: Job, part: Part, extra: Receipt) -> None:
        self._log.warning("posted twice, the later one is deleted", post=extra.ref.id, posting=job.posting.id)
        if self._deletes is not None:
            key = part_key(job.posting.id, part.generation, part.revision, part.number, Operation.DELETE)
            try:
                await self._asked(self._deletes.delete(extra.ref, job.posting.channel, key))
            except Gone:
                return
            except AdapterError as error:
                raise self._pause(error) from error

    async def _send(self, job: Job, part: Part, limits: Limits) -> Part:
        """The request itself. Raises Pause (the part stays as it was), Refused, or ReplyRefused."""
        try:
            receipt = await self._asked(self._request(job, part))
        except Gone as error:
            if part.operation is Operation.DELETE:
                return replace(part, state=PartState.REMOVED)
            if part.operation is Operation.POST and not part.content.standalone:
                raise ReplyRefused("the answered post is gone") from error
            self._results.ended(job.posting, replace(part, state=PartState.REMOVED))
            raise Refused("somebody removed it over there", PostingState.GONE) from error
        except ReplyRefused:
            raise
        except Rejected as error:
            self._results.ended(job.posting, replace(part, state=PartState.REFUSED))
            await self._say_where(job, part, limits)
            raise Refused(error.reason) from error
        except Duplicate as error:
            found = await self._find(job, part)
            if found.state is not PartState.DONE:
                self._results.ended(job.posting, replace(part, state=PartState.REFUSED))
                raise Refused(error.reason) from error
            return found
        except Uncertain as error:
            raise self._failed(job, error) from error
        except AdapterError as error:
            # Nothing was done, so the part is as ready as before.
            self._results.ended(job.posting, replace(part, state=PartState.READY))
            raise self._failed(job, error) from error
        if part.operation is Operation.DELETE:
            return replace(part, state=PartState.REMOVED)
        return _there(part, receipt)

    async def _request(self, job: Job, part: Part) -> Receipt | None:
        outgoing = self._outgoing(job, part)
        if part.operation is Operation.POST:
            if outgoing.to is None:
                return await self._adapter.post(outgoing, part.key)
            if self._notes is None:
                raise Rejected("this network has no private messages")
            return await self._notes.note(outgoing.to, outgoing, part.key)
        assert part.ref is not None
        if part.operation is Operation.EDIT and self._edits is not None:
            await self._edits.edit(part.ref, outgoing, part.key)
        elif self._deletes is not None:
            await self._deletes.delete(part.ref, job.posting.channel, part.key)
        return None

    def _outgoing(self, job: Job, part: Part) -> Outgoing:
        channel = self._book.channels.get(job.posting.channel) if job.posting.channel else None
        return Outgoing(
            text=part.content.text,
            channel=job.posting.channel,
            to=job.posting.to,
            reply_to=self._answered(job, part),
            media=tuple(job.files[one] for one in part.content.media if one in job.files),
            content_warning=part.content.content_warning,
            language=part.content.language,
            visibility=Visibility.UNLISTED if channel is not None and channel.unlisted else Visibility.PUBLIC,
            poll=part.content.poll,
        )

    def _answered(self, job: Job, part: Part) -> PostRef | None:
        if part.number > 1:
            return next((one.ref for one in job.posting.parts if one.number == part.number - 1), None)
        if part.content.standalone:
            return None
        if job.parent_ref is None and job.parent_copy is not None:
            # It left in the same batch, after this job was read.
            return job.sent_before.get(job.parent_copy.id)
        return job.parent_ref

    async def _files_again(self, job: Job, part: Part, limits: Limits) -> None:
        for media in part.content.media:
            if media not in job.files:
                await self._file(job, media, limits)

    async def _say_where(self, job: Job, refused: Part, limits: Limits) -> None:
        """The rest of a thread was refused: its last part says where the whole stands, if it can."""
        last = next((one for one in job.posting.parts if one.number == refused.number - 1 and one.exists), None)
        channel = self._book.channels.get(job.posting.channel) if job.posting.channel else None
        if last is None or job.message is None or not job.message.url or channel is None or not channel.link:
            return
        text = continued_at(last.content.text, job.message.url)
        if self._edits is None or limits.text.measure(text) > limits.text.maximum:
            return
        content: Content = replace(last.content, text=text)
        key = part_key(job.posting.id, last.generation, last.revision, last.number, Operation.EDIT)
        part = replace(last, content=content, operation=Operation.EDIT, key=key, state=PartState.BEGUN)
        await self._put([(job.posting, part)])
        try:
            await self._asked(self._request(job, part))
        except AdapterError as error:
            self._log.warning("the last part could not say where the whole stands", reason=error.reason)
            self._results.ended(job.posting, last)
            return
        self._results.ended(job.posting, replace(part, state=PartState.DONE))

    async def _asked(self, call: Awaitable[T]) -> T:
        """An adapter's answer, or one of its errors, whatever it does."""
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                return await call
        except AdapterError:
            raise
        except TimeoutError as error:
            raise Uncertain(f"no answer in {_REQUEST_SECONDS:.0f} s") from error
        except Exception as error:
            self._log.exception("the adapter failed")
            raise Uncertain(f"the adapter failed: {error!r}") from error

    def _failed(self, job: Job, error: AdapterError) -> Exception:
        """A network that is down is waited for, however long; but a posting on which a network fails that
        takes others is set aside."""
        pause = self._pause(error)
        if isinstance(error, Uncertain | Unavailable):
            posting = job.posting.id
            if posting in self.overtaken:
                self.overtaken.discard(posting)
                return Refused(f"the network takes others and fails on this one: {error.reason}")
            self._tries[posting] = self._tries.get(posting, 0) + 1
            pause.suspect = posting if self._tries[posting] >= _TRIES else None
        return pause

    def _pause(self, error: AdapterError) -> Pause:
        """How long, and how wide."""
        now = self._now()
        match error:
            case RateLimited():
                return Pause(max(error.until, now), error.reason, network=True, short=True)
            case Unauthorized() | OutOfCredit():
                return Pause(now + timedelta(seconds=60), error.reason, network=True)
            case ChannelClosed():
                return Pause(now + max(self._backoff.failed(), timedelta(seconds=30)), error.reason, network=False)
            case Unavailable(retry_after=float() as seconds):
                return Pause(now + timedelta(seconds=seconds), error.reason, network=True)
            case Unavailable():
                return Pause(now + self._backoff.failed(), error.reason, network=True)
            case _:
                return Pause(now + self._backoff.failed(), error.reason, network=False)

    async def _put(self, frozen: Sequence[tuple[Posting, Part]]) -> None:
        if not frozen:
            return
        spent = self._ledger.unsaved()

        def put(connection: Any) -> None:
            parts.put(connection, self._network.id, self._network.platform, frozen)
            spending.add(connection, self._network.id, spent)

        await self._store.write(put)

    async def _set_aside(self, posting: Posting, refusal: Refused) -> None:
        await self._results.flushed()
        self._log.warning("posting set aside", posting=posting.id, state=refusal.state.value, reason=str(refusal))
        await self._store.write(
            lambda c: postings.set_aside(c, posting.chat, posting.id, refusal.state, str(refusal), posting.wanted)
        )


def _billed_as(job: Job, part: Part) -> str:
    """The operation as budgets and prices name it."""
    is_note = job.posting.to is not None and part.operation is Operation.POST
    return "note" if is_note else part.operation.value


def _there(part: Part, receipt: Receipt | None) -> Part:
    if receipt is None:  # an edit: the post is the same
        return replace(part, state=PartState.DONE)
    return replace(part, state=PartState.DONE, ref=receipt.ref, url=receipt.url)
