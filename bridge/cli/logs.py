"""What `edldrs run` says while it runs: lines for people on a terminal, JSON lines elsewhere; never a secret."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, MutableMapping
from typing import Any, TextIO

import structlog
from pydantic import BaseModel, SecretStr
from structlog.typing import Processor, WrappedLogger

from bridge.adapter import AdapterError
from bridge.cli.errors import colours

_HIDDEN = "[secret]"
_SHORTEST = 6  # shorter secrets are words, which hiding would only make riddles of


def log_to(stream: TextIO, settings: Iterable[BaseModel], *, verbose: bool = False) -> None:
    """Let everything be said there, what client libraries say included. ``settings`` tell what is secret."""
    terminal = stream.isatty()
    level = logging.DEBUG if verbose else logging.INFO
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S" if terminal else "iso", utc=not terminal),
        _without_known_traceback(verbose),
    ]
    last: list[Processor] = (
        [
            structlog.dev.ConsoleRenderer(
                colors=colours(terminal), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
            )
        ]
        if terminal
        else [
            structlog.processors.format_exc_info,
            _in_order,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ]
    )
    hide = _hider(secrets_of(settings))
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *shared, *last, hide],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last, hide],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.DEBUG if verbose else logging.WARNING, force=True)


def _in_order(logger: WrappedLogger, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    return {key: event[key] for key in ("timestamp", "level", "event") if key in event} | dict(event)


def secrets_of(settings: Iterable[BaseModel]) -> set[str]:
    """All secrets in these, at any depth."""
    found: set[str] = set()
    waiting: list[Any] = list(settings)
    while waiting:
        match waiting.pop():
            case SecretStr() as secret:
                found.add(secret.get_secret_value())
            case BaseModel() as model:
                waiting += [value for _, value in model]
            case dict() as mapping:
                waiting += mapping.values()
            case list() | tuple() | set() | frozenset() as several:
                waiting += several
    return {secret for secret in found if len(secret) >= _SHORTEST}


def _hider(secrets: Collection[str]) -> Processor:
    # The longest first: one may be the beginning of another.
    ordered = sorted(secrets, key=len, reverse=True)

    def hide(logger: WrappedLogger, method: str, line: Any) -> Any:
        for secret in ordered:
            line = line.replace(secret, _HIDDEN)
        return line

    return hide


def _without_known_traceback(verbose: bool) -> Processor:
    """What a network has told needs no traceback: its reason is in the line."""

    def drop(logger: WrappedLogger, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        error = event.get("exc_info")
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, tuple):
            error = error[1]
        if isinstance(error, AdapterError) and not verbose:
            del event["exc_info"]
        return event

    return drop
