"""Messages to sum up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bridge.archive.gathering import Gathered, Said
from bridge.model.ids import AccountId, NetworkId, Platform
from bridge.model.text import Text

BEGINS = datetime(2011, 5, 23, 19, 0, tzinfo=UTC)
_numbers = count(1)


def said(words: Text | str, handle: str = "@leader@example.org", *, minutes: float = 0, **more: Any) -> Said:
    """One message, by default of somebody on the network ``mastodon``, that nobody answered or liked."""
    return Said(
        **{
            "id": next(_numbers),
            "person": (Platform("any"), AccountId(handle)),
            "handle": handle,
            "new": False,
            "network": NetworkId("mastodon"),
            "text": Text(words) if isinstance(words, str) else words,
            "content_warning": "",
            "url": "",
            "at": BEGINS + timedelta(minutes=minutes),
            "parent": None,
            "reactions": 0,
            "answers": 0,
            "crossed": False,
            **more,
        }
    )


def gathered(*all_said: Said, **more: Any) -> Gathered:
    return Gathered(**{"said": all_said, "links": (), "actions": (), "notes": (), **more})
