"""How suggestions are said, and what shortlist they make."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.ids import AccountId, GlobalId, Platform
from bridge.model.session import Suggestion
from bridge.model.text import SpanKind, Text, hashtag, join, marked
from bridge.sessions.suggesting import Theme, suggested, themes

TUESDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)
BOT = marked("@edldrs", SpanKind.MENTION, "@edldrs@example.org")


@pytest.mark.parametrize(
    ("said", "theme"),
    [
        ("suggest: Managing workload", "Managing workload"),
        ("Suggest : managing  workload ", "managing workload"),
        ("suggestion: Marking", "Marking"),
        (join(("suggest: Marking ", hashtag("EdLdrs"))), "Marking"),
        (join((hashtag("EdLdrs"), " suggest: Marking")), "Marking"),
        (join((BOT, " suggest: Marking and ", hashtag("SEND"), " too")), "Marking and too"),
        ("!suggest: Marking", "Marking"),
        ("suggest: Marking\nbecause it never ends", "Marking"),
        ("suggest: " + "long " * 40, "long " * 19 + "long…"),
        ("I suggest: nothing", ""),
        ("suggest marking", ""),
        ("suggest:", ""),
        ("suggest: ...", ""),
        ("We suggest that", ""),
    ],
)
def test_what_is_a_suggestion(said: str | Text, theme: str) -> None:
    assert suggested(Text(said) if isinstance(said, str) else said) == theme


def one(text: str, author: str, minutes: int = 0, support: int = 0) -> Suggestion:
    return Suggestion(
        platform=Platform("memory"),
        post=GlobalId(f"{author}-{minutes}-{text}"),
        author=AccountId(author),
        name=author,
        text=text,
        at=TUESDAY + timedelta(minutes=minutes),
        private=False,
        support=support,
    )


def test_the_best_supported_come_first_and_each_once() -> None:
    told = [
        one("Marking", "ann", 1),
        one("Workload", "ben", 2, support=2),
        one("marking.", "eve", 3, support=1),
        one("Marking", "ann", 4),
        one("Meetings", "kim", 0),
    ]
    assert themes(told) == [Theme("Marking", 2), Theme("Workload", 2), Theme("Meetings", 0)]


def test_of_equals_everybody_comes_before_anybody_twice() -> None:
    told = [one(f"Mine {n}", "ann", n) for n in range(4)] + [one("Yours", "ben", 9), one("Liked", "ann", 10, support=1)]
    assert [theme.text for theme in themes(told)] == ["Liked", "Mine 0", "Yours", "Mine 1", "Mine 2", "Mine 3"]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz"), st.integers(0, 9), st.integers(0, 3))))
def test_the_order_of_arrival_changes_nothing(said: list[tuple[str, str, int, int]]) -> None:
    told = list({made.post: made for made in (one(*each) for each in said)}.values())
    found = themes(told)
    assert themes(reversed(told)) == found
    assert {theme.text for theme in found} == {each.text for each in told}
    assert [theme.support for theme in found] == sorted((theme.support for theme in found), reverse=True)
