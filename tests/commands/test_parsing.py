"""What was said, as a command or as talk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.commands.parsing import Line, Meant, Misformed, Unknown, line, line_of, parse
from bridge.commands.registry import COMMANDS
from bridge.model.text import Span, SpanKind, Text


def said(words: str) -> str:
    """The command that it is, with what stands behind its name; or what it is instead."""
    match parse(line(words), COMMANDS):
        case Meant(command, arguments):
            return f"{command.name}: {arguments}"
        case Misformed(command):
            return f"talk of {command.name}"
        case Unknown(near=None):
            return "unknown"
        case Unknown(near=near):
            return f"near {near.name if near else ''}"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("stop", "stop: "),
        ("!stop", "stop: "),
        ("/Stop.", "stop: ."),
        ('"stop"', "stop: "),
        ("  STOP  ", "stop: "),
        ("stop giving homework", "talk of stop"),
        ("stopping is hard", "unknown"),
        ("help", "help: "),
        ("help poll", "help: poll"),
        ("help poll close", "help: poll close"),
        ("help me please, it is late", "talk of help"),
        ("poll close", "poll close: "),
        ("Poll  Close 3", "poll close: 3"),
        ("poll close #3.", "poll close: #3."),
        ("poll close it please", "talk of poll close"),
        ('poll "What next?" | a | b', 'poll open: "What next?" | a | b'),
        ('poll open "What next?" | a | b', 'poll open: "What next?" | a | b'),
        ('poll: "What next?"\n| a\n| b', 'poll open: "What next?"\n| a\n| b'),
        ("poll What next? | a | b", "poll open: What next? | a | b"),  # refused with what to write
        ("poll results were interesting", "talk of poll open"),
        ('poll "best practice" was a good question', "talk of poll open"),
        ("polls", "poll list: "),
        ("polling stations", "unknown"),
        ("pol close", "near poll close"),
        ("poll clsoe 3", "near poll close"),
        ("statsu", "near status"),
        ("hepl", "near help"),
        ("stpo giving homework", "unknown"),
        ("pause x", "pause: x"),
        ("pause for a while", "talk of pause"),
        ("trace https://hall.example/1", "trace: https://hall.example/1"),
        ("yes", "yes: "),
        ("yes, but why?", "talk of yes"),
        ("What a week", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_command_stands_alone_or_in_its_form(words: str, what: str) -> None:
    assert said(words) == what


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        (Text("@bot stop", (Span(0, 4, SpanKind.MENTION, "@bot@x"),)), "stop", False),
        (Text("@bot: !stop #EdLdrs", (Span(0, 4, SpanKind.MENTION, "@bot@x"),)), "stop", True),
        (Text("#edldrs @bot stop", (Span(8, 12, SpanKind.MENTION, "@bot@x"),)), "stop", False),
        (Text("stop @bot", (Span(5, 9, SpanKind.MENTION, "@bot@x"),)), "stop", False),
        (Text('poll "Why #EdLdrs?" | a | @b c'), 'poll "Why #EdLdrs?" | a | @b c', False),
        (Text("#phonics"), "#phonics", False),
        (Text("#EdLdrs"), "", False),
    ],
)
def test_a_command_is_told_from_how_it_is_addressed(text: Text, words: str, marked: bool) -> None:
    assert line_of(text, ["EdLdrs"]) == Line(words, marked)


def test_no_two_commands_have_one_name() -> None:
    names = [name for one in COMMANDS for name in one.names]
    assert len(set(names)) == len(names)


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), max_size=4))
def test_whatever_is_said_is_something(words: str, marks: list[tuple[int, int]]) -> None:
    spans = tuple(
        Span(start, start + long, SpanKind.MENTION, "@x") for start, long in sorted(marks) if start + long <= len(words)
    )
    read = line_of(Text(words, spans), ["EdLdrs"])
    assert read.words in words
    assert isinstance(parse(read, COMMANDS), Meant | Misformed | Unknown)
