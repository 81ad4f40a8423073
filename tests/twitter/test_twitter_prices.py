"""What things cost: as X's page of prices says, and each read once a day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.twitter.prices import Till, price_of
from adapters.twitter.sources import pay_for, queries
from bridge.testing.clock import Clock
from bridge.testing.contract.harness import FreePurse


@pytest.mark.parametrize(
    ("operation", "told", "price"),
    [
        ("post", {}, 15_000),
        ("post", {"link": True}, 200_000),
        ("post", {"summoned": True}, 10_000),
        ("post", {"link": True, "summoned": True}, 200_000),
        ("post", {"described": 2}, 25_000),
        ("delete", {}, 10_000),
        ("note", {}, 15_000),
        ("edit", {}, 0),
    ],
)
def test_prices(operation: str, told: dict[str, bool], price: int) -> None:
    assert price_of(operation, **told) == price  # type: ignore[arg-type]


def test_the_same_post_is_paid_once_a_day() -> None:
    purse, clock = FreePurse(), Clock(datetime(2026, 11, 2, 23, 59, tzinfo=UTC))
    till = Till(purse, clock)
    page = {"data": [{"id": "1"}, {"id": "2"}], "includes": {"users": [{"id": "7"}]}}
    pay_for(till, page)
    pay_for(till, page)
    assert purse.spendings == [("read post", 2, 10_000), ("read user", 1, 10_000)]
    clock.move(120)
    pay_for(till, page)
    assert len(purse.spendings) == 4


def test_queries_are_as_few_as_fit() -> None:
    assert queries(["#a", "#b"], "bot") == ["(#a OR #b) -is:retweet -from:bot"]
    assert queries([], "bot") == []
    many = [f"conversation_id:{1_900_000_000_000_000_000 + n}" for n in range(40)]
    made = queries(many, "EdLdrsBot")
    assert all(len(one) <= 512 for one in made)
    assert [term for one in made for term in one.partition(")")[0].strip("(").split(" OR ")] == many
    assert len(made) == 4
