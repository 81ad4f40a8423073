"""Pictures as media of a post: the address that says what to draw, and the same in words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from bridge.model.message import Media, MediaKind
from bridge.pictures.specification import (
    LONGEST,
    MOST,
    MOST_BESIDE_QUOTE,
    MOST_FIGURES,
    Bar,
    Figures,
    Question,
    Result,
    Specification,
    to_url,
)
from bridge.pictures.wrapping import shorten

ALT_MAX = 1000  # characters that every network takes


def question_card(*, chat: str, session: str, label: str, text: str) -> Media:
    """A question of a session: ``chat`` as ``#EdLdrs``, ``session`` as ``12: managing workload`` (may be empty),
    ``label`` as ``Q1``."""
    card = Question(chat=_tidy(chat), session=_tidy(session), label=_tidy(label), text=_tidy(text))
    where = " ".join(filter(None, (card.chat, card.session)))
    asked = ": ".join(filter(None, (card.label, card.text)))
    return _media(card, card.label, [where, asked])


def result_chart(*, chat: str, question: str, rows: Sequence[Bar], says: str, notes: Sequence[str] = ()) -> Media:
    """What came out of a poll, in the order given: at most 20 rows. ``says`` is the verdict sentence; ``notes`` say
    what cannot be known. Raises :class:`ValueError` for votes below nought."""
    chart = Result(
        chat=_tidy(chat),
        question=_tidy(question),
        rows=tuple(Bar(_tidy(row.label), row.votes, row.leading) for row in rows[:MOST]),
        says=_tidy(says),
        notes=tuple(map(_tidy, notes[:MOST])),
    )
    votes = (f"{row.label}: {row.votes}" for row in chart.rows)
    return _media(chart, "result", [f"{chart.chat} poll: {chart.question}", chart.says, "; ".join(votes), *chart.notes])


def figures_card(*, chat: str, title: str, figures: Sequence[tuple[str, str]], quote: str = "", by: str = "") -> Media:
    """A session in few figures (``("41", "leaders")``; the first eight, or four beside a quote) and, where given, one
    post of it and who said that."""
    few = figures[: MOST_BESIDE_QUOTE if quote else MOST_FIGURES]
    card = Figures(
        chat=_tidy(chat),
        title=_tidy(title),
        figures=tuple((_tidy(number), _tidy(meaning)) for number, meaning in few),
        quote=_tidy(quote),
        by=_tidy(by),
    )
    counts = ", ".join(f"{number} {meaning}" for number, meaning in card.figures)
    said = f"“{card.quote}” ({card.by})" if card.by else f"“{card.quote}”"
    return _media(card, "figures", [f"{card.chat}: {card.title}", counts, said if card.quote else ""])


def _media(specification: Specification, name: str, sentences: Iterable[str]) -> Media:
    slug = "".join(character for character in name.lower() if character.isascii() and character.isalnum())
    alt = " ".join(s if s.endswith((".", "?", "!", "…", "”", ")")) else f"{s}." for s in sentences if s)
    return Media(
        kind=MediaKind.IMAGE,
        url=to_url(specification),
        mime="image/png",
        name=f"{slug[:20] or specification.kind}.png",
        alt=shorten(alt, ALT_MAX, len),
    )


def _tidy(text: str) -> str:
    """In one line, without what is no character, and no longer than any picture has room for."""
    shown = "".join(" " if unicodedata.category(one) in ("Cc", "Cs") else one for one in text[: LONGEST * 2])
    return shorten(shown, LONGEST, len)
