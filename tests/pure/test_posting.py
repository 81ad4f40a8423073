"""What the journal keeps of what should be said."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from bridge.model.message import Media, MediaKind
from bridge.model.posting import Content, content_from_json, content_to_json
from bridge.model.text import Text, hashtag, join

TEXTS = st.one_of(st.builds(Text, st.text()), st.builds(lambda words: join((words, hashtag("EdLdrs"))), st.text()))
CONTENTS = st.builds(
    Content,
    text=TEXTS,
    content_warning=st.text(),
    language=st.sampled_from(["", "en"]),
    media=st.sampled_from([(), (Media(kind=MediaKind.IMAGE, url="https://x.org/a.png", alt="a chart"),)]),
    standalone=st.booleans(),
    more=st.lists(st.lists(TEXTS, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple),
    end=TEXTS,
)


@given(CONTENTS)
def test_it_is_read_as_it_was_written(content: Content) -> None:
    assert content_from_json(json.loads(json.dumps(content_to_json(content)))) == content


def test_what_is_empty_is_left_out() -> None:
    assert content_to_json(Content(text=Text("hello"))) == {"text": {"plain": "hello"}}
