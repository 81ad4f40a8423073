"""Things to post."""

from __future__ import annotations

import struct
import zlib

from bridge.adapter import TextLimit
from bridge.model.text import Text, hashtag, join, link


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _red_square(side: int = 16) -> bytes:
    rows = (b"\x00" + b"\xff\x00\x00" * side) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


PNG = _red_square()
"""A picture of 16 by 16 pixels."""

LITERAL = "@leader, @nobody@example.org, @anna:example.org, #nothing, chalk.org, README.md, https://example.org/x"
"""Characters that look like mentions and links, and are meant as characters only."""

TEXTS = (
    Text("Plain words, and some more of them."),
    Text("Grüße — naïve café, 日本語の文, 👩🏽‍🏫 and 🇬🇧"),
    Text(LITERAL),
    join(
        [Text("See "), link("https://example.org/a/rather/long/path?with=a&query=1"), Text(" and "), hashtag("EdLdrs")]
    ),
    Text("Two lines\n\nand a third & <tag> *stars* _and_ `ticks`"),
)


def fill(start: Text, limit: TextLimit, extra: int = 0) -> Text:
    """The text, made as long as the limit allows, and so many letters longer."""
    room = limit.maximum - limit.measure(start)
    words = " word" * (room // 5 + 1)
    text = start + words[: max(room, 0)]
    while limit.measure(text) < limit.maximum:
        text = text + "a"
    while limit.measure(text) > limit.maximum:
        text = text.cut(0, len(text.plain) - 1)
    # A space at the end would be trimmed on the way, and be no test of the limit.
    filled = text.cut(0, len(text.plain) - 1) + "z" if text.plain.endswith(" ") else text
    return filled + "z" * extra
