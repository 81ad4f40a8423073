"""What pictures are as media: an address that says all, and a description that says the same."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.model.message import MediaKind
from bridge.pictures import Bar, figures_card, is_picture, question_card, result_chart
from bridge.pictures.specification import Figures, Question, Result, from_url, to_url

BARS = [Bar("Managing workload", 24, True), Bar("Conducting good meetings: who needs to be there, and why", 19, False)]


def test_a_question_card_says_what_it_shows() -> None:
    media = question_card(chat="#EdLdrs", session="12: managing workload", label="Q1", text="Who noticed?")
    assert (media.kind, media.mime, media.name) == (MediaKind.IMAGE, "image/png", "q1.png")
    assert media.alt == "#EdLdrs 12: managing workload. Q1: Who noticed?"
    assert is_picture(media.url)
    assert from_url(media.url) == Question(
        chat="#EdLdrs", session="12: managing workload", label="Q1", text="Who noticed?"
    )


def test_a_result_says_every_option_and_its_votes() -> None:
    media = result_chart(
        chat="#EdLdrs",
        question="What next?",
        rows=BARS,
        says="43 votes. Most are for Managing workload.",
        notes=["X gives counts only."],
    )
    assert media.alt == (
        "#EdLdrs poll: What next? 43 votes. Most are for Managing workload. Managing workload: 24;"
        " Conducting good meetings: who needs to be there, and why: 19. X gives counts only."
    )
    made = from_url(media.url)
    assert isinstance(made, Result)
    assert made.rows == tuple(BARS)


def test_figures_say_what_they_count_and_who_was_quoted() -> None:
    media = figures_card(
        chat="#EdLdrs",
        title="Managing workload",
        figures=[("41", "leaders"), ("186", "posts")],
        quote="Weekly data drops.",
        by="new_to_this",
    )
    assert media.alt == "#EdLdrs: Managing workload. 41 leaders, 186 posts. “Weekly data drops.” (new_to_this)"
    assert isinstance(from_url(media.url), Figures)


def test_figures_are_few_and_fewer_beside_a_quote() -> None:
    many = [(str(number), "posts") for number in range(30)]
    for quote, few in (("", 8), ("Weekly data drops.", 4)):
        made = from_url(figures_card(chat="#EdLdrs", title="Workload", figures=many, quote=quote).url)
        assert isinstance(made, Figures)
        assert made.figures == tuple(many[:few])


@settings(deadline=None)
@given(st.text(), st.text(), st.text())
def test_what_is_written_is_read_again(session: str, label: str, text: str) -> None:
    media = question_card(chat="#EdLdrs", session=session, label=label, text=text)
    assert to_url(from_url(media.url)) == media.url
    assert len(media.alt) <= 1000
    (media.url + media.alt + media.name).encode()  # no half characters


def test_a_huge_text_makes_neither_a_huge_address_nor_a_long_description() -> None:
    rows = [Bar("meetings " * 50_000, 1, True)] * 100
    media = result_chart(chat="#EdLdrs", question="why " * 50_000, rows=rows, says="1", notes=["so " * 50_000] * 100)
    assert len(media.url) < 60_000
    assert len(media.alt) <= 1000
    assert media.alt.endswith("why…")


@pytest.mark.parametrize("votes", [-1, 10**12])
def test_votes_that_cannot_be_are_refused_at_once(votes: int) -> None:
    with pytest.raises(ValueError, match="votes"):
        result_chart(chat="#EdLdrs", question="What next?", rows=[Bar("Meetings", votes, True)], says="")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://example.org/q1.png", "not a picture of ours"),
        ("picture:", "JSON"),
        ("picture:{}", "kind"),
        ('picture:{"kind":"map"}', "map"),
        ('picture:{"kind":"question","chat":"#EdLdrs"}', "text"),
    ],
)
def test_an_address_that_is_none_says_what_is_wrong(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        from_url(url)


def test_pillow_is_not_loaded_until_something_is_drawn() -> None:
    code = (
        "import sys, bridge.pictures as p\n"
        "card = p.question_card(chat='#c', session='', label='Q1', text='Why?')\n"
        "assert 'PIL' not in sys.modules\n"
        "p.draw(card.url)\n"
        "assert 'PIL' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
