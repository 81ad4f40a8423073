"""What config.yaml takes for a network of this platform."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator


def _server(value: str) -> str:
    """``https://host[:port]``; plain http only for this machine (the sandbox)."""
    address = value.strip().rstrip("/")
    if "://" not in address:
        address = f"https://{address}"
    parts = urlsplit(address)
    if parts.path or parts.query or not parts.hostname:
        raise ValueError("give the server's address alone, such as https://mastodon.example")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")):
        raise ValueError("a token must not travel unencrypted: use https://")
    return address


Server = Annotated[str, AfterValidator(_server)]


class AlsoRead(BaseModel):
    """A further server to read the hashtags from: its address alone, or with a token of an account there."""

    model_config = ConfigDict(extra="forbid")

    server: Server = Field(description="Address of the server, such as https://mastodon.social")
    token: SecretStr | None = Field(
        default=None, description="Token of an account there; with one its posts arrive at once, else within a minute"
    )

    @model_validator(mode="before")
    @classmethod
    def _address_alone(cls, value: Any) -> Any:
        return {"server": value} if isinstance(value, str) else value


class Settings(BaseModel):
    """One login on one server."""

    model_config = ConfigDict(extra="forbid")

    server: Server = Field(description="Address of the server where the bot has its account")
    token: SecretStr = Field(description="Access token of the bot's account; `edldrs login` obtains it")
    also_read: tuple[AlsoRead, ...] = Field(
        default=(), description="Further servers to read the hashtags from, since no server sees every post"
    )
    visibility: Literal["public", "unlisted"] = Field(
        default="public", description="Of our posts: public is found under the hashtag, unlisted is not"
    )
    transport: Literal["auto", "sse", "websocket"] = Field(
        default="auto", description="How to stream: auto takes what the server's software is known to speak"
    )
    overlap_hours: float = Field(
        default=24, ge=0, le=168, description="How far catch-up reads back: federated posts arrive late"
    )
    watch_threads: int = Field(
        default=20, ge=0, le=100, description="How many threads to follow for answers without the hashtag"
    )
    watch_every: float = Field(default=60, gt=0, description="Seconds between two looks at the watched threads")
    poll_every: float = Field(
        default=60, gt=0, description="Seconds between two looks at a server that cannot be streamed from"
    )
    silence: float = Field(
        default=90, ge=1, description="Seconds without a sign of life until a stream counts as broken"
    )
    request_timeout: float = Field(
        default=20, ge=1, le=25, description="Seconds to wait for an answer; stays below a lease"
    )
