"""The whole demo: a post on each of the stand-ins arrives on all the others."""

from __future__ import annotations

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
