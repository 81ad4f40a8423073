"""Text and its spans: joining, cutting, replacing, spelling links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.text import (
    Span,
    SpanKind,
    Text,
    hashtag,
    join,
    link,
    marked,
    spell_links,
    text_from_json,
    text_to_json,
)

B, LINK, QUOTE = SpanKind.BOLD, SpanKind.LINK, SpanKind.QUOTE


@st.composite
def texts(draw: st.DrawFn, alphabet: str = "ab .\n#é👍") -> Text:
    """Text with spans anywhere in it, ordered as they have to be."""
    plain = draw(st.text(alphabet=alphabet, max_size=40))
    ends = st.integers(0, len(plain))
    pairs = draw(st.lists(st.tuples(ends, ends, st.sampled_from(SpanKind)), max_size=5))
    spans = [Span(min(a, b), max(a, b), kind, "t") for a, b, kind in pairs if a != b]
    return Text(plain, tuple(sorted(spans, key=lambda s: (s.start, -s.end))))


def _named(text: Text) -> list[tuple[SpanKind, str]]:
    return [(s.kind, text.plain[s.start : s.end]) for s in text.spans]


def test_joins_with_spans_in_their_places() -> None:
    whole = join([marked("Anna", B), ": see ", link("https://x.org"), Text(" "), hashtag("EdLdrs")])
    assert whole.plain == "Anna: see https://x.org #EdLdrs"
    assert _named(whole) == [(B, "Anna"), (LINK, "https://x.org"), (SpanKind.HASHTAG, "#EdLdrs")]


@given(texts(), st.integers(0, 40))
def test_what_is_cut_in_two_and_joined_is_the_same_text(text: Text, at: int) -> None:
    first, second = text.cut(0, at), text.cut(at)
    joined = first + second
    assert joined.plain == text.plain
    covered = [{(i, s.kind) for s in one.spans for i in range(s.start, s.end)} for one in (joined, text)]
    assert covered[0] == covered[1]


@given(texts())
def test_stripped_text_has_spans_within_it(text: Text) -> None:
    bare = text.strip()
    assert bare.plain == text.plain.strip()
    assert all(0 <= s.start < s.end <= len(bare.plain) for s in bare.spans)


@given(texts())
def test_the_journal_gives_back_what_it_took(text: Text) -> None:
    assert text_from_json(text_to_json(text)) == text


REPLACED = [
    ([], "one two three", ["two"]),
    ([(0, 4, "")], "two three", ["two"]),
    ([(4, 7, "2")], "one 2 three", ["2"]),
    ([(4, 7, "")], "one  three", []),
    ([(5, 6, "www")], "one twwwo three", ["twwwo"]),
    ([(3, 5, "")], "onewo three", ["wo"]),
    ([(7, 7, "!"), (8, 13, "")], "one two! ", ["two!"]),
    ([(0, 0, "> "), (4, 4, "**")], "> one **two three", ["two"]),
]


@pytest.mark.parametrize(("edits", "plain", "bold"), REPLACED)
def test_spans_move_with_what_is_replaced(edits: list[tuple[int, int, str]], plain: str, bold: list[str]) -> None:
    result = Text("one two three", (Span(4, 7, B),)).replaced(edits)
    assert result.plain == plain
    assert [words for _, words in _named(result)] == bold


SPELLED = [
    ("here", "https://x.org/a", "see here (https://x.org/a)."),
    ("https://x.org/a", "https://x.org/a", "see https://x.org/a."),
    ("x.org/a", "https://x.org/a/", "see https://x.org/a/."),
    ("x.org/café", "https://x.org/caf%C3%A9", "see https://x.org/caf%C3%A9."),
    ("https://bank.org", "https://evil.org", "see https://bank.org (https://evil.org)."),
]


@pytest.mark.parametrize(("label", "address", "plain"), SPELLED)
def test_links_are_spelled_once(label: str, address: str, plain: str) -> None:
    before = join(["see ", link(address, label), "."])
    quoted = Text(before.plain, (Span(0, len(before.plain), QUOTE), *before.spans))
    spelled = spell_links(quoted)
    assert spelled.plain == plain
    assert _named(spelled) == [(QUOTE, plain), (LINK, address)]
    assert spell_links(spelled) == spelled
