"""The words of steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bridge.model.calendar import Calendar
from bridge.model.chat import Chat
from bridge.model.ids import ChatId
from bridge.model.programme import StepKind
from bridge.sessions import wording
from bridge.sessions.standard import STANDARD
from tests.sessions.test_programme import MONDAY

CHAT = Chat(
    id=ChatId("edldrs"),
    name="#EdLdrs",
    hashtags=("EdLdrs",),
    calendar=Calendar(zone=ZoneInfo("Europe/London")),
    programme=STANDARD,
    clock_name="UK",
)
SESSION = replace(MONDAY, theme="managing workload", hosts=("Ann", "Ben", "Eve"))


def said(template: str, session: object = SESSION) -> str:
    return wording.fill(template, wording.facts(CHAT, session, None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{title}", "#EdLdrs 2: managing workload"),
        ("{day}, {time}", "Monday 30 March, 8pm UK"),
        (
            "{hosted} {disclaimer}",
            "Hosted by Ann, Ben and Eve. What we post here is our own thinking, not our employers'.",
        ),
        ("Over. {next} {suggest}", "Over. Suggest a theme any time: suggest: ..."),
        ("{{braces}}", "{braces}"),
        ("a \n\n  b", "a\n\nb"),
    ],
)
def test_templates(template: str, text: str) -> None:
    assert said(template) == text


def test_what_is_not_known_leaves_no_gap() -> None:
    bare = replace(SESSION, theme="", hosts=(), number=None)
    assert said("Welcome to {title}. {hosted} {disclaimer}", bare) == f"Welcome to #EdLdrs. {STANDARD.disclaimer}"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{thema}", "there is no {thema}. There are {chat}"),
        ("{title", "braces"),
        (" ", "says nothing"),
        ("{}", "no {}"),
        ("{theme:d}", "write {theme}"),
        ("{theme:>{thema}}", "write {theme}"),
        ("{theme!x}", "write {theme}"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(template: str, says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("{", r"\{").replace("}", r"\}")):
        wording.check(template)


def test_the_standard_templates_can_be_filled_and_tell_sessions_apart() -> None:
    for rule in STANDARD.rules.values():
        for template in rule.texts:
            wording.check(template)
    assert len(STANDARD.rules[StepKind.CALL].texts) > 1


@pytest.mark.parametrize(
    ("hour", "minute", "shown"),
    [(0, 0, "12am UK"), (11, 30, "11:30am UK"), (12, 0, "12pm UK"), (20, 0, "8pm UK"), (20, 5, "8:05pm UK")],
)
def test_hours_as_people_say_them(hour: int, minute: int, shown: str) -> None:
    assert wording.hour(datetime(2026, 1, 5, hour, minute, tzinfo=UTC), CHAT) == shown


def test_what_was_said_before_is_said_otherwise() -> None:
    assert wording.varied("Who is here?", ["Who is here?"], SESSION.begins, CHAT) == "Who is here? (Monday 30 March)"
    assert wording.varied("Who is here?", ["Who?"], SESSION.begins, CHAT) == "Who is here?"
