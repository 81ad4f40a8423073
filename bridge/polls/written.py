"""A poll as a moderator writes it in a line: ``poll "question" | a | b => short | c closes in 2 days multiple``.
Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.model.poll import PollRefused, Tie
from bridge.model.times import duration, moment
from bridge.polls.drafts import Draft, options_of

FORM = '"question" | option | option => short form | ... [closes in 2 days] [multiple] [tie draw]'
LASTS = timedelta(days=2)
"""How long a poll is open that does not say."""

_OPENS, _CLOSES = '["“„«]', '["”“»]'
_QUESTION = re.compile(rf"\s*{_OPENS}(.*?){_CLOSES}\s*(?:\|(.*))?", re.DOTALL)
_OPTION = re.compile(
    rf"\s*(?:{_OPENS}([^\"“”„«»]*){_CLOSES}(?=\s*(?:\||$|=>|[,;]|closes\b|multiple\b|tie\b)))?([^|]*)(?:\||$)",
    re.IGNORECASE,
)
_SETTING = re.compile(
    r"""(?:^|[\s,;]+)(?:
        (?P<multiple>multiple)
        | tie \s+ (?P<tie>first|draw|moderators)
        | closes \s+ in \s+ (?P<lasts>\d+(?:\.\d+)?\s*[a-z]+)
        | closes \s+ (?:on\s+|at\s+)? (?P<at>(?:\d{4}-\d\d-\d\d|[a-z]{3,}),?\s+(?:at\s+)?\d{1,2}[:.]\d\d)
    )[\s.]*$""",
    re.IGNORECASE | re.VERBOSE,
)
_CLOSES_SOMEHOW = re.compile(r"\bcloses\b.*", re.IGNORECASE)


def draft_of(written: str, now: datetime, zone: ZoneInfo) -> Draft:
    """What it asks; times count from ``now``. Raises :class:`bridge.model.poll.PollRefused`."""
    found = _QUESTION.fullmatch(written)
    if found is None:
        raise PollRefused(f"Put the question in quotes, and | before each option: poll {FORM}")
    options = list(_options(found[2] or ""))
    if not options:
        raise PollRefused(f"A poll needs two options at least. Write: poll {FORM}")
    literal, last = options[-1]
    settings: dict[str, str] = {}
    while (setting := _SETTING.search(last)) is not None:
        name = str(setting.lastgroup)
        if name in settings or {name, *settings} >= {"lasts", "at"}:
            raise PollRefused(f'"{setting[0].strip()}" says again what the poll says already. Leave one of them out.')
        settings[name] = setting[name]
        last = last[: setting.start()]
    if (somehow := _CLOSES_SOMEHOW.search(last)) is not None:
        raise PollRefused(
            f'"{somehow[0].strip()}" does not say when. Write closes in 2 days, closes Monday 19:00 or '
            "closes 2026-11-30 19:00; or put the option in quotes, if it is part of it."
        )
    options[-1] = literal, last
    whole = [f"{literal}{rest}" for literal, rest in options]
    if settings and not whole[-1].strip():
        del whole[-1]  # the settings stood behind a | of their own
    return Draft(
        question=" ".join(found[1].split()),
        options=options_of(whole),
        closes_at=_closes_at(settings, now, zone),
        multiple="multiple" in settings,
        tie=Tie(settings.get("tie", Tie.FIRST).lower()),
    )


def _options(written: str) -> Iterator[tuple[str, str]]:
    """Each option: what of it stood in quotes, and the rest. A | at the very end begins none."""
    at = 0
    while at < len(written.rstrip()):
        found = _OPTION.match(written, at)
        assert found is not None
        yield found[1] or "", found[2]
        at = found.end()


def _closes_at(settings: dict[str, str], now: datetime, zone: ZoneInfo) -> datetime:
    try:
        if "at" in settings:
            return moment(settings["at"], now, zone)
        return now + (duration(settings["lasts"]) if "lasts" in settings else LASTS)
    except OverflowError:
        raise PollRefused("It would be open for ever. Say how long it is open, such as 2 days.") from None
    except ValueError as error:
        raise PollRefused(f"When does it close? {str(error)[:1].upper()}{str(error)[1:]}.") from None
