"""Which endpoints there are, and how often each may be asked (docs.x.com/x-api/fundamentals/rate-limits)."""

from __future__ import annotations

from adapters.twitter.sandbox import likes, media, messages, posts, stream, timelines, usage, users
from adapters.twitter.sandbox.calls import Answer, Call, Endpoint
from adapters.twitter.sandbox.limits import Allowed

_USER = ("user",)
_APP = ("app",)
_UPLOAD = Allowed(user=1875, app_day=180_000)
_MESSAGES = Allowed(user=15, user_day=1_440, app_day=1_440)
_READ_MESSAGES = Allowed(user=15)
_USERS = Allowed(user=900, app=300)

_STREAM = "GET /2/tweets/search/stream"


def _streamed(call: Call) -> Answer:
    raise AssertionError("a stream answers by itself")


# The first that matches answers, so what is more special stands before what is more general.
ENDPOINTS = (
    Endpoint("POST", "/2/tweets", posts.create, Allowed(user=100, app_day=10_000), _USER, objects=False),
    Endpoint("GET", "/2/tweets", posts.look_up, Allowed(user=5_000, app=3_500), parameters=frozenset(["ids"])),
    Endpoint(
        "GET", "/2/tweets/search/recent", timelines.search, Allowed(user=300, app=450), parameters=timelines.SEARCH
    ),
    Endpoint(
        "GET", "/2/tweets/counts/recent", timelines.counts, Allowed(app=300), _APP, timelines.COUNTS, objects=False
    ),
    Endpoint("GET", "/2/tweets/search/stream", _streamed, Allowed(app=50), _APP, stream.PARAMETERS),
    Endpoint("GET", "/2/tweets/search/stream/rules", stream.rules, Allowed(app=450), _APP, stream.RULES, objects=False),
    Endpoint(
        "POST",
        "/2/tweets/search/stream/rules",
        stream.change_rules,
        Allowed(app=100),
        _APP,
        stream.CHANGES,
        objects=False,
    ),
    Endpoint("GET", "/2/tweets/{id}", posts.look_up_one, Allowed(user=900, app=450)),
    Endpoint("GET", "/2/tweets/{id}/liking_users", likes.likers, Allowed(user=75), _USER, likes.PARAMETERS),
    Endpoint("DELETE", "/2/tweets/{id}", posts.delete, Allowed(user=50), _USER, objects=False),
    Endpoint("GET", "/2/usage/tweets", usage.usage, Allowed(app=50), _APP, usage.PARAMETERS, objects=False),
    Endpoint("GET", "/2/users/me", users.me, Allowed(user=75), _USER),
    Endpoint("GET", "/2/users", users.by_ids, _USERS, parameters=frozenset(["ids"])),
    Endpoint("GET", "/2/users/by", users.by_names, _USERS, parameters=frozenset(["usernames"])),
    Endpoint("GET", "/2/users/by/username/{username}", users.by_name, _USERS),
    Endpoint("GET", "/2/users/{id}", users.by_id, _USERS),
    Endpoint(
        "GET", "/2/users/{id}/tweets", timelines.of_user, Allowed(user=900, app=10_000), parameters=timelines.TIMELINE
    ),
    Endpoint(
        "GET", "/2/users/{id}/mentions", timelines.mentions, Allowed(user=300, app=450), parameters=timelines.MENTIONS
    ),
    Endpoint("POST", "/2/media/upload/initialize", media.initialize, _UPLOAD, _USER, objects=False),
    Endpoint("POST", "/2/media/upload/{id}/append", media.append, _UPLOAD, _USER, objects=False),
    Endpoint("POST", "/2/media/upload/{id}/finalize", media.finalize, _UPLOAD, _USER, objects=False),
    Endpoint(
        "GET", "/2/media/upload", media.status, Allowed(user=1_000, app_day=100_000), _USER, media.STATUS, objects=False
    ),
    Endpoint("POST", "/2/media/metadata", media.describe, Allowed(user=500, app_day=50_000), _USER, objects=False),
    Endpoint(
        "POST", "/2/dm_conversations/with/{participant_id}/messages", messages.send, _MESSAGES, _USER, objects=False
    ),
    Endpoint("GET", "/2/dm_events", messages.events, _READ_MESSAGES, _USER, messages.LIST),
    Endpoint(
        "GET",
        "/2/dm_conversations/with/{participant_id}/dm_events",
        messages.events_with,
        _READ_MESSAGES,
        _USER,
        messages.LIST,
    ),
)

STREAMS = {_STREAM: stream.follow}
