"""Searching and listing on the stand-in for X."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.twitter.sandbox.rig import PNG, Asking, until, word

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_tweepy_searches_and_pages(x: Asking) -> None:
    tag = f"#{word()}"
    made = [await x.stage.post(tag, f"{n}: {word()}") for n in range(25)]
    pages: list[list[str]] = []
    token = None
    while True:
        page = await x.tweepy.search_recent_tweets(tag, max_results=10, next_token=token, user_auth=True)
        pages.append([one["id"] for one in page["data"]])
        assert page["meta"]["result_count"] == len(page["data"])
        token = page["meta"].get("next_token")
        if token is None:
            break
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [id for page in pages for id in page] == made[::-1]

    newer = await x.search(tag, since_id=made[20])
    assert [one["id"] for one in newer["data"]] == made[:20:-1]
    older = await x.search(tag, until_id=made[2])
    assert [one["id"] for one in older["data"]] == made[1::-1]
    assert await x.search(f"{tag} nothingofthiskind") == {"meta": {"result_count": 0}}


async def test_every_operator_finds_what_it_should(x: Asking) -> None:
    tag = word()
    author, other = f"a{word()}", f"b{word()}"

    async def post(text: str, who: str = author, **more: Any) -> str:
        wanted = {"author": who, "text": f"{text} #{tag}", **more}
        return str((await x.stage.control("post", **wanted))["id"])

    plain = await post("Coca-cola and naïve café")
    asking = await post("Have a look, @EdLdrsBot")
    answer = await post("An answer", other, reply_to=plain)
    quoting = await post("Look at that", other, quotes=plain)
    linked = await post("See example.org/page", language="fr")
    picture = await x.stage.post(f"#{tag}", "a picture", author=author, media=[(PNG, "image/png", "")])
    await x.stage.control("repost", id=plain, author=other)

    async def finds(query: str, *ids: str) -> None:
        assert sorted(await x.found(f"{query} #{tag}")) == sorted(ids), query

    everything = [plain, asking, answer, quoting, linked, picture]
    await finds("", *everything)
    await finds("cola", plain)
    await finds('"coca cola"', plain)
    await finds('"cola coca"')
    await finds("naive CAFE", plain)
    await finds(f"from:{author}", plain, asking, linked, picture)
    await finds(f"-from:{author}", answer, quoting)
    await finds(f"to:{author}", answer)
    await finds("@EdLdrsBot", asking)
    await finds(f"conversation_id:{plain}", plain, answer)
    await finds(f"in_reply_to_tweet_id:{plain}", answer)
    await finds("is:reply", answer)
    await finds("-is:reply -is:quote", plain, asking, linked, picture)
    await finds("is:quote", quoting)
    await finds("has:links -has:media", linked)
    await finds("has:media", picture)
    await finds("has:mentions", asking, answer)
    await finds("lang:fr", linked)
    await finds('url:"example.org"', linked)
    await finds("(cola OR look) -quotes_of_tweet_id:" + plain, plain, asking)
    assert sorted(await x.found(f"cola #{tag} OR answer #{tag}")) == sorted([plain, answer])
    assert len((await x.search(f"#{tag} is:retweet"))["data"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        "",
        "has:media",
        "-cola",
        "lang:en",
        "cola OR has:links",
        "cola -(a OR b)",
        "(cola",
        "cola)",
        "favourite:yes cola",
        "is:nonsense cola",
        "place:london",
        "a" * 513,
    ],
)
async def test_a_wrong_query_is_refused(x: Asking, query: str) -> None:
    answer = await x.app("GET", "/2/tweets/search/recent", params={"query": query})
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid Request")
    assert answer.json()["errors"][0]["parameters"] == {"query": [query]}


@pytest.mark.parametrize(
    "params",
    [
        {"max_results": "9"},
        {"max_results": "101"},
        {"next_token": "nonsense!"},
        {"tweet.fields": "colour"},
        {"expansions": "author"},
        {"colour": "red"},
        {"since_id": "abc"},
        {"since_id": "1500000000000000000"},
        {"start_time": "yesterday"},
        {"start_time": "2020-01-01T00:00:00Z"},
        {"end_time": "2099-01-01T00:00:00Z"},
    ],
)
async def test_a_wrong_parameter_is_refused(x: Asking, params: dict[str, str]) -> None:
    answer = await x.app("GET", "/2/tweets/search/recent", params={"query": "cola", **params})
    assert answer.status_code == 400, answer.text
    assert set(answer.json()["errors"][0]["parameters"]) == set(params)


async def test_search_lags_behind_and_forgets_after_a_week(x: Asking) -> None:
    tag = f"#{word()}"
    await x.stage.control("settings", index_lag=0.3)
    id = await x.stage.post(tag, word())
    assert (await x.app("GET", f"/2/tweets/{id}")).json()["data"]["id"] == id
    assert await x.found(tag) == []
    await until(lambda: x.found(tag), lambda found: found == [id])

    def search(**params: str) -> Any:
        return x.app("GET", "/2/tweets/search/recent", params={"query": tag, **params})

    now = datetime.now(UTC)
    assert "data" not in (await search(end_time=(now - timedelta(minutes=1)).isoformat())).json()
    assert "data" in (await search(start_time=(now - timedelta(minutes=1)).isoformat())).json()
    await x.stage.control("settings", clock_offset=8 * 86_400)
    assert "data" not in (await search()).json()


async def test_the_closed_are_not_found(x: Asking) -> None:
    tag = f"#{word()}"
    await x.stage.post(tag, "For my followers", author="shy", visibility="followers")
    assert await x.found(tag) == []
    user = (await x.app("GET", "/2/users/by/username/shy_closed", params={"user.fields": "protected"})).json()["data"]
    assert user["protected"] is True
    refused = (await x.app("GET", f"/2/users/{user['id']}/tweets")).json()
    assert refused["errors"][0]["title"] == "Authorization Error"
    with pytest.raises(NotImplementedError):
        await x.stage.post(tag, "Between us", visibility="direct")


async def test_own_posts_and_mentions_are_listed(x: Asking) -> None:
    me = (await x.tweepy.get_me(user_auth=True))["data"]
    assert me["username"] == "EdLdrsBot"
    first = await x.post(f"A1 {word()}")
    second = await x.post(f"A1, continued {word()}", reply={"in_reply_to_tweet_id": first})
    asked = await x.stage.post("", f"@EdLdrsBot hello {word()}", hashtag=False)
    answered = await x.stage.post("", word(), reply_to=first, hashtag=False)

    own = await x.tweepy.get_users_tweets(me["id"], max_results=5, since_id=int(first) - 1, user_auth=True)
    assert [one["id"] for one in own["data"]] == [second, first]
    roots = await x.tweepy.get_users_tweets(me["id"], exclude=["replies"], since_id=int(first) - 1, user_auth=True)
    assert [one["id"] for one in roots["data"]] == [first]
    mentions = await x.tweepy.get_users_mentions(me["id"], since_id=first, user_auth=True)
    assert [one["id"] for one in mentions["data"]] == [answered, asked]


async def test_users_are_told_of(x: Asking) -> None:
    leader = await x.stage.control("user", username="leader", bio="Teacher. #nobridge")
    by_name = (await x.tweepy.get_user(username="LEADER", user_fields=["description"]))["data"]
    assert by_name == {"id": leader["id"], "name": "Leader", "username": "leader", "description": "Teacher. #nobridge"}
    both = (await x.app("GET", "/2/users", params={"ids": f"{leader['id']},12"})).json()
    assert [one["username"] for one in both["data"]] == ["leader"]
    assert both["errors"][0]["detail"] == "Could not find user with ids: [12]."


async def test_likes_and_the_rest_are_counted(x: Asking) -> None:
    id = await x.post(word())
    await x.stage.react(id)
    await x.stage.control("like", id=id, author="anna")
    await x.stage.control("repost", id=id, author="anna")
    await x.stage.post("", word(), reply_to=id, hashtag=False)
    told = (await x.user("GET", f"/2/tweets/{id}", params={"tweet.fields": "public_metrics"})).json()["data"]
    metrics = told["public_metrics"]
    assert (metrics["like_count"], metrics["retweet_count"], metrics["reply_count"]) == (2, 1, 1)


async def test_posts_are_counted_without_being_read(x: Asking) -> None:
    tag = f"#{word()}"
    for _ in range(3):
        await x.stage.post(tag, word())
    counted = await x.tweepy.get_recent_tweets_count(tag, granularity="day")
    assert counted["meta"] == {"total_tweet_count": 3}
    assert sum(one["tweet_count"] for one in counted["data"]) == 3


async def test_private_messages_go_both_ways(x: Asking) -> None:
    said, word_back = word(), word()
    leader = (await x.stage.control("user", username="leader"))["id"]
    await x.stage.tell(said)
    read = await x.tweepy.get_direct_message_events(
        dm_event_fields=["sender_id", "created_at", "dm_conversation_id"], expansions=["sender_id"], user_auth=True
    )
    event = read["data"][0]
    assert (event["text"], event["sender_id"], event["event_type"]) == (said, leader, "MessageCreate")
    assert read["includes"]["users"][0]["username"] == "leader"
    sent = await x.tweepy.create_direct_message(participant_id=leader, text=word_back, user_auth=True)
    assert sent["data"]["dm_conversation_id"] == event["dm_conversation_id"]
    assert (await x.stage.told())[-1] == word_back

    await x.stage.control("user", username="closed", refuses_messages=True)
    closed = (await x.stage.control("user", username="closed"))["id"]
    refused = await x.user("POST", f"/2/dm_conversations/with/{closed}/messages", json={"text": "Hello"})
    assert (refused.status_code, "permission to DM" in refused.json()["detail"]) == (403, True)


async def test_the_stage_shows_what_readers_see(x: Asking) -> None:
    tag = f"#{word()}"
    question = await x.post(f"Q1 & more: https://example.org/a/b {tag}")
    media = [(PNG, "image/png", "a square")]
    answer = await x.stage.post(tag, "A1", reply_to=question, hashtag=False, content_warning="exams", media=media)
    await x.stage.edit(answer, "A1, better")
    await x.stage.post(tag, "hidden", visibility="followers")
    shown = await x.stage.timeline(tag)
    assert [(one.text, one.mine, one.reply_to) for one in shown] == [
        (f"Q1 & more: https://example.org/a/b {tag}", True, None),
        ("A1, better", False, question),
    ]
    assert (shown[1].id, shown[1].edited, shown[1].content_warning, shown[1].alts) == (
        answer,
        True,
        "sensitive",
        ("a square",),
    )
    assert (await x.http.get(shown[1].media[0])).content == PNG
