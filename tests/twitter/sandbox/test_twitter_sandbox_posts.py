"""Making, deleting and looking up posts on the stand-in for X."""

from __future__ import annotations

import pytest

from tests.twitter.sandbox.rig import PNG, Asking, word

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_tweepy_posts_reads_and_deletes(x: Asking) -> None:
    said = word()
    made = await x.tweepy.create_tweet(text=f"Hello {said}", user_auth=True)
    id = made["data"]["id"]
    assert made["data"] == {"id": id, "text": f"Hello {said}", "edit_history_tweet_ids": [id]}
    assert (await x.tweepy.get_tweet(id))["data"]["text"] == f"Hello {said}"
    assert (await x.tweepy.delete_tweet(id, user_auth=True)) == {"data": {"deleted": True}}
    assert (await x.tweepy.get_tweets([id]))["errors"][0]["title"] == "Not Found Error"


async def test_the_same_again_is_refused_until_it_is_deleted(x: Asking) -> None:
    text = f"Welcome to the chat {word()}"
    id = await x.post(text)
    again = await x.user("POST", "/2/tweets", json={"text": f" {text}\n"})
    assert (again.status_code, again.json()["detail"]) == (
        403,
        "You are not allowed to create a Tweet with duplicate content.",
    )
    await x.user("DELETE", f"/2/tweets/{id}")
    await x.post(text)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("a" * 280, True),
        ("a" * 281, False),
        ("語" * 140, True),
        ("語" * 141, False),
        ("a" * 256 + " https://example.org/" + "p" * 100, True),
        ("a" * 257 + " https://example.org/" + "p" * 100, False),
        ("👩🏽‍🏫" * 140, True),
        ("👩🏽‍🏫" * 141, False),
    ],
)
async def test_length_is_weighted(x: Asking, text: str, taken: bool) -> None:
    answer = await x.user("POST", "/2/tweets", json={"text": text})
    assert answer.status_code == (201 if taken else 400), answer.text
    if taken:
        await x.user("DELETE", f"/2/tweets/{answer.json()['data']['id']}")
    else:
        assert answer.json()["errors"][0]["message"].startswith("Your Tweet text is too long.")


async def test_an_answer_needs_that_its_author_spoke_to_us(x: Asking) -> None:
    stranger = await x.stage.post("#EdLdrs", f"Not to you {word()}")
    refused = await x.user("POST", "/2/tweets", json={"text": word(), "reply": {"in_reply_to_tweet_id": stranger}})
    assert refused.status_code == 403
    assert "you have not been mentioned or otherwise engaged by the author" in refused.json()["detail"]

    asked = await x.stage.post("#EdLdrs", f"@EdLdrsBot what is this? {word()}")
    answer = await x.post("It is a bridge " + word(), reply={"in_reply_to_tweet_id": asked})
    told = (
        await x.user("GET", f"/2/tweets/{answer}", params={"tweet.fields": "conversation_id,in_reply_to_user_id"})
    ).json()
    assert told["data"]["text"].startswith("@leader It is a bridge")
    assert told["data"]["conversation_id"] == asked

    ours = await x.post(f"A1 {word()}")
    await x.post(f"A1, continued {word()}", reply={"in_reply_to_tweet_id": ours})

    quoting = (await x.stage.control("post", author="reader", text=f"Look {word()}", quotes=ours))["id"]
    await x.post(f"Thank you {word()}", reply={"in_reply_to_tweet_id": quoting})

    await x.stage.delete(asked)
    gone = await x.user("POST", "/2/tweets", json={"text": word(), "reply": {"in_reply_to_tweet_id": asked}})
    assert (gone.status_code, "deleted or not visible" in gone.json()["detail"]) == (403, True)


async def test_what_an_app_may_not(x: Asking) -> None:
    theirs = await x.stage.post("#EdLdrs", word())
    for refused in (
        await x.user("POST", "/2/tweets", json={"text": f"$AAA and $BBB {word()}"}),
        await x.user("POST", "/2/tweets", json={"text": word(), "quote_tweet_id": theirs}),
        await x.user("DELETE", f"/2/tweets/{theirs}"),
    ):
        assert (refused.status_code, refused.json()["title"]) == (403, "Forbidden")
    assert (await x.user("DELETE", "/2/tweets/12")).status_code == 404
    await x.post(f"$AAA {word()}")


async def test_only_what_was_asked_for_is_told(x: Asking) -> None:
    id = await x.post(f"Q&A <here>: https://example.org/page and chalk.org #EdLdrs @bob {word()}")
    bare = (await x.user("GET", f"/2/tweets/{id}")).json()
    assert set(bare) == {"data"}
    assert set(bare["data"]) == {"id", "text", "edit_history_tweet_ids"}

    full = (
        await x.user(
            "GET",
            f"/2/tweets/{id}",
            params={
                "tweet.fields": "entities,created_at,public_metrics,lang",
                "expansions": "author_id",
                "user.fields": "description",
            },
        )
    ).json()
    data, text = full["data"], full["data"]["text"]
    assert "Q&amp;A &lt;here&gt;: https://t.co/" in text
    assert [one["expanded_url"] for one in data["entities"]["urls"]] == ["https://example.org/page", "http://chalk.org"]
    for one in data["entities"]["urls"]:
        assert text[one["start"] : one["end"]] == one["url"]
    assert text[data["entities"]["hashtags"][0]["start"] :].startswith("#EdLdrs")
    assert data["entities"]["mentions"][0]["username"] == "bob"
    assert data["public_metrics"]["like_count"] == 0
    assert full["includes"]["users"][0]["username"] == "EdLdrsBot"
    assert "EdLdrsHost" in full["includes"]["users"][0]["description"]


async def test_what_is_missing_stands_beside_what_is_there(x: Asking) -> None:
    here, gone = await x.post(word()), await x.post(word())
    closed = await x.stage.post("#EdLdrs", word(), visibility="followers")
    await x.user("DELETE", f"/2/tweets/{gone}")
    answer = await x.app("GET", "/2/tweets", params={"ids": f"{here},{gone},{closed}"})
    body = answer.json()
    assert answer.status_code == 200
    assert [one["id"] for one in body["data"]] == [here]
    assert [(one["title"], one["value"]) for one in body["errors"]] == [
        ("Not Found Error", gone),
        ("Authorization Error", closed),
    ]
    alone = await x.app("GET", f"/2/tweets/{gone}")
    assert (alone.status_code, set(alone.json())) == (200, {"errors"})


async def test_an_edit_is_a_new_id_of_the_same_post(x: Asking) -> None:
    first = await x.stage.post("#EdLdrs", f"Befor {word()}")
    second = (await x.stage.control("edit", id=first, text="Before #EdLdrs"))["id"]
    both = (await x.app("GET", "/2/tweets", params={"ids": f"{first},{second}"})).json()["data"]
    assert [one["edit_history_tweet_ids"] for one in both] == [[first, second]] * 2
    assert both[0]["text"].startswith("Befor ")
    assert both[1]["text"] == "Before #EdLdrs"
    await x.stage.delete(first)
    assert "data" not in (await x.app("GET", f"/2/tweets/{second}")).json()


async def test_a_long_post_has_a_head_and_the_whole(x: Asking) -> None:
    id = await x.stage.post("#EdLdrs", "word " * 120 + "the very end")
    body = (await x.app("GET", f"/2/tweets/{id}", params={"tweet.fields": "note_tweet,entities"})).json()["data"]
    assert "the very end" not in body["text"]
    assert "…" in body["text"]
    assert body["note_tweet"]["text"].endswith("the very end #EdLdrs")
    assert body["note_tweet"]["entities"]["hashtags"][0]["tag"] == "EdLdrs"


async def test_a_picture_goes_up_in_chunks_and_comes_back(x: Asking) -> None:
    data = PNG + bytes(2500)
    media = await x.upload(data, alt="a red square")
    id = await x.post(f"Look {word()}", media={"media_ids": [media]})
    asked = {
        "expansions": "attachments.media_keys",
        "media.fields": "url,alt_text,width,height",
        "tweet.fields": "entities",
    }
    body = (await x.user("GET", f"/2/tweets/{id}", params=asked)).json()
    told = body["includes"]["media"][0]
    assert (told["type"], told["alt_text"], told["width"], told["height"]) == ("photo", "a red square", 16, 8)
    assert body["data"]["attachments"]["media_keys"] == [told["media_key"]]
    assert body["data"]["entities"]["urls"][0]["media_key"] == told["media_key"]
    assert (await x.http.get(told["url"])).content == data


async def test_unfinished_or_foreign_media_are_refused(x: Asking) -> None:
    wanted = {"media_type": "image/png", "total_bytes": 10, "media_category": "tweet_image"}
    id = (await x.user("POST", "/2/media/upload/initialize", json=wanted)).json()["data"]["id"]
    assert (await x.user("POST", f"/2/media/upload/{id}/finalize")).status_code == 400
    refused = await x.user("POST", "/2/tweets", json={"text": word(), "media": {"media_ids": [id]}})
    assert (refused.status_code, refused.json()["errors"][0]["message"]) == (400, "Your media IDs are invalid.")
    too_large = {**wanted, "total_bytes": 6 * 1024 * 1024}
    assert (await x.user("POST", "/2/media/upload/initialize", json=too_large)).status_code == 400


async def test_a_film_takes_its_time(x: Asking) -> None:
    await x.stage.control("settings", media_processing=600)
    id = await x.upload(bytes(100), "video/mp4", "tweet_video")
    asked = {"command": "STATUS", "media_id": id}
    status = (await x.user("GET", "/2/media/upload", params=asked)).json()["data"]["processing_info"]
    assert status["state"] == "in_progress"
    await x.stage.control("settings", clock_offset=60)  # signatures of five minutes' distance are refused
    refused = await x.user("POST", "/2/tweets", json={"text": word(), "media": {"media_ids": [id]}})
    assert refused.status_code == 400


async def test_a_poll_is_counted(x: Asking) -> None:
    poll = {"options": ["Yes", "No"], "duration_minutes": 5}
    id = await x.post(f"Q1 {word()}", poll=poll)
    for who, choice in (("anna", 1), ("bert", 2), ("carl", 1), ("anna", 2)):
        await x.stage.control("vote", id=id, author=who, position=choice)
    asked = {"expansions": "attachments.poll_ids", "poll.fields": "voting_status,end_datetime,duration_minutes"}
    told = (await x.user("GET", f"/2/tweets/{id}", params=asked)).json()["includes"]["polls"][0]
    assert [(one["label"], one["votes"]) for one in told["options"]] == [("Yes", 2), ("No", 1)]
    assert (told["voting_status"], told["duration_minutes"]) == ("open", 5)
    await x.stage.control("settings", clock_offset=301)
    closed = (await x.app("GET", f"/2/tweets/{id}", params=asked)).json()["includes"]["polls"][0]
    assert closed["voting_status"] == "closed"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": 7},
        {"text": "x", "reply": 7},
        {"text": "x", "reply": {"in_reply_to_tweet_id": "abc"}},
        {"text": "x", "unknown": 1},
        {"text": "x", "poll": {"options": ["a"], "duration_minutes": 5}},
        {"text": "x", "poll": {"options": ["a", "b" * 26], "duration_minutes": 5}},
        {"text": "x", "poll": {"options": ["a", "b"], "duration_minutes": 4}},
        {"text": "x", "media": {"media_ids": []}},
        {"text": "x", "media": {"media_ids": ["1"]}},
    ],
)
async def test_a_wrong_body_is_refused(x: Asking, body: dict[str, object]) -> None:
    answer = await x.user("POST", "/2/tweets", json=body)
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid Request"), answer.text
