"""Tokens: written ``env:NAME`` or ``file:PATH`` in config.yaml, or stored by `edldrs login` in files of their own."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from bridge.config.problems import Keys, Problem
from bridge.model.ids import NetworkId


def resolve(value: Any, base: Path, keys: Keys, problems: list[Problem]) -> Any:
    """The same settings with ``env:NAME`` and ``file:PATH`` replaced by what they name; what cannot be
    read becomes a problem. Relative paths start at ``base``."""
    if isinstance(value, Mapping):
        return {key: resolve(one, base, (*keys, key), problems) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(one, base, (*keys, number), problems) for number, one in enumerate(value)]
    if not isinstance(value, str):
        return value
    kind, _, name = value.partition(":")
    if kind == "env" and name:
        if name not in os.environ:
            problems.append(Problem(keys, f"the environment variable {name} is not set. Set it, or write the value"))
        return os.environ.get(name, "")
    if kind == "file" and name:
        try:
            return (base / name).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(keys, f"the file {name} cannot be read ({error}). Make it, or write the value"))
            return ""
    return value


def stored(folder: Path, network: NetworkId) -> dict[str, str]:
    """What `edldrs login` stored for a network. ``ValueError`` says why it cannot be read."""
    file = _file(folder, network)
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return {str(key): str(value) for key, value in kept.items()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, AttributeError) as error:
        # The content is a secret: say nothing of it.
        why = error.strerror if isinstance(error, OSError) else "it is damaged"
        raise ValueError(f"the stored token {file} cannot be read ({why})") from None


def store(folder: Path, network: NetworkId, values: Mapping[str, str]) -> Path:
    """Keep them where only this user can read them. Returns the file."""
    file = _file(folder, network)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = file.with_suffix(".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as handle:
        json.dump(dict(values), handle)
        handle.flush()
        os.fsync(handle.fileno())
    new.replace(file)
    return file


def by_login(model: type[BaseModel]) -> list[str]:
    """The secrets of a platform that its login obtains, as their descriptions say."""
    return [
        name
        for name, field in model.model_fields.items()
        if is_secret(field) and "`edldrs login`" in (field.description or "")
    ]


def by_hand(model: type[BaseModel]) -> list[str]:
    """The secrets that a platform needs besides, such as those of an app."""
    obtained = by_login(model)
    fields = model.model_fields.items()
    return [name for name, field in fields if is_secret(field) and field.is_required() and name not in obtained]


def is_secret(field: FieldInfo) -> bool:
    """Does this key hold a secret?"""
    return field.annotation is SecretStr or SecretStr in get_args(field.annotation)


def _file(folder: Path, network: NetworkId) -> Path:
    return folder / "tokens" / f"{network}.json"
