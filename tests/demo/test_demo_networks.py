"""The whole demo: a post on each of the stand-ins arrives on all the others."""

from __future__ import annotations

import html
import re

import httpx

from bridge.demo.standins import with_stand_ins
from bridge.testing.waiting import until
from tests.demo.running import demo


async def test_a_post_on_each_network_arrives_on_all_others() -> None:
    names = [one.platform for one in with_stand_ins()]
    assert len(names) >= 3
    async with demo() as running, httpx.AsyncClient(base_url=running.url, timeout=30) as page:
        for name in names:
            said = {"do": "post", "text": f"Said on {name} first.", "author": "amina"}
            answer = await page.post(f"/on/{name}", data=said)
            assert answer.status_code == 303, answer.text

        async def all_there() -> bool:
            columns = re.split(r'<section class="column"', (await page.get("/")).text)[1:]
            return all(f"Said on {name} first." in column for column in columns for name in names)

        await until(all_there, "not all posts arrived everywhere", seconds=40)

        # One question on all of them, in polls of their own, with one result.
        asked = {"do": "open", "question": "What next?", "options": "Workload\nMeetings"}
        assert (await page.post("/poll", data=asked)).status_code == 303

        async def ballots() -> list[str]:
            columns = re.split(r'<section class="column"', (await page.get("/")).text)[1:]
            forms = (
                re.search(r'<form class="ballot".*?name="post" value="([^"]+)"', one, re.DOTALL) for one in columns
            )
            return [html.unescape(one[1]) for one in forms if one is not None]

        async def all_asked() -> bool:
            return len(await ballots()) == len(names)

        await until(all_asked, "not all networks show the poll", seconds=30)
        for name, ballot in zip(names, await ballots(), strict=True):
            vote = {"do": "vote", "post": ballot, "choice": "1", "author": "mei"}
            answer = await page.post(f"/on/{name}", data=vote)
            assert answer.status_code == 303, answer.text
        await page.post("/poll", data={"do": "close"})
        told = f"{len(names)} votes. Most are for Meetings."

        async def all_told() -> bool:
            columns = re.split(r'<section class="column"', (await page.get("/")).text)[1:]
            return all(told in column for column in columns)

        await until(all_told, "not all networks tell the result", seconds=30)
