"""HTML into neutral text and back: what people write, what attackers write."""

from __future__ import annotations

import re
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.html import html_from_text, text_from_html
from bridge.model.text import Span, SpanKind, Text

B, I, S = SpanKind.BOLD, SpanKind.ITALIC, SpanKind.STRIKE  # noqa: E741
CODE, PRE, QUOTE = SpanKind.CODE, SpanKind.PRE, SpanKind.QUOTE
LINK, MENTION, HASHTAG = SpanKind.LINK, SpanKind.MENTION, SpanKind.HASHTAG

PLAIN = [
    ("<p>one</p><p>two</p>", "one\n\ntwo"),
    ("<p>one</p>\n  <p>two</p>\n", "one\n\ntwo"),
    ("one<br>two<br/><br />four", "one\ntwo\n\nfour"),
    ("<p>one <br> two</p>", "one\ntwo"),
    ("<div>one</div><div>two</div>", "one\ntwo"),
    ("a<blockquote><p>x</p></blockquote><p>b</p>", "a\n\nx\n\nb"),
    ("<ul><li>a</li>\n<li><p>b</p></li></ul><p>c</p>", "• a\n• b\n\nc"),
    ("<ol><li>a<ul><li>x</li></ul></li><li>b</li></ol>", "1. a\n  • x\n2. b"),
    ("<h2>Title</h2>text", "Title\n\ntext"),
    ("a<hr>b", "a\n\nb"),
    ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
    ("  much \n\t space  ", "much space"),
    ("<pre><code>if x:\n    y\n</code></pre>", "if x:\n    y"),
    ("a &amp; b &lt;c&gt; &#39;d&#x27; &nbsp;e &bogus;", "a & b <c> 'd' \xa0e &bogus;"),
    ('<img alt=":blob:" src="mxc://x/y"> hi <img src="x">', ":blob: hi"),
    ("<script>alert(1)</script>a<style>p{}</style><title>t</title>b", "ab"),
    ("<b>unclosed <i>twice", "unclosed twice"),
    ("</p></b>stray ends", "stray ends"),
    ("<unknown>its words</unknown>", "its words"),
    ("a\x00b\ud800c", "abc"),
    ("1 < 2 && 3 > 2", "1 < 2 && 3 > 2"),
    ("<!-- comment -->a<![CDATA[b]]>", "a"),
    ("", ""),
    ("<p></p><br><b> </b>", ""),
]


@pytest.mark.parametrize(("source", "plain"), PLAIN)
def test_reads_as_a_browser_shows_it(source: str, plain: str) -> None:
    assert text_from_html(source).plain == plain


SPANS = [
    ("<strong>a</strong> <em>b</em> <del>c</del> <code>d</code>", "a b c d",
     (Span(0, 1, B), Span(2, 3, I), Span(4, 5, S), Span(6, 7, CODE))),
    ("a <b> b </b> c", "a b c", (Span(2, 3, B),)),
    ("<b>a<strong>b</strong></b>", "ab", (Span(0, 2, B),)),
    ("<b>x <i>y</i></b>", "x y", (Span(0, 3, B), Span(2, 3, I))),
    ("<p>a</p><blockquote><p>b</p><p>c</p></blockquote>d", "a\n\nb\n\nc\n\nd", (Span(3, 7, QUOTE),)),
    ("<pre><code>a\n b</code></pre>", "a\n b", (Span(0, 4, PRE), Span(0, 4, CODE))),
    ('<a href="https://x.org/?a=1&amp;b=2">here</a>', "here", (Span(0, 4, LINK, "https://x.org/?a=1&b=2"),)),
    ('<a href="javascript:alert(1)">here</a>', "here", ()),
    ('<a href="/relative">here</a><a>there</a>', "herethere", ()),
    ('<a href="https://x.org"></a>y', "y", ()),
]  # fmt: skip


@pytest.mark.parametrize(("source", "plain", "spans"), SPANS)
def test_keeps_what_the_parts_are(source: str, plain: str, spans: tuple[Span, ...]) -> None:
    assert text_from_html(source) == Text(plain, spans)


def test_a_shortened_link_reads_as_its_whole_address() -> None:
    source = (
        '<p>See <a href="https://www.gov.uk/guidance/a-long-page" rel="nofollow"><span class="invisible">https://www.'
        '</span><span class="ellipsis">gov.uk/guidance/a-lo</span><span class="invisible">ng-page</span></a></p>'
    )
    assert text_from_html(source) == Text(
        "See https://www.gov.uk/guidance/a-long-page",
        (Span(4, 43, LINK, "https://www.gov.uk/guidance/a-long-page"),),
    )


@pytest.mark.parametrize(
    "tag",
    [
        '<a href="https://x.org/tags/EdLdrs" class="mention hashtag" rel="tag">#<span>EdLdrs</span></a>',
        '<a href="https://x.org/tag/edldrs" rel="tag nofollow noreferrer">#EdLdrs</a>',
    ],
)
def test_hashtags(tag: str) -> None:
    assert text_from_html(f"hi {tag}") == Text("hi #EdLdrs", (Span(3, 10, HASHTAG, "EdLdrs"),))


def test_a_link_to_a_tag_under_other_words_is_a_link() -> None:
    assert text_from_html('<a href="https://x.org/tag/a" rel="tag">News</a>').spans == (
        Span(0, 4, LINK, "https://x.org/tag/a"),
    )


def test_whom_a_link_mentions_is_the_callers_to_say() -> None:
    def mention_of(address: str, classes: Collection[str]) -> str | None:
        return "@anna@x.org" if "mention" in classes and address == "https://x.org/@anna" else None

    source = '<span class="h-card"><a href="https://x.org/@anna" class="u-url mention">@<span>anna</span></a></span> hi'
    assert text_from_html(source, mention_of=mention_of) == Text("@anna hi", (Span(0, 5, MENTION, "@anna@x.org"),))


def test_tags_to_drop_vanish_with_what_they_contain() -> None:
    source = "<x-reply><blockquote><b>quoted</b></blockquote></x-reply>answer"
    assert text_from_html(source, drop={"x-reply"}) == Text("answer")


@pytest.mark.parametrize(("value", "shown"), [("", "[hidden]"), ("the end", "[hidden: the end]")])
def test_what_its_author_hid_stays_hidden(value: str, shown: str) -> None:
    source = f'He <span data-spoiler="{value}"><b>dies</b> <span>at last</span></span>. <b>Sorry</b>'
    text = text_from_html(source, hidden_by="data-spoiler")
    assert text == Text(f"He {shown}. Sorry", (Span(len(shown) + 5, len(shown) + 10, B),))


HOSTILE = [
    "<b>" * 100_000,
    "<div>" * 100_000,
    "<b><p>" * 50_000,
    "<a " * 100_000,
    '<a href="' * 50_000,
    "<!--" * 100_000,
    "&" * 300_000,
    "<blockquote>" * 50_000 + "x",
    "<ul><li>" * 30_000 + "x",
    "<a><b><i>" * 5_000 + "</a></b></i>" * 5_000,
    "<br>" * 100_000 + "x",
    "a" * 2_000_000,
    '<a rel="tag" href="https://x.org">#' * 20_000,
]


@pytest.mark.parametrize("source", HOSTILE, ids=lambda s: s[:12])
@pytest.mark.timeout(60)  # read again for each of its marks, any of these takes hours
def test_hostile_markup_is_read_once(source: str) -> None:
    html_from_text(text_from_html(source))


NAMES = ("p", "b", "i", "em", "blockquote", "pre", "code", "ul", "ol", "li", "h1", "table", "td", "script")
TAGS = [f"<{slash}{name}>" for name in NAMES for slash in ("", "/")] + ["<br>", "<hr>", "<!--", "-->", "<", "&", "#"]
ATTRIBUTES = [
    '<a href="https://x.org">',
    '<a rel="tag">',
    '<a class="mention" href="y">',
    "</a>",
    "<span s>",
    "</span>",
]
MARKUP = st.lists(
    st.one_of(
        st.sampled_from([*TAGS, *ATTRIBUTES, '<img alt="z">', "\n", "word", " ", "  ", "#tag"]),
        st.text(alphabet=st.characters(), max_size=8),
    ),
    max_size=40,
).map("".join)


@given(MARKUP)
def test_never_raises_and_spans_lie_in_the_text(source: str) -> None:
    text = text_from_html(
        source, mention_of=lambda href, classes: "@y" if "mention" in classes else None, hidden_by="s"
    )
    assert all(0 <= s.start < s.end <= len(text.plain) for s in text.spans)
    assert [(s.start, -s.end) for s in text.spans] == sorted((s.start, -s.end) for s in text.spans)
    assert "\x00" not in text.plain


def _squeezed(text: Text) -> str:
    return re.sub(r"\s+", " ", text.plain).strip()


@given(MARKUP)
def test_reads_back_what_it_wrote(source: str) -> None:
    once = text_from_html(source).without(HASHTAG)
    again = text_from_html(html_from_text(once))
    assert _squeezed(again) == _squeezed(once)
    assert {s.kind for s in again.spans} == {s.kind for s in once.spans}


def test_writes_what_it_read() -> None:
    source = (
        "<strong>Anna</strong> (X): one<br>two<br><br>three"
        '<blockquote>said <em>so</em></blockquote>see <a href="https://x.org/?a=1&amp;b=2">here</a> <del>not</del>'
        "<pre><code>a &lt; b\n    c</code></pre>end"
    )
    assert html_from_text(text_from_html(source)) == source


def test_everything_literal_is_escaped() -> None:
    text = Text('<b>&amp; "x"</b>', (Span(0, 3, LINK, 'https://x.org/"onclick="y'),))
    assert html_from_text(text) == (
        '<a href="https://x.org/&quot;onclick=&quot;y">&lt;b&gt;</a>&amp;amp; "x"&lt;/b&gt;'
    )


def test_only_web_addresses_become_links() -> None:
    assert html_from_text(Text("x", (Span(0, 1, LINK, "javascript:alert(1)"),))) == "x"


def test_spans_that_cross_are_closed_and_opened_again() -> None:
    assert html_from_text(Text("abc", (Span(0, 2, B), Span(1, 3, I)))) == ("<strong>a<em>b</em></strong><em>c</em>")
