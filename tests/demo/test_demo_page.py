"""The demo's page, over memory networks: by HTTP as a browser without scripts, and in a real browser."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bridge.testing.waiting import until
from tests.browser import browser, chromium
from tests.demo.running import demo


@pytest.fixture
async def page() -> AsyncIterator[httpx.AsyncClient]:
    async with demo("hall", "yard", "hut") as running, httpx.AsyncClient(base_url=running.url) as client:
        yield client


async def column(page: httpx.AsyncClient, name: str) -> str:
    """The posts of one column, as HTML."""
    text = (await page.get("/")).text
    return re.split(r'<section class="column" id="', text)[1:][["hall", "yard", "hut"].index(name)]


async def say(page: httpx.AsyncClient, name: str, text: str, do: str = "post", **more: str) -> httpx.Response:
    answer = await page.post(f"/on/{name}", data={"do": do, "text": text, "author": "amina", **more})
    assert answer.status_code == 303, answer.text
    return answer


def post_id(column: str, words: str) -> str:
    item = next(one for one in column.split("<li ")[1:] if words in one)
    return html.unescape(re.search(r'data-id="([^"]+)"', item)[1])  # type: ignore[index]


async def shows(page: httpx.AsyncClient, name: str, words: str) -> None:
    async def there() -> bool:
        return words in await column(page, name)

    await until(there, f"{name} does not show {words!r}")


async def gone(page: httpx.AsyncClient, name: str, words: str) -> None:
    async def away() -> bool:
        return words not in await column(page, name)

    await until(away, f"{name} still shows {words!r}")


async def test_posts_replies_edits_and_deletes_cross_without_scripts(page: httpx.AsyncClient) -> None:
    await say(page, "hall", "Which third did you cancel?")
    for name in ("yard", "hut"):
        await shows(page, name, "Amina (Hall): Which third did you cancel?")
    copy = post_id(await column(page, "yard"), "Which third")
    await say(page, "yard", "The longest ones.", "reply", post=copy, author="tom")
    await shows(page, "hall", "Tom (Yard): The longest ones.")
    question = post_id(await column(page, "hall"), "Which third")
    await say(page, "hall", "Which quarter did you cancel?", "edit", post=question)
    await shows(page, "hut", "Amina (Hall): Which quarter did you cancel?")
    form = (await page.get("/", params={"on": "hall", "edit": question})).text
    assert ">Which quarter did you cancel?</textarea>" in form
    way = (await page.get("/trace", params={"post": question})).text
    assert "-&gt; Yard" in way
    await page.post("/on/hall", data={"do": "delete", "post": question})
    await gone(page, "yard", "Which quarter")
    await gone(page, "hut", "Which quarter")


async def test_a_warning_and_a_picture_cross(page: httpx.AsyncClient) -> None:
    board = b"\x89PNG\r\n\x1a\n" + bytes(32)
    picture = {"picture": ("board.png", board, "image/png")}
    data = {"do": "post", "text": "See this", "author": "mei", "warning": "Inspection", "alt": "A whiteboard"}
    assert (await page.post("/on/hall", data=data, files=picture)).status_code == 303
    await shows(page, "yard", "Inspection</summary>")
    await shows(page, "yard", 'alt="A whiteboard"')
    for name in ("hall", "yard"):
        address = re.search(r'<img src="([^"]+)"', await column(page, name))[1]  # type: ignore[index]
        answer = await page.get(address)
        assert (answer.content, answer.headers["content-type"]) == (board, "image/png")
    assert (await page.get("/picture/other")).status_code == 404


async def test_only_pictures_are_shown_as_pictures(page: httpx.AsyncClient) -> None:
    file = {"picture": ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")}
    data = {"do": "post", "text": "See this", "author": "mei"}
    assert (await page.post("/on/hall", data=data, files=file)).status_code == 303
    address = re.search(r'<img src="([^"]+)"', await column(page, "hall"))[1]  # type: ignore[index]
    assert (await page.get(address)).status_code == 415


async def test_a_post_says_where_it_arrived_and_a_copy_from_where_it_came(page: httpx.AsyncClient) -> None:
    await say(page, "hall", "We read together.")
    for name in ("yard", "hut"):
        await shows(page, name, "Amina</bdi> on Hall</a>")
    for title in ("Yard", "Hut"):
        await shows(page, "hall", f">{title}</a> after ")
    links = re.findall(r'href="#(p-[0-9a-f]+)"', text := (await page.get("/")).text)
    assert len(links) == 4  # from each copy to the post, from the post to each copy
    assert all(f'id="{link}"' in text for link in links)
    await say(page, "hall", "Our secret #nobridge")
    await shows(page, "hall", "stays here: ")


async def test_what_is_said_is_never_markup(page: httpx.AsyncClient) -> None:
    await say(page, "hall", '<script>alert(1)</script> <img src=x onerror=alert(1)> "quoted"')
    await shows(page, "yard", "&lt;script&gt;alert(1)&lt;/script&gt;")
    assert "<script>alert" not in (await page.get("/")).text
    policy = (await page.get("/")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def test_one_question_is_asked_and_told_on_all(page: httpx.AsyncClient) -> None:
    refused = await page.post("/poll", data={"do": "open", "question": "What next?", "options": "Workload"})
    assert refused.status_code == 422
    assert "two options at least" in refused.text
    assert ">Workload</textarea>" in refused.text  # what was typed is still there
    opened = await page.post(
        "/poll", data={"do": "open", "question": "What next?", "options": "Workload\r\nMeetings\r\n"}
    )
    assert opened.status_code == 303
    for name in ("hall", "yard", "hut"):
        await shows(page, name, "B: Meetings")
    assert "is open. Vote on any network" in (await page.get("/")).text
    await say(page, "yard", "B")
    await say(page, "hut", "b", author="tom")
    assert (await page.post("/poll", data={"do": "close"})).status_code == 303
    for name in ("hall", "yard", "hut"):
        await shows(page, name, "2 votes. Most are for Meetings.")
    assert "Ask one question on all of them" in (await page.get("/")).text


async def test_a_week_is_played_stopped_and_played_on_without_scripts(page: httpx.AsyncClient) -> None:
    assert "Play a week in two minutes" in (await page.get("/")).text
    for name in ("hall", "yard", "hut"):
        assert "Nobody has said anything here yet." in await column(page, name)
    assert (await page.post("/week", data={"do": "play"})).status_code == 303
    for name in ("hall", "yard", "hut"):
        await shows(page, name, "from the chat itself")
        assert re.search(r"<time[^>]*>20:00:\d\d</time>", await column(page, name))
    during = (await page.get("/")).text
    assert re.search(r"<b>Tuesday \d+ \w+, 20:00</b>", during)
    assert ">Stop</button>" in during
    assert '<li class="done">' in during
    assert (await page.post("/week", data={"do": "stop"})).status_code == 303
    assert ">Play on</button>" in (await page.get("/")).text
    # What one does by hand goes by the chat's clock too.
    await page.post("/poll", data={"do": "open", "question": "What next?", "options": "Workload\nMeetings"})
    await shows(page, "yard", "B: Meetings")
    await say(page, "yard", "B")
    await shows(page, "yard", "stays here: it is a vote")
    await page.post("/poll", data={"do": "close"})
    await shows(page, "hut", "1 vote, for Meetings.")
    await page.post("/week", data={"do": "play"})
    await shows(page, "hut", "suggest: Meetings that are worth the hour")
    assert re.search(r"<time[^>]*>Tue 20:00</time>", await column(page, "hut"))


async def test_strangers_pages_cannot_use_it(page: httpx.AsyncClient) -> None:
    said = {"do": "post", "text": "not mine"}
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert (await page.post("/on/hall", data=said, headers=headers)).status_code == 403
        assert (await page.post("/week", data={"do": "play"}, headers=headers)).status_code == 403
    assert (await page.get("/", headers={"host": "evil.example"})).status_code == 400
    assert "not mine" not in await column(page, "hall")


async def test_what_cannot_be_done_is_said_on_the_page(page: httpx.AsyncClient) -> None:
    answer = await page.post("/on/hall", data={"do": "post", "text": "  ", "warning": "Inspection"})
    assert answer.status_code == 422
    assert "Write something first." in answer.text
    assert 'value="Inspection"' in answer.text
    answer = await page.post("/on/hall", data={"do": "edit", "text": "kept <words>", "post": "nothing"})
    assert "Hall did not take it" in answer.text
    assert "kept &lt;words&gt;</textarea>" in answer.text
    assert (await page.post("/on/nowhere", data={"do": "post", "text": "x"})).status_code == 404


async def test_it_ends_at_once_and_leaves_nothing() -> None:
    async with demo("hall", "yard") as running:
        assert await running.stop() == 0


@pytest.mark.skipif(chromium() is None, reason="no chromium on this machine; ./dev test installs it where it may")
async def test_in_a_browser_a_post_arrives_live_and_what_one_types_stays(tmp_path: Path) -> None:
    async with demo("hall", "yard", "hut") as running, browser(tmp_path) as tab:
        await tab.open(f"{running.url}/")
        await tab.type("#yard textarea", "half a thought")
        await tab.type("#hall textarea", "We read together every Friday.")
        await tab.click("#hall form .row button")
        await tab.type("#yard textarea", ", and the rest")
        for name in ("hall", "yard", "hut"):
            await tab.wait_for(f"document.querySelector('#{name} [data-posts]').innerText.includes('every Friday')")
        assert await tab.ask("document.querySelector('#yard textarea').value") == "half a thought, and the rest"
        assert await tab.ask("document.querySelector('#hall textarea').value") == ""
        assert await tab.ask("document.activeElement.id") == "yard-text"
        await tab.ask("document.querySelector('#yard textarea').value = ''")
        await tab.click("#yard [data-posts] a[data-do=reply]")
        await tab.type("#yard textarea", "What do you read?")
        await tab.click("#yard form .row button")
        await tab.wait_for("document.querySelector('#hall .depth-1')?.innerText.includes('What do you read?')")
        await tab.click("#hall .post:not(.copy) button[value=delete]")
        await tab.wait_for("!document.querySelector('#hut [data-posts]').innerText.includes('every Friday')")


@pytest.mark.skipif(chromium() is None, reason="no chromium on this machine; ./dev test installs it where it may")
async def test_in_a_browser_a_week_plays_on_the_same_page_until_one_stops_it(tmp_path: Path) -> None:
    async with demo("hall", "yard", "hut") as running, browser(tmp_path) as tab:
        await tab.open(f"{running.url}/")
        await tab.ask("window.same = true")
        await tab.type("#yard textarea", "half a thought")
        await tab.ask("document.querySelector('.week button').focus()")
        await tab.click(".week button")
        await tab.wait_for("document.querySelector('.week p').innerText.includes('asks for themes')")
        assert await tab.ask("document.activeElement.innerText") == "Stop"
        for name in ("hall", "yard", "hut"):
            await tab.wait_for(f"document.querySelector('#{name} [data-posts]').innerText.includes('chat itself')")
        await tab.wait_for("document.querySelector('.week .steps .done')")
        await tab.click(".week button")
        await tab.wait_for("document.querySelector('.week button').innerText == 'Play on'")
        assert await tab.ask("window.same")
        assert await tab.ask("document.querySelector('#yard textarea').value") == "half a thought"
