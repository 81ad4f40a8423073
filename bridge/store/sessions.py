"""The tables ``session`` and ``step``: what was decided about each session, and how far its programme is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from bridge.model.ids import ChatId
from bridge.model.poll import Option
from bridge.model.session import Question, Session, StepMark, StepState
from bridge.store import tables
from bridge.store.ids import maybe_micros, maybe_moment, micros, moment
from bridge.store.upsert import upsert

_s = tables.session.c
_t = tables.step.c


def by_id(connection: Connection, chat: ChatId, id: str) -> Session | None:
    return _latest(connection, chat, _s.id == id)


def latest_at(connection: Connection, chat: ChatId, at: datetime) -> Session | None:
    """The last one that had begun at this moment."""
    return _latest(connection, chat, _s.begins_at <= micros(at))


def latest_with_poll(connection: Connection, chat: ChatId, before: datetime) -> Session | None:
    """The last one that began before this moment and has a theme poll."""
    return _latest(connection, chat, _s.begins_at < micros(before), _s.poll_id.is_not(None))


def _latest(connection: Connection, chat: ChatId, *which: ColumnElement[bool]) -> Session | None:
    found = select(tables.session).where(_s.chat_id == chat, *which).order_by(_s.begins_at.desc()).limit(1)
    row = connection.execute(found).mappings().first()
    return None if row is None else _session(row)


def ended_between(connection: Connection, chat: ChatId, since: datetime, until: datetime) -> list[Session]:
    rows = connection.execute(
        select(tables.session)
        .where(_s.chat_id == chat, _s.ends_at >= micros(since), _s.ends_at < micros(until))
        .order_by(_s.begins_at)
    ).mappings()
    return [_session(row) for row in rows]


def put(connection: Connection, session: Session) -> None:
    """As it is now."""
    row = {
        "chat_id": session.chat,
        "id": session.id,
        "number": session.number,
        "begins_at": micros(session.begins),
        "ends_at": micros(session.ends),
        "hosts": json.dumps(session.hosts, ensure_ascii=False),
        "theme": session.theme,
        "questions": json.dumps([[one.text, one.minute] for one in session.questions], ensure_ascii=False),
        "shortlist": json.dumps([[one.text, one.short] for one in session.shortlist], ensure_ascii=False),
        "confirmed": session.confirmed,
        "poll_id": session.poll,
        "introduction": session.introduction,
        "highlights": json.dumps(session.highlights),
    }
    upsert(connection, tables.session, [row])


def _session(row: RowMapping) -> Session:
    return Session(
        chat=ChatId(row["chat_id"]),
        id=row["id"],
        number=row["number"],
        begins=moment(row["begins_at"]),
        ends=moment(row["ends_at"]),
        hosts=tuple(json.loads(row["hosts"])),
        theme=row["theme"],
        questions=tuple(Question(text, minute) for text, minute in json.loads(row["questions"])),
        shortlist=tuple(Option(text, short) for text, short in json.loads(row["shortlist"])),
        confirmed=row["confirmed"],
        poll=row["poll_id"],
        introduction=row["introduction"],
        highlights=tuple(json.loads(row["highlights"])),
    )


def marks(connection: Connection, chat: ChatId, session: str) -> Mapping[str, StepMark]:
    """What became of the session's steps, by name; those of which nothing is known are left out."""
    rows = connection.execute(
        select(tables.step).where(_t.chat_id == chat, _t.session_id == session).order_by(_t.name)
    ).mappings()
    return {row["name"]: _mark(row) for row in rows}


def mark(connection: Connection, chat: ChatId, session: str, mark: StepMark) -> None:
    row = {
        "chat_id": chat,
        "session_id": session,
        "name": mark.name,
        "state": mark.state.value,
        "at": maybe_micros(mark.at),
        "text": mark.text,
        "said": mark.said,
        "note": mark.note,
        "ended_at": maybe_micros(mark.ended_at),
    }
    upsert(connection, tables.step, [row])


def _mark(row: RowMapping) -> StepMark:
    return StepMark(
        name=row["name"],
        state=StepState(row["state"]),
        at=maybe_moment(row["at"]),
        text=row["text"],
        said=row["said"],
        note=row["note"],
        ended_at=maybe_moment(row["ended_at"]),
    )


def said_before(connection: Connection, chat: ChatId, name: str, most: int) -> list[str]:
    """What the latest sessions said at the step of this name, the newest first."""
    rows = connection.execute(
        select(_t.said)
        .where(_t.chat_id == chat, _t.name == name, _t.said != "")
        .order_by(_t.session_id.desc())
        .limit(most)
    )
    return [row[0] for row in rows]
