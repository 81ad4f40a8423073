"""A stand-in for X on loopback, written from X's API v2 documents, and a stage on which sample leaders act there."""

from adapters.twitter.sandbox.opening import open_sandbox
from adapters.twitter.sandbox.stage import TwitterStage

__all__ = ["TwitterStage", "open_sandbox"]
