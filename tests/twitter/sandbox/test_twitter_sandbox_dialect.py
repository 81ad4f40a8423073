"""The newest names of X's API, likers, and orders: what tweepy does not ask for, asked by bare HTTP."""

from __future__ import annotations

import json

import pytest

from tests.twitter.sandbox.rig import Asking, word

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_who_asks_by_the_newest_names_is_answered_in_them(x: Asking) -> None:
    root = await x.post(f"Root {word()}")
    answer_id = await x.post(f"Answer {word()}", reply={"in_reply_to_tweet_id": root})
    params = {"post.fields": "conversation_id,note_post", "expansions": "author_id,referenced_posts"}
    told = (await x.user("GET", f"/2/tweets/{answer_id}", params=params)).json()
    assert told["data"]["referenced_posts"] == [{"type": "replied_to", "id": root}]
    assert told["data"]["edit_history_post_ids"] == [answer_id]
    assert told["data"]["conversation_id"] == root
    assert told["data"]["author_id"] == told["includes"]["users"][0]["id"]
    assert [one["id"] for one in told["includes"]["posts"]] == [root]
    assert "tweet" not in json.dumps(told)


async def test_a_long_post_has_its_newest_name_too(x: Asking) -> None:
    id = (await x.stage.control("post", author="leader", text="long " * 100))["id"]
    told = (await x.user("GET", f"/2/tweets/{id}", params={"post.fields": "note_post"})).json()["data"]
    assert told["note_post"]["text"] == ("long " * 100).strip()


@pytest.mark.parametrize(
    "params",
    [{"post.fields": "note_tweet"}, {"post.fields": "author_id"}, {"expansions": "referenced_posts.id"}],
    ids=lambda params: next(iter(params.values())),
)
async def test_the_newest_names_are_as_listed(x: Asking, params: dict[str, str]) -> None:
    id = await x.post(f"Post {word()}")
    answer = await x.user("GET", f"/2/tweets/{id}", params=params)
    assert answer.status_code == 400
    assert next(iter(params.values())) in answer.json()["errors"][0]["message"]


async def test_likers_are_told_page_by_page_and_not_to_the_app(x: Asking) -> None:
    id = await x.post(f"Likeable {word()}")
    for author in ("anna", "ben", "cleo"):
        await x.stage.control("like", id=id, author=author)
    path = f"/2/tweets/{id}/liking_users"
    before = (await x.stage.control("ledger"))["total"]
    first = (await x.user("GET", path, params={"max_results": "2"})).json()
    assert first["meta"]["result_count"] == 2
    rest = (await x.user("GET", path, params={"pagination_token": first["meta"]["next_token"]})).json()
    names = {one["username"] for one in [*first["data"], *rest["data"]]}
    assert names == {"anna", "ben", "cleo"}
    assert "next_token" not in rest["meta"]
    assert (await x.stage.control("ledger"))["total"] - before == 3_000
    assert (await x.app("GET", path)).status_code == 403
    gone = await x.user("GET", "/2/tweets/1212092628029698048/liking_users")
    assert gone.status_code == 200
    assert gone.json()["errors"][0]["resource_id"] == "1212092628029698048"


async def test_an_order_is_one_that_there_is(x: Asking) -> None:
    said = word()
    id = await x.post(f"Ordered {said}")
    for order in ("recency", "relevancy"):
        assert [one["id"] for one in (await x.search(said, sort_order=order))["data"]] == [id]
    wrong = await x.user("GET", "/2/tweets/search/recent", params={"query": said, "sort_order": "age"})
    assert wrong.status_code == 400
