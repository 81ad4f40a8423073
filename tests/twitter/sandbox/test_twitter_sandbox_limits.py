"""Who may ask the stand-in for X, how often, what it costs, and what can befall a request."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import httpx
import pytest
import tweepy
from oauthlib.oauth1 import Client as Signer
from tweepy.errors import Forbidden, TooManyRequests, Unauthorized

from tests.twitter.sandbox.rig import Asking, word

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_without_a_good_signature_nobody_gets_in(x: Asking) -> None:
    wrong = [*x.keys[:3], "not the secret"]
    _, forged, _ = Signer(*wrong).sign(f"{x.address}/2/users/me")
    for headers in ({}, {"Authorization": "Bearer nonsense"}, forged):
        answer = await x.http.get("/2/users/me", headers=headers)
        assert (answer.status_code, answer.json()["title"], answer.json()["type"]) == (
            401,
            "Unauthorized",
            "about:blank",
        )

    _, signed, _ = Signer(*x.keys).sign(f"{x.address}/2/users/me")
    assert (await x.http.get("/2/users/me", headers=signed)).status_code == 200
    assert (await x.http.get("/2/users/me", headers=signed)).status_code == 401, "a nonce is good once"
    _, other, _ = Signer(*x.keys).sign(f"{x.address}/2/users/1")
    assert (await x.http.get("/2/users/me", headers=other)).status_code == 401, "it is signed for another address"

    x.tweepy.consumer_secret, kept = "wrong", x.tweepy.consumer_secret
    with pytest.raises(Unauthorized):
        await x.tweepy.get_me(user_auth=True)
    x.tweepy.consumer_secret = kept


async def test_clocks_must_not_be_far_apart(x: Asking) -> None:
    await x.stage.control("settings", clock_offset=-400)
    answer = await x.user("GET", "/2/users/me")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, 135)
    said = datetime.strptime(answer.headers["date"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    assert 395 < (datetime.now(UTC) - said).total_seconds() < 405


async def test_each_endpoint_takes_its_kind_of_login(x: Asking) -> None:
    for answer in (
        await x.app("POST", "/2/tweets", json={"text": word()}),
        await x.app("GET", "/2/dm_events"),
        await x.user("GET", "/2/tweets/search/stream/rules"),
        await x.user("GET", "/2/tweets/search/stream"),
    ):
        assert (answer.status_code, answer.json()["title"]) == (403, "Unsupported Authentication"), answer.text


async def test_windows_end_and_begin_again(x: Asking) -> None:
    path = f"/2/users/{(await x.tweepy.get_me(user_auth=True))['data']['id']}"
    await x.stage.control("settings", window=60, rate_factor=2 / 900)
    first = await x.user("GET", path)
    assert (first.headers["x-rate-limit-limit"], first.headers["x-rate-limit-remaining"]) == ("2", "1")
    assert (await x.user("GET", path)).headers["x-rate-limit-remaining"] == "0"
    refused = await x.user("GET", path)
    assert (refused.status_code, refused.json()["title"]) == (429, "Too Many Requests")
    assert 30 <= int(refused.headers["x-rate-limit-reset"]) - time.time() <= 61
    assert (await x.app("GET", path)).status_code == 200, "the app has a window of its own"
    await x.stage.control("settings", clock_offset=61)
    assert (await x.user("GET", path)).headers["x-rate-limit-remaining"] == "1"


async def test_posts_have_a_window_of_the_user_and_a_day_of_the_app(x: Asking) -> None:
    answer = await x.user("POST", "/2/tweets", json={"text": word()})
    headers = answer.headers
    assert (headers["x-rate-limit-limit"], headers["x-app-limit-24hour-limit"]) == ("100000", "10000000")
    assert int(headers["x-app-limit-24hour-reset"]) > int(headers["x-rate-limit-reset"])


@pytest.mark.parametrize(
    ("kind", "status", "says"),
    [
        ("window", 429, "Too Many Requests"),
        ("cap", 429, "UsageCapExceeded"),
        ("credits", 402, "CreditsDepleted"),
        ("capacity", 503, "over capacity"),
        ("internal", 500, "Internal Server Error"),
    ],
)
async def test_refusals_befall_what_they_are_meant_for(x: Asking, kind: str, status: int, says: str) -> None:
    said = word()
    await x.stage.fault(kind, 1, methods=["POST"], paths=["/2/tweets"], seconds=30)
    assert (await x.user("GET", "/2/users/me")).status_code == 200
    answer = await x.user("POST", "/2/tweets", json={"text": said})
    assert (answer.status_code, says in answer.text) == (status, True), answer.text
    assert answer.headers["content-type"].startswith("text/html" if status == 503 else "application/json")
    left = int(answer.headers["x-rate-limit-remaining"])
    assert left == 0 if kind == "window" else left > 0
    if kind == "window":
        assert 28 < int(answer.headers["x-rate-limit-reset"]) - time.time() < 32
    assert (await x.user("POST", "/2/tweets", json={"text": said})).status_code == 201, "nothing was done before"


@pytest.mark.parametrize("kind", ["lose", "half"])
async def test_an_answer_is_lost_after_the_deed(x: Asking, kind: str) -> None:
    said = word()
    await x.stage.fault(kind, 1, methods=["POST"], paths=["/2/tweets"])
    with pytest.raises(httpx.TransportError):
        await x.user("POST", "/2/tweets", json={"text": said})
    assert len(await x.found(said)) == 1
    again = await x.user("POST", "/2/tweets", json={"text": said})
    assert "duplicate content" in again.json()["detail"]


async def test_nothing_is_done_where_it_hangs_or_is_not_taken(x: Asking) -> None:
    said = word()
    await x.stage.fault("refuse", 1, methods=["POST"])
    with pytest.raises(httpx.TransportError):
        await x.user("POST", "/2/tweets", json={"text": said})
    await x.stage.fault("hang", 1, methods=["POST"])
    with pytest.raises(httpx.ReadTimeout):
        await x.user("POST", "/2/tweets", json={"text": said}, timeout=0.2)
    assert await x.found(said) == []
    with pytest.raises(ValueError, match="kind must be one of"):
        await x.stage.fault("earthquake")


async def test_the_stages_fate_is_the_bots_alone(x: Asking) -> None:
    said = word()
    await x.stage.throttle(1, 30)
    await x.stage.post("#EdLdrs", said)
    assert (await x.user("GET", "/2/users/me")).status_code == 200
    with pytest.raises(TooManyRequests):
        await x.tweepy.create_tweet(text=said, user_auth=True)
    await x.stage.fail(1)
    assert (await x.user("POST", "/2/tweets", json={"text": said})).status_code == 503
    await x.stage.crash_after_send(1)
    with pytest.raises(httpx.TransportError):
        await x.user("POST", "/2/tweets", json={"text": said})
    with pytest.raises(Forbidden):
        await x.tweepy.create_tweet(text=said, user_auth=True)


async def test_what_is_done_is_paid_for(x: Asking) -> None:
    async def cost(act: object) -> int:
        before = (await x.stage.control("ledger"))["total"]
        await act  # type: ignore[misc]
        return int((await x.stage.control("ledger"))["total"]) - int(before)

    asked = await x.stage.post("#EdLdrs", f"@EdLdrsBot {word()}")
    assert await cost(x.post(f"plain {word()}")) == 15_000
    assert await cost(x.post(f"see example.org {word()}")) == 200_000
    assert await cost(x.post(word(), reply={"in_reply_to_tweet_id": asked})) == 10_000
    assert await cost(x.app("GET", f"/2/tweets/{asked}")) == 5_000
    assert await cost(x.app("GET", f"/2/tweets/{asked}")) == 0, "what was read today is free"
    me = (await x.tweepy.get_me(user_auth=True))["data"]["id"]
    assert await cost(x.user("GET", f"/2/users/{me}/mentions", params={"since_id": str(int(asked) - 1)})) == 1_000


async def test_without_credits_all_is_refused(x: Asking) -> None:
    await x.stage.control("settings", credits=20_000)
    await x.post(word())
    await x.post(word())
    for answer in (await x.user("POST", "/2/tweets", json={"text": word()}), await x.app("GET", "/2/tweets/1")):
        assert (answer.status_code, answer.json()["title"]) == (402, "CreditsDepleted")


class _Here(tweepy.OAuth1UserHandler):  # type: ignore[misc]
    """tweepy's own login, sent here."""

    here = ""

    def _get_oauth_url(self, endpoint: str) -> str:
        return f"{self.here}/oauth/{endpoint}"


async def test_a_person_lets_the_app_in_by_pin(x: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setattr(_Here, "here", x.address)
    login = _Here(*x.keys[:2], callback="oob")
    page = await asyncio.to_thread(login.get_authorization_url)
    assert "Authorize app" in (await x.http.get(page)).text
    shown = await x.http.post(page, data={"username": "EdLdrsHost"})
    pin = shown.text.partition("<code>")[2].partition("</code>")[0]
    with pytest.raises(tweepy.TweepyException):
        await asyncio.to_thread(login.get_access_token, "0000000x")
    token, secret = await asyncio.to_thread(login.get_access_token, pin)
    _, headers, _ = Signer(*x.keys[:2], token, secret).sign(f"{x.address}/2/users/me")
    assert (await x.http.get("/2/users/me", headers=headers)).json()["data"]["username"] == "EdLdrsHost"


async def test_the_app_gets_its_bearer_token(x: Asking) -> None:
    asked = {"grant_type": "client_credentials"}
    answer = await x.http.post("/oauth2/token", data=asked, auth=httpx.BasicAuth(x.keys[0], x.keys[1]))
    assert answer.json() == {"token_type": "bearer", "access_token": x.settings["bearer_token"]}
    refused = await x.http.post("/oauth2/token", data=asked, auth=httpx.BasicAuth(x.keys[0], "wrong"))
    assert refused.status_code == 403
