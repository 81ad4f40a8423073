"""A stand-in for a Mastodon server on loopback, and a stage on which sample leaders act there."""

from adapters.mastodon.sandbox.stage import MastodonStage, open_sandbox

__all__ = ["MastodonStage", "open_sandbox"]
