"""What config.yaml takes for a memory network: where it is, and what kind of platform it plays."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bridge.adapter.limits import Replies

Power = Literal["Edits", "Deletes", "PrivateNotes", "MediaReading", "ThreadWatching", "Lookup", "Priced"]


class MemorySettings(BaseModel):
    """All have defaults: a network that can do everything, on the server ``memory`` of this process."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    server: str = Field("memory", description="Name of the server; networks that name the same one meet there")
    address: str = Field("", description="host:port of a server that runs as another process; empty for this process")
    account: str = Field("bridge", description="The bot's account on the server")
    without: frozenset[Power] = Field(frozenset({"Priced"}), description="Powers that this network does not have")
    idempotent: bool = Field(True, description="The server does the same key once only")
    carries_keys: bool = Field(True, description="Posts show the key under which they were sent")
    find_lag: float = Field(0, ge=0, description="Seconds before the server can tell what it does not have")
    text_limit: int = Field(500, gt=0, description="Characters in one post, its content warning included")
    content_warnings: bool = Field(True, description="The server has a field for content warnings")
    labelled_links: bool = Field(True, description="Links can show a label instead of their address")
    replies: Replies = Field(Replies.ANYONE, description="Whom the bot may reply to: anyone, engaged or own")
    edit_within: float | None = Field(None, gt=0, description="Seconds for which a post can be edited; empty for ever")
    media: int = Field(4, ge=0, description="Files in one post")
    media_bytes: int = Field(10_000_000, gt=0, description="Bytes in one file")
    rates: dict[str, tuple[int, float]] = Field(
        default_factory=dict,
        description="For each of post, edit, delete and note, how many in how many seconds the server allows",
    )
    prices: dict[str, int] = Field(
        default_factory=dict, description="What a post, edit, delete or note costs, in micro-dollars (needs Priced)"
    )
