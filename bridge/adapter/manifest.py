"""How a platform is found: an entry point of the group ``edldrs.adapters`` that names a manifest.

Loading a manifest is cheap. Client libraries load when a network of that platform is configured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from bridge.adapter.limits import PollLimit
from bridge.model.ids import Platform

GROUP = "edldrs.adapters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """How such a network may stand in config.yaml: keys of the network, keys of a channel beside its
    address, and how a host's handle is written."""

    network: Mapping[str, Any] = field(default_factory=dict)
    channel: Mapping[str, Any] = field(default_factory=dict)
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known of a platform without loading its client library. References are
    ``package.module:name``.

    ``settings``: a pydantic model (``extra="forbid"``), one described field per key that
    config.yaml takes for such a network; secrets are ``SecretStr``.
    ``adapter``: called with a :class:`bridge.adapter.protocol.Context`, gives the adapter.
    ``login``: see :class:`bridge.adapter.login.Login`; empty where there is nothing to obtain.
    ``sandbox``: see :class:`bridge.adapter.sandbox.Sandbox`; empty where there is no stand-in.
    ``address``: an example of a channel's address, for help texts.
    ``hashtags``: a channel is a hashtag, which copies must carry to be found there.
    ``example``: what the example of config.yaml shows of it.
    ``sign``: its sign for pages, an SVG path of strokes on 16 x 16; it may be empty.
    ``poll``: what polls of its own take on any of its servers; None where the adapter holds none there.
    ``links``: copies have links unless the channel's keys say otherwise (not where links cost extra).
    """

    platform: Platform
    title: str
    summary: str
    settings: str
    adapter: str
    address: str
    login: str = ""
    sandbox: str = ""
    example: Example = field(default_factory=Example)
    hashtags: bool = False
    sign: str = ""
    links: bool = True
    poll: PollLimit | None = None

    def load(self, reference: str) -> Any:
        """The object that one of the references names."""
        module, _, name = reference.partition(":")
        return getattr(import_module(module), name)


def manifests() -> dict[Platform, Manifest]:
    """All installed platforms by name."""
    found = {}
    for point in entry_points(group=GROUP):
        manifest = point.load()
        found[manifest.platform] = manifest
    return found
