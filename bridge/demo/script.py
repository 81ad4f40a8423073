"""Who does what when in a week that the demo plays: data, and what puts it together.

Every week happens in the same way and reads differently: there are three in turn, and when they come again others say
them, since some networks refuse what was said before. The questions fit all themes of their week, whichever wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from bridge.demo.leaders import LEADERS


@dataclass(frozen=True, kw_only=True)
class Says:
    """``who`` is a leader's name; ``on`` counts the networks from 0; ``to``: below which post, by its step's name
    or by words of it; ``private``: to the bot alone. ``after``: so long after its step is due."""

    who: str
    on: int
    words: str
    after: timedelta
    to: str = ""
    private: bool = False


@dataclass(frozen=True, kw_only=True)
class Likes:
    """A post, by words of it."""

    who: str
    on: int
    words: str
    after: timedelta


@dataclass(frozen=True, kw_only=True)
class Votes:
    """``letter``: in an answer to the ballot, also where the network has a poll of its own."""

    who: str
    on: int
    theme: str
    after: timedelta
    letter: bool = False


@dataclass(frozen=True, kw_only=True)
class Confirms:
    """The host confirms the shortlist."""

    after: timedelta


@dataclass(frozen=True, kw_only=True)
class Asks:
    """The host sets the questions."""

    questions: tuple[str, ...]
    after: timedelta


Act = Says | Likes | Votes | Confirms | Asks


@dataclass(frozen=True, kw_only=True)
class Week:
    """``themes`` are suggested one by one, the last to the bot alone, and the first gets most votes; ``talk`` is what
    is said after each step of the hour."""

    themes: tuple[str, str, str, str]
    questions: tuple[str, str, str]
    talk: Mapping[str, tuple[Act, ...]]


def scenes(number: int) -> Mapping[str, tuple[Act, ...]]:
    """What happens after each step of the ``number``-th session (from 1), by the step's name."""
    round_, which = divmod(number - 1, len(WEEKS))
    week, ahead = WEEKS[which], _hours
    first, second, third, last = (f"suggest: {theme}" for theme in week.themes)
    acts: dict[str, tuple[Act, ...]] = {
        "call": (
            Says(who="ruth", on=0, words=first, after=ahead(12)),
            Says(who="gareth", on=1, words=second, after=ahead(21)),
            Says(who="priya", on=2, words=third, after=ahead(36)),
            Says(who="amina", on=2, words=last, after=ahead(40), private=True),
            Likes(who="mei", on=1, words=first, after=ahead(44)),
            Likes(who="tom", on=2, words=first, after=ahead(45)),
            Likes(who="amina", on=0, words=second, after=ahead(59)),
        ),
        "shortlist": (Confirms(after=ahead(1)),),
        "poll": (
            Votes(who="ruth", on=0, theme=week.themes[0], after=ahead(1)),
            Votes(who="priya", on=1, theme=week.themes[0], after=ahead(2)),
            Votes(who="gareth", on=2, theme=week.themes[1], after=ahead(3)),
            Votes(who="mei", on=0, theme=week.themes[2], after=ahead(13), letter=True),
            Votes(who="tom", on=2, theme=week.themes[0], after=ahead(14), letter=True),
            Votes(who="amina", on=1, theme=week.themes[3], after=ahead(15), letter=True),
        ),
        "theme": (Asks(questions=week.questions, after=_minutes(5)),),
        **week.talk,
    }
    return {step: tuple(_by_another(act, round_) for act in some) for step, some in acts.items()}


def _by_another(act: Act, steps: int) -> Act:
    if isinstance(act, Confirms | Asks):
        return act
    names = [leader.name for leader in LEADERS]
    return replace(act, who=names[(names.index(act.who) + steps) % len(names)])


def _hours(count: int) -> timedelta:
    return timedelta(hours=count)


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def _says(minute: int, who: str, on: int, words: str, to: str = "") -> Says:
    return Says(who=who, on=on, words=words, after=_minutes(minute), to=to)


def _likes(minute: int, who: str, on: int, words: str) -> Likes:
    return Likes(who=who, on=on, words=words, after=_minutes(minute))


_TIME = Week(
    themes=(
        "Managing workload without losing what matters",
        "Meetings that are worth the hour",
        "Marking less, and better",
        "Email after six o'clock",
    ),
    questions=(
        "What takes your time and gives little back?",
        "What did you stop doing this year, and who noticed?",
        "What will you try before the end of term?",
    ),
    talk={
        "introductions": (
            _says(1, "ruth", 0, "Hello from a village primary near Leeds. I came for one thing that I can stop doing."),
            _says(2, "gareth", 2, "I lead English in a big secondary in Cardiff. Tea made, phone on silent."),
        ),
        "q1": (
            _says(2, "gareth", 1, "A1: Weekly data drops. Three hours, and nobody has ever asked me about one."),
            _says(4, "priya", 2, "Emails that could have been a word in the corridor.", "q1"),
            _says(6, "tom", 0, "Same here. We went to one each half-term and the sky stayed up.", "A1: Weekly data"),
        ),
        "q2": (
            _says(2, "ruth", 0, "A2: We cancelled one meeting in three and nobody asked for it back."),
            _likes(3, "mei", 1, "A2: We cancelled"),
            _likes(3, "priya", 2, "A2: We cancelled"),
            _says(5, "mei", 1, "The weekly bulletin. Two people noticed, and one of them was my husband.", "q2"),
            _says(7, "amina", 2, "How did you choose which third?", "A2: We cancelled"),
            _says(9, "ruth", 0, "Each team named the one that it would miss. The rest went.", "How did you choose"),
        ),
        "q3": (
            _says(2, "priya", 2, "A3: No replies after six. I shall tell my team on Friday, so that I have to."),
            _says(4, "gareth", 1, "Planning on one page. This helped us: https://example.org/one-page", "q3"),
            _says(6, "tom", 0, "note Stopping a thing needs a date, and somebody who is told."),
            _says(8, "mei", 2, "#action I will send round our list of meetings that we dropped, by Friday."),
        ),
        "thanks": (
            _says(1, "amina", 1, "Thank you all. I came tired and go home with a plan."),
            _says(2, "tom", 0, "Thanks, everyone. My first time here, and not my last."),
        ),
    },
)

_PEOPLE = Week(
    themes=(
        "Keeping good teachers in hard schools",
        "Middle leaders: the first year",
        "Lesson visits that help somebody",
        "Saying difficult things kindly",
    ),
    questions=(
        "Who helped you most when you began to lead, and how?",
        "When did you last change your mind about a colleague?",
        "What will you do for one person in your team this month?",
    ),
    talk={
        "introductions": (
            _says(1, "priya", 1, "I look after inclusion in a junior school by the sea. Two new colleagues since May."),
            _says(2, "tom", 0, "Second year of leading a phase. Still counting the days on which I was right."),
        ),
        "q1": (
            _says(2, "ruth", 0, "A1: A caretaker. He told me which battles the building had seen before."),
            _says(4, "mei", 1, "My old head of department, by asking what I would do before she told me.", "q1"),
            _says(6, "gareth", 2, "Every school has one, and nobody puts him on the chart.", "A1: A caretaker"),
        ),
        "q2": (
            _says(2, "amina", 2, "A2: When I sat in her lesson for an hour, and not for ten minutes with a form."),
            _likes(3, "tom", 0, "A2: When I sat"),
            _likes(3, "ruth", 1, "A2: When I sat"),
            _says(5, "priya", 0, "On a school trip. Patience does not show in a spreadsheet.", "q2"),
            _says(7, "mei", 1, "What did you do with the form?", "A2: When I sat"),
            _says(9, "amina", 2, "It props up a window. We talk over a cup of tea now.", "What did you do with"),
        ),
        "q3": (
            _says(2, "gareth", 1, "A3: Take her Year 9 for a lesson, so that she can watch somebody good."),
            _says(4, "ruth", 2, "Ask what would make him stay. We use these: https://example.org/stay", "q3"),
            _says(6, "mei", 0, "note People stay where somebody has noticed what they are good at."),
            _says(8, "tom", 1, "#action I will share our plan for the first half-term of a new leader."),
        ),
        "thanks": (
            _says(1, "priya", 2, "That was the best hour of my Monday. Thank you."),
            _says(2, "ruth", 0, "Thanks, all. There is somebody I must write to before I go to bed."),
        ),
    },
)

_FAMILIES = Week(
    themes=(
        "Parents' evenings that parents like",
        "Fridays: attendance, and what helps",
        "Calm corridors between lessons",
        "What pupils would tell us if we asked",
    ),
    questions=(
        "What do families thank you for?",
        "What did you change because a pupil or a parent said so?",
        "Which small thing will you try first?",
    ),
    talk={
        "introductions": (
            _says(1, "mei", 2, "Head of science, and a parent elsewhere: I know both sides of that small table."),
            _says(2, "amina", 1, "Deputy in Bradford. Four hundred families, eleven languages, one kettle."),
        ),
        "q1": (
            _says(2, "tom", 1, "A1: For ringing home when something went well. It takes four minutes."),
            _says(4, "ruth", 0, "For knowing the little brother's name.", "q1"),
            _says(6, "priya", 2, "I keep Thursday at half past three for those calls.", "A1: For ringing"),
        ),
        "q2": (
            _says(2, "gareth", 2, "A2: Reports. A father asked what all the numbers meant, and none of us could say."),
            _likes(3, "amina", 1, "A2: Reports"),
            _likes(3, "mei", 0, "A2: Reports"),
            _says(5, "tom", 0, "The way into lunch. Year 7 drew us a map, and they were right.", "q2"),
            _says(7, "ruth", 1, "What do you send instead?", "A2: Reports"),
            _says(9, "gareth", 2, "Three sentences, one of which the pupil writes.", "What do you send"),
        ),
        "q3": (
            _says(2, "amina", 0, "A3: Stand at the gate on Fridays with good news in my pocket."),
            _says(4, "mei", 1, "Appointments by phone: see https://example.org/calls for our letter.", "q3"),
            _says(6, "gareth", 2, "note Ask one family what to change before you ask the committee."),
            _says(8, "priya", 0, "#action I will share the three questions that we ask pupils each term."),
        ),
        "thanks": (
            _says(1, "ruth", 1, "Thank you. I shall try the four minutes tomorrow."),
            _says(2, "mei", 2, "Thanks, everyone, and good night from a kitchen full of marking."),
        ),
    },
)

WEEKS = (_TIME, _PEOPLE, _FAMILIES)
