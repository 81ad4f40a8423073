"""Commands about the session at hand: its theme, shortlist and questions, its steps and its summary."""

from __future__ import annotations

import re
from collections.abc import Callable

from bridge.commands.command import Act, Command, Context, Reply
from bridge.commands.polling import preview_lines
from bridge.model.chat import Role
from bridge.model.poll import LETTERS
from bridge.model.times import duration
from bridge.sessions import steering
from bridge.sessions.steering import AtHand
from bridge.sessions.suggesting import collected

_ANYTHING = re.compile(r".*", re.DOTALL)
_SOMETHING = re.compile(r".*\S.*", re.DOTALL)
_QUESTION = re.compile(
    r"(?P<text>.*?\S.*?)(?:\s+at\s+(?:minute\s+)?(?P<minute>\d{1,3}))?\s*", re.IGNORECASE | re.DOTALL
)
_NUMBER = r"\s*[qQ]?(?P<number>\d{1,2})"
_CHANGED = re.compile(rf"{_NUMBER}\s*:?\s+{_QUESTION.pattern}", re.IGNORECASE | re.DOTALL)
_NUMBERED = re.compile(rf"{_NUMBER}[\s.!?]*")
_LETTER = re.compile(r"(?P<letter>[a-zA-Z])[\s.)!?]*")
_STEP = re.compile(r"(?P<step>[\w-]+)[\s.!?]*")
_DELAY = re.compile(
    r"""(?P<step>[\w-]+) \s+ (?:by\s+)? (?P<span>\d+(?:\.\d+)?\s*[a-z]+)
    (?P<rest>\s+and\s+(?:all\s+)?(?:the\s+)?(?:rest|others))? [\s.!]*""",
    re.IGNORECASE | re.VERBOSE,
)
_WORDS = re.compile(r"(?P<step>[\w-]+)\s*:?\s+(?P<text>.*\S.*)", re.DOTALL)
_LINK = re.compile(r"\S+")


def _on(act: Callable[[AtHand, str], str]) -> Act:
    """A command that does something with the session at hand, and tells it."""
    return lambda context, arguments: Reply(text=act(_hand(context), arguments))


def _hand(context: Context) -> AtHand:
    if context.chat.programme is None:
        raise ValueError(f"{context.chat.name} has no programme. Give it one in config.yaml: programme: {{}}")
    return steering.at_hand(context.connection, context.chat, context.now)


def _read(form: re.Pattern[str], arguments: str) -> re.Match[str]:
    found = form.fullmatch(arguments)
    assert found is not None, "the parser has matched it"
    return found


def _shortlist(context: Context, arguments: str) -> Reply:
    hand = _hand(context)
    found = collected(context.connection, hand.session, context.now)
    return Reply(text=steering.shortlist(hand, tuple((one.text, one.support) for one in found)))


def _confirm(context: Context, arguments: str) -> Reply:
    """Shown first as each network will show it."""
    hand = _hand(context)
    if context.confirmed:
        return Reply(text=steering.confirm_shortlist(hand, context.native))
    shown = steering.ballots(hand, context.native)
    lines = preview_lines(context.book, context.chat, shown)
    return Reply(text="\n".join(lines).rstrip(), asks="confirm it")


def _drop(hand: AtHand, arguments: str) -> str:
    letter = _read(_LETTER, arguments)["letter"].upper()
    return steering.drop_from_shortlist(hand, LETTERS.index(letter))


def _ask(hand: AtHand, arguments: str) -> str:
    found = _read(_QUESTION, arguments)
    return steering.add_question(hand, found["text"], _minute(found))


def _ask_otherwise(hand: AtHand, arguments: str) -> str:
    found = _read(_CHANGED, arguments)
    return steering.change_question(hand, int(found["number"]), found["text"], _minute(found))


def _minute(found: re.Match[str]) -> int | None:
    return int(found["minute"]) if found["minute"] else None


def _unask(hand: AtHand, arguments: str) -> str:
    return steering.drop_question(hand, int(_read(_NUMBERED, arguments)["number"]))


def _delay(hand: AtHand, arguments: str) -> str:
    found = _read(_DELAY, arguments)
    try:
        span = duration(found["span"])
    except ValueError as error:
        raise ValueError(f"How long? {str(error)[:1].upper()}{str(error)[1:]}.") from None
    return steering.delay_step(hand, found["step"], span, rest=bool(found["rest"]))


def _change(context: Context, arguments: str) -> Reply:
    found = _read(_WORDS, arguments)
    text, touched = steering.change_step(_hand(context), found["step"], found["text"])
    return Reply(text=text, touched=touched)


def _suggest(context: Context, arguments: str) -> Reply:
    raise ValueError("Write suggest: your theme, in a post with the hashtag, in the room, or to me in private.")


SUGGEST = Command(
    names=("suggest",),
    usage="suggest: your theme",
    says="a theme for a coming session; said in public, others can support it",
    act=_suggest,
    form=_ANYTHING,
)
"""For help, and for who says it in a wrong way. Suggestions themselves are heard by who collects them: they cross
like any other post."""

COMMANDS = (
    SUGGEST,
    Command(
        names=("session", "session show"),
        usage="session",
        says="the session at hand: theme, questions, and its steps with their times",
        act=_on(lambda hand, arguments: steering.overview(hand)),
        least=Role.HOST,
    ),
    Command(
        names=("theme set",),
        usage="theme set Managing workload",
        says="sets the theme, instead of a poll or whatever it says",
        act=_on(steering.set_theme),
        least=Role.MODERATOR,
        form=_SOMETHING,
    ),
    Command(
        names=("shortlist", "shortlist show"),
        usage="shortlist",
        says="the themes for the poll, and all that have been suggested with their support",
        act=_shortlist,
        least=Role.MODERATOR,
    ),
    Command(
        names=("shortlist add",),
        usage="shortlist add Managing workload => Workload",
        says="puts a theme on the shortlist, with a short form where networks take few characters",
        act=_on(steering.add_to_shortlist),
        least=Role.MODERATOR,
        form=_SOMETHING,
    ),
    Command(
        names=("shortlist drop",),
        usage="shortlist drop B",
        says="takes a theme off the shortlist",
        act=_on(_drop),
        least=Role.MODERATOR,
        form=_LETTER,
    ),
    Command(
        names=("shortlist confirm",),
        usage="shortlist confirm",
        says="the poll opens with these; you see first what each network will show",
        act=_confirm,
        least=Role.MODERATOR,
        more="Where nobody confirms it in time, it goes into the poll as it stands, filled with the best supported "
        "themes.",
    ),
    Command(
        names=("question add",),
        usage="question add What eats your week? [at 20]",
        says="adds a question, at its turn or at a minute of the hour",
        act=_on(_ask),
        least=Role.HOST,
        form=_QUESTION,
    ),
    Command(
        names=("question change",),
        usage="question change 2 What did you stop doing? [at 25]",
        says="asks something else, or at another minute, if it has not been asked yet",
        act=_on(_ask_otherwise),
        least=Role.HOST,
        form=_CHANGED,
    ),
    Command(
        names=("question drop",),
        usage="question drop 2",
        says="takes a question away",
        act=_on(_unask),
        least=Role.HOST,
        form=_NUMBERED,
    ),
    Command(
        names=("step run",),
        usage="step run q2",
        says="does a step now",
        act=_on(lambda hand, arguments: steering.run_step(hand, _read(_STEP, arguments)["step"])),
        least=Role.HOST,
        form=_STEP,
        more="session lists the steps by name.",
    ),
    Command(
        names=("step skip",),
        usage="step skip introductions",
        says="leaves a step out",
        act=_on(lambda hand, arguments: steering.skip_step(hand, _read(_STEP, arguments)["step"])),
        least=Role.HOST,
        form=_STEP,
    ),
    Command(
        names=("step delay",),
        usage="step delay q3 5 min [and the rest]",
        says="does a step later, and if you say so all that come after it",
        act=_on(_delay),
        least=Role.HOST,
        form=_DELAY,
    ),
    Command(
        names=("step change",),
        usage="step change welcome Good evening, all of you.",
        says="says it in these words; what has been said already is edited where a network lets a bot do that",
        act=_change,
        least=Role.HOST,
        form=_WORDS,
    ),
    Command(
        names=("summary introduction",),
        usage="summary introduction What an hour.",
        says="stands over the summary",
        act=_on(steering.introduce),
        least=Role.HOST,
        form=_SOMETHING,
    ),
    Command(
        names=("summary highlight",),
        usage="summary highlight LINK",
        says="a post that the summary quotes first, by its address",
        act=_on(steering.highlight),
        least=Role.HOST,
        form=_LINK,
    ),
)
