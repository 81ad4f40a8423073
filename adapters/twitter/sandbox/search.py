"""X's query language, for recent search, counts and the rules of the filtered stream.

docs.x.com/x-api/posts/search/integrate/{build-a-query,operators}: AND (a space) binds closer than OR;
``-`` negates one operator; parentheses group, and are not negated; conjunction-required operators, and
negations, need a standalone one beside them. What needs data that the sandbox lacks (places, lists,
annotations) is refused like an operator that does not exist.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import regex

from adapters.twitter.sandbox.state import Post, World

_OPERATORS = "https://docs.x.com/x-api/posts/search/integrate/operators"

Test = Callable[[World, Post], bool]

_TOKEN = regex.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<or>OR(?=[\s)]|$))|(?P<minus>-)?(?:
    (?P<operator>[A-Za-z_]+):(?P<value>"[^"]*"|[^\s()"]+)|
    "(?P<phrase>[^"]*)"|(?P<group>(?<=-)\()|(?P<word>[^\s()":]+)))""",
    regex.VERBOSE,
)
_WORDS = regex.compile(r"[\p{L}\p{M}\p{Nd}_]+|\p{Extended_Pictographic}")


class BadQuery(ValueError):
    """What is wrong with it, in words."""


@dataclass(frozen=True, slots=True)
class _Node:
    """Part of a query. ``standalone`` says that it may stand without a companion."""

    test: Test
    standalone: bool


def parse_query(query: str, longest: int = 512) -> Test:
    """A test for posts. Raises :class:`BadQuery`."""
    if not query.strip():
        raise BadQuery("Rules must contain at least one non-negated term")
    if len(query) > longest:
        raise BadQuery(f"Rules must be {longest} characters or less (there are {len(query)})")
    node, rest = _either(query, 0)
    if rest < len(query.rstrip()):
        raise BadQuery(f"missing or unexpected token at '{query[rest:].strip()[:20]}' (at position {rest + 1})")
    if not node.standalone:
        raise BadQuery(
            "Rules must contain at least one positive, non-stopword clause: there are no operators that are stand alone"
        )
    return node.test


def _either(query: str, at: int) -> tuple[_Node, int]:
    """Alternatives, each of which must be able to stand alone."""
    nodes, at = [], at
    while True:
        node, at = _all(query, at)
        nodes.append(node)
        found = _TOKEN.match(query, at)
        if found is None or not found["or"]:
            break
        at = found.end()
    return _Node(lambda world, post: any(n.test(world, post) for n in nodes), all(n.standalone for n in nodes)), at


def _all(query: str, at: int) -> tuple[_Node, int]:
    nodes = []
    while (found := _TOKEN.match(query, at)) is not None and not found["close"] and not found["or"]:
        if found["group"]:
            raise BadQuery(f"Do not negate grouped operators (at position {found.start() + 1})")
        if found["open"]:
            node, at = _either(query, found.end())
            closing = _TOKEN.match(query, at)
            if closing is None or not closing["close"]:
                raise BadQuery(f"missing ')' (at position {at + 1})")
            at = closing.end()
        else:
            node, at = _term(found), found.end()
        nodes.append(node)
    if not nodes:
        raise BadQuery(f"no viable alternative at input (at position {at + 1})")
    return _Node(lambda world, post: all(n.test(world, post) for n in nodes), any(n.standalone for n in nodes)), at


def _term(found: regex.Match[str]) -> _Node:
    if found["operator"]:
        node = _operator(found["operator"].lower(), found["value"].strip('"'))
    elif found["phrase"] is not None:
        node = _Node(_phrase(found["phrase"]), True)
    else:
        node = _Node(_word(found["word"]), True)
    if not found["minus"]:
        return node
    return _Node(lambda world, post: not node.test(world, post), False)


def _word(word: str) -> Test:
    key, rest = word[0], word[1:].casefold()
    if key in "#＃" and rest:
        return lambda world, post: rest in post.newest.whole.named("hashtags", "tag")
    if key in "@＠" and rest:
        return lambda world, post: rest in post.newest.whole.named("mentions", "username")
    if key == "$" and rest:
        return lambda world, post: rest in post.newest.whole.named("cashtags", "tag")
    if not _WORDS.search(word):
        raise BadQuery(f"no viable alternative at character '{word[:1]}'")
    return _phrase(word)


def _phrase(words: str) -> Test:
    """Its tokens, one after another, in the body of the post."""
    wanted = _tokens(words)
    if not wanted:
        raise BadQuery("an empty phrase matches nothing")

    def test(world: World, post: Post) -> bool:
        said = _tokens(post.newest.raw)
        return any(said[n : n + len(wanted)] == wanted for n in range(len(said) - len(wanted) + 1))

    return test


def _tokens(text: str) -> list[str]:
    """Words without case and diacritics."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    found: list[str] = _WORDS.findall(bare)
    return found


def _operator(name: str, value: str) -> _Node:
    low = value.casefold().removeprefix("@")
    standalone: dict[str, Test] = {
        "from": lambda w, p: low in (p.author.username.casefold(), p.author.id),
        "to": lambda w, p: _answers(w, p, low),
        "conversation_id": lambda w, p: p.conversation == value,
        "in_reply_to_tweet_id": lambda w, p: _refers(w, p.reply_to, value),
        "in_reply_to_status_id": lambda w, p: _refers(w, p.reply_to, value),
        "quotes_of_tweet_id": lambda w, p: _refers(w, p.quotes, value),
        "retweets_of_tweet_id": lambda w, p: _refers(w, p.retweets, value),
        "retweets_of": lambda w, p: p.retweets is not None and low in _author(w, p.retweets),
        "url": lambda w, p: any(low in link.casefold() for link in p.newest.whole.links),
    }
    if name in standalone:
        return _Node(standalone[name], True)
    given = f"{name}:{value}"
    if given in _CONJUNCTION:
        return _Node(_CONJUNCTION[given], False)
    if name == "lang":
        return _Node(lambda w, p: p.language.casefold() == low, False)
    raise BadQuery(
        f"Reference to invalid operator '{name}'. Operator is not available in current product or product packaging. "
        f"Please refer to complete available operator list at {_OPERATORS}. ('{given}')"
    )


def _has(kind: str) -> Test:
    return lambda world, post: bool(post.newest.whole.entities.get(kind))


def _pictures(*kinds: str) -> Test:
    return lambda world, post: any(one.kind in kinds for one in post.media)


_CONJUNCTION: dict[str, Test] = {
    "is:retweet": lambda w, p: p.retweets is not None,
    "is:reply": lambda w, p: p.reply_to is not None,
    "is:quote": lambda w, p: p.quotes is not None,
    "is:verified": lambda w, p: False,
    "is:nullcast": lambda w, p: False,
    "has:hashtags": _has("hashtags"),
    "has:cashtags": _has("cashtags"),
    "has:mentions": _has("mentions"),
    "has:links": _has("urls"),
    "has:media": _pictures("photo", "video", "animated_gif"),
    "has:media_link": _pictures("photo", "video", "animated_gif"),
    "has:images": _pictures("photo"),
    "has:video_link": _pictures("video"),
    "has:videos": _pictures("video"),
    "has:geo": lambda w, p: False,
}


def _answers(world: World, post: Post, who: str) -> bool:
    return post.reply_to is not None and who in _author(world, post.reply_to)


def _author(world: World, id: str) -> tuple[str, ...]:
    post = world.posts.get(id)
    return () if post is None else (post.author.username.casefold(), post.author.id)


def _refers(world: World, to: str | None, id: str) -> bool:
    """Any version of the post stands for all."""
    if to is None:
        return False
    return to == id or ((post := world.posts.get(to)) is not None and post is world.posts.get(id))
