"""The summary after the hour: who said what counts, in one post on each network, and more where there is room. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bridge.archive.gathering import Gathered, Line, Said, Shared
from bridge.archive.quotes import quoted, sentence, shorter, who
from bridge.model.ids import NetworkId
from bridge.model.posting import Content
from bridge.model.text import Text, join, link
from bridge.outbox.clean import clean, tidy

_POSTS = 3  # quoted for being appreciated, or discussed, at most
_LINES = 10  # told of each kind at most: who writes a hundred notes writes a page
_LINKS = (10, 5, 3, 1)  # told in each form of their piece

Forms = tuple[Text, ...]
"""A piece of :class:`bridge.model.posting.Content`, from its longest form to its shortest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is told of a session. ``new`` of its ``people`` had never said anything before; ``answered`` are the
    posts that have an answer from another network. ``appreciated`` and ``discussed`` begin with the most so;
    ``networks`` are the names that people call them by, with how many people spoke there."""

    people: int
    new: int
    posts: int
    answered: int
    appreciated: tuple[Said, ...] = ()
    discussed: tuple[Said, ...] = ()
    links: tuple[Shared, ...] = ()
    actions: tuple[Line, ...] = ()
    notes: tuple[Line, ...] = ()
    networks: tuple[tuple[str, int], ...] = ()


def summarise(gathered: Gathered, titles: Mapping[NetworkId, str]) -> Summary:
    """Count it, and find what was appreciated and discussed most: of equals what has more of the other, then
    the earlier. ``titles`` are what people call the networks; two with one title count as one."""
    said = gathered.said
    # Of equals the earlier stays before: so they are ordered, and so sorting leaves them.
    liked = sorted((one for one in said if one.reactions), key=lambda one: (one.reactions, one.answers), reverse=True)
    talked = sorted((one for one in said if one.answers), key=lambda one: (one.answers, one.reactions), reverse=True)
    spoke = Counter(title for title, _ in {(titles.get(one.network, one.network), one.person) for one in said})
    return Summary(
        people=len({one.person for one in said}),
        new=len({one.person for one in said if one.new}),
        posts=len(said),
        answered=sum(one.crossed for one in said),
        appreciated=tuple(liked[:_POSTS]),
        discussed=tuple(talked[:_POSTS]),
        links=gathered.links,
        actions=gathered.actions,
        notes=gathered.notes,
        networks=tuple(sorted(spoke.items())),
    )


def summary_content(
    summary: Summary,
    chat: str,
    *,
    number: int | None = None,
    theme: str = "",
    introduction: Text | None = None,
    highlights: Sequence[Said] = (),
    end: Text | None = None,
) -> Content:
    """Its words: a line of numbers, then in pieces what the host wants to be said first, and all the rest in
    order of weight, then the ``end``. ``chat`` is the chat's name; ``number`` and ``theme`` are the session's."""
    told: set[int] = set()
    more = [
        *_introduction(introduction or Text()),
        *_posts(_foremost(summary, highlights), told),
        *_links(summary.links),
        *_lines("Action", summary.actions),
        *_lines("Note", summary.notes),
        *_networks(summary.networks),
        *_posts(_further(summary), told),
    ]
    return Content(
        text=Text(f"{_title(chat, number, theme)} - {_numbers(summary)}."),
        more=tuple(more),
        end=end or Text(),
    )


def _title(chat: str, number: int | None, theme: str) -> str:
    """``#EdLdrs 12: managing workload``."""
    named = chat if number is None else f"{chat} {number}"
    return f"{named}: {tidy(theme)}" if tidy(theme) else named


def _numbers(summary: Summary) -> str:
    """``41 leaders (9 new), 186 posts, 37 of them answered across networks``."""
    if not summary.posts:
        return "nobody said anything"
    new = f" ({summary.new:,} new)" if summary.new else ""
    facts = [_count(summary.people, "leader") + new, _count(summary.posts, "post")]
    if summary.answered:
        of_them = f"{summary.answered:,} of them " if summary.posts > 1 else ""
        facts.append(f"{of_them}answered across networks")
    return ", ".join(facts)


def _count(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _introduction(words: Text) -> list[Forms]:
    whole = clean(words).strip()
    return [tuple(dict.fromkeys((whole, *shorter(whole))))] if whole else []


def _foremost(summary: Summary, highlights: Sequence[Said]) -> list[tuple[str, Said]]:
    """The posts that are quoted before all else, with what is said of them."""
    liked, talked = summary.appreciated[:1], summary.discussed[:1]
    picked = [("Highlight", one) for one in highlights]
    if liked and liked == talked:
        return [*picked, ("Most appreciated and most discussed", liked[0])]
    return [*picked, *(("Most appreciated", one) for one in liked), *(("Most discussed", one) for one in talked)]


def _further(summary: Summary) -> list[tuple[str, Said]]:
    """Those for which there may be room at the end."""
    liked = [("Also appreciated", one) for one in summary.appreciated[1:]]
    return liked + [("Also discussed", one) for one in summary.discussed[1:]]


def _posts(labelled: Iterable[tuple[str, Said]], told: set[int]) -> list[Forms]:
    """A piece for each, but none for what is ``told`` already: a post is quoted once."""
    pieces: list[Forms] = []
    for label, one in labelled:
        if one.id not in told:
            told.add(one.id)
            pieces.append(tuple(join((label, ": ", form)) for form in quoted(one)))
    return pieces


def _links(links: Sequence[Shared]) -> list[Forms]:
    if not links:
        return []
    counts = dict.fromkeys(min(most, len(links)) for most in _LINKS)
    return [tuple(_shared(links[:count], len(links) - count) for count in counts)]


def _shared(links: Sequence[Shared], others: int) -> Text:
    """``Links shared: https://a.example (3 times), https://b.example and 4 others``."""
    told = join((link(one.address) + (f" ({one.times:,} times)" if one.times > 1 else "") for one in links), ", ")
    label = "Link shared: " if len(links) + others == 1 else "Links shared: "
    return join((label, told, f" and {_count(others, 'other')}" if others else ""))


def _lines(label: str, lines: Sequence[Line]) -> list[Forms]:
    pieces = [
        tuple(join((label, ": ", form, " - ", who(one.by))) for form in shorter(Text(sentence(one.words))))
        for one in lines[:_LINES]
    ]
    if others := len(lines) - len(pieces):
        pieces.append((Text(f"{_count(others, f'more {label.lower()}')}."),))
    return pieces


def _networks(networks: Sequence[tuple[str, int]]) -> list[Forms]:
    """Where there is more than one."""
    if len(networks) < 2:
        return []
    counts = ", ".join(f"{title} {_count(people, 'leader')}" for title, people in networks)
    return [(Text(f"By network: {counts}."),)]
