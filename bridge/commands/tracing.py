"""The way of one post, in lines for people."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection

from bridge.commands.phrases import clock, plural, quoted, took
from bridge.model.chat import Book, Chat
from bridge.model.ids import ChatId, NetworkId, Platform
from bridge.model.posting import PostingState
from bridge.model.report import NetworkReport, PostingTrace, Trace
from bridge.sessions.belonging import belonging
from bridge.store import messages
from bridge.store.reports import network_reports, traces


def traced(
    connection: Connection, book: Book, link: str, platforms: Collection[Platform], now: datetime
) -> list[tuple[ChatId, list[str]]]:
    """The way of each message that a link, or an id, names, with the chat that it was said in."""
    reports = network_reports(connection, book.chats, now)
    found = traces(connection, link, platforms)
    return [
        (one.chat, list(lines(one, book, reports, now, _belonging(connection, book, one))))
        for one in found
        if one.chat in book.chats
    ]


def _belonging(connection: Connection, book: Book, one: Trace) -> str:
    """``session 12, answers Q1``; nothing of what does not cross, or is the chat's own."""
    message = messages.by_id(connection, [(one.chat, one.message)]).get((one.chat, one.message))
    if message is None or one.held_rule or not one.network:
        return ""
    said = messages.latest(connection, [message]).get((one.chat, one.message))
    return "" if said is None else str(belonging(connection, book.chats[one.chat], message, said.content.text))


def lines(
    one: Trace, book: Book, reports: Mapping[NetworkId, NetworkReport], now: datetime, belongs: str = ""
) -> Iterator[str]:
    """The trace as it is printed. ``belongs``: to which session and question."""
    chat = book.chats[one.chat]
    zone = chat.zone
    first = one.revisions[0] if one.revisions else None
    words = quoted(first.text) if first and first.text else "(its words are not kept)"
    who = one.author or "somebody"
    at = clock(one.created_at, zone, now)
    where = f"on {_title(book, one.network)}" if one.network else "(the chat itself)"
    yield f"{who} {where}, {at}  {words}   {one.url or one.id}"
    seen = f"seen {clock(one.seen_at, zone, now if one.late else None, tenths=True)}"
    facts = [f"{seen} ({one.stream})" if one.stream else seen, f"journaled +{took(one.journaled_at - one.seen_at)}"]
    if belongs:
        facts.append(belongs)
    if one.late:
        facts.append("late")
    if one.reactions:
        facts.append(plural(one.reactions, "reaction"))
    yield "  " + "   ".join(facts)
    if one.held_rule:
        yield f"  held: {one.held_reason} ({one.held_rule})"
    titles = [_title(book, p.network) for p in one.postings]
    width = max((len(title) for title in titles), default=0)
    places = [book.channels[p.channel].address if p.channel in book.channels else "" for p in one.postings]
    wide = max((len(place) for place in places), default=0)
    for posting, title, place in zip(one.postings, titles, places, strict=True):
        what = _what(posting, one, chat, reports.get(posting.network), now)
        yield f"  -> {title:{width}}  {place:{wide}}  {what}".rstrip()
    edits = [revision for revision in one.revisions if revision.number > 1]
    if edits:
        after = "   ".join(_edited(p, book, edits[-1].number) for p in one.postings if p.state is not PostingState.HELD)
        yield f"  edited {clock(edits[-1].at, zone, now)}          {after}".rstrip()
    if one.deleted_at is not None:
        after = "   ".join(_withdrawn(p, book) for p in one.postings if p.sent or p.parts)
        yield f"  deleted {clock(one.deleted_at, zone, now)}         {after}".rstrip()


def _what(p: PostingTrace, one: Trace, chat: Chat, report: NetworkReport | None, now: datetime) -> str:
    sent = f"sent +{took(p.sent_at - one.seen_at)}" if p.sent_at is not None else ""
    ids = "  ".join(part.url or part.id for part in p.parts if part.url or part.id)
    match p.state:
        case PostingState.DONE if p.sent:
            return f"{sent}   {ids}"
        case PostingState.DONE:
            return f"{sent}   withdrawn: {p.reason}" if sent else f"held: {p.reason}"
        case PostingState.HELD:
            return f"held: {p.reason}"
        case PostingState.DIGEST:
            return "waits for the channel's next digest"
        case PostingState.DIGESTED:
            return "told of in a digest"
        case PostingState.REFUSED:
            return f"refused: {p.reason}"
        case PostingState.GONE:
            return f"{sent}   gone: {p.reason}"
    if sent:
        return f"{sent}   {ids}"
    tried = next((part.tries_since for part in p.parts if part.tries_since), None)
    if report is not None and (report.paused or report.state not in ("up", "")):
        why = "paused, `edldrs resume` lets it go" if report.paused else report.reason or report.state
        again = f", next {clock(report.next_at, chat.zone, now)}" if report.next_at and report.next_at > now else ""
        return f"held: {why}{again}"
    return f"waits: being sent since {clock(tried, chat.zone)}" if tried else "waits for its turn"


def _edited(p: PostingTrace, book: Book, revision: int) -> str:
    title = _title(book, p.network)
    if not p.sent and p.state is PostingState.DUE:
        return f"-> {title} not yet sent: will go out as edited"
    if p.sent >= revision and p.closed_at is not None:
        return f"-> {title} edited +{took(p.closed_at - p.wanted_at)}"
    if p.state is PostingState.DUE:
        return f"-> {title} not yet edited"
    return f"-> {title} stays as it was"


def _withdrawn(p: PostingTrace, book: Book) -> str:
    title = _title(book, p.network)
    left = [part for part in p.parts if part.state not in ("removed", "refused")]
    if p.state is PostingState.DONE and not left and p.closed_at is not None:
        return f"-> {title} removed +{took(p.closed_at - p.wanted_at)}"
    return f"-> {title} " + ("not yet removed" if p.state is PostingState.DUE else "stays: it cannot be removed there")


def _title(book: Book, network: NetworkId) -> str:
    return book.networks[network].title if network in book.networks else network
