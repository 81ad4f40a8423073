"""config.yaml: what is read from it, and how each fault is told."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bridge.config import secrets
from bridge.config.load import load
from bridge.config.problems import ConfigError
from bridge.model.calendar import Hour, OneOff, Skip
from bridge.model.chat import Late, Relay, Role
from bridge.model.ids import ChatId, NetworkId
from bridge.sessions.standard import STANDARD

GOOD = """\
database: sqlite:///journal.db
networks:
  hall:
    platform: memory
    server: hall
    budget: {per_15_minutes: 50, usd_per_day: 1.5}
  yard:
    platform: memory
    server: yard
chats:
  edldrs:
    name: "#EdLdrs"
    hashtags: ["#EdLdrs"]
    timezone: Europe/London
    hour: Mon 20:00-21:00
    hosts: {hall: ["@Head@hall"]}
    channels:
      - {network: hall, address: "#lounge"}
      - network: yard
        address: "#lounge"
        relay: session
        late: skip
        late_after: 5 min
        max_age: 2 days
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "config.yaml"
    file.write_text(textwrap.dedent(text))
    return file


def test_what_is_written_is_what_there_is(tmp_path: Path) -> None:
    installation = load(written(tmp_path, GOOD))
    assert installation.database == f"sqlite:///{tmp_path / 'journal.db'}"
    budget = installation.book.networks[NetworkId("hall")].budget
    assert (budget.per_15_minutes, budget.per_day, budget.micro_usd_per_day) == (50, None, 1_500_000)
    chat = installation.book.chats[ChatId("edldrs")]
    assert chat.hashtags == ("EdLdrs",)
    assert chat.is_host(NetworkId("hall"), "@head@hall")
    assert chat.calendar.hour == Hour(0, time(20), time(21))
    yard = chat.channels[1]
    assert (yard.relay, yard.late, yard.late_after, yard.max_age) == (
        Relay.SESSION, Late.SKIP, timedelta(minutes=5), timedelta(days=2),
    )  # fmt: skip


HOLIDAYS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//school//terms//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261221
DTEND;VALUE=DATE:20270104
SUMMARY:Christmas holidays
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20200101
RRULE:FREQ=YEARLY
SUMMARY:New Year's Day
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART:20270215T090000Z
DTEND:20270219T160000Z
SUMMARY:Half term
END:VEVENT
END:VCALENDAR
"""


def test_a_calendar_is_read_from_keys_and_from_files(tmp_path: Path) -> None:
    (tmp_path / "terms.ics").write_text(HOLIDAYS.replace("\n", "\r\n"))
    keys = [
        "hour: Mon 20:00-21:00",
        "first: 2011-05-23",
        "first_number: 2",
        "skips: [2026-11-30, 2027-05-03 Bank holiday]",
        "holidays: [terms.ics]",
        "one_offs: [2026-12-15 19:00-20:30 Quiz]",
        "rota: [ann, [ben, eve]]",
    ]
    text = GOOD.replace(keys[0], "\n    ".join(keys))
    calendar = load(written(tmp_path, text)).book.chats[ChatId("edldrs")].calendar
    assert (calendar.first, calendar.first_number) == (date(2011, 5, 23), 2)
    assert calendar.skips[:2] == (
        Skip(date(2026, 11, 30), date(2026, 11, 30)),
        Skip(date(2027, 5, 3), date(2027, 5, 3), "Bank holiday"),
    )
    assert Skip(date(2026, 12, 21), date(2027, 1, 3), "Christmas holidays") in calendar.skips
    assert Skip(date(2027, 2, 15), date(2027, 2, 19), "Half term") in calendar.skips
    assert Skip(date(2028, 1, 1), date(2028, 1, 1), "New Year's Day") in calendar.skips
    assert calendar.one_offs == (OneOff(date(2026, 12, 15), time(19), time(20, 30), "Quiz"),)
    assert calendar.rota == (("ann",), ("ben", "eve"))


@pytest.mark.parametrize("keys", ["programme:", "programme: {}"])
def test_a_programme_with_nothing_below_it_is_the_standard_one(tmp_path: Path, keys: str) -> None:
    text = GOOD.replace("hour: Mon", f"{keys}\n    hour: Mon")
    assert load(written(tmp_path, text)).book.chats[ChatId("edldrs")].programme == STANDARD
    assert load(written(tmp_path, GOOD)).book.chats[ChatId("edldrs")].programme is None


FAULTS = [
    ("platform: memory\n    server: hall", "platform: memroy\n    server: hall", "4: networks.hall.platform", "memory"),
    ("server: yard", "sever: yard", "9: networks.yard.sever: there is no such key", 'Did you mean "server"'),
    (
        "per_15_minutes: 50",
        "per_15_minutes: many",
        "6: networks.hall.budget.per_15_minutes",
        "whole number, not 'many'",
    ),
    ("per_15_minutes: 50", "per_15_minutes: -1", "6: networks.hall.budget.per_15_minutes", "at least 0"),
    ("Europe/London", "Europe/Londn", "14: chats.edldrs.timezone", "Europe/London"),
    ("Mon 20:00-21:00", "Monday 8pm", "15: chats.edldrs.hour", "Monday 20:00-21:00"),
    ("Mon 20:00-21:00", "Monday 25:00-26:00", "15: chats.edldrs.hour", "Monday 20:00-21:00"),
    ("hour: Mon", "rota: [ann, [ben, eve]]\n    hour: Mon", "15: chats.edldrs.rota", "Give first: its day"),
    ("hour: Mon", "skips: [Christmas]\n    hour: Mon", "15: chats.edldrs.skips[0]", "2026-12-21..2027-01-03"),
    ("hour: Mon", "skips: [2027-01-03..2026-12-21]\n    hour: Mon", "15: chats.edldrs.skips[0]", "before it begins"),
    (
        "hour: Mon",
        "programme: {steps: {call: {at: 4 weeks before}}}\n    hour: Mon",
        "15: chats.edldrs.programme.steps.call.at[0]",
        "3 weeks before the hour",
    ),
    (
        "hour: Mon",
        "programme: {steps: {summary: {at: 5 days after the end}}}\n    hour: Mon",
        "15: chats.edldrs.programme.steps.summary.at[0]",
        "2 days after it at the latest",
    ),
    (
        "hour: Mon",
        "programme: {grace: 99999999 days}\n    hour: Mon",
        "15: chats.edldrs.programme.grace",
        "at most 1 day",
    ),
    ("hour: Mon", "one_offs: [Tuesday]\n    hour: Mon", "15: chats.edldrs.one_offs[0]", "2026-12-15 19:00-20:30"),
    (
        "hour: Mon",
        'one_offs: ["2027-03-28 01:30-02:30"]\n    hour: Mon',
        "15: chats.edldrs.one_offs[0]",
        "do not show 01:30 on 2027-03-28",
    ),
    ("hour: Mon", "holidays: [none.ics]\n    hour: Mon", "15: chats.edldrs.holidays[0]", "cannot be read"),
    ("hour: Mon", "holidays: [config.yaml]\n    hour: Mon", "15: chats.edldrs.holidays[0]", "cannot be read"),
    ("relay: session", "relay: sesion", "21: chats.edldrs.channels[1].relay", 'Did you mean "session"'),
    ("late_after: 5 min", "late_after: 5", "23: chats.edldrs.channels[1].late_after", "10 min"),
    ("network: yard\n", "network: yrad\n", "19: chats.edldrs.channels[1].network", 'Did you mean "yard"'),
    ("hosts: {hall:", "hosts: {hal:", "16: chats.edldrs.hosts.hal", 'Did you mean "hall"'),
    ("hosts: {hall:", "moderators: {hal: [a]}\n    hosts: {hall:", "16: chats.edldrs.moderators.hal", 'mean "hall"'),
    ("hosts: {hall:", "admins: {hall: ada}\n    hosts: {hall:", "16: chats.edldrs.admins.hall", "must be a list"),
    (
        "hosts: {hall:",
        'moderators_room: {network: hal, address: "#desk"}\n    hosts: {hall:',
        "16: chats.edldrs.moderators_room.network",
        'Did you mean "hall"',
    ),
    (
        "hosts: {hall:",
        "moderators_room: {network: yard, address: Lounge}\n    hosts: {hall:",
        "16: chats.edldrs.moderators_room.address",
        "this is channels[1] of edldrs. Make a room for the moderators alone",
    ),
    (
        "hosts: {hall:",
        "moderators_room: {network: hall}\n    hosts: {hall:",
        "16: chats.edldrs.moderators_room.address",
        "is missing",
    ),
    ('["#EdLdrs"]', '["Ed Ldrs"]', "13: chats.edldrs.hashtags[0]", "one word"),
    ("sqlite:///journal.db", "mysql://x/y", "1: database", "postgresql://"),
    ("sqlite:///journal.db", '"sqlite://"', "1: database", "Name a file"),
    ("server: hall", "server: env:EDLDRS_NOT_SET", "5: networks.hall.server", "EDLDRS_NOT_SET is not set"),
    (
        'network: yard\n        address: "#lounge"',
        "network: hall\n        address: Lounge",
        "20: chats",
        "channels[0] again",
    ),
    ("platform: memory\n    server: hall", "server: hall", "3: networks.hall.platform", "is missing"),
    ("server: hall", "find_lag: soon", "5: networks.hall.find_lag", "must be a number, not 'soon'"),
    ("server: hall", "replies: [a]", "5: networks.hall.replies", "anyone, engaged, own"),
    (
        "max_age: 2 days",
        "max_age: 2 days\n        max_parts: 0",
        "25: chats.edldrs.channels[1].max_parts",
        "at least 1",
    ),
    ("server: hall", "server: file:not-there", "5: networks.hall.server", "not-there cannot be read"),
]


@pytest.mark.parametrize(("right", "wrong", "where", "mend"), FAULTS)
def test_each_fault_names_its_key_its_line_and_the_mend(
    tmp_path: Path, right: str, wrong: str, where: str, mend: str
) -> None:
    assert right in GOOD
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, GOOD.replace(right, wrong, 1)))
    said = str(caught.value)
    assert f"config.yaml:{where}" in said
    assert mend in said
    assert len(caught.value.problems) == 1, said


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("server: yard", "sever: yard").replace("Londn", "").replace("relay: session", "relay: no")
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text))
    assert {problem.keys[-1] for problem in caught.value.problems} == {"sever", "relay"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [b", ":1: this is not YAML"),
        ("a: 1\na: 2", ":2: this is not YAML: found duplicate key"),
        ("a:\n\t- x", ":2: this is not YAML"),
        ("\x01", ": this is not YAML"),
        ("- just\n- a list", ": it must have the keys networks: and chats:"),
        ("", ": it must have the keys networks: and chats:"),
    ],
)
def test_what_is_no_config_at_all_is_said_to_be_none(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text))
    assert f"config.yaml{says}" in str(caught.value)


def test_a_missing_token_names_the_login(tmp_path: Path) -> None:
    text = GOOD.replace(
        "  yard:\n    platform: memory\n    server: yard", "  yard:\n    platform: mastodon\n    server: m.example"
    )
    file = written(tmp_path, text)
    with pytest.raises(ConfigError, match="edldrs login yard"):
        load(file)
    load(file, without_secrets=NetworkId("yard"))
    secrets.store(tmp_path / "edldrs-data", NetworkId("yard"), {"token": "stored"})
    settings = load(file).networks[NetworkId("yard")].settings
    assert settings.token.get_secret_value() == "stored"
    assert "stored" not in repr(settings)


def test_a_damaged_stored_token_is_told_without_its_content(tmp_path: Path) -> None:
    file = secrets.store(tmp_path / "edldrs-data", NetworkId("hall"), {"token": "t"})
    file.write_text('{"token": "hush')
    with pytest.raises(ConfigError, match=r"config\.yaml:3: networks\.hall: .*edldrs login hall") as caught:
        load(written(tmp_path, GOOD))
    assert "hush" not in str(caught.value)


def test_a_secret_of_the_wrong_type_is_not_shown(tmp_path: Path) -> None:
    text = GOOD.replace(
        "platform: memory\n    server: yard", "platform: mastodon\n    server: m.example\n    token: 83117"
    )
    with pytest.raises(ConfigError, match=r"networks\.yard\.token: must be text") as caught:
        load(written(tmp_path, text))
    assert "83117" not in str(caught.value)


def test_hosts_are_known_with_and_without_their_sign(tmp_path: Path) -> None:
    chat = load(written(tmp_path, GOOD.replace('"@Head@hall"', "Head@hall"))).book.chats[ChatId("edldrs")]
    assert chat.is_host(NetworkId("hall"), "@head@hall")


def test_moderators_and_their_room_are_read(tmp_path: Path) -> None:
    keys = 'moderators: {hall: [Mo@hall]}\n    moderators_room: {network: yard, address: "#desk"}\n    hosts: {hall:'
    book = load(written(tmp_path, GOOD.replace("hosts: {hall:", keys))).book
    chat, hall, yard = book.chats[ChatId("edldrs")], NetworkId("hall"), NetworkId("yard")
    assert [chat.role(hall, one) for one in ("@mo@hall", "@Head@hall", "@ann@hall")] == [
        Role.MODERATOR, Role.HOST, Role.LEADER,
    ]  # fmt: skip
    assert [one.address for one in book.on(yard)] == ["#lounge"]
    assert [one.address for one in book.reached(yard)] == ["#lounge", "#desk"]
    assert [one.address for one in book.reached(hall)] == ["#lounge"]


def test_a_moderators_room_is_no_hashtag(tmp_path: Path) -> None:
    text = GOOD.replace(
        "  yard:\n    platform: memory\n    server: yard",
        "  yard:\n    platform: mastodon\n    server: m.example\n    token: t",
    ).replace("hosts: {hall:", 'moderators_room: {network: yard, address: "#desk"}\n    hosts: {hall:')
    with pytest.raises(ConfigError, match=r"moderators_room\.network: Mastodon has hashtags, which everybody reads"):
        load(written(tmp_path, text))


YAML_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("all"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=3),
    max_leaves=5,
)


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all values of a document."""
    yield way
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _places(one, (*way, key))


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_written_is_loaded_or_told(tmp_path: Path, data: st.DataObject) -> None:
    yaml = YAML(typ="safe")
    document = yaml.load(GOOD)
    way = data.draw(st.sampled_from(list(_places(document))[1:]))
    here = document
    for key in way[:-1]:
        here = here[key]
    here[way[-1]] = data.draw(YAML_VALUES)
    with (tmp_path / "config.yaml").open("w", encoding="utf-8") as handle:
        yaml.dump(document, handle)
    try:
        load(tmp_path / "config.yaml")
    except ConfigError as error:
        for line in str(error).splitlines():
            assert re.match(r".*config\.yaml(:\d+)?: \S", line), line


def test_tokens_come_from_the_environment_or_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDLDRS_HALL", "from-env")
    (tmp_path / "secret").write_text("from-file\n")
    text = GOOD.replace("server: hall", "server: env:EDLDRS_HALL").replace("server: yard", "server: file:secret")
    networks = load(written(tmp_path, text)).networks
    assert networks[NetworkId("hall")].settings.server == "from-env"
    assert networks[NetworkId("yard")].settings.server == "from-file"


def test_stored_tokens_are_for_this_user_only(tmp_path: Path) -> None:
    file = secrets.store(tmp_path, NetworkId("hall"), {"token": "t"})
    assert os.stat(file).st_mode & 0o777 == 0o600
