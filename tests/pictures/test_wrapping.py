"""Words in lines, by a measure that is handed in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.pictures.wrapping import ELLIPSIS, balanced, settle, shorten, wrap

TEXTS = st.text(alphabet=st.sampled_from("ab é—,\n\u0301😀"), max_size=120)
WIDTHS = st.integers(1, 40)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, ()),
        ("one two three", 7, ("one two", "three")),
        ("one two three", 13, ("one two three",)),
        ("a meeting", 4, ("a", "meet", "ing")),
        ("a\n b", 9, ("a b",)),
    ],
)
def test_as_many_words_as_fit_stand_on_each_line(text: str, width: int, lines: tuple[str, ...]) -> None:
    assert wrap(text, width, len) == lines


def test_no_word_is_left_alone_on_the_last_line() -> None:
    text = "What did you stop doing this year"
    assert wrap(text, 28, len) == ("What did you stop doing this", "year")
    assert balanced(text, 28, len) == ("What did you stop", "doing this year")


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("Managing workload", 17, "Managing workload"),
        ("Managing workload", 12, "Managing…"),
        ("Managing, workload", 12, "Managing…"),
        ("Managing", 5, "Mana…"),
        ("Managing", 1, "…"),
    ],
)
def test_what_is_too_long_is_cut_at_a_word(text: str, width: int, short: str) -> None:
    assert shorten(text, width, len) == short


@settings(deadline=None)
@given(TEXTS, WIDTHS)
def test_lines_hold_every_character_and_are_no_wider(text: str, width: int) -> None:
    for lines in (wrap(text, width, len), balanced(text, width, len)):
        assert "".join("".join(lines).split()) == "".join(text.split())
        assert all(len(line) <= width or len(line.rstrip("\u0301")) <= 1 for line in lines)


@settings(deadline=None)
@given(TEXTS, WIDTHS)
def test_what_is_cut_is_a_start_of_the_text_and_fits(text: str, width: int) -> None:
    short = shorten(text, width, len)
    assert len(short) <= width
    assert short == (whole := " ".join(text.split())) or whole.startswith(short.removesuffix(ELLIPSIS))


def test_type_shrinks_before_words_are_cut() -> None:
    def at(size: int) -> object:
        return lambda text: len(text) * size

    def settled(text: str) -> tuple[int, tuple[str, ...], bool]:
        made = settle(text, 120, lambda size: 60 // size, (30, 20, 10), at)  # type: ignore[arg-type]
        return made.size, made.lines, made.whole

    assert settled("Why") == (30, ("Why",), True)
    assert settled("Why lead") == (30, ("Why", "lead"), True)
    assert settled("Why leaders") == (10, ("Why leaders",), True)  # at 20 a word would break
    size, lines, whole = settled("lead " * 40)
    assert (size, len(lines), whole) == (10, 6, False)
    assert lines[-1] == "lead lead…"
