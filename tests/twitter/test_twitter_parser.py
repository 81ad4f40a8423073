"""Counting as X counts: the quick way agrees with the package's own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.twitter import parser

_PIECES = (
    *(
        "a",
        " ",
        ".",
        "com",
        "https://",
        "matrix.org",
        "é",
        "e\u0301",
        "日本",
        "👩🏽\u200d🏫",
        "👩",
        "\u200d",
        "\ufe0f",
        "1",
    ),
    *("\u20e3", "#", "©", "🇬🇧", "🇬", "☺", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\r\n", "\n", "\r", "\u200b", "–", "†", "/", "@"),
)


@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
@settings(max_examples=400, deadline=None)
def test_it_counts_as_the_package_does(plain: str) -> None:
    assert parser.weight(plain) == parser._twitter_text.parse_tweet(plain).weightedLength


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_it_counts_any_characters_as_the_package_does(plain: str) -> None:
    plain = plain.encode(errors="ignore").decode()  # lone surrogates are no characters
    assert parser.weight(plain) == parser._twitter_text.parse_tweet(plain).weightedLength


@pytest.mark.parametrize(
    ("plain", "counts"),
    [
        ("", 0),
        ("Hello", 5),
        ("https://example.org/a/very/long/path?with=a&query=1", 23),
        ("matrix.org", 23),
        ("日本語", 6),
        ("👩🏽‍🏫", 2),
        ("1️⃣", 2),
        ("naïve", 5),
    ],
)
def test_known_weights(plain: str, counts: int) -> None:
    assert parser.weight(plain) == counts
