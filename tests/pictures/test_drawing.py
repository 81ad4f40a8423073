"""What is drawn: its size, its margins, its bars, and that the same is drawn the same."""

from __future__ import annotations

import io
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor

from bridge.model.message import Media
from bridge.pictures import Bar, draw, figures_card, question_card, result_chart
from bridge.pictures.sheet import ACCENT, BAR, HEIGHT, INK, PAPER, WIDTH

MARGIN = 30  # pixels at each side that stay paper whatever is said
THEMES = [
    "Conducting good meetings: who needs to be there, and why",
    "Accountability without conflict",
    "Managing workload without losing what matters",
    "Sustainable initiatives",
    "The changing curriculum",
    "Inspection: before, during, after",
    "Growing middle leaders",
]
SAMPLES = {
    "question": question_card(chat="#EdLdrs", session="12: managing workload", label="Q1", text="Who noticed?"),
    "long question": question_card(chat="#EdLdrs", session="", label="Q2", text="Which meetings would you miss? " * 20),
    "greek": question_card(chat="#Σχολεία", session="", label="Ε1", text="Τι σταματήσατε να κάνετε φέτος;"),
    "seven": result_chart(
        chat="#EdLdrs",
        question="What next?",
        rows=[Bar(theme, 24 - 4 * at, at == 0) for at, theme in enumerate(THEMES)],
        says="84 votes. Most are for Conducting good meetings.",
        notes=["Mastodon and X give counts only, so a person who voted on both is counted twice."],
    ),
    "twenty": result_chart(
        chat="#EdLdrs",
        question="What next? " * 30,
        rows=[Bar("w" * 60, 10**11, True)] * 20,
        says="It is a tie. " * 30,
        notes=["Nobody knows. " * 30] * 5,
    ),
    "no options": result_chart(chat="#EdLdrs", question="What next?", rows=[], says="Nobody voted."),
    "figures": figures_card(
        chat="#EdLdrs", title="Managing workload", figures=[("41", "leaders"), ("9", "for the first time")]
    ),
    "many figures": figures_card(
        chat="#EdLdrs",
        title="Managing workload " * 20,
        figures=[("1,234,567,890,123", "answered across networks and continents")] * 20,
        quote="Nobody asked for it back. " * 40,
        by="deputy.head " * 20,
    ),
    "eight figures": figures_card(
        chat="#EdLdrs",
        title="Managing workload " * 20,
        figures=[("1,234,567,890,123", "answered across networks and continents")] * 8,
    ),
    "nothing": figures_card(chat="", title="", figures=[]),
}


def drawn(media: Media) -> Image.Image:
    image = Image.open(io.BytesIO(draw(media.url)))
    assert (image.format, image.size, image.mode) == ("PNG", (WIDTH, HEIGHT), "RGB")
    return image


def margins_are_paper(image: Image.Image) -> bool:
    middle = (MARGIN, MARGIN, WIDTH - MARGIN, HEIGHT - MARGIN)
    image.paste(PAPER, middle)
    return image.getcolors() == [(WIDTH * HEIGHT, ImageColor.getrgb(PAPER))]


def lengths(image: Image.Image, colour: str) -> list[int]:
    """The longest run of one colour in each row of pixels that has one of 50 or more."""
    wanted = ImageColor.getrgb(colour)
    found = []
    for y in range(HEIGHT):
        line = image.crop((0, y, WIDTH, y + 1)).get_flattened_data()
        run = max((len(list(same)) for one, same in itertools.groupby(line) if one == wanted), default=0)
        if run >= 50:
            found.append(run)
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_every_picture_keeps_its_margins_and_is_drawn_the_same_twice(name: str) -> None:
    media = SAMPLES[name]
    assert draw(media.url) == draw(media.url)
    assert margins_are_paper(drawn(media))


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=80), st.text(max_size=300), st.integers(0, 10**11))
def test_whatever_is_said_is_drawn_within_the_margins(short: str, long: str, votes: int) -> None:
    rows = [Bar(short, votes, True), Bar(long, 0, False)]
    for media in (
        question_card(chat=short, session=short, label=short, text=long),
        result_chart(chat=short, question=long, rows=rows, says=long, notes=[short]),
        figures_card(chat=short, title=long, figures=[(short, long)], quote=long, by=short),
    ):
        assert margins_are_paper(drawn(media))


HOSTILE = {
    "a tower of accents": "Why" + "\u0301\u0323" * 300 + " lead?",
    "one long word": "w" * 5000,
    "right to left": "\u202eמדוע להוביל? لماذا نقود؟",
    "emoji": "👩🏽‍🏫 " * 100,
    "half characters": "Why \ud800 lead?",
    "controls": "Why\x00\x1b[31m\tlead?\r\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_drawn_within_the_margins(name: str) -> None:
    text = HOSTILE[name]
    assert margins_are_paper(drawn(question_card(chat=text, session=text, label="Q1", text=text)))
    assert margins_are_paper(drawn(result_chart(chat="#c", question=text, rows=[Bar(text, 1, True)], says=text)))


def test_a_character_that_the_typeface_lacks_is_left_out() -> None:
    with_it, without = (
        question_card(chat="#EdLdrs", session="", label="Q1", text=text) for text in ("Why 学校 lead? 😀", "Why lead?")
    )
    assert draw(with_it.url) == draw(without.url)
    assert "学校" in with_it.alt


def test_bars_are_as_long_as_their_votes() -> None:
    rows = [Bar("Meetings", 40, True), Bar("Workload", 10, False), Bar("Curriculum", 0, False)]
    image = drawn(result_chart(chat="#EdLdrs", question="What next?", rows=rows, says="50 votes."))
    leading, other = lengths(image, ACCENT), lengths(image, BAR)
    assert max(other) == pytest.approx(max(leading) / 4, abs=2)
    assert len(leading) == pytest.approx(len(other), abs=2)  # one bar each, and none for nought


def test_nobody_voted_shows_no_bar() -> None:
    rows = [Bar("Meetings", 0, False), Bar("Workload", 0, False)]
    image = drawn(result_chart(chat="#EdLdrs", question="What next?", rows=rows, says="Nobody voted."))
    assert not lengths(image, ACCENT)
    assert not lengths(image, BAR)


def test_all_of_a_tie_lead() -> None:
    def one_or_both(second: bool) -> int:
        rows = [Bar("Meetings", 7, True), Bar("Workload", 7, second)]
        return len(lengths(drawn(result_chart(chat="#c", question="What next?", rows=rows, says="A tie.")), ACCENT))

    assert one_or_both(True) == 2 * one_or_both(False)


def test_who_leads_is_bolder_too_not_by_colour_alone() -> None:
    def ink(leading: bool) -> int:
        rows = [Bar("Meetings", 7, leading)]
        image = drawn(result_chart(chat="#c", question="What next?", rows=rows, says="7 votes."))
        wanted = ImageColor.getrgb(INK)
        return sum(one == wanted for one in image.get_flattened_data())

    assert ink(True) > ink(False) * 1.1


def test_a_short_question_is_set_larger_than_a_long_one() -> None:
    def tallest(text: str) -> int:
        """Of the bands of rows that hold ink: one is a line of type."""
        image = drawn(question_card(chat="#c", session="", label="", text=text))
        wanted = ImageColor.getrgb(INK)
        inked = [wanted in image.crop((0, y, WIDTH, y + 1)).get_flattened_data() for y in range(HEIGHT)]
        return max(len(list(same)) for has, same in itertools.groupby(inked) if has)

    assert tallest("Hx") > 1.8 * tallest("Hx " * 200)
