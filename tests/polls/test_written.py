"""A poll in one line, as a moderator writes it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.ids import ChatId
from bridge.model.poll import Option, PollRefused, Tie
from bridge.polls.drafts import Draft
from bridge.polls.written import draft_of

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)


def read(written: str) -> Draft:
    return draft_of(written, NOW, LONDON)


def options(written: str) -> list[str]:
    return [one.text for one in read(written).options]


@pytest.mark.parametrize(
    ("written", "question", "offered"),
    [
        ('"What next?" | a | b | c', "What next?", ["a", "b", "c"]),
        ("“What next?” | a | b", "What next?", ["a", "b"]),
        ("„Was nun?“|a|b", "Was nun?", ["a", "b"]),
        ('"What is "rigour"?" | a | b', 'What is "rigour"?', ["a", "b"]),
        ('"What\n next?"\n| a b\n| c', "What next?", ["a b", "c"]),
        ('"q" | a | b |', "q", ["a", "b"]),
        ('"q" | a | "b | c"', "q", ["a", "b | c"]),
        ('"q" | a | "the school closes early" closes in 2 days', "q", ["a", "the school closes early"]),
        ('"q" | "one or multiple" | "multiple"', "q", ["one or multiple", "multiple"]),
        ('"q" | "yes" or "no" | b', "q", ['"yes" or "no"', "b"]),
        ('"q" | a | b | closes in 3 hours', "q", ["a", "b"]),
        ('"q" | a || b', "q", ["a", "", "b"]),  # which is refused when it becomes a poll
    ],
)
def test_question_and_options(written: str, question: str, offered: list[str]) -> None:
    assert (read(written).question, options(written)) == (question, offered)


def test_an_option_may_have_a_short_form() -> None:
    draft = read('"q" | Conducting good meetings => Meetings | "a => b" => c multiple')
    assert draft.options == (Option("Conducting good meetings", "Meetings"), Option("a", "b => c"))
    assert draft.multiple


@pytest.mark.parametrize(
    ("settings", "closes_at", "multiple", "tie"),
    [
        ("", NOW + 2 * DAY, False, Tie.FIRST),
        ("closes in 3 hours", NOW + timedelta(hours=3), False, Tie.FIRST),
        ("Closes In 1.5 days Multiple", NOW + 1.5 * DAY, True, Tie.FIRST),
        ("multiple, tie draw, closes in 1 day.", NOW + DAY, True, Tie.DRAW),
        ("tie moderators closes Monday 19:00", datetime(2026, 11, 30, 19, 0, tzinfo=UTC), False, Tie.MODERATORS),
        ("closes on 2027-07-05 at 19:00", datetime(2027, 7, 5, 18, 0, tzinfo=UTC), False, Tie.FIRST),
    ],
)
def test_settings_stand_behind_the_last_option(settings: str, closes_at: datetime, multiple: bool, tie: Tie) -> None:
    for mark in ("", "| "):
        draft = read(f'"q" | a | b {mark}{settings}')
        assert [one.text for one in draft.options] == ["a", "b"]
        assert (draft.closes_at, draft.multiple, draft.tie) == (closes_at, multiple, tie)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("What next? | a | b", "Put the question in quotes"),
        ('"q"', "two options at least"),
        ('"q" closes in 2 days', "Put the question in quotes, and | before each option"),
        ('"q" | a | b closes soon', '"closes soon" does not say when'),
        ('"q" | a | b closes in two days', "Write closes in 2 days"),
        ('"q" | a | b closes in 5 moons', "When does it close? Write a time such as"),
        ('"q" | a | b closes in 999999999999 weeks', "When does it close?"),
        ('"q" | a | b closes in 99999999 days', "open for ever"),
        ('"q" | a | b closes Mon 9:00 closes in 2 days', "Leave one of them out"),
        ('"q" | a | b multiple multiple', "Leave one of them out"),
        ('"q" | a | b closes 2027-03-28 01:30', "do not show 01:30"),
        ('"q" | a | b closes 2026-11-31 19:00', "Write a day and a time"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_write(written: str, says: str) -> None:
    with pytest.raises(PollRefused) as told:
        read(written)
    assert says in str(told.value)


@pytest.mark.parametrize("written", ['"q" | a', '"q" | a | A', '"q" | a | | b', '"q" | a | b closes in 0 s'])
def test_what_is_read_and_can_be_no_poll_is_refused_as_everywhere(written: str) -> None:
    with pytest.raises(PollRefused):
        read(written).poll(ChatId("edldrs"), 1, NOW)


WORDS = st.lists(st.text("abcxyzäß?!'-", min_size=1, max_size=8), min_size=1, max_size=4).map(" ".join)


@given(WORDS, st.lists(WORDS, min_size=2, max_size=7), st.booleans(), st.sampled_from(list(Tie)), st.integers(1, 99))
def test_what_is_written_is_what_is_read(
    question: str, offered: list[str], multiple: bool, tie: Tie, hours: int
) -> None:
    settings = [f"closes in {hours} h", f"tie {tie.value}", *(["multiple"] if multiple else [])]
    draft = read(f'"{question}" | {" | ".join(offered)} {" ".join(settings)}')
    assert draft == Draft(
        question=question,
        options=tuple(Option(one) for one in offered),
        closes_at=NOW + timedelta(hours=hours),
        multiple=multiple,
        tie=tie,
    )


@given(st.text(st.sampled_from('"“”| abcloses multiple in 2 days tie draw 19:00=>\n'), max_size=80))
def test_whatever_is_written_is_read_or_refused(written: str) -> None:
    with suppress(PollRefused):
        assert read(written).closes_at >= NOW
