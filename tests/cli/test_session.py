"""`edldrs session`: what comes, for people and for calendar programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from icalendar import Calendar

from bridge.cli import session as module
from bridge.cli.session import session

NOW = datetime(2026, 12, 10, 12, 0, tzinfo=UTC)
CONFIG = """\
networks:
  hall: {platform: memory, server: hall}
chats:
  edldrs:
    name: "#EdLdrs"
    hashtags: [EdLdrs]
    hour: Monday 20:00-21:00
    first: 2026-12-07
    skips: [2026-12-21..2027-01-03 Christmas]
    one_offs: [2026-12-16 19:00-20:30 Quiz]
    rota: ["@ann", ["@ben", "@eve"]]
    channels: [{network: hall, address: "#lounge"}]
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "utc_now", lambda: NOW)
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)
    return file


def asked(config: Path, *words: str) -> Result:
    return CliRunner().invoke(session, [*words, "--config", str(config)])


def test_the_coming_sessions_in_two_times(config: Path) -> None:
    told = asked(config, "list", "--count", "5", "--zone", "Australia/Sydney")
    lines = [" ".join(line.split()) for line in told.output.splitlines()]
    assert lines == [
        "Europe/London Australia/Sydney",
        "2 Mon 14 Dec, 20:00-21:00 Tue 07:00-08:00 hosted by @ben and @eve",
        "3 Wed 16 Dec, 19:00-20:30 Thu 06:00-07:30 Quiz; hosted by @ann",
        "Mon 21 Dec, 20:00-21:00 Tue 07:00-08:00 left out: Christmas",
        "Mon 28 Dec, 20:00-21:00 Tue 07:00-08:00 left out: Christmas",
        "4 Mon 4 Jan 2027, 20:00-21:00 Tue 07:00-08:00 hosted by @ben and @eve",
    ]


def test_a_calendar_program_reads_the_same(config: Path) -> None:
    told = asked(config, "ical").stdout_bytes
    assert all(len(line) <= 75 for line in told.split(b"\r\n"))
    assert b"X-PUBLISHED-TTL:PT6H" in told
    calendar = Calendar.from_ical(told)
    events = calendar.events
    assert len(events) == 52
    first, second = events[0], events[1]
    assert (str(first["summary"]), str(second["summary"])) == ("#EdLdrs 2", "#EdLdrs 3: Quiz")
    assert first.start == datetime(2026, 12, 14, 20, 0, tzinfo=UTC)
    assert first.end - first.start == timedelta(hours=1)
    assert "Hosted by @ben and @eve." in str(first["description"])
    assert all(
        one.start.astimezone(ZoneInfo("Europe/London")).hour == 20 for one in events if "Quiz" not in one["summary"]
    )
    assert len({str(one["uid"]) for one in events}) == 52


def test_an_event_keeps_its_name_from_telling_to_telling(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {one.start: str(one["uid"]) for one in Calendar.from_ical(asked(config, "ical").stdout_bytes).events}
    monkeypatch.setattr(module, "utc_now", lambda: NOW + timedelta(days=30))
    config.write_text(CONFIG.replace("Quiz", "Another").replace("Monday 20", "Mon 20"))
    after = {one.start: str(one["uid"]) for one in Calendar.from_ical(asked(config, "ical").stdout_bytes).events}
    both = before.keys() & after.keys()
    assert len(both) > 40
    assert {start: before[start] for start in both} == {start: after[start] for start in both}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("list", "--zone", "Europe/Londn"), 'Did you mean "Europe/London"'),
        (("list", "--chat", "edldr"), 'Did you mean "edldrs"'),
        (("ical", "--chat", "x"), 'there is no chat "x" (edldrs)'),
    ],
)
def test_a_wrong_name_is_told_with_a_mend(config: Path, words: tuple[str, ...], says: str) -> None:
    told = asked(config, *words)
    assert told.exit_code == 2
    assert says in told.stderr


def test_a_chat_without_an_hour_says_what_to_write(config: Path) -> None:
    config.write_text(
        CONFIG.replace("    hour: Monday 20:00-21:00\n", "").replace(
            "    one_offs: [2026-12-16 19:00-20:30 Quiz]\n", ""
        )
    )
    told = asked(config, "list")
    assert told.exit_code == 1
    assert "hour: Monday 20:00-21:00" in told.stderr
