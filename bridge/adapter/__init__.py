"""The adapter boundary: what the core asks of a platform, and all that an adapter needs to import."""

from bridge.adapter.cache import open_cache
from bridge.adapter.errors import (
    AdapterError,
    ChannelClosed,
    Duplicate,
    Gone,
    NetworkError,
    OutOfCredit,
    PartError,
    RateLimited,
    Rejected,
    ReplyRefused,
    Unauthorized,
    Unavailable,
    Uncertain,
)
from bridge.adapter.events import (
    BadEvent,
    CaughtUp,
    Checkpoint,
    Deleted,
    Edited,
    Event,
    Invited,
    Posted,
    PrivateMessage,
    Reacted,
    Voted,
)
from bridge.adapter.limits import Limits, MediaLimit, PollLimit, Rate, Replies, TextLimit
from bridge.adapter.login import Ask, Login
from bridge.adapter.manifest import Example, Manifest, manifests
from bridge.adapter.powers import (
    Ballots,
    Deletes,
    Edits,
    Lookup,
    MediaReading,
    Priced,
    PrivateNotes,
    ThreadWatching,
    powers,
)
from bridge.adapter.process import stand_in_process
from bridge.adapter.protocol import (
    Absent,
    Adapter,
    Attempt,
    ChannelAt,
    Context,
    Finding,
    Found,
    NotYet,
    Purse,
    Receipt,
    Severity,
)
from bridge.adapter.sandbox import OpenSandbox, Sandbox, Seen, Stage

__all__ = [
    "Absent", "Adapter", "AdapterError", "Ask", "Attempt", "BadEvent", "Ballots", "CaughtUp", "ChannelAt",
    "ChannelClosed", "Checkpoint", "Context", "Deleted", "Deletes", "Duplicate", "Edited", "Edits",
    "Event", "Example", "Finding", "Found", "Gone", "Invited", "Limits", "Login", "Lookup", "Manifest",
    "MediaLimit", "MediaReading", "NetworkError", "NotYet", "OpenSandbox", "OutOfCredit", "PartError",
    "PollLimit", "Posted", "Priced", "PrivateMessage", "PrivateNotes", "Purse", "Rate", "RateLimited", "Reacted",
    "Receipt", "Rejected", "Replies", "ReplyRefused", "Sandbox", "Seen", "Severity", "Stage",
    "TextLimit", "ThreadWatching", "Unauthorized", "Unavailable", "Uncertain", "Voted",
    "manifests", "open_cache", "powers", "stand_in_process",
]  # fmt: skip
