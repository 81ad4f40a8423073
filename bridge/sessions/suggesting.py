"""Themes that people suggest: how they are said, heard, and made into a shortlist."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bridge.intake.handlers import Answer, Handler, Heard, spoken
from bridge.model.ids import AccountId, Platform
from bridge.model.poll import Option, same
from bridge.model.session import Session, Suggestion
from bridge.model.text import Text
from bridge.outbox.clean import tidy
from bridge.outbox.split import shorten
from bridge.store import accounts, polls, sessions, suggestions

MOST_OF_A_THEME = 100  # characters
_SAID = re.compile(r"^[\W_]*suggest(?:ion)?s?\s*:\s*(.*\w.*)", re.IGNORECASE)
_BACK = timedelta(weeks=4)
_OPTED_OUT = (
    "You asked that nothing of yours crosses, so your theme is not put into the poll either. Say start (and take "
    "#nobridge out of your profile, if it is there) to change that."
)


@dataclass(frozen=True, slots=True)
class Theme:
    """What several people may have suggested. ``support``: how many others would come for it."""

    text: str
    support: int


def suggested(text: Text) -> str:
    """The theme that a text suggests, on one line; empty where it suggests none."""
    found = _SAID.match(spoken(text))
    return shorten(Text(tidy(found[1])), lambda part: len(part.plain) <= MOST_OF_A_THEME).plain if found else ""


def handler(connection: Connection) -> Handler:
    """Intake's handler. What is suggested in public crosses; what is said to the bot alone is noted."""

    def hear(heard: Heard) -> Answer | None:
        theme = suggested(heard.text)
        if not theme:
            if heard.edited:
                suggestions.drop(connection, heard.chat, heard.platform, heard.id)
            return None
        if accounts.opted_out(connection, heard.platform, [heard.author.account]):
            return Answer(text=_OPTED_OUT, rule="opted-out", reason="its author does not want to be bridged")
        suggestion = Suggestion(
            platform=heard.platform,
            post=heard.id,
            author=heard.author.account,
            name=heard.author.name or heard.author.handle,
            text=theme,
            at=heard.at,
            private=not heard.crosses,
        )
        suggestions.put(connection, heard.chat, suggestion)
        if heard.crosses:
            return None
        return Answer(text=f"Thank you. Noted for the next shortlist: {theme}", reason="it is a suggestion to the bot")

    return hear


def themes(suggestions: Iterable[Suggestion]) -> list[Theme]:
    """Each theme once, the best supported first; of equals everybody's first theme comes before anybody's second,
    and then the one that was suggested first. Who suggests what another has suggested supports it. Pure."""
    found: dict[str, list[Suggestion]] = {}
    for one in suggestions:
        found.setdefault(told_apart(one.text), []).append(one)
    firsts = sorted((min(alike, key=_when) for alike in found.values()), key=_when)
    made = []
    of_author: Counter[tuple[Platform, AccountId]] = Counter()
    for first in firsts:
        alike = found[told_apart(first.text)]
        people = {(one.platform, one.author) for one in alike}
        theme = Theme(first.text, sum(one.support for one in alike) + len(people) - 1)
        made.append((-theme.support, of_author[first.platform, first.author], _when(first), theme))
        of_author[first.platform, first.author] += 1
    return [theme for *_, theme in sorted(made, key=lambda one: one[:3])]


def told_apart(text: str) -> str:
    """Equal for two that say the same theme."""
    return same(text).rstrip(".!?")


def _when(one: Suggestion) -> tuple[datetime, str]:
    return one.at, one.post


def collected(connection: Connection, session: Session, now: datetime) -> list[Theme]:
    """What has been suggested for a session: since the poll of an earlier one opened."""
    since = session.begins - _BACK
    before = sessions.latest_with_poll(connection, session.chat, session.begins)
    if before is not None and before.poll is not None:
        kept = polls.by_number(connection, session.chat, before.poll)
        since = max(since, kept.poll.opens_at) if kept is not None else since
    return themes(suggestions.between(connection, session.chat, since, now + timedelta(minutes=1)))


def proposed(connection: Connection, session: Session, most: int, now: datetime) -> tuple[Option, ...]:
    """The best supported themes, as options of a poll."""
    return tuple(Option(one.text) for one in collected(connection, session, now)[:most])
