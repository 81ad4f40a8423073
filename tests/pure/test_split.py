"""Long texts into parts: nothing lost, nothing cut that belongs together, however long it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import regex
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.model.text import Span, SpanKind, Text, hashtag, join, link
from bridge.outbox.split import ELLIPSIS, shorten, split

LINK = SpanKind.LINK
GRAPHEMES = regex.compile(r"\X")


def within(maximum: int) -> Callable[[Text], bool]:
    """At most so many graphemes, a link counting as 5."""

    def fits(text: Text) -> bool:
        links = text.of_kind(LINK)
        saved = sum(5 - (s.end - s.start) for s in links)
        return len(GRAPHEMES.findall(text.plain)) + saved <= maximum

    return fits


def cut_up(text: Text, maximum: int, most: int) -> tuple[list[str], bool]:
    parts, complete = split(text, lambda number, part: within(maximum)(part), most)
    return [part.plain for part in parts], complete


TABLE = [
    ("fits", 10, 3, ["fits"], True),
    ("one two three", 7, 3, ["one two", "three"], True),
    ("one two three", 8, 3, ["one two", "three"], True),
    ("one two three four five", 7, 2, ["one two", "three…"], False),
    ("First one. Second two. Third", 24, 3, ["First one. Second two.", "Third"], True),
    ("First one.\n\nSecond two. Third", 20, 3, ["First one.", "Second two. Third"], True),
    ("a list:\n- one\n- two\n- three", 21, 3, ["a list:\n- one\n- two", "- three"], True),
    ("He said “Go.” Then he went", 20, 3, ["He said “Go.”", "Then he went"], True),
    ("abcdefghijkl", 5, 3, ["abcde", "fghij", "kl"], True),
    ("x abcdefghijkl", 5, 4, ["x", "abcde", "fghij", "kl"], True),
    ("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2, 3, ["👩‍👩‍👧👩‍👩‍👧", "👩‍👩‍👧"], True),
    ("これは長い文です。次の文もあります。", 12, 3, ["これは長い文です。", "次の文もあります。"], True),
    ("anything", 0, 3, [], False),
]


@pytest.mark.parametrize(("plain", "maximum", "most", "parts", "complete"), TABLE)
def test_breaks_where_a_reader_would(plain: str, maximum: int, most: int, parts: list[str], complete: bool) -> None:
    assert cut_up(Text(plain), maximum, most) == (parts, complete)


def test_links_and_hashtags_stay_whole_and_live() -> None:
    text = join(["see this page ", link("https://x.org/a b", "with a label"), " and ", hashtag("EdLdrs"), " too"])
    parts, complete = split(text, lambda number, part: within(15)(part), 5)
    assert complete
    assert [part.plain for part in parts] == ["see this page", "with a label and", "#EdLdrs too"]
    assert [part.spans for part in parts] == [
        (),
        (Span(0, 12, LINK, "https://x.org/a b"),),
        (Span(0, 7, SpanKind.HASHTAG, "EdLdrs"),),
    ]


SHORTENED = [
    ("one two three", 13, "one two three"),
    ("one two three", 12, "one two…"),
    ("one two three", 7, "one…"),
    ("abcdefgh", 5, "abcd…"),
    ("  one two", 5, "one…"),
    ("one", 1, "…"),
    ("one", 0, ""),
]


@pytest.mark.parametrize(("plain", "maximum", "short"), SHORTENED)
def test_shortens_at_a_word(plain: str, maximum: int, short: str) -> None:
    assert shorten(Text(plain), within(maximum)).plain == short


MARK = regex.compile(r"[\p{GCB=Extend}\p{GCB=SpacingMark}\p{GCB=ZWJ}]")
WORDS = st.text(st.sampled_from("abcé́👍🏽👩‍👩‍👧\u200dßदेखと"), min_size=1, max_size=12).filter(
    # A mark would join the space before it, and so two words into one that may be longer than a part.
    lambda word: not MARK.match(word)
)


@st.composite
def writing(draw: st.DrawFn) -> Text:
    """Words, links with labels of several words, and hashtags, with white space between."""
    pieces: list[Text | str] = []
    for _ in range(draw(st.integers(1, 25))):
        kind = draw(st.integers(0, 5))
        if kind == 0:
            pieces.append(link("https://x.org", draw(st.sampled_from(["https://x.org", "a label", "one two three"]))))
        elif kind == 1:
            pieces.append(hashtag("EdLdrs"))
        else:
            pieces.append(draw(WORDS))
        pieces.append(draw(st.sampled_from([" ", ". ", "\n", "\n\n", "  ", "? "])))
    return join(pieces)


@given(writing(), st.integers(16, 60), st.integers(1, 50))
def test_parts_fit_and_nothing_is_lost_or_cut(text: Text, maximum: int, most: int) -> None:
    parts, complete = split(text, lambda number, part: within(maximum)(part), most)
    assert 1 <= len(parts) <= most
    assert all(within(maximum)(part) for part in parts)
    together = join(parts, " ")
    if complete:
        assert "".join(together.plain.split()) == "".join(text.plain.split())
        assert len(together.of_kind(LINK)) == len(text.of_kind(LINK))
    else:
        assert parts[-1].plain.endswith(ELLIPSIS)
        kept = "".join(together.plain.split()).removesuffix(ELLIPSIS)
        assert "".join(text.plain.split()).startswith(kept)
    for one in together.of_kind(LINK):
        assert together.plain[one.start : one.end] in {"https://x.org", "a label", "one two three"}
    # Each part's words, but the shortened end, are words of the text: none was shorter than a part.
    words = set(text.plain.split())
    assert set(together.plain.removesuffix(ELLIPSIS).split()) <= words


@given(st.text(min_size=1, max_size=80), st.integers(8, 20))
def test_no_grapheme_is_cut(plain: str, maximum: int) -> None:
    plain = " ".join(plain.split())
    assume(all(len(grapheme) < 8 for grapheme in GRAPHEMES.findall(plain)))
    parts, complete = split(Text(plain), lambda number, part: len(part.plain) <= maximum, 100)
    assert complete
    boundaries = {found.start() for found in GRAPHEMES.finditer(plain)} | {len(plain)}
    at = 0
    for part in parts:
        at = plain.index(part.plain, at)
        assert at in boundaries
        at += len(part.plain)


@pytest.mark.parametrize("unit", ["word ", "x", "long sentence here. ", "a.\n\n", "👍"])
def test_a_huge_text_is_not_measured_whole(unit: str) -> None:
    text = Text("start " + unit * (1_000_000 // len(unit)) + " end")
    measured = 0

    def fits(number: int, part: Text) -> bool:
        nonlocal measured
        measured += len(part.plain)
        return len(part.plain) <= 500

    split(text, fits, 3)
    assert measured < 100_000


def test_a_huge_text_of_links_is_read_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    links = 20_000
    text = join([link(f"https://x.org/{n}", "a label") + " " for n in range(links)])
    made = 0

    def span(*values: Any) -> Span:
        nonlocal made
        made += 1
        return Span(*values)

    monkeypatch.setattr("bridge.model.text.Span", span)
    parts, _ = split(text, lambda number, part: within(500)(part), 3)
    assert len(parts) == 3
    assert made < 10 * links
