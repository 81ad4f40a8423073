"""What an endpoint is, and what it is called with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.twitter.sandbox import problems
from adapters.twitter.sandbox.auth import Caller, Keys
from adapters.twitter.sandbox.faults import Fate
from adapters.twitter.sandbox.fields import PARAMETERS
from adapters.twitter.sandbox.limits import Allowed, Limits
from adapters.twitter.sandbox.prices import Ledger
from adapters.twitter.sandbox.state import User, World


@dataclass(slots=True)
class Place:
    """All that the sandbox is made of."""

    world: World
    keys: Keys = field(default_factory=Keys)
    limits: Limits = field(default_factory=Limits)
    fate: Fate = field(default_factory=Fate)
    ledger: Ledger = field(default_factory=Ledger)
    rules: dict[str, dict[str, str]] = field(default_factory=dict)

    def pay(self, micro_usd: int) -> None:
        if self.world.settings.credits is not None:
            self.world.settings.credits -= micro_usd


@dataclass(frozen=True, slots=True)
class Call:
    """A request that got through. ``body`` is its JSON or form; files of a form are bytes."""

    place: Place
    caller: Caller
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def world(self) -> World:
        return self.place.world

    def part(self, *names: str) -> dict[str, Any] | None:
        """The object of this name in the body, or in the object before it; None where there is none.
        Raises ``Problem`` (400) for what is no object."""
        value: Any = self.body
        for name in names:
            value = value.get(name)
            if value is None:
                return None
            if not isinstance(value, dict):
                raise problems.invalid(f"$.{'.'.join(names)}: must be an object")
        return dict(value)

    def parts(self, name: str) -> list[dict[str, Any]]:
        """The list of objects of this name in the body; empty where there is none. Raises ``Problem`` (400)."""
        value = self.body.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise problems.invalid(f"$.{name}: must be a list of objects")
        return value

    @property
    def me(self) -> User:
        assert self.caller.user is not None, "the endpoint takes users only"
        return self.caller.user


@dataclass(frozen=True, slots=True)
class Answer:
    body: Any
    status: int = 200


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``template`` is Starlette's form of a path. ``takes`` are the kinds of login (``user``, ``app``);
    ``parameters`` those of the query. ``objects`` adds fields and expansions to them."""

    method: str
    template: str
    answer: Callable[[Call], Answer]
    allowed: Allowed
    takes: tuple[str, ...] = ("user", "app")
    parameters: frozenset[str] = frozenset()
    objects: bool = True

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"

    def check(self, query: Mapping[str, str]) -> None:
        known = self.parameters | (PARAMETERS if self.objects else frozenset())
        for name in query:
            if name not in known:
                listed = ",".join(sorted(known))
                raise problems.invalid(f"The query parameter [{name}] is not one of [{listed}]", **{name: query[name]})
