"""How an hour is summed up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.twitter import wording
from bridge.adapter import Limits, TextLimit
from bridge.archive.gathering import Line, Shared
from bridge.archive.quotes import quoted, sentence
from bridge.archive.summary import Summary, summarise, summary_content
from bridge.model.ids import NetworkId
from bridge.model.posting import Content
from bridge.model.text import SpanKind, Text, link
from bridge.outbox.clean import tidy
from bridge.outbox.render import Source, Style, render
from tests.archive.saying import gathered, said

EDLDRS = Style(zone=ZoneInfo("Europe/London"), hashtags=("EdLdrs",), hashtag="EdLdrs")
NEXT = Text("Next: Monday 30 May, 8pm UK. Suggest a theme any time: suggest: ...")
MEETING = said("We cancelled one meeting in three and nobody asked for it back. #EdLdrs", reactions=9)
NUMBERS = Summary(people=41, new=9, posts=186, answered=37)


def characters(text: Text) -> int:
    return len(text.plain)


def shown(content: Content, maximum: int = 10_000, measure: Callable[[Text], int] = characters) -> list[Text]:
    limits = Limits(text=TextLimit(maximum=maximum, measure=measure))
    source = Source(text=content.text, more=content.more, end=content.end)
    return [one.text for one in render(source, EDLDRS, limits)]


def words(summary: Summary, maximum: int = 10_000, **more: Any) -> list[str]:
    (text,) = shown(
        summary_content(summary, "#EdLdrs", **{"number": 12, "theme": "managing workload", **more}), maximum
    )
    return text.plain.splitlines()


EXAMPLE = """\
#EdLdrs 12: managing workload - 41 leaders (9 new), 186 posts, 37 of them answered across networks.
Most appreciated: "We cancelled one meeting in three and nobody asked for it back." - @leader@example.org
Next: Monday 30 May, 8pm UK. Suggest a theme any time: suggest: ..."""


def test_it_fits_the_smallest_post() -> None:
    talked = said("What did you drop first? And what came of it in the end?", "@anna", answers=12)
    full = replace(
        NUMBERS,
        appreciated=(MEETING,),
        discussed=(talked,),
        notes=(Line(words="the list is on the wall of the staff room", by=talked),),
        networks=(("Mastodon", 20), ("X", 21)),
    )
    assert words(full, 280, end=NEXT) == EXAMPLE.splitlines()


def test_the_smallest_post_is_one_of_x_as_x_counts() -> None:
    content = summary_content(
        replace(NUMBERS, appreciated=(MEETING,)), "#EdLdrs", number=12, theme="managing workload", end=NEXT
    )
    assert [one.plain for one in shown(content, 280, wording.measure)] == [EXAMPLE]


def test_there_is_more_where_there_is_room() -> None:
    anna, ben = said("What did you drop first?", "@anna:x.org", answers=3), said("Marking.", "@ben", reactions=2)
    summary = replace(
        NUMBERS,
        appreciated=(MEETING, ben, anna),
        discussed=(anna, MEETING),
        links=(Shared("https://a.example/1", 3), Shared("https://b.example", 1)),
        actions=(Line(words="Ben buys chairs by Friday. The red ones.", by=anna),),
        notes=(Line(words="we agreed", by=ben), Line(words="not at all", by=anna)),
        networks=(("Mastodon", 1), ("X", 40)),
    )
    highlight = said("Ask them what to drop, and then drop it.", "@carla")
    told = words(summary, introduction=Text("Thank you, all.\nWhat an hour."), highlights=(highlight,), end=NEXT)
    assert told == [
        "#EdLdrs 12: managing workload - 41 leaders (9 new), 186 posts, 37 of them answered across networks.",
        "Thank you, all.",
        "What an hour.",
        'Highlight: "Ask them what to drop, and then drop it." - @carla',
        'Most appreciated: "We cancelled one meeting in three and nobody asked for it back." - @leader@example.org',
        'Most discussed: "What did you drop first?" - @anna:x.org',
        "Links shared: https://a.example/1 (3 times), https://b.example",
        "Action: Ben buys chairs by Friday. - @anna:x.org",
        "Note: we agreed - @ben",
        "Note: not at all - @anna:x.org",
        "By network: Mastodon 1 leader, X 40 leaders.",
        'Also appreciated: "Marking." - @ben',
        "Next: Monday 30 May, 8pm UK. Suggest a theme any time: suggest: ...",
    ]


COUNTS = [
    ((41, 9, 186, 37), "41 leaders (9 new), 186 posts, 37 of them answered across networks."),
    ((2, 0, 3, 0), "2 leaders, 3 posts."),
    ((1, 1, 1, 0), "1 leader (1 new), 1 post."),
    ((1, 0, 1, 1), "1 leader, 1 post, answered across networks."),
    ((2, 0, 2, 1), "2 leaders, 2 posts, 1 of them answered across networks."),
    ((1200, 9, 12000, 0), "1,200 leaders (9 new), 12,000 posts."),
    ((0, 0, 0, 0), "nobody said anything."),
]


@pytest.mark.parametrize(("counts", "line"), COUNTS)
def test_numbers_agree(counts: tuple[int, int, int, int], line: str) -> None:
    people, new, posts, answered = counts
    assert words(Summary(people=people, new=new, posts=posts, answered=answered), theme="") == [f"#EdLdrs 12 - {line}"]


TITLES = [
    ({"number": 12, "theme": " two\nlines "}, "#EdLdrs 12: two lines"),
    ({"number": None, "theme": "managing workload"}, "#EdLdrs: managing workload"),
    ({"number": None, "theme": ""}, "#EdLdrs"),
]


@pytest.mark.parametrize(("session", "title"), TITLES)
def test_the_session_is_named_as_far_as_it_has_a_name(session: dict[str, Any], title: str) -> None:
    assert words(NUMBERS, **session)[0].partition(" - ")[0] == title


def test_a_post_is_quoted_once_with_all_that_is_to_be_said_of_it() -> None:
    best = replace(NUMBERS, appreciated=(MEETING,), discussed=(MEETING,))
    assert words(best)[1].startswith("Most appreciated and most discussed: ")
    assert [line.partition(":")[0] for line in words(best, highlights=(MEETING, MEETING))[1:]] == ["Highlight"]


LONG = "We asked every department what it does only because it always did, and then we stopped, one thing a week"
QUOTES = [
    ("One two three four. Five six.", ['"One two three four."']),
    ("A1. We stopped marking in purple! It helped", ['"We stopped marking in purple!"']),
    ("A2: Less of it, I think", ['"Less of it, I think"']),
    ("A4-sized paper is dear", ['"A4-sized paper is dear"']),
    ("A1", ['"A1"']),
    ("We use e.g. this one here. And that", ['"We use e.g. this one here."']),
    ("Yes! No! Perhaps!", ['"Perhaps!"']),
    ("She said “drop it all now.” We did", ['"She said “drop it all now.”"']),
    ('She said "drop it all now"', ["\"She said 'drop it all now'\""]),
    ("第一句。第二句更长。", ['"第二句更长。"']),
    (f"{LONG}.", [f'"{LONG}."', '"We asked every department what it does only because it always did, and then we…"']),
    ("@anna@x.org #EdLdrs\n\n#school", ["a post without words"]),
]


@pytest.mark.parametrize(("plain", "forms"), QUOTES)
def test_a_quote_is_one_sentence_on_one_line(plain: str, forms: list[str]) -> None:
    assert [one.plain.removesuffix(" - @anna") for one in quoted(said(plain, "@anna"))] == forms


def test_what_stands_behind_a_warning_is_not_quoted() -> None:
    hidden = said("It went very badly indeed.", "@anna", content_warning="inspection,\nstress")
    assert [one.plain for one in quoted(hidden)] == ['a post with the warning "inspection, stress" - @anna']


@given(st.text())
def test_a_sentence_is_part_of_what_was_said(plain: str) -> None:
    assert sentence(plain) in plain
    assert all("\n" not in one.plain for one in quoted(said(plain)))


@pytest.mark.parametrize(
    ("count", "label", "others"),
    [(1, "Link shared: ", ""), (3, "Links shared: ", ""), (12, "Links shared: ", " and 2 others")],
)
def test_links_are_told_of_in_as_many_as_there_is_room_for(count: int, label: str, others: str) -> None:
    links = tuple(Shared(f"https://{number}.example", 1) for number in range(count))
    content = summary_content(replace(NUMBERS, links=links), "#EdLdrs")
    (forms,) = content.more
    assert forms[0].plain.startswith(f"{label}https://0.example")
    assert forms[0].plain.endswith(others)
    assert [len(form.of_kind(SpanKind.LINK)) for form in forms] == [n for n in (10, 5, 3, 1) if n <= count]
    if count > 1:
        assert forms[-1].plain == f"Links shared: https://0.example and {count - 1} others"


def test_a_hundred_notes_are_not_a_page() -> None:
    notes = tuple(Line(words=f"number {n}", by=MEETING) for n in range(100))
    told = words(replace(NUMBERS, notes=notes))
    assert told[-2:] == ["Note: number 9 - @leader@example.org", "90 more notes."]


def test_the_most_is_found_and_of_equals_the_earlier() -> None:
    first, second = said("a", minutes=1, reactions=2, answers=1), said("b", minutes=2, reactions=2, answers=1)
    third = said("c", minutes=3, reactions=2, answers=2)
    others = [said("d", "@new", minutes=4, reactions=5, new=True), said("e", "@new", minutes=5, new=True)]
    x = said("f", "@x", minutes=6, network=NetworkId("x"), answers=1, crossed=True)
    summary = summarise(gathered(first, second, third, *others, x), {NetworkId("mastodon"): "Mastodon"})
    assert [one.text.plain for one in summary.appreciated] == ["d", "c", "a"]
    assert [one.text.plain for one in summary.discussed] == ["c", "a", "b"]
    assert (summary.people, summary.new, summary.posts, summary.answered) == (3, 1, 6, 1)
    assert summary.networks == (("Mastodon", 2), ("x", 1))


def test_networks_with_one_title_are_told_of_as_one() -> None:
    both = gathered(said("a", network=NetworkId("one")), said("b", network=NetworkId("two")), said("c", "@ben"))
    titles = dict.fromkeys((NetworkId("one"), NetworkId("two"), NetworkId("mastodon")), "Mastodon")
    assert summarise(both, titles).networks == (("Mastodon", 2),)


SAID = st.builds(
    said,
    st.text(max_size=300),
    st.text(max_size=30),
    minutes=st.integers(0, 60),
    reactions=st.integers(0, 3),
    answers=st.integers(0, 3),
    content_warning=st.sampled_from(["", "stress"]),
    network=st.sampled_from([NetworkId("mastodon"), NetworkId("matrix"), NetworkId("x")]),
)
WORDS = st.text().map(tidy).filter(bool)
LINES = st.lists(st.builds(lambda words, by: Line(words=words, by=by), WORDS, SAID), max_size=12).map(tuple)
LINKS = st.lists(st.integers(0, 99), unique=True, max_size=12).map(
    lambda numbers: tuple(Shared(f"https://{number}.example", number + 1) for number in numbers)
)


@given(st.lists(SAID, max_size=8), LINES, LINES, LINKS, st.text(max_size=400), st.integers(280, 3_000))
def test_whatever_was_said_it_is_one_post_that_begins_with_the_numbers_and_ends_with_the_end(
    all_said: list[Any],
    actions: tuple[Line, ...],
    notes: tuple[Line, ...],
    links: tuple[Shared, ...],
    introduction: str,
    maximum: int,
) -> None:
    summary = summarise(gathered(*all_said, actions=actions, notes=notes, links=links), {})
    content = summary_content(
        summary,
        "#EdLdrs",
        number=12,
        theme="managing workload",
        introduction=Text(introduction),
        highlights=all_said[:2],
        end=NEXT,
    )
    (text,) = shown(content, maximum)
    assert len(text.plain) <= maximum
    assert text.plain.startswith("#EdLdrs 12: managing workload - ")
    assert text.plain.endswith(f"\n{NEXT.plain}")
    assert text.of_kind(SpanKind.MENTION) == ()
    longest = [forms[0].plain for forms in content.more]
    assert [one.plain for one in shown(content, 100_000)] == ["\n".join([content.text.plain, *longest, NEXT.plain])]


def test_the_hosts_introduction_keeps_its_links_and_is_shortened_at_words() -> None:
    introduction = Text("Read this first: ") + link("https://a.example/list", "the list") + (" and then " * 30)
    content = summary_content(NUMBERS, "#EdLdrs", introduction=introduction)
    (forms,) = content.more
    assert [len(form.plain) <= most for form, most in zip(forms, (400, 140, 80), strict=True)] == [True] * 3
    assert all(form.of_kind(SpanKind.LINK) for form in forms)
    assert forms[1].plain.endswith("…")
