"""The words of a session's steps, from the chat's templates. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from string import Formatter

from bridge.model.calendar import Occurrence
from bridge.model.chat import Chat
from bridge.model.session import Session

PLACEHOLDERS: Mapping[str, str] = {
    "chat": "the chat's name",
    "number": "the session's number",
    "theme": "its theme",
    "title": "the chat's name, the number and the theme, as far as they are known",
    "day": "its day, such as Monday 30 May",
    "time": "when it starts, such as 8pm UK",
    "hosts": "who hosts it",
    "hosted": "a sentence that says who hosts it, or nothing",
    "disclaimer": "the chat's disclaimer",
    "questions": "all its questions, a line each",
    "n": "a question's number",
    "question": "a question",
    "shortlist": "the themes of the shortlist, a line each",
    "poll_opens": "when the theme poll opens",
    "next": "a sentence that says when the next session is, or nothing",
    "suggest": "a sentence that says how to suggest a theme",
}
"""What templates may say, each in its braces."""

SUGGEST = "Suggest a theme any time: suggest: ..."
_GAPS = re.compile(r"[^\S\n]{2,}")
_LINES = re.compile(r"[^\S\n]*\n[^\S\n]*")


def check(template: str) -> None:
    """Raises ``ValueError`` where a template cannot be filled in."""
    try:
        named = [(name, form or turn) for _, name, form, turn in Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise ValueError(f"its braces do not match ({error}). Write {{{{ for a brace itself") from None
    for name, form in named:
        if name not in PLACEHOLDERS:
            raise ValueError(f"there is no {{{name}}}. There are {', '.join(f'{{{one}}}' for one in PLACEHOLDERS)}")
        if form:
            raise ValueError(f"nothing may stand behind the name in braces: write {{{name}}}")
    if not template.strip():
        raise ValueError("it says nothing")


def fill(template: str, facts: Mapping[str, str]) -> str:
    """The template's words. What is not known leaves no gap."""
    text = template.format_map({**dict.fromkeys(PLACEHOLDERS, ""), **facts})
    return _LINES.sub("\n", _GAPS.sub(" ", text)).strip()


def facts(chat: Chat, session: Session, following: Occurrence | None) -> dict[str, str]:
    """What there is to say of a session. ``following`` is the one after it."""
    programme = chat.programme
    return {
        "chat": chat.name,
        "number": "" if session.number is None else str(session.number),
        "theme": session.theme,
        "title": title(chat, session),
        "day": day(session.begins, chat),
        "time": hour(session.begins, chat),
        "hosts": listed(session.hosts),
        "hosted": f"Hosted by {listed(session.hosts)}." if session.hosts else "",
        "disclaimer": programme.disclaimer if programme else "",
        "questions": "\n".join(f"Q{n}: {one.text}" for n, one in enumerate(session.questions, start=1)),
        "next": f"Next: {when(following.begins, chat)}." if following else "",
        "suggest": SUGGEST,
    }


def title(chat: Chat, session: Session) -> str:
    """``#EdLdrs 12: managing workload``."""
    number = "" if session.number is None else f" {session.number}"
    return f"{chat.name}{number}: {session.theme}" if session.theme else f"{chat.name}{number}"


def short_title(session: Session) -> str:
    """``12: managing workload``, beside the chat's name."""
    return ": ".join(one for one in ("" if session.number is None else str(session.number), session.theme) if one)


def name_of(session: Session, step: str) -> str:
    """What the chat's own message is called that a step says."""
    return f"{session.id}/{step}"


def when(at: datetime, chat: Chat) -> str:
    """``Monday 30 May, 8pm UK``."""
    return f"{day(at, chat)}, {hour(at, chat)}"


def day(at: datetime, chat: Chat) -> str:
    wall = at.astimezone(chat.zone)
    return f"{wall:%A} {wall.day} {wall:%B}"


def hour(at: datetime, chat: Chat) -> str:
    """``8pm UK``, ``8:30pm UK``."""
    wall = at.astimezone(chat.zone)
    minutes = f":{wall:%M}" if wall.minute else ""
    return f"{(wall.hour - 1) % 12 + 1}{minutes}{'am' if wall.hour < 12 else 'pm'} {chat.clock}"


def listed(words: Sequence[str]) -> str:
    """``Ann, Ben and Eve``."""
    *others, last = words or ("",)
    return f"{', '.join(others)} and {last}" if others else last


def varied(text: str, before: Sequence[str], at: datetime, chat: Chat) -> str:
    """The same, but not as it was said before: networks refuse that as a duplicate."""
    return f"{text} ({day(at, chat)})" if text in before else text
