"""Text out: only what is meant is live, it stays readable, and it measures as X would count it.

The patterns for mentions, hashtags and cashtags are twitter-text's (js/src/regexp), which the Python
package lacks.
"""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.twitter import parser
from adapters.twitter.wording import BREAK, address, fingerprint, links, measure, plain_from_text
from bridge.model.text import Span, SpanKind, Text, hashtag, join, link
from bridge.testing.contract.samples import LITERAL, TEXTS

_MENTION = regex.compile(
    r"(?:^|[^a-zA-Z0-9_!#$%&*@＠]|(?:^|[^a-zA-Z0-9_+~.-])(?:rt|RT|rT|Rt):?)[@＠]([a-zA-Z0-9_]{1,20})"
    r"(?![@＠\u00c0-\u024f]|://)"
)
_SPECIAL = r"_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7"
_WORD = rf"[\p{{L}}\p{{M}}\p{{Nd}}{_SPECIAL}]"
_HASHTAG = regex.compile(
    rf"(?:^|[\ufe0e\ufe0f]|(?!{_WORD}|&)(?s:.))([#＃](?!\ufe0f|\u20e3){_WORD}*[\p{{L}}\p{{M}}]{_WORD}*)(?![#＃]|://)"
)
_CASHTAG = regex.compile(
    r"(?:^|[\s\u200e\u200f\u202a-\u202e\u061c])(\$[a-z]{1,6}(?:[._][a-z]{1,2})?)(?=$|\s|\p{P})", regex.I
)


def live(plain: str) -> list[str]:
    """All that X would make live."""
    return [
        *(plain[start:end] for start, end in parser.urls(plain)),
        *(found[1] for found in _MENTION.finditer(plain, overlapped=True)),
        *(found[1] for found in _HASHTAG.finditer(plain, overlapped=True)),
        *(found[1] for found in _CASHTAG.finditer(plain, overlapped=True)),
    ]


def test_the_patterns_of_this_test_find_what_is_live() -> None:
    plain = "see matrix.org, https://example.org/a @bob #EdLdrs $TSLA"
    assert live(plain) == ["matrix.org", "https://example.org/a", "bob", "#EdLdrs", "$TSLA"]


_PIECES = (
    *("a", "Z", "1", " ", "\n", ".", "..", "-", "_", "/", ":", "://", "https://", "HTTP://", "www.", "com", "org"),
    *("co.uk", "md", "ai", "matrix.org", "alice.bsky.social", "README.md", "@", "＠", "@bob", "@bob:matrix.org"),
    *(
        "@a@b.example",
        "RT",
        "#",
        "＃",
        "#tag",
        "#1",
        "$",
        "$TSLA",
        "$a.b",
        "&",
        "é",
        "日本",
        "例.jp",
        "公司",
        "xn--p1ai",
    ),
    *(
        "рф",
        "👩🏽\u200d🏫",
        "\ufe0f",
        "\u20e3",
        "\u200b",
        "\u200c",
        "\u200d",
        "\u200e",
        "\u00a0",
        "?",
        "=",
        "(",
        ")",
        "%",
    ),
    *("\u0301", "\u3002", "．", "~", "+", "t.co/x", "e.g.", "3.5", "'", "’", "ı", "ſ", "İ"),
)
awkward = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=2)), max_size=14).map("".join)


def storable(plain: str) -> str:
    return plain.encode(errors="ignore").decode()


@given(awkward.map(storable))
@settings(max_examples=1500, deadline=None)
def test_words_never_become_live(plain: str) -> None:
    written = plain_from_text(Text(plain))
    assert live(written) == []
    assert written.replace(BREAK, "").rstrip("\u200d") == plain.replace(BREAK, "").rstrip("\u200d")


@given(awkward.map(storable), awkward.map(storable), awkward.map(storable))
@settings(max_examples=1000, deadline=None)
def test_only_what_is_meant_is_live_wherever_it_stands(before: str, between: str, after: str) -> None:
    meant = "https://example.org/a?b=c"
    written = plain_from_text(join([before, link(meant), between, hashtag("EdLdrs"), after]))
    assert sorted(live(written)) == sorted([meant, "#EdLdrs"])


@given(awkward.map(storable))
@settings(max_examples=300, deadline=None)
def test_a_text_that_grows_by_a_character_measures_no_less(plain: str) -> None:
    letters = "".join(c for c in plain if c not in "\ufe0f\u20e3\u200d\u0301")  # what joins characters into one
    lengths = [measure(Text(letters[:end])) for end in range(len(letters) + 1)]
    assert lengths == sorted(lengths)


@pytest.mark.parametrize("text", TEXTS)
def test_samples_measure_as_x_counts(text: Text) -> None:
    assert measure(text) == parser.weight(plain_from_text(text))


def test_literal_characters_stay_readable() -> None:
    written = plain_from_text(Text(LITERAL))
    assert live(written) == []
    assert written.replace(BREAK, "") == LITERAL


def test_a_bare_domain_in_a_linkless_copy_costs_no_link() -> None:
    assert not links(plain_from_text(Text("see matrix.org and README.md")))
    assert links(plain_from_text(join(["see ", link("https://matrix.org/")])))


@pytest.mark.parametrize(
    ("target", "written"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("https://en.wikipedia.org/wiki/Bridge_(music)", "https://en.wikipedia.org/wiki/Bridge_(music)"),
        ("https://example.org/a.", "https://example.org/a%2E"),
        ("https://example.org/ü ber", "https://example.org/%C3%BC%20ber"),
        ("https://matrix.to/#/#edldrs:example.org", "https://matrix.to/#/#edldrs:example.org"),
        ("http://localhost:8000/x", ""),
        ("ftp://example.org/x", ""),
    ],
)
def test_addresses_are_taken_whole_or_not_at_all(target: str, written: str) -> None:
    assert address(target) == written


def test_a_link_that_x_would_not_see_is_written_as_words() -> None:
    written = plain_from_text(join(["see ", link("http://127.0.0.1:8000/x.com")]))
    assert live(written) == []
    assert written.replace(BREAK, "") == "see http://127.0.0.1:8000/x.com"


def test_labels_are_followed_by_their_address() -> None:
    assert plain_from_text(link("https://example.org/a", "the report")) == f"the report (https://example.org/a{BREAK})"


def test_mentions_that_are_meant_are_live() -> None:
    text = Text("Thanks @anna", (Span(7, 12, SpanKind.MENTION, "@anna"),))
    assert plain_from_text(text) == "Thanks @anna"
    elsewhere = Text("Thanks @anna", (Span(7, 12, SpanKind.MENTION, "@anna:example.org"),))
    assert live(plain_from_text(elsewhere)) == []


def test_a_fingerprint_forgets_what_x_changes() -> None:
    sent = f"Anna: Q & A on matrix.{BREAK}org\n\n#EdLdrs"
    assert fingerprint(sent, answer=False) == fingerprint("Anna: Q &amp; A on matrix.org #EdLdrs ", answer=False)
    assert fingerprint("Yes", answer=True) == fingerprint("@anna @bob Yes", answer=True)
    assert fingerprint("Yes", answer=False) != fingerprint("@anna Yes", answer=False)
