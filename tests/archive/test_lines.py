"""What people want to be kept, read from what they say."""

from __future__ import annotations

import pytest

from bridge.archive.lines import actions, bare, links, notes
from bridge.model.text import SpanKind, Text, hashtag, join, link, marked

ACTIONS = [
    ("#action Ben buys chairs by Friday", ["Ben buys chairs by Friday"]),
    ("#EdLdrs #Action: buy chairs", ["buy chairs"]),
    ("Buy chairs #action #EdLdrs", ["Buy chairs"]),
    ("@bridge@x.org #EdLdrs #action @ben@x.org buys chairs", ["@ben@x.org buys chairs"]),
    ("We met.\n#action one\n#action two #EdLdrs\nThanks", ["one", "two"]),
    ("＃ACTION buy chairs", ["buy chairs"]),
    ("#action", []),
    ("#EdLdrs #action #", ["#"]),
    ("#actions speak louder, x#action, https://x.org/#action", []),
]


@pytest.mark.parametrize(("words", "found"), ACTIONS)
def test_actions(words: str, found: list[str]) -> None:
    assert list(actions(Text(words))) == found


NOTES = [
    ("note: the list is on the wall", ["the list is on the wall"]),
    ("Note that we agreed #EdLdrs", ["that we agreed"]),
    ("note - we agreed", ["we agreed"]),
    ("@bridge@x.org #EdLdrs NOTE we agreed", ["we agreed"]),
    ("We met\nnote one\n  note: two", ["one", "two"]),
    ("note-taking is hard", []),
    ("notes from the hour", []),
    ("I note that", []),
    ("note", []),
    ("note: #EdLdrs", []),
]


@pytest.mark.parametrize(("words", "found"), NOTES)
def test_notes(words: str, found: list[str]) -> None:
    assert list(notes(Text(words))) == found


BARE = [
    ("@anna, @bob:x.org: #EdLdrs We agreed. #EdLdrs #school!", "We agreed."),
    ("We asked @anna", "We asked @anna"),
    ("In #EdLdrs we  agreed", "In #EdLdrs we agreed"),
    ("#EdLdrs @anna", ""),
    ("", ""),
]


@pytest.mark.parametrize(("words", "left"), BARE)
def test_words_without_whom_they_are_addressed_to(words: str, left: str) -> None:
    assert bare(words) == left


def test_links_are_addresses_on_the_web_each_once() -> None:
    one, two = link("https://a.example/1", "this page"), link("http://b.example")
    other = [link("mailto:anna@a.example", "mail"), marked("@ben", SpanKind.MENTION, "@ben@x.org"), hashtag("EdLdrs")]
    said = join([two, one, "https://words.example", *other, one], " ")
    assert links(said) == ("http://b.example", "https://a.example/1")
