"""A poll as each network shows it, and answers read from words."""

from __future__ import annotations

from datetime import timedelta

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bridge.adapter.limits import PollLimit
from bridge.model.poll import Form, Option, PollRefused, check
from bridge.model.text import SpanKind as Kind
from bridge.model.text import Text, hashtag, join, marked
from bridge.polls.answers import choices_of
from bridge.polls.drafts import options_of
from bridge.polls.fitting import fit
from bridge.polls.labels import lettered
from tests.polls.polling import OPENS, THEMES, poll

SMALL = PollLimit(options=4, label=25, shortest=timedelta(minutes=5), longest=timedelta(days=7))
MIDDLE = PollLimit(options=4, label=50, multiple=True)
LARGE = PollLimit(options=20, label=10_000, multiple=True)
NONE = None


def test_the_best_form_that_a_network_has() -> None:
    seven, four, two = poll(*THEMES), poll(*THEMES[2:6]), poll("Yes", "No")
    forms = [[fit(asked, limits).form for limits in (LARGE, MIDDLE, SMALL, NONE)] for asked in (seven, four, two)]
    assert forms == [
        [Form.NATIVE, Form.REPLY, Form.REPLY, Form.REPLY],
        [Form.NATIVE, Form.LETTERED, Form.LETTERED, Form.REPLY],
        [Form.NATIVE, Form.NATIVE, Form.NATIVE, Form.REPLY],
    ]


def test_a_reply_ballot_says_all_and_how_to_answer() -> None:
    ballot = fit(poll(*THEMES), SMALL)
    lines = ballot.text.plain.splitlines()
    assert lines[0] == "What shall we talk about?"
    assert lines[2] == f"A: {THEMES[0]}"
    assert lines[8] == f"G: {THEMES[6]}"
    assert lines[-1] == "Answer with a letter."
    assert ballot.notes == ("its own polls take 4 options: people answer with a letter",)


def test_short_labels_stand_below_the_options_in_full() -> None:
    ballot = fit(poll(*THEMES[2:6]), SMALL)
    assert ballot.labels == (
        "A: Managing workload…",
        "B: Middle leaders…",
        "C: How do we keep good…",
        "D: Marking, feedback…",
    )
    assert all(f": {theme}" in ballot.text.plain for theme in THEMES[2:6])


def test_weak_words_stay_where_they_tell_two_apart() -> None:
    alone = options_of(["Meetings in the mornings", "Marking"])
    assert lettered(alone, 19, len) == ("A: Meetings…", "B: Marking")
    alike = options_of(["Meetings in the mornings", "Meetings on the evenings"])
    assert lettered(alike, 19, len) == ("A: Meetings in the…", "B: Meetings on the…")


def test_labels_that_look_the_same_are_refused_until_a_short_form_is_given() -> None:
    with pytest.raises(PollRefused, match="look the same"):
        fit(poll(*THEMES[:2]), SMALL)
    ballot = fit(poll(Option(THEMES[0], "Good meetings"), Option(THEMES[1], "Observations")), SMALL)
    assert ballot.labels == ("A: Good meetings", "B: Observations")


def test_what_a_network_cannot_keep_open_is_said() -> None:
    assert fit(poll("a", "b", closes_at=OPENS + timedelta(days=9)), SMALL).notes == (
        "its own polls are open for 7 days at most: it closes sooner there",
    )
    assert fit(poll("a", "b", multiple=True), SMALL).form is Form.REPLY


def graphemes(words: str) -> int:
    return len(regex.findall(r"\X", words))


WORDS = st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=30), min_size=1, max_size=8)


@given(st.lists(WORDS, min_size=2, max_size=4), st.integers(12, 60))
def test_labels_are_whole_words_within_the_limit_and_never_ambiguous(options: list[list[str]], maximum: int) -> None:
    offered = [Option(" ".join(words)) for words in options]
    try:
        labels = lettered(offered, maximum, graphemes)
    except PollRefused:
        return
    bodies = [label[3:] for label in labels]
    assert all(graphemes(label) <= maximum for label in labels)
    assert len({body.rstrip("…").casefold() for body in bodies}) == len(bodies)
    for option, body in zip(offered, bodies, strict=True):
        if body != option.text:
            kept = body.removesuffix("…")
            assert option.text.startswith(kept)


REFUSED = [
    ("", ["a", "b"], 1, "asks nothing"),
    ("q", ["a"], 1, "has 1"),
    ("q", [str(n) for n in range(21)], 1, "20 options at most"),
    ("q", ["a", " "], 1, "empty"),
    ("q", ["Big  Schools", "big schools"], 1, "the same"),
    ("q", ["a", "b"], -1, "in the past"),
]


@pytest.mark.parametrize(("question", "options", "hours", "says"), REFUSED)
def test_what_is_no_poll_is_refused_with_what_to_change(
    question: str, options: list[str], hours: int, says: str
) -> None:
    with pytest.raises(PollRefused, match=says):
        check(question, [Option(one) for one in options], OPENS + timedelta(hours=hours), OPENS)


def test_two_equal_short_forms_are_refused() -> None:
    with pytest.raises(PollRefused, match="short for both"):
        check("q", [Option("Big schools", "Size"), Option("Small schools", "size")], OPENS + timedelta(hours=1), OPENS)


ONE = poll("Workload", "Good meetings", Option("Observations and how to survive them", "Observations"))
MANY = poll("Workload", "Good meetings", "Observations", multiple=True)

ANSWERS = [
    ("B", {1}, {1}),
    ("b", {1}, {1}),
    ("b)", {1}, {1}),
    ("(b)", {1}, {1}),
    ("B.", {1}, {1}),
    ("2", {1}, {1}),
    ("vote B", {1}, {1}),
    ("I vote for: 2!", {1}, {1}),
    ("good  meetings", {1}, {1}),
    ("Observations", {2}, {2}),
    ("A and C", None, {0, 2}),
    ("A, C", None, {0, 2}),
    ("1 3", None, {0, 2}),
    ("A A", {0}, {0}),
    ("D", None, None),
    ("İ", None, None),
    ("\N{KELVIN SIGN}", None, None),
    ("0", None, None),
    ("", None, None),
    ("...", None, None),
    ("!", None, None),
    ("A1: we dropped grading", None, None),
    ("A good idea", None, None),
    ("I would say B", None, None),
    ("workload is what kills us", None, None),
]


@pytest.mark.parametrize(("words", "one", "many"), ANSWERS)
def test_answers_are_read_and_talk_is_not(words: str, one: set[int] | None, many: set[int] | None) -> None:
    for asked, expected in ((ONE, one), (MANY, many)):
        assert choices_of(Text(words), asked) == (None if expected is None else frozenset(expected))


def test_a_letter_is_the_one_that_stands_before_an_option_whatever_an_option_is_called() -> None:
    asked = poll("B", "Managing workload", "N")
    for words, position in (("B", 1), ("a", 0), ("N", 2), ("Managing workload!", 1)):
        assert choices_of(Text(words), asked) == frozenset({position})


def test_an_answer_may_carry_names_and_the_hashtag() -> None:
    said = join([marked("@edldrs", Kind.MENTION, "@edldrs@example.org"), " B ", hashtag("EdLdrs")])
    assert choices_of(said, ONE) == frozenset({1})
