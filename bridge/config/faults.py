"""What pydantic finds wrong in a file, in words for who wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bridge.config.problems import Keys, Problem, did_you_mean, listed
from bridge.config.secrets import is_secret


def faults(error: ValidationError, model: type[BaseModel], at: Keys, also_known: Sequence[str] = ()) -> list[Problem]:
    """What pydantic found, in our words."""
    found = []
    for one in error.errors(include_url=False):
        keys = (*at, *one["loc"])
        # "[key]" is pydantic's way to say that a mapping's key itself is wrong.
        keys = tuple(key for key in keys if key != "[key]")
        match one["type"]:
            case "extra_forbidden":
                names = [*_model_at(model, one["loc"][:-1]).model_fields, *also_known]
                says = f"there is no such key here.{did_you_mean(keys[-1], names)} Keys: {listed(names)}"
            case "missing":
                missing = _field_at(model, one["loc"])
                says = f"is missing ({missing.description})" if missing and missing.description else "is missing"
            case "enum" | "literal_error":
                allowed = str(one["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
                says = f'"{one["input"]}" is not one of {allowed}.{did_you_mean(one["input"], allowed.split(", "))}'
            case "value_error":
                says = str(one["ctx"]["error"])
            case "too_short" | "string_too_short":
                says = "must not be empty"
            case type if type in _MUST_BE:
                says = f"must be {_MUST_BE[type].format(**one.get('ctx', {}))}{_but(model, one)}"
            case _:
                says = f"{one['msg'][0].lower()}{one['msg'][1:]}{_but(model, one)}"
        found.append(Problem(keys, says))
    # A list of which some are wrong is called too short besides.
    return [p for p in found if p.says != "must not be empty" or not any(_beneath(q.keys, p.keys) for q in found)]


def _beneath(keys: Keys, above: Keys) -> bool:
    return len(keys) > len(above) and keys[: len(above)] == above


_MUST_BE = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_parsing", "float_type"), "a number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "true or false"),
    **dict.fromkeys(("string_type",), "text (in quotes, if it looks like something else)"),
    **dict.fromkeys(("tuple_type", "list_type"), "a list"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "a mapping of keys to values"),
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
}


def _but(model: type[BaseModel], error: ErrorDetails) -> str:
    """``, not 'many'``; nothing of what is secret."""
    field = _field_at(model, error["loc"])
    return "" if field is not None and is_secret(field) else f", not {_shown(error['input'])}"


def _shown(value: object) -> str:
    shown = (
        repr(value) if isinstance(value, str | int | float | bool) else f"a {_KINDS.get(type(value).__name__, 'value')}"
    )
    return shown if len(shown) <= 60 else shown[:57] + "..."


_KINDS = {"CommentedMap": "mapping", "CommentedSeq": "list", "NoneType": "gap", "dict": "mapping", "list": "list"}


def _field_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> FieldInfo | None:
    """The key at this place."""
    return _model_at(model, loc[:-1]).model_fields.get(str(loc[-1])) if loc else None


def _model_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> type[BaseModel]:
    """The model of the mapping at this place."""
    here: Any = model
    for step in loc:
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(step))
            here = None if field is None else field.annotation
        else:  # a mapping's or a list's: what its values are
            inner = [one for one in get_args(here) if one is not Ellipsis]
            here = inner[-1] if inner else None
        while get_origin(here) is Annotated:
            here = get_args(here)[0]
        if get_origin(here) in (Union, UnionType):
            here = next(one for one in get_args(here) if one is not NoneType)
    return here if isinstance(here, type) and issubclass(here, BaseModel) else model
