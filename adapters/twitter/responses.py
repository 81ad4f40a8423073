"""The parts of X's responses. Pure, and patient: of what has another form than X documents, only what
can be used is told, so that no answer breaks a stream.

Forms: https://docs.x.com/x-api/fundamentals/data-dictionary.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]


def posts_in(body: Json) -> list[Json]:
    """The posts (or messages, or rules) of a response: a list, one, or none. What is no object at all
    is given as one without an id, so that it is found to be no post, and said."""
    data = body.get("data") or []
    listed = data if isinstance(data, list) else [data]
    return [one if isinstance(one, Mapping) else {"malformed": one} for one in listed]


def ids_in(body: Json) -> list[str]:
    """The ids of its posts, as far as they have any."""
    return [str(one["id"]) for one in posts_in(body) if one.get("id")]


def object_in(body: Json) -> Json:
    """The one thing that a response tells of; empty where there is none."""
    return _object(body, "data")


def meta_in(body: Json) -> Json:
    return _object(body, "meta")


def users_in(body: Json) -> list[Json]:
    return _objects(_object(body, "includes"), "users")


def media_in(body: Json) -> list[Json]:
    return _objects(_object(body, "includes"), "media")


def polls_in(body: Json) -> list[Json]:
    return _objects(_object(body, "includes"), "polls")


def errors_in(body: Json) -> list[Json]:
    """What went wrong, beside what is told (a partial error) or instead of it."""
    return _objects(body, "errors")


def said_in(body: Json) -> str:
    """Its errors in words; empty where there are none."""
    return "; ".join(str(one.get("detail") or one.get("title")) for one in errors_in(body))


def _object(body: Json, name: str) -> Json:
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def _objects(body: Json, name: str) -> list[Json]:
    value = body.get(name)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
