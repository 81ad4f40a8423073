"""What config.yaml takes for a network of this platform."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr


def _homeserver(value: str) -> str:
    """``https://host[:port]``; plain http only for this machine (the sandbox)."""
    address = value.strip().rstrip("/")
    if "://" not in address:
        address = f"https://{address}"
    parts = urlsplit(address)
    if parts.path or parts.query or not parts.hostname:
        raise ValueError("give the homeserver's address alone, such as https://matrix.example.org")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")):
        raise ValueError("a token must not travel unencrypted: use https://")
    return address


def _user(value: str) -> str:
    if value and not (value.startswith("@") and ":" in value):
        raise ValueError("give a whole Matrix id, such as @edldrs:example.org")
    return value


Homeserver = Annotated[str, AfterValidator(_homeserver)]
User = Annotated[str, AfterValidator(_user)]


class Settings(BaseModel):
    """One login on one homeserver."""

    model_config = ConfigDict(extra="forbid")

    homeserver: Homeserver = Field(description="Address of the homeserver's API, such as https://matrix.example.org")
    token: SecretStr = Field(description="Access token of the bot's account; `edldrs login` obtains it")
    user: User = Field(default="", description="Matrix id of the bot's account; `edldrs doctor` compares it")
    device: str = Field(default="", description="Device of the access token; `edldrs login` obtains it")
    admins: tuple[User, ...] = Field(
        default=(), description="Matrix ids of those at whose invitation the bot enters any room"
    )
    request_timeout: float = Field(
        default=20, ge=1, le=25, description="Seconds to wait for an answer; stays below a lease"
    )
    transactions_kept_hours: float = Field(
        default=23,
        ge=0,
        le=24,
        description="How long the homeserver remembers transaction ids: Synapse a day; 0 if it is another and unsure",
    )
