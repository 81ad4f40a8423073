"""How messages read on another network."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.adapter import Limits, TextLimit
from bridge.model.chat import Split
from bridge.model.message import Media, MediaKind
from bridge.model.text import Span, SpanKind, Text, hashtag, join, link, marked
from bridge.outbox.clean import clean, name_of, tidy
from bridge.outbox.render import DigestFacts, Source, Style, continued_at, digest, render

LONDON = ZoneInfo("Europe/London")
B, LINK, HASHTAG, MENTION = SpanKind.BOLD, SpanKind.LINK, SpanKind.HASHTAG, SpanKind.MENTION
URL = "https://x.org/@anna/1"


def measure(text: Text) -> int:
    """A link counts as 23, everything else as it is."""
    return len(text.plain) + sum(23 - (s.end - s.start) for s in text.of_kind(LINK))


def limits(maximum: int = 500, *, content_warning: bool = False, labelled_links: bool = False) -> Limits:
    limit = TextLimit(maximum=maximum, measure=measure)
    return Limits(text=limit, content_warning=content_warning, labelled_links=labelled_links)


ROOM = Style(zone=LONDON, hashtags=("EdLdrs",))
WALL = Style(zone=LONDON, hashtags=("EdLdrs",), hashtag="EdLdrs", link=True)
DEAR = replace(WALL, links=False)  # where a link costs money
ANNA = Source(text=Text("hello"), author="Anna", network="X", url=URL)


def said(text: Text | str, **more: object) -> Source:
    return replace(ANNA, text=Text(text) if isinstance(text, str) else text, **more)  # type: ignore[arg-type]


def one(source: Source, style: Style = ROOM, channel: Limits | None = None) -> Text:
    (rendered,) = render(source, style, channel or limits())
    return rendered.text


def named(text: Text) -> list[tuple[SpanKind, str, str]]:
    return [(s.kind, text.plain[s.start : s.end], s.target) for s in text.spans]


def test_names_author_and_network() -> None:
    assert one(ANNA) == Text("Anna (X): hello", (Span(0, 4, B),))


def test_hashtag_and_link_where_the_channel_wants_them() -> None:
    text = one(ANNA, WALL)
    assert text.plain == f"Anna (X): hello\n\n#EdLdrs {URL}"
    assert named(text) == [(B, "Anna", ""), (HASHTAG, "#EdLdrs", "EdLdrs"), (LINK, URL, URL)]


def test_no_link_at_all_where_the_channel_has_none() -> None:
    text = one(said(join(["see ", link("https://y.org/a", "this page")])), DEAR)
    assert text.plain == "Anna (X): see this page (https://y.org/a)\n\n#EdLdrs"
    assert text.of_kind(LINK) == ()


def test_labels_where_the_platform_shows_them() -> None:
    text = one(said(join(["see ", link("https://y.org/a", "this page")])), WALL, limits(labelled_links=True))
    assert text.plain == "Anna (X): see this page\n\n#EdLdrs original"
    assert named(text)[1:] == [
        (LINK, "this page", "https://y.org/a"),
        (HASHTAG, "#EdLdrs", "EdLdrs"),
        (LINK, "original", URL),
    ]


@pytest.mark.parametrize(
    "text",
    [join(["on ", hashtag("edldrs"), "!"]), Text("on #edldrs!"), Text("on ＃EDLDRS!")],
    ids=["span", "word", "wide"],
)
def test_the_chats_hashtag_is_live_and_not_said_twice(text: Text) -> None:
    shown = one(said(text), replace(WALL, link=False))
    assert shown.plain == f"Anna (X): {text.plain}"
    assert [words for kind, words, _ in named(shown) if kind is HASHTAG] == [text.plain[3:-1]]


@pytest.mark.parametrize("plain", ["#EdLdrsUK", "x#EdLdrs", "https://x.org/#EdLdrs", "##EdLdrs2"])
def test_what_only_looks_like_the_hashtag_is_not_it(plain: str) -> None:
    assert one(said(plain), replace(WALL, link=False)).plain == f"Anna (X): {plain}\n\n#EdLdrs"


def test_mentions_and_other_hashtags_become_words() -> None:
    text = join([marked("@bob", MENTION, "@bob@x.org"), " ", hashtag("Other"), " ", hashtag("EdLdrs")])
    shown = one(said(text))
    assert shown.plain == "Anna (X): @bob #Other #EdLdrs"
    assert named(shown)[1:] == [(HASHTAG, "#EdLdrs", "EdLdrs")]


def test_a_warning_goes_into_its_field_or_stands_first() -> None:
    source = said("it went badly", content_warning="inspection,\nstress")
    (native,) = render(source, ROOM, limits(content_warning=True))
    assert (native.text.plain, native.content_warning) == ("Anna (X): it went badly", "inspection, stress")
    (written,) = render(source, ROOM, limits())
    assert (written.text.plain, written.content_warning) == ("CW inspection, stress\n\nAnna (X): it went badly", "")


def test_a_warning_counts_and_stands_over_every_part() -> None:
    source = said("word " * 60, content_warning="stress " * 40)
    for channel in (limits(200, content_warning=True), limits(200)):
        parts = render(source, ROOM, channel)
        assert len(parts) > 1
        for part in parts:
            assert measure(part.text) + measure(Text(part.content_warning)) <= 200
            assert part.content_warning.startswith("stress") or part.text.plain.startswith("CW stress stress")


NOVEMBER = datetime(2026, 11, 23, 19, 42, tzinfo=UTC)
LATE = [
    (NOVEMBER, datetime(2026, 11, 23, 20, 30, tzinfo=UTC), "posted 19:42"),
    (NOVEMBER, datetime(2026, 11, 24, 0, 10, tzinfo=UTC), "posted yesterday 19:42"),
    (NOVEMBER, datetime(2026, 11, 26, 9, 0, tzinfo=UTC), "posted 23 Nov, 19:42"),
    (NOVEMBER, None, "posted 23 Nov, 19:42"),
    (datetime(2026, 7, 6, 23, 30, tzinfo=UTC), datetime(2026, 7, 7, 9, 0, tzinfo=UTC), "posted 00:30"),
]


@pytest.mark.parametrize(("at", "read_at", "mark"), LATE)
def test_late_ones_say_when_they_were_posted(at: datetime, read_at: datetime | None, mark: str) -> None:
    assert one(said("hello", late_since=at, read_at=read_at)).plain == f"Anna (X, {mark}): hello"


def test_an_answer_on_its_own_says_whom_it_answers() -> None:
    assert one(said("yes", replying_to="Bob (X): no")).plain == "Anna (X, replying to Bob (X) no): yes"


PICTURE = Media(kind=MediaKind.IMAGE, url="https://x.org/a.png", alt="a chart\nof marks")


def test_files_that_cannot_go_are_told_of() -> None:
    source = said("look", uncarried=(PICTURE, Media(kind=MediaKind.VIDEO, url="cid:1")))
    assert one(source).plain == "Anna (X): look\n[picture: a chart of marks] https://x.org/a.png\n[video]"
    assert one(source, DEAR).plain == "Anna (X): look\n[picture: a chart of marks]\n[video]\n\n#EdLdrs"


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        (said(" \u200b\u2066 "), "Anna (X): [no text]"),
        (said("", has_media=True), "Anna (X): [picture]"),
        (said("", uncarried=(Media(kind=MediaKind.FILE, url="cid:1"),)), "Anna (X): [file]"),
    ],
)
def test_nothing_said_is_said_too(source: Source, plain: str) -> None:
    assert one(source).plain == plain


def test_a_long_one_becomes_a_numbered_thread() -> None:
    words = " ".join(f"word{n}" for n in range(60))
    parts = [part.text for part in render(said(words, language="en"), WALL, limits(280))]
    assert [part.plain.partition(": ")[0] for part in parts] == ["Anna (X, 1/2)", "Anna (2/2)"]
    assert [part.plain.endswith(f"#EdLdrs {URL}") for part in parts] == [True, False]
    assert all(len(part.of_kind(HASHTAG)) == 1 and measure(part) <= 280 for part in parts)
    inner = [part.plain.partition(": ")[2].partition("\n\n")[0] for part in parts]
    assert " ".join(inner) == words


def test_a_thread_has_no_more_parts_than_allowed() -> None:
    parts = render(said("word " * 500), WALL, limits(280))
    assert len(parts) == 3
    assert parts[-1].text.plain.endswith("word…\n\n#EdLdrs")


def test_more_than_nine_parts_are_numbered_within_the_limit() -> None:
    parts = render(said("word " * 500), replace(ROOM, max_parts=100), limits(200))
    assert parts[0].text.plain.startswith(f"Anna (X, 1/{len(parts)}): ")
    assert len(parts) > 9
    assert all(measure(part.text) <= 200 for part in parts)
    assert "".join(part.text.plain.partition(": ")[2] + " " for part in parts).split() == ["word"] * 500


def test_ellipses_of_the_author_lose_nothing() -> None:
    words = ("so it goes on and on… " * 20).strip()
    parts = render(said(words), ROOM, limits(200))
    assert " ".join(part.text.plain.partition(": ")[2] for part in parts) == words


def test_shortened_where_the_channel_wants_one_post() -> None:
    text = one(said("word " * 100), replace(WALL, split=Split.SHORTEN), limits(100))
    assert text.plain.startswith("Anna (X): word word")
    assert text.plain.endswith(f"word…\n\n#EdLdrs {URL}")
    assert measure(text) <= 100


def test_the_bots_own_words_have_no_name() -> None:
    own = Source(text=Text("The chat begins. #EdLdrs"))
    assert one(own, replace(WALL, link=False)).plain == "The chat begins. #EdLdrs"
    assert [p.text.plain[:6] for p in render(Source(text=Text("word " * 100)), ROOM, limits(300))] == [
        "(1/2) ",
        "(2/2) ",
    ]


NAMES = [
    ("Anna Schmidt", "Anna Schmidt"),
    ("  Anna\n\tSchmidt ", "Anna Schmidt"),
    ("Anna (she/her)", "Anna (she/her)"),
    ("Bob (X): hello", "Bob (X) hello"),
    ("Bob (X) ： hi", "Bob (X) hi"),
    (":verified: Anna :blob_cat:", "Anna"),
    ("Anna: Head", "Anna: Head"),
    ("\u202eannA\u202c", "annA"),
    ("A\u200bn\u00adna", "Anna"),
    ("H̸̡̢̧̛̛͇̘̦̲e", "H̸̡̢̧e"),
    ("👩‍🏫 Anna 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍🏫 Anna 🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
    ("🫨 new emoji", "🫨 new emoji"),
    ("علی‌رضا", "علی‌رضا"),
    ("A\U000e0041\U000e0042", "A"),
    ("\u200b\u2060", "@anna"),
    ("", "@anna"),
    ("👩‍👩‍👧" * 60, "👩‍👩‍👧" * 49 + "…"),
    ("x" * 50, "x" * 50),
]


@pytest.mark.parametrize(("name", "shown"), NAMES)
def test_names_stand_on_one_line_and_pass_for_nothing_else(name: str, shown: str) -> None:
    assert name_of(name, "@anna") == shown


def test_nobody_has_a_name_too() -> None:
    assert name_of("\u200b") == "somebody"


def test_cleaning_keeps_spans_on_their_words() -> None:
    text = Text("a\u200bb\n\n\n\n\u202ebold\u202c c", (Span(7, 13, B), Span(1, 2, SpanKind.ITALIC)))
    assert clean(text) == Text("ab\n\nbold c", (Span(4, 8, B),))


@given(st.text(), st.text())
def test_cleaned_words_hide_nothing(words: str, name: str) -> None:
    shown = clean(Text(words)).plain
    shown.encode()
    assert not set(shown) & set("\u202e\u2066\u200b\ufeff\x00\u2028")
    assert clean(Text(shown)).plain == shown
    assert "\n" not in tidy(words)
    assert "): " not in name_of(name)


SPANNED = st.builds(
    lambda words, kinds: join(
        [marked(word, kind, "EdLdrs" if kind is HASHTAG else URL) if kind else word
         for word, kind in zip(words, kinds, strict=False)], " "
    ),
    st.lists(st.text(max_size=30), max_size=40),
    st.lists(st.one_of(st.none(), st.sampled_from(SpanKind)), min_size=40, max_size=40),
)  # fmt: skip


@given(
    SPANNED, st.text(), st.sampled_from([ROOM, WALL, DEAR]), st.integers(120, 400), st.text(max_size=40), st.booleans()
)
def test_whatever_is_said_every_part_fits(
    text: Text, name: str, style: Style, maximum: int, warning: str, native: bool
) -> None:
    source = said(text, author=name, handle="@anna", content_warning=warning)
    parts = render(source, style, limits(maximum, content_warning=native))
    assert 1 <= len(parts) <= style.max_parts
    for part in parts:
        assert measure(part.text) + measure(Text(part.content_warning)) <= maximum
        assert part.text.plain == part.text.plain.strip()
        assert not part.text.of_kind(MENTION)
        assert all(0 <= s.start < s.end <= len(part.text.plain) for s in part.text.spans)
        assert [s.start for s in part.text.spans] == sorted(s.start for s in part.text.spans)
    if style.hashtag:
        assert all(part.text.of_kind(HASHTAG) for part in parts)
    if not style.links:
        assert not any(part.text.of_kind(LINK) for part in parts)


@pytest.mark.parametrize("maximum", [0, 1, 5, 20])
def test_a_limit_too_small_for_anything_is_kept_all_the_same(maximum: int) -> None:
    (part,) = render(said("word " * 100), WALL, limits(maximum))
    assert measure(part.text) <= maximum


def test_a_huge_text_is_not_measured_whole() -> None:
    measured = 0

    def counting(text: Text) -> int:
        nonlocal measured
        measured += len(text.plain)
        return measure(text)

    parts = render(said("A sentence of words. " * 50_000), WALL, Limits(text=TextLimit(maximum=280, measure=counting)))
    assert len(parts) == 3
    assert measured < 100_000


def piece(*forms: str) -> tuple[Text, ...]:
    return tuple(Text(form) for form in forms)


OWN = Source(
    text=Text("Numbers. #EdLdrs"),
    more=(piece("The first, in many words", "The first"), piece("The second")),
    end=Text("Next: Monday"),
)
ROOMS = [
    (500, ["Numbers. #EdLdrs", "The first, in many words", "The second", "Next: Monday"]),
    (64, ["Numbers. #EdLdrs", "The first, in many words", "Next: Monday"]),
    (52, ["Numbers. #EdLdrs", "The first", "The second", "Next: Monday"]),
    (40, ["Numbers. #EdLdrs", "The first", "Next: Monday"]),
    (29, ["Numbers. #EdLdrs", "Next: Monday"]),
]


@pytest.mark.parametrize(("maximum", "lines"), ROOMS)
def test_more_is_said_where_there_is_room_and_the_end_always(maximum: int, lines: list[str]) -> None:
    assert one(OWN, replace(WALL, link=False), limits(maximum)).plain.splitlines() == lines


def test_a_piece_without_room_is_left_out_and_a_later_one_that_has_it_is_not() -> None:
    long = replace(OWN, more=(piece("word " * 20), piece("The second")))
    assert one(long, ROOM, limits(60)).plain == "Numbers. #EdLdrs\nThe second\nNext: Monday"


def test_the_hashtag_has_its_room_before_any_piece() -> None:
    source = Source(text=Text("Numbers"), more=(piece("The first"),), end=Text("Next"))
    assert one(source, replace(WALL, link=False), limits(31)).plain == "Numbers\nThe first\nNext\n\n#EdLdrs"
    assert one(source, replace(WALL, link=False), limits(30)).plain == "Numbers\nNext\n\n#EdLdrs"


def test_where_not_even_the_end_has_room_there_is_a_thread_with_nothing_more() -> None:
    source = Source(text=Text("word " * 30), more=(piece("!"),), end=Text("Next: Monday"))
    parts = [part.text.plain for part in render(source, ROOM, limits(120))]
    assert [part.partition(" ")[0] for part in parts] == ["(1/2)", "(2/2)"]
    assert parts[-1].endswith("word\nNext: Monday")
    assert not any("!" in part for part in parts)


WORDS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40)
PIECES = st.lists(st.lists(WORDS, min_size=1, max_size=3), max_size=6)


def chosen(shown: str, start: str, pieces: list[list[str]], end: str) -> list[int]:
    """For each piece the number of its form, or of all its forms where it is left out. Fails where something
    else is shown, or in another order."""
    first, *lines = shown.splitlines()
    assert first == start
    assert lines.pop() == end
    found = []
    for number, forms in enumerate(pieces):
        marked = [f"{number}{form}" for form in forms]
        found.append(marked.index(lines.pop(0)) if lines and lines[0] in marked else len(forms))
    assert lines == []
    return found


@given(WORDS, PIECES, WORDS, st.integers(100, 300), st.integers(0, 100))
def test_whatever_the_room_pieces_are_whole_in_order_and_not_fewer_at_first(
    start: str, pieces: list[list[str]], end: str, maximum: int, further: int
) -> None:
    marked = tuple(piece(*(f"{number}{form}" for form in forms)) for number, forms in enumerate(pieces))
    source = Source(text=Text(start), more=marked, end=Text(end))
    small, large = (one(source, replace(WALL, link=False), limits(most)) for most in (maximum, maximum + further))
    assert measure(small) <= maximum
    told = [text.plain.removesuffix("\n\n#EdLdrs") for text in (small, large)]
    less, more = (chosen(shown, start, pieces, end) for shown in told)
    assert more <= less  # as words in a dictionary: the first that differs is told more fully


FACTS = DigestFacts(since=NOVEMBER, posts=23, people=9, networks=("Mastodon", "Matrix", "X"))


def test_a_digest_is_one_post() -> None:
    now = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    assert digest(FACTS, LONDON, now).plain == "Since yesterday 19:42: 23 posts by 9 people on Mastodon, Matrix and X."
    facts = replace(
        FACTS, posts=1, people=1, networks=("X",), top_text=Text("We dropped\ngrading"), top_author="Anna", link=URL
    )
    text = digest(facts, LONDON)
    assert text.plain == (
        f"Since 23 Nov, 19:42: 1 post by 1 person on X. Most discussed: “We dropped grading” - Anna. {URL}"
    )
    assert named(text) == [(LINK, URL, URL)]


def test_a_thread_cut_short_says_where_the_rest_is() -> None:
    text = continued_at(Text("Anna (2/3): words"), URL)
    assert text.plain == f"Anna (2/3): words\n(the rest: {URL})"
    assert named(text) == [(LINK, URL, URL)]
