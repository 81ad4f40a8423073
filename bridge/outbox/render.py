"""How a message reads on another network: who says it and where, within what fits. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import regex

from bridge.adapter import Limits
from bridge.model.chat import Split
from bridge.model.message import Media, MediaKind
from bridge.model.text import Span, SpanKind, Text, hashtag, join, link, marked, spell_links
from bridge.outbox.clean import clean, name_of, tidy
from bridge.outbox.split import fits_whole, shorten, split

_ALT_MAX = 300
_QUOTED_MAX = 140
_KINDS = {
    MediaKind.IMAGE: "picture",
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "recording",
    MediaKind.FILE: "file",
}
_ATOMS = (SpanKind.LINK, SpanKind.MENTION, SpanKind.HASHTAG, SpanKind.CODE, SpanKind.PRE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is to be said. ``network`` is shown to people; ``late_since`` is when it was said, where it
    comes late, and ``read_at`` when we read it; ``replying_to`` names whom it answers, where the copy
    stands on its own; ``uncarried`` are pictures and files that the copy cannot carry. No ``author``:
    the bot's own words, which may have ``more`` and an ``end`` (see :class:`bridge.model.posting.Content`)."""

    text: Text
    author: str = ""
    handle: str = ""
    network: str = ""
    url: str = ""
    content_warning: str = ""
    language: str = ""
    late_since: datetime | None = None
    read_at: datetime | None = None
    replying_to: str = ""
    uncarried: tuple[Media, ...] = ()
    has_media: bool = False
    more: tuple[tuple[Text, ...], ...] = ()
    end: Text = Text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How the channel wants it. ``hashtags`` are the chat's (they stay live); ``hashtag`` is the one
    that a copy must carry there, or empty; both without their sign. ``link``: the original is linked,
    where ``links`` (there may be any links at all) allows it."""

    zone: ZoneInfo
    hashtags: tuple[str, ...] = ()
    hashtag: str = ""
    link: bool = False
    links: bool = True
    split: Split = Split.THREAD
    max_parts: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One remote post that fits."""

    text: Text
    content_warning: str = ""
    language: str = ""


def render(source: Source, style: Style, limits: Limits) -> tuple[Rendered, ...]:
    """The remote posts of a message, in order: one, or a thread. Never none.

    A part reads ``**Anna** (X, 1/3): words``, then the hashtag where it is needed and lacks, and on
    the first a link to the original. A content warning stands over every part, or goes into the
    platform's own field. Where there is ``more``, and the text and its ``end`` fit one post, each piece in
    turn goes in as its first form with which the whole still fits; one that fits in no form is left out. So
    where two channels differ, the one with more room says the first piece that differs more fully (and may
    have less room left for a later one).
    """
    warning = _warning(source, limits)
    native = warning if limits.content_warning else ""
    room = limits.text.maximum - (limits.text.measure(Text(native)) if native else 0)

    def fits(text: Text) -> bool:
        return limits.text.measure(text) <= room

    dress = _Dress(
        over="" if native or not warning else f"CW {warning}\n\n",
        name=marked(name_of(source.author, source.handle), SpanKind.BOLD) if source.author or source.handle else Text(),
        facts=_facts(source, style),
        tag=style.hashtag,
        original=_original(source, style, limits),
    )
    body = _body(source, style, limits)
    if source.more or source.end:
        body = _filled(body, source, style, limits, lambda words: fits_whole(dress(words), fits))
    whole = dress(body)
    if fits_whole(whole, fits):
        return (Rendered(text=whole, content_warning=native, language=source.language),)
    parts = _thread(body, dress, fits, style) or (_one(body, dress, fits),)
    return tuple(Rendered(text=part, content_warning=native, language=source.language) for part in parts)


@dataclass(frozen=True, slots=True)
class _Dress:
    """What stands around the words of a part."""

    over: str
    name: Text
    facts: tuple[str, ...]
    tag: str
    original: Text

    def __call__(self, words: Text, number: int = 1, of: int = 1, *, tagged: bool = False) -> Text:
        """The part as it will read. ``tagged``: with the hashtag even if the words have it, so that it
        gets no shorter where they come to include it."""
        marks = self.facts if number == 1 else ()
        if of > 1:
            marks = (*marks, f"{number}/{of}")
        brackets = f"({', '.join(marks)})" if marks else ""
        if self.name:
            head: tuple[Text | str, ...] = (self.over, self.name, f" {brackets}: " if brackets else ": ")
        else:
            head = (self.over, f"{brackets} " if brackets else "")
        tail: list[Text | str] = []
        if self.tag and (tagged or not _has(words, self.tag)):
            tail += ["\n\n", hashtag(self.tag)]
        if self.original and number == 1:
            tail += [" " if tail else "\n\n", self.original]
        return join((*head, words, *tail))


def _thread(body: Text, dress: _Dress, fits: Callable[[Text], bool], style: Style) -> tuple[Text, ...]:
    """The parts of a thread; none where it cannot or should not be one."""
    most = style.max_parts
    if style.split is not Split.THREAD or most < 2:
        return ()
    # How many parts there will be is known afterwards: what counts now is how wide the number is.
    for of in (*(10**width - 1 for width in range(1, len(str(most)))), most):

        def fits_as(number: int, words: Text, of: int = of) -> bool:
            return fits(dress(words, number + 1, of, tagged=True))

        pieces, complete = split(body, fits_as, of)
        if complete:
            break
    if not complete and len(pieces) < most:
        return ()
    return tuple(dress(piece, number, len(pieces)) for number, piece in enumerate(pieces, start=1))


def _one(body: Text, dress: _Dress, fits: Callable[[Text], bool]) -> Text:
    whole = dress(shorten(body, lambda words: fits(dress(words, tagged=True))))
    return whole if fits(whole) else shorten(whole, fits)


def _warning(source: Source, limits: Limits) -> str:
    """The content warning on one line, in no more than a quarter of a post."""
    if not source.content_warning:
        return ""
    measure, room = limits.text.measure, limits.text.maximum // 4
    return shorten(Text(tidy(source.content_warning)), lambda text: measure(text) <= room).plain


def _facts(source: Source, style: Style) -> tuple[str, ...]:
    facts = [source.network] if source.network else []
    if source.replying_to:
        facts.append(f"replying to {name_of(source.replying_to)}")
    if source.late_since is not None:
        facts.append(f"posted {when(source.late_since, style.zone, source.read_at)}")
    return tuple(facts)


def when(at: datetime, zone: ZoneInfo, now: datetime | None = None) -> str:
    """A time as people there say it: ``19:42``, ``yesterday 19:42``, else with its date."""
    wall = at.astimezone(zone)
    days = (now.astimezone(zone).date() - wall.date()).days if now is not None else None
    if days == 0:
        return f"{wall:%H:%M}"
    return f"yesterday {wall:%H:%M}" if days == 1 else f"{wall.day} {wall:%b}, {wall:%H:%M}"


def _original(source: Source, style: Style, limits: Limits) -> Text:
    if not (style.link and style.links and source.url):
        return Text()
    return link(source.url, "original" if limits.labelled_links else "")


def _filled(body: Text, source: Source, style: Style, limits: Limits, fits: Callable[[Text], bool]) -> Text:
    """The words with the pieces for which there is room, each on lines of its own, and the end."""
    end = _words(source.end, style, limits)
    chosen: list[Text] = []

    def lines(*pieces: Text) -> Text:
        return join((one for one in (body, *pieces, end) if one), "\n")

    for forms in source.more if fits(lines()) else ():
        for form in forms:
            piece = _words(form, style, limits)
            if piece and fits(lines(*chosen, piece)):
                chosen.append(piece)
                break
    return lines(*chosen)


def _body(source: Source, style: Style, limits: Limits) -> Text:
    text = _words(source.text, style, limits)
    if not text and not source.uncarried:
        return Text("[picture]" if source.has_media else "[no text]")
    if not source.uncarried:
        return text
    return join((part for part in (text, *(_uncarried(one, style) for one in source.uncarried)) if part), "\n")


def _words(text: Text, style: Style, limits: Limits) -> Text:
    """Harmless, and with no more links and hashtags than the channel wants."""
    text = _only_ours_live(clean(text), (*style.hashtags, style.hashtag))
    if not limits.labelled_links or not style.links:
        text = spell_links(text)
    if not style.links:
        text = text.without(SpanKind.LINK)
    return text.strip()


def _only_ours_live(text: Text, tags: tuple[str, ...]) -> Text:
    """Mentions and foreign hashtags of the original are only words here; the chat's own hashtags are
    live, wherever they stand."""
    if not text.spans and "#" not in text.plain and "＃" not in text.plain:
        return text
    ours = {tag.casefold() for tag in tags}
    spans = [
        s
        for s in text.spans
        if s.kind is not SpanKind.MENTION and (s.kind is not SpanKind.HASHTAG or s.target.casefold() in ours)
    ]
    taken = [(s.start, s.end) for s in spans if s.kind in _ATOMS]
    if (pattern := _pattern(tags)) is not None:
        found = [Span(one.start(), one.end(), SpanKind.HASHTAG, one[1]) for one in pattern.finditer(text.plain)]
        spans += [s for s in found if not any(start < s.end and s.start < end for start, end in taken)]
        spans.sort(key=lambda s: (s.start, -s.end))
    return Text(text.plain, tuple(spans))


@cache
def _pattern(tags: tuple[str, ...]) -> regex.Pattern[str] | None:
    words = "|".join(sorted({regex.escape(tag) for tag in tags if tag}, key=len, reverse=True))
    return regex.compile(rf"(?<![\w/&])[#＃]({words})(?!\w)", regex.IGNORECASE) if words else None


def _has(text: Text, tag: str) -> bool:
    return any(s.kind is SpanKind.HASHTAG and s.target.casefold() == tag.casefold() for s in text.spans)


def _uncarried(media: Media, style: Style) -> Text:
    alt = shorten(Text(tidy(media.alt)), lambda text: len(text.plain) <= _ALT_MAX).plain
    note = Text(f"[{_KINDS[media.kind]}: {alt}]" if alt else f"[{_KINDS[media.kind]}]")
    address = media.web_url or media.url
    if style.links and address.startswith(("http://", "https://")):
        return join((note, " ", link(address)))
    return note


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFacts:
    """What happened since the last digest: counts, and the post that was answered or appreciated most."""

    since: datetime
    posts: int
    people: int
    networks: tuple[str, ...]
    top_text: Text | None = None
    top_author: str = ""
    link: str = ""


def digest(facts: DigestFacts, zone: ZoneInfo, now: datetime | None = None) -> Text:
    """The digest's text: one post, with a link only where one is configured."""
    posts = f"{facts.posts} {'post' if facts.posts == 1 else 'posts'}"
    people = f"{facts.people} {'person' if facts.people == 1 else 'people'}"
    *others, last = facts.networks or ("",)
    where = f" on {', '.join(others) + ' and ' if others else ''}{last}" if last else ""
    pieces: list[Text | str] = [f"Since {when(facts.since, zone, now)}: {posts} by {people}{where}."]
    if facts.top_text is not None and (words := tidy(facts.top_text.plain)):
        short = shorten(Text(words), lambda text: len(text.plain) <= _QUOTED_MAX)
        pieces += [" Most discussed: “", short, f"” - {name_of(facts.top_author)}."]
    if facts.link:
        pieces += [" ", link(facts.link)]
    return join(pieces)


def continued_at(text: Text, url: str) -> Text:
    """A last part that says where the whole stands, because the rest of its thread was refused."""
    return join((text, "\n(the rest: ", link(url), ")"))
