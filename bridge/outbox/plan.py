"""What has to be done so that a posting reads as wanted. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bridge.model.posting import Content, Operation, Part, PartState, part_key


def plan(
    posting: int,
    parts: Sequence[Part],
    wanted: Sequence[Content] | None,
    revision: int,
    *,
    edits: bool,
    deletes: bool,
) -> tuple[Part, ...]:
    """The parts whose operation is to be carried out, in order, each frozen as it is to be sent.

    ``wanted`` is None where nothing should exist. A part whose request may have left comes alone:
    how it ended has to be known before anything else. A part that cannot be edited keeps reading as
    it does, unless it must not (``strict``): then it is deleted. One that cannot be deleted stays.
    """
    begun = [part for part in parts if part.state is PartState.BEGUN]
    if begun:
        return (begun[0],)
    have = {part.number: part for part in parts}
    if wanted is None:
        return tuple(_delete(posting, p, revision) for p in reversed(parts) if p.exists) if deletes else ()
    todo: list[Part] = []
    for number, content in enumerate(wanted, start=1):
        part = have.get(number)
        if part is None or not part.exists:
            todo.append(_post(posting, part, number, content, revision))
        elif _reads(part, content, revision):
            continue
        elif edits:
            todo.append(_freeze(posting, part, content, revision, Operation.EDIT))
        elif deletes and content.strict:
            todo.append(_delete(posting, part, revision))
    if deletes:
        todo += [_delete(posting, p, revision) for p in reversed(parts) if p.exists and p.number > len(wanted)]
    return tuple(todo)


def _reads(part: Part, content: Content, revision: int) -> bool:
    """Does this part read so already, or did the network refuse to make it so?"""
    if part.state is PartState.REFUSED:
        return part.revision == revision
    return part.state is PartState.DONE and part.content == content


def _post(posting: int, before: Part | None, number: int, content: Content, revision: int) -> Part:
    # A new generation gives a new key: a post made again after its removal is another post.
    generation = 1 if before is None else before.generation + (before.state is PartState.REMOVED)
    return Part(
        number=number,
        generation=generation,
        revision=revision,
        content=content,
        operation=Operation.POST,
        state=PartState.READY,
        key=part_key(posting, generation, revision, number, Operation.POST),
    )


def _freeze(posting: int, part: Part, content: Content, revision: int, operation: Operation) -> Part:
    return replace(
        part,
        revision=revision,
        content=content,
        operation=operation,
        state=PartState.READY,
        key=part_key(posting, part.generation, revision, part.number, operation),
        began_at=None,
    )


def _delete(posting: int, part: Part, revision: int) -> Part:
    return _freeze(posting, part, part.content, revision, Operation.DELETE)


def may_edit(began_at: datetime | None, now: datetime, within: timedelta | None) -> bool:
    """Is a post young enough to be edited over there?"""
    return within is None or began_at is None or now - began_at < within
