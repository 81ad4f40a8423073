"""X, formerly Twitter, by its API v2."""

from bridge.adapter import Manifest
from bridge.model.ids import Platform

manifest = Manifest(
    platform=Platform("twitter"),
    title="X",
    summary="X (Twitter), API v2, pay per use",
    settings="adapters.twitter.settings:Settings",
    adapter="adapters.twitter.client:twitter_adapter",
    login="adapters.twitter.login:login",
    sandbox="adapters.twitter.sandbox:open_sandbox",
    address="#EdLdrs",
    hashtags=True,
    links=False,  # a post with a link costs thirteen times as much
)
