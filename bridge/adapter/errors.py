"""What can go wrong at a network: how long, and how wide. Each docstring is what the admin reads.

AdapterError
  NetworkError            the whole network
    RateLimited           until a time
    Unavailable           for a while
    Unauthorized          until somebody mends the token
    OutOfCredit           until somebody pays or the period ends
  ChannelClosed           one channel
  PartError               this one request only
    Rejected              never, as it stands
      ReplyRefused        not as a reply
    Gone                  the post is no longer there
    Duplicate             the network says that it has it already
  Uncertain               it may have been done
"""

from __future__ import annotations

from datetime import datetime


class AdapterError(Exception):
    """Something went wrong at the network."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason or (type(self).__doc__ or "").strip().splitlines()[0])
        self.reason = str(self)


class NetworkError(AdapterError):
    """The network cannot be used now."""


class RateLimited(NetworkError):
    """The network asks us to wait. Nothing is lost; what waits goes out when the time is over."""

    def __init__(self, until: datetime, operation: str = "", reason: str = "") -> None:
        super().__init__(reason)
        self.until = until
        self.operation = operation


class Unavailable(NetworkError):
    """The server does not answer, or answers with an error of its own. We try again by ourselves."""

    def __init__(self, reason: str = "", retry_after: float | None = None) -> None:
        """``retry_after`` is in seconds, where the server said so."""
        super().__init__(reason)
        self.retry_after = retry_after


class Unauthorized(NetworkError):
    """The network no longer accepts our token. Run `edldrs login` for this network."""


class OutOfCredit(NetworkError):
    """The account has no credit left, or its spending limit is reached. Top it up at the network."""


class ChannelClosed(AdapterError):
    """The bot cannot post in this channel. Invite it again, or give it the right to write."""


class PartError(AdapterError):
    """The network did not take this one request."""


class Rejected(PartError):
    """The network refuses this post for good. The others go on; `edldrs trace` shows the reason."""


class ReplyRefused(Rejected):
    """The network does not let the bot reply to this person. The post goes out on its own."""


class Gone(PartError):
    """The post is no longer at the network."""


class Duplicate(PartError):
    """The network says that it has this text already: evidence that an earlier try got through."""


class Uncertain(AdapterError):
    """The request left, and no answer came: it may have been done. We look before we send again."""
