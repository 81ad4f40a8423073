"""A commented config.yaml: the example in the repository, and what `edldrs init` writes. Made from the
models, so that it cannot drift from what is read. ``python -m bridge.config.example`` prints the example."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bridge.adapter import Manifest, manifests
from bridge.config.schema import BudgetKeys, ChannelKeys, ChatKeys, ConfigKeys, NetworkKeys, ProgrammeKeys
from bridge.model.ids import Platform
from bridge.model.programme import Anchor, When

_WIDTH = 100
_HEAD = """\
EdLdrs bridge: one chat, on every network at once.

Lines that begin with "# key:" show a key that is left out, with the value that then holds.
Secrets are best not written here: `edldrs login NETWORK` stores them, or write env:NAME (an
environment variable) or file:PATH (a file that holds the token alone).
"""


def example() -> str:
    """The file ``config.yaml.example``: a network of each platform that one logs in to."""
    shown_as = {one.title.casefold(): one for one in manifests().values() if one.login}
    networks = {name: {"platform": one.platform, **one.example.network} for name, one in shown_as.items()}
    chat = {
        "name": "#EdLdrs",
        "hashtags": ["EdLdrs"],
        "timezone": "Europe/London",
        "hour": "Monday 20:00-21:00",
        "clock_name": "UK",
        "programme": {"themes": 7},
        "hosts": {name: [one.example.host] for name, one in shown_as.items() if one.example.host},
        "channels": [
            {"network": name, "address": one.address, **one.example.channel} for name, one in shown_as.items()
        ],
    }
    return commented({"networks": networks, "chats": {"edldrs": chat}})


def commented(values: Mapping[str, Any]) -> str:
    """A config.yaml with these values, every other key named and explained in a comment."""
    lines = [f"# {line}".rstrip() for line in _HEAD.splitlines()]
    for name, field in ConfigKeys.model_fields.items():
        lines.append("")
        if name == "networks":
            lines += [*_note(field, 0), "networks:"]
            for key, network in values[name].items():
                lines += ["", f"  {key}:", *_network(network, 4)]
        elif name == "chats":
            lines += [*_note(field, 0), "chats:"]
            for key, chat in values[name].items():
                lines += ["", f"  {key}:", *_chat(chat, 4)]
        else:
            lines += _key(name, field, values, 0)
    return "\n".join(lines) + "\n"


def _network(values: Mapping[str, Any], indent: int) -> Iterator[str]:
    manifest = manifests()[Platform(values["platform"])]
    for name, field in NetworkKeys.model_fields.items():
        if name != "budget":
            yield from _key(name, field, values, indent)
    yield from platform_keys(manifest, values, indent)
    yield from _group("budget", NetworkKeys.model_fields["budget"], BudgetKeys, values.get("budget", {}), indent)


def platform_keys(manifest: Manifest, values: Mapping[str, Any], indent: int) -> Iterator[str]:
    """The keys of a platform's own, as lines."""
    model: type[BaseModel] = manifest.load(manifest.settings)
    for name, field in model.model_fields.items():
        yield from _key(name, field, values, indent)


def _chat(values: Mapping[str, Any], indent: int) -> Iterator[str]:
    for name, field in ChatKeys.model_fields.items():
        if name == "programme":
            yield from _group(name, field, ProgrammeKeys, values.get(name, {}), indent)
        elif name != "channels":
            yield from _key(name, field, values, indent)
    yield from _note(ChatKeys.model_fields["channels"], indent)
    yield f"{' ' * indent}channels:"
    for number, channel in enumerate(values["channels"]):
        mark = f"{' ' * (indent + 2)}- "
        given = [name for name in ChannelKeys.model_fields if name in channel]
        for name in given:
            yield f"{mark}{name}: {shown(channel[name])}"
            mark = " " * (indent + 4)
        if number == 0:
            for name, field in ChannelKeys.model_fields.items():
                if name not in channel:
                    yield from _key(name, field, channel, indent + 4)


def _group(
    name: str, field: FieldInfo, model: type[BaseModel], values: Mapping[str, Any], indent: int
) -> Iterator[str]:
    yield from _note(field, indent)
    pad = " " * indent
    if not values:
        yield f"{pad}# {name}:"
        longest = max(len(key) for key in model.model_fields)
        for key, one in model.model_fields.items():
            yield f"{pad}#   {f'{key}:':{longest + 1}}  # {one.description}"
        return
    yield f"{pad}{name}:"
    for key, one in model.model_fields.items():
        yield from _key(key, one, values, indent + 2)


def _key(name: str, field: FieldInfo, values: Mapping[str, Any], indent: int) -> Iterator[str]:
    yield from _note(field, indent)
    pad = " " * indent
    if name in values:
        yield f"{pad}{name}: {shown(values[name])}"
    elif field.is_required():
        yield f"{pad}# {name}:"
    else:
        yield f"{pad}# {name}: {shown(default_of(field))}".rstrip()


def _note(field: FieldInfo, indent: int) -> list[str]:
    return list(_wrapped(field.description or "", indent))


def _wrapped(text: str, indent: int) -> Iterator[str]:
    for line in textwrap.wrap(text, _WIDTH - indent):
        yield f"{' ' * indent}# {line}"


def default_of(field: FieldInfo) -> Any:
    """What holds where a key is left out; None where it is required."""
    value = field.get_default(call_default_factory=True, validated_data={})
    return None if value is PydanticUndefined else value


def shown(value: Any) -> str:
    """A value as config.yaml takes it."""
    match value:
        case None:
            return ""
        case Enum():
            return str(value.value)
        case timedelta():
            return spell_duration(value)
        case When():
            return spell_when(value)
        case BaseModel():
            return shown(value.model_dump(exclude_none=True))
        case frozenset():
            return shown(sorted(value))
        case list() | tuple():
            return f"[{', '.join(shown(one) for one in value)}]"
        case Mapping():
            return f"{{{', '.join(f'{key}: {shown(one)}' for key, one in value.items())}}}"
        case str() if value.replace("_", "").replace("-", "").isalnum() and not value[0].isdigit():
            return (
                value if value.lower() not in ("true", "false", "yes", "no", "on", "off", "null") else json.dumps(value)
            )
        case str():
            return json.dumps(value, ensure_ascii=False)
        case float() if value.is_integer():
            return str(int(value))
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def spell_when(when: When) -> str:
    """As config.yaml takes it: ``2 days before``, ``start``, ``20 min after the end``."""
    where = " the end" if when.anchor is Anchor.END else ""
    if not when.offset:
        return when.anchor.value
    side = "before" if when.offset < timedelta(0) else "after"
    return f"{spell_duration(abs(when.offset))} {side}{where}"


def spell_duration(value: timedelta) -> str:
    """As config.yaml takes it: ``10 min``, ``12 h``, ``1 day``."""
    seconds = value.total_seconds()
    for unit, name in ((86400, "day"), (3600, "h"), (60, "min")):
        if seconds >= unit and seconds % unit == 0:
            count = int(seconds // unit)
            return f"{count} {name}s" if name == "day" and count > 1 else f"{count} {name}"
    return f"{seconds:g} s"


if __name__ == "__main__":
    print(example(), end="")
