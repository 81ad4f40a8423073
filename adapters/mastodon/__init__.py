"""Mastodon, and servers that speak its API."""

from bridge.adapter import Manifest
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
    hashtags=True,
)
