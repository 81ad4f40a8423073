"""Mastodon, and servers that speak its API."""

from datetime import timedelta

from bridge.adapter import Example, Manifest, PollLimit
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
    # What every server takes: https://docs.joinmastodon.org/entities/V1_Instance/#polls
    poll=PollLimit(
        options=4, label=50, multiple=True, shortest=timedelta(minutes=5), longest=timedelta(seconds=2_629_746)
    ),
    sign="M2 4.6C2 2.8 3.4 1.6 8 1.6s6 1.2 6 3v3.2c0 2.6-2 3.4-6 3.4-1.6 0-2.4 0-3.2-.2 0 1.8 2 2.4 5 2"
    "M5 8V6c0-2 3-2 3 0v1.6M8 6c0-2 3-2 3 0v2",
)
