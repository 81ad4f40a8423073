"""Pages that are made from the code are what the code makes of them now."""

from pathlib import Path

import pytest

from bridge.cli.reference import pages
from bridge.config.load import load

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", pages())
def test_the_page_is_up_to_date(path: str) -> None:
    assert (ROOT / path).read_text() == pages()[path], f"{path} is out of date: ./dev docs"


def test_the_example_loads_once_its_tokens_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bridge.config import secrets
    from bridge.model.ids import NetworkId

    file = tmp_path / "config.yaml"
    file.write_text((ROOT / "config.yaml.example").read_text())
    tokens = {
        "mastodon": ["token"],
        "matrix": ["token"],
        "x": ["consumer_key", "consumer_secret", "access_token", "access_token_secret", "bearer_token"],
    }
    for network, keys in tokens.items():
        secrets.store(tmp_path / "edldrs-data", NetworkId(network), dict.fromkeys(keys, "t"))
    assert set(load(file).networks) == {NetworkId(name) for name in tokens}
