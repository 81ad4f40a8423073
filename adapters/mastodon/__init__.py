"""Mastodon, and servers that speak its API."""

from bridge.adapter import Example, Manifest
from bridge.model.ids import Platform

manifest = Manifest(
    platform=Platform("mastodon"),
    title="Mastodon",
    summary="Mastodon and servers that speak its API (GoToSocial, Pleroma, Akkoma)",
    settings="adapters.mastodon.settings:Settings",
    adapter="adapters.mastodon.client:MastodonAdapter",
    login="adapters.mastodon.login:login",
    sandbox="adapters.mastodon.sandbox:open_sandbox",
    address="#EdLdrs",
    example=Example(network={"server": "https://mastodon.example"}, host="@host@mastodon.example"),
    hashtags=True,
)
