"""X, formerly Twitter, by its API v2."""

from datetime import timedelta

from bridge.adapter import Example, Manifest, PollLimit
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
    example=Example(
        network={"budget": {"per_15_minutes": 50, "usd_per_day": 2.0, "usd_per_month": 30.0}},
        channel={"relay": "session"},
        host="@host",
    ),
    hashtags=True,
    # https://docs.x.com/x-api/posts/create-post#body-poll
    poll=PollLimit(options=4, label=25, shortest=timedelta(minutes=5), longest=timedelta(days=7)),
    sign="M2.2 2h2.6l9 12h-2.6zM13.4 2 9 7M6.9 9.2 2.6 14",
    links=False,  # a post with a link costs thirteen times as much
)
