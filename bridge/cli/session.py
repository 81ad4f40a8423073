"""`edldrs session`: when the chat meets, for people and for their calendars."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge.cli.common import chat_named, chat_option, config_option, loaded, utc_now
from bridge.cli.errors import fail
from bridge.config.problems import did_you_mean
from bridge.model.calendar import Occurrence
from bridge.model.chat import Chat

_FEED = 52  # sessions that a calendar is told of
_PLAIN = 200  # characters of a line where nobody looks at a terminal


@click.group()
def session() -> None:
    """When the chat meets: the sessions that come."""


@session.command("list")
@chat_option
@click.option("--count", type=click.IntRange(1, 500), default=8, show_default=True, help="How many")
@click.option("--zone", default=None, help="Another timezone to show them in, such as America/New_York")
@config_option
def list_sessions(file: Path, name: str | None, count: int, zone: str | None) -> None:
    """The coming sessions, in the chat's time and in a reader's; those that are left out, with the reason."""
    chat = chat_named(loaded(file), name)
    reader = _zone(zone) if zone else None
    now = utc_now()
    coming = list(islice(chat.calendar.occurrences(now), count))
    if not coming:
        fail(f"{chat.name} has no weekly hour. Give it one in {file}: hour: Monday 20:00-21:00")
    year = now.astimezone(chat.zone).year
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("", str(chat.zone), *([str(reader)] if reader else [])):
        table.add_column(column, no_wrap=True)
    table.add_column("")
    for one in coming:
        table.add_row(*map(Text, _row(chat, one, reader, year)), style=None if one.held else "dim")
    console = Console()
    (console if console.is_terminal else Console(width=_PLAIN)).print(table)


@session.command("ical")
@chat_option
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-")
@config_option
def ical(file: Path, name: str | None, out: Path) -> None:
    """The sessions of a year as an iCalendar file, OUT or standard output, for calendar programs."""
    from bridge.sessions.feed import feed

    chat = chat_named(loaded(file), name)
    now = utc_now()
    held = (one for one in chat.calendar.occurrences(now) if one.held)
    told = feed(chat, islice(held, _FEED), now)
    if str(out) == "-":
        click.echo(told, nl=False)
    else:
        out.write_bytes(told)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        from zoneinfo import available_timezones

        mend = did_you_mean(name, sorted(available_timezones()))
        fail(f'"{name}" is no time zone. Write one such as Europe/London.{mend}', 2)


def _row(chat: Chat, one: Occurrence, reader: ZoneInfo | None, year: int) -> list[str]:
    number = "" if one.number is None or not one.held else str(one.number)
    times = [_when(one, chat.zone, year), *([_there(one, chat.zone, reader)] if reader else [])]
    hosts = " and ".join(one.hosts)
    said = (f"left out: {one.skipped}",) if one.skipped else (one.why, one.note, hosts and f"hosted by {hosts}")
    return [number, *times, "; ".join(word for word in said if word)]


def _when(one: Occurrence, zone: ZoneInfo, year: int) -> str:
    """``Mon 30 Nov, 20:00-21:00``, with the year where it is another."""
    begins, ends = one.begins.astimezone(zone), one.ends.astimezone(zone)
    shown = "" if begins.year == year else f" {begins.year}"
    return f"{begins:%a} {begins.day:2} {begins:%b}{shown}, {begins:%H:%M}-{ends:%H:%M}"


def _there(one: Occurrence, zone: ZoneInfo, reader: ZoneInfo) -> str:
    """``15:00-16:00``, with the weekday where it is another."""
    begins, ends = one.begins.astimezone(reader), one.ends.astimezone(reader)
    day = "" if begins.date() == one.begins.astimezone(zone).date() else f"{begins:%a} "
    return f"{day}{begins:%H:%M}-{ends:%H:%M}"
