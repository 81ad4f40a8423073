"""To which session and question a message belongs. It follows from what the journal holds, so that an edit of the
message changes it too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bridge.intake.handlers import spoken
from bridge.model.chat import Chat
from bridge.model.session import Session
from bridge.model.text import Text
from bridge.sessions.wording import name_of
from bridge.store import messages, sessions
from bridge.store.messages import OURS, Message

_ANSWER = re.compile(r"A(\d{1,2})(?!\w|%|-\w)", re.IGNORECASE)
_DEEPEST = 50  # answers to answers: a thread that is longer belongs to no question


@dataclass(frozen=True, slots=True)
class Belonging:
    """``session`` is None for the week's open thread; ``question`` counts from 1."""

    session: Session | None = None
    question: int | None = None

    def __str__(self) -> str:
        """``session 12, answers Q1``."""
        if self.session is None:
            return ""
        which = f"session {self.session.number}" if self.session.number is not None else f"session {self.session.id}"
        return which if self.question is None else f"{which}, answers Q{self.question}"


def answered(text: Text) -> int | None:
    """The number of the question that a text says it answers: ``A1``, ``a2:``, ``#EdLdrs A3 - ...``. Pure."""
    found = _ANSWER.match(spoken(text))
    return int(found[1]) if found and int(found[1]) else None


def session_at(connection: Connection, chat: Chat, at: datetime) -> Session | None:
    """The session in whose hour, or soon after it, something was said."""
    session = sessions.latest_at(connection, chat.id, at)
    grace = chat.programme.grace if chat.programme else None
    if session is None or grace is None or at >= session.ends + grace:
        return None
    return session


def belonging(connection: Connection, chat: Chat, message: Message, text: Text) -> Belonging:
    """Of a message as it reads now. It answers a question by saying so, or by hanging below it."""
    session = session_at(connection, chat, message.created_at)
    if session is None:
        return Belonging()
    number = answered(text)
    if number is None:
        number = _below(connection, chat, session, message)
    known = number if number is not None and number <= len(session.questions) else None
    return Belonging(session, known)


def _below(connection: Connection, chat: Chat, session: Session, message: Message) -> int | None:
    """The question in whose thread it is: below it, or below an answer to it."""
    names = {name_of(session, f"q{number}"): number for number in range(1, len(session.questions) + 1)}
    above: Message | None = message
    for _ in range(_DEEPEST):
        if above is None or above.parent is None:
            return None
        above = messages.by_id(connection, [(chat.id, above.parent)]).get((chat.id, above.parent))
        if above is None:
            return None
        if above.platform == OURS:
            return names.get(above.ref.id)
        said = messages.latest(connection, [above]).get((chat.id, above.id))
        if said is not None and (number := answered(said.content.text)) is not None:
            return number
    return None
