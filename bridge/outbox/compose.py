"""From the journal to what should be sent: everything that is needed to render a posting, read at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from bridge.adapter import Limits, Replies
from bridge.model.chat import Book, Channel, Chat
from bridge.model.ids import Key, NetworkId, Place, PostRef
from bridge.model.message import Media, MediaFile
from bridge.model.posting import Content, Part, Posting, PostingState
from bridge.model.text import SpanKind, Text, spell_links
from bridge.outbox.render import Source, Style, render
from bridge.store import messages, postings
from bridge.store.messages import Message, Revision

_WHOLE = 25
"""Parts of the bot's own words at most: no option of a ballot, question or answer is left out to save a post."""


@dataclass(slots=True)
class Job:
    """One posting that is due, with what rendering it needs, and how far the work on it is.

    ``parent_copy`` is the posting of the message that it answers, on the same channel; ``parent_ref``
    the answered post where it is the original, or a copy that is there already; ``sent_before`` where
    copies hang that left meanwhile. ``todo`` are the planned parts (None: not planned), ``unsent`` the
    keys of those that are marked as begun and have not left."""

    posting: Posting
    message: Message | None = None
    said: Content | None = None
    parent: Message | None = None
    parent_copy: Posting | None = None
    parent_ref: PostRef | None = None
    sent_before: Mapping[int, PostRef] = field(default_factory=dict)
    todo: list[Part] | None = None
    unsent: set[Key] = field(default_factory=set)
    files: dict[Media, MediaFile] = field(default_factory=dict)
    uncarried: tuple[Media, ...] = ()
    refuse_reply: bool = False

    @property
    def media(self) -> tuple[Media, ...]:
        """The files of the message, or of our own words."""
        said = self.posting.content or self.said
        return () if said is None else said.media


def load(connection: Connection, due: Sequence[Posting], book: Book, place: Place | None) -> list[Job]:
    """Jobs for these postings, all of one channel (``place`` is where its posts are seen) or all notes."""
    heads = messages.by_id(connection, [(one.chat, one.message) for one in due if one.message is not None])
    said = messages.numbered(
        connection, {(one.chat, one.message): one.wanted for one in due if one.message is not None and one.wanted > 0}
    )
    parents = messages.by_id(connection, [(m.chat, m.parent) for m in heads.values() if m.parent is not None])
    channel = next((one.channel for one in due if one.channel is not None), None)
    copies = {} if channel is None or not parents else postings.copies_on(connection, channel, parents)
    jobs = []
    for one in due:
        job = Job(posting=one)
        if one.message is not None and (message := heads.get((one.chat, one.message))) is not None:
            job.message = message
            job.said = _content(said.get((one.chat, one.message)))
            if message.parent is not None and (parent := parents.get((one.chat, message.parent))) is not None:
                job.parent = parent
                job.parent_copy = copies.get(parent.id)
                job.parent_ref = _ref(parent, job.parent_copy, one.network, book, place)
        jobs.append(job)
    return jobs


def _content(revision: Revision | None) -> Content | None:
    return None if revision is None else revision.content


def _ref(parent: Message, copy: Posting | None, network: NetworkId, book: Book, place: Place | None) -> PostRef | None:
    """How the answered post is addressed on this channel, if it is there."""
    if copy is not None:
        first = next((part for part in copy.parts if part.number == 1), None)
        return first.ref if first is not None and first.exists else None
    if parent.deleted_at is not None or book.networks[network].platform != parent.platform:
        return None
    if parent.network == network:
        return parent.ref
    # Another login of the platform met it: the same post, but this login may know it by another id.
    return PostRef(parent.ref.id) if place in parent.places else None


def answers(job: Job, limits: Limits) -> bool:
    """Will this copy hang below the post that it answers?"""
    if job.parent is None or job.refuse_reply:
        return False
    ours = job.parent_copy is not None
    pending = ours and job.parent_copy is not None and job.parent_copy.state is PostingState.DUE
    if job.parent_ref is None and not (pending and job.parent_copy is not None and job.parent_copy.wanted > 0):
        return False
    if ours or limits.replies is Replies.ANYONE:
        return True
    return limits.replies is Replies.ENGAGED and job.parent.to_bot


def contents(job: Job, chat: Chat, channel: Channel | None, limits: Limits, title: str) -> tuple[Content, ...]:
    """The remote posts that the posting should be, or () where nothing can be said. ``title`` is the
    network's, of the message's author."""
    posting = job.posting
    if posting.content is not None:
        style = Style(
            zone=chat.zone,
            hashtags=chat.hashtags if channel else (),
            hashtag=channel.hashtag if channel else "",
            max_parts=_WHOLE,
        )
        own = posting.content
        more = own.more if channel is None or channel.links else _without_links(own.more)
        rendered = render(Source(text=own.text, more=more, end=own.end), style, limits)
        # A poll of the network's own hangs on the last part, below all that is said about it. A file that
        # the channel does not take goes without a word: the text says all by itself.
        return tuple(
            Content(
                text=one.text,
                standalone=True,
                media=_carried(job) if number == 1 else (),
                poll=own.poll if number == len(rendered) else None,
                strict=own.strict,
            )
            for number, one in enumerate(rendered, start=1)
        )
    if job.message is None or job.said is None or channel is None:
        return ()
    standalone = not answers(job, limits)
    media = _carried(job)
    source = Source(
        text=job.said.text,
        author=job.message.author_name,
        handle=job.message.author_handle,
        network=title,
        url=job.message.url,
        content_warning=job.said.content_warning,
        language=job.said.language,
        late_since=job.message.created_at if job.message.late else None,
        read_at=job.message.seen_at,
        replying_to=(job.parent.author_name or job.parent.author_handle) if job.parent and standalone else "",
        uncarried=job.uncarried,
        has_media=bool(media),
    )
    style = Style(
        zone=chat.zone,
        hashtags=chat.hashtags,
        hashtag=channel.hashtag,
        link=channel.link,
        links=channel.links,
        split=channel.split,
        max_parts=channel.max_parts,
    )
    return tuple(
        Content(
            text=one.text,
            content_warning=one.content_warning,
            language=one.language,
            media=media if number == 0 else (),
            standalone=standalone,
        )
        for number, one in enumerate(render(source, style, limits))
    )


def _carried(job: Job) -> tuple[Media, ...]:
    return tuple(one for one in job.media if one not in job.uncarried)


def _without_links(more: Sequence[Sequence[Text]]) -> tuple[tuple[Text, ...], ...]:
    """What people shared is told of in pieces, with addresses that are only words."""
    return tuple(tuple(spell_links(form).without(SpanKind.LINK) for form in forms) for forms in more)
