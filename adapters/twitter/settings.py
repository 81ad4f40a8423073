"""What config.yaml takes for a network of this platform."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator


class Settings(BaseModel):
    """One account of X, through one app."""

    model_config = ConfigDict(extra="forbid")

    consumer_key: SecretStr = Field(description="API key of your app (developer console, Keys and tokens)")
    consumer_secret: SecretStr = Field(description="API key secret of your app")
    access_token: SecretStr = Field(description="Access token of the bot's account; `edldrs login` obtains it")
    access_token_secret: SecretStr = Field(description="Secret of the access token; `edldrs login` obtains it")
    bearer_token: SecretStr | None = Field(
        default=None, description="The app's own token, needed for the stream; `edldrs login` obtains it"
    )
    read: Literal["search", "stream"] = Field(
        default="search", description="How hashtags are read: by a search every so often, or by the filtered stream"
    )
    search_every: float = Field(
        default=30, gt=0, description="Seconds between two searches for the hashtags; finding nothing is free"
    )
    mentions_every: float = Field(
        default=60, gt=0, description="Seconds between two looks at who mentions or answers the bot"
    )
    own_every: float = Field(
        default=60, gt=0, description="Seconds between two looks at the account's own posts (likes, hosts typing there)"
    )
    watch_threads: int = Field(
        default=12, ge=0, le=60, description="How many threads to follow for answers without the hashtag"
    )
    watch_every: float = Field(default=120, gt=0, description="Seconds between two looks at the watched threads")
    private_messages: bool = Field(
        default=False, description="Read and send private messages; the app needs their permission"
    )
    messages_every: float = Field(
        default=90, gt=0, description="Seconds between two looks at private messages; X allows 15 in 15 minutes"
    )
    lookup: bool = Field(
        default=False, description="Ask whether the posts of the last day still exist; each costs as much as a read"
    )
    recheck_hours: float = Field(
        default=12, gt=0, le=24, description="Hours between two lookups; X wants deleted posts gone within 24"
    )
    index_lag: float = Field(
        default=30, ge=0, le=600, description="Seconds until a new post is surely in X's search and timelines"
    )
    silence: float = Field(
        default=30, ge=1, description="Seconds without a sign of life until a stream counts as broken"
    )
    stream_sorting: float = Field(
        default=1, ge=0, le=30, description="Seconds that streamed posts are held, to put them in order"
    )
    request_timeout: float = Field(
        default=20, ge=1, le=25, description="Seconds to wait for an answer; stays below a lease"
    )
    api_url: str = Field(default="https://api.x.com", description="Address of the API; another for a sandbox only")

    @field_validator("api_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value.rstrip("/"))
        if parts.path or parts.query or not parts.hostname:
            raise ValueError("give the address alone, such as https://api.x.com")
        if parts.scheme != "https" and not (
            parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
        ):
            raise ValueError("a token must not travel unencrypted: use https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _streams_with_bearer(self) -> Settings:
        if self.read == "stream" and self.bearer_token is None:
            raise ValueError("`read: stream` needs `bearer_token`: run `edldrs login`, or set `read: search`")
        return self
