"""Names of things. Those of other systems are strings of their own types, opaque to the core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

Platform = NewType("Platform", str)
"""A kind of network, as its manifest names it."""

NetworkId = NewType("NetworkId", str)
"""One login on one server: the key under ``networks:`` in config.yaml."""

ChatId = NewType("ChatId", str)
"""One community: the key under ``chats:`` in config.yaml."""

ChannelId = NewType("ChannelId", str)
"""``chat/network/address``: one place of one chat on one network."""

AccountId = NewType("AccountId", str)
"""An identity, unique on its platform and stable when its owner renames it where the platform allows."""

GlobalId = NewType("GlobalId", str)
"""A post's own id, the same from whichever server of the platform it was read."""

RemoteId = NewType("RemoteId", str)
"""How one login addresses a post (a server's local id); may be empty where the login has not met it."""

Place = NewType("Place", str)
"""Where a post can be seen, as the platform names it (a hashtag, a room). Two channels with one
place show the same posts, so nothing is copied between them."""

Stream = NewType("Stream", str)
"""One of an adapter's streams; each has a cursor of its own."""

Cursor = NewType("Cursor", str)
"""An adapter's own mark of how far it has read one stream."""

Key = NewType("Key", str)
"""The name under which one request is sent. Sending twice under one key does it once."""


@dataclass(frozen=True, slots=True)
class PostRef:
    """Which post: by the id that everybody shares, and by the one this login uses."""

    id: GlobalId
    remote: RemoteId = RemoteId("")
