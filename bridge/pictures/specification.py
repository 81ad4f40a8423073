"""What a picture shows, and the address that says it. Frozen values; no drawing in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

LONGEST = 1000  # characters of one text: more than any picture has room for
MOST = 20  # bars or notes of one picture
MOST_FIGURES = 8
MOST_BESIDE_QUOTE = 4

_SCHEME = "picture:"

Words = Annotated[str, Field(max_length=LONGEST)]


@dataclass(frozen=True, slots=True)
class Bar:
    """One option of a poll: its words, how many votes it has, and whether no other has more."""

    label: Words
    votes: Annotated[int, Field(ge=0, lt=10**12)]
    leading: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """``session`` may be empty; ``label`` is ``Q1``."""

    kind: Literal["question"] = "question"
    chat: Words
    session: Words
    label: Words
    text: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """``says`` is the verdict; ``notes`` are sentences on what cannot be known."""

    kind: Literal["result"] = "result"
    chat: Words
    question: Words
    rows: Annotated[tuple[Bar, ...], Field(max_length=MOST)]
    says: Words
    notes: Annotated[tuple[Words, ...], Field(max_length=MOST)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """``figures`` are pairs of a number and what it counts (``"41"``, ``"leaders"``); ``quote`` is one post and ``by``
    who said it, both possibly empty."""

    kind: Literal["figures"] = "figures"
    chat: Words
    title: Words
    figures: Annotated[tuple[tuple[Words, Words], ...], Field(max_length=MOST_FIGURES)]
    quote: Words
    by: Words


Specification = Question | Result | Figures

_json: TypeAdapter[Specification] = TypeAdapter(Annotated[Specification, Field(discriminator="kind")])


def is_picture(url: str) -> bool:
    """Is it the address of a picture of ours?"""
    return url.startswith(_SCHEME)


def to_url(specification: Specification) -> str:
    """``picture:`` and compact JSON. Raises :class:`ValueError` for what could not be drawn, such as votes below
    nought: sooner than in the outbox."""
    written = _json.dump_json(specification)
    _json.validate_json(written)
    return _SCHEME + written.decode()


def from_url(url: str) -> Specification:
    """What :func:`to_url` wrote. Raises :class:`ValueError` that says what is wrong."""
    if not is_picture(url):
        raise ValueError(f'not a picture of ours, whose address begins with "{_SCHEME}": {url[:40]!r}')
    return _json.validate_json(url.removeprefix(_SCHEME))
