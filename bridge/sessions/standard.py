"""The programme that a chat has unless its admin writes another: what happens when, and in which words.

In the templates ``{title}`` is ``#EdLdrs 12: managing workload``, as far as it is known; the others are told in
:mod:`bridge.sessions.wording`. Of several one is taken in turn, so that no week reads like the one before.
"""

from __future__ import annotations

from datetime import timedelta

from bridge.model.programme import Anchor, Programme, Rule, StepKind, When


def _before(**time: float) -> When:
    return When(Anchor.START, -timedelta(**time))


def _after(**time: float) -> When:
    return When(Anchor.START, timedelta(**time))


STANDARD = Programme(
    disclaimer="What we post here is our own thinking, not our employers'.",
    rules={
        StepKind.CALL: Rule(
            (_before(days=6),),
            (
                "What shall we talk about on {day}, {time}? Say it any time: suggest: your theme."
                " Favourite or like the themes of others that you would come for.",
                "{chat} meets again on {day}, {time}. Which theme would you come for?"
                " Say suggest: and your theme, and support those of others by a favourite or a like.",
                "A theme for {day}, please: say suggest: and what you would like to talk about."
                " Likes and favourites count as support, on every network.",
            ),
        ),
        StepKind.SHORTLIST: Rule(
            (_before(days=3),),
            ("Themes suggested for {day}, by support:\n{shortlist}\n\nThe poll opens {poll_opens}.",),
        ),
        StepKind.POLL: Rule(
            (_before(days=2),),
            ("What shall we talk about on {day}, {time}?", "Which theme shall it be on {day}, {time}?"),
        ),
        StepKind.THEME: Rule(
            (_before(hours=1),),
            (
                "The theme on {day}, {time}: {theme}. {hosted}",
                "{theme}: that is what we talk about on {day}, {time}. {hosted}",
            ),
        ),
        StepKind.QUESTIONS: Rule(
            (_before(minutes=45),),
            ("The questions of {title}:\n{questions}", "To think about before {time} - {title}:\n{questions}"),
        ),
        StepKind.REMINDER: Rule(
            (_before(days=1), _before(minutes=15)),
            (
                "{title}: {day}, {time}. Join in from here: answer the questions, or just read along.",
                "{day}, {time}: {title}. Whichever network you are on, everybody will see what you say.",
            ),
        ),
        StepKind.WELCOME: Rule(
            (_after(minutes=0),),
            (
                "Welcome to {title}. {hosted} {disclaimer}",
                "Good evening, and welcome to {title}. {hosted} {disclaimer}",
            ),
        ),
        StepKind.INTRODUCTIONS: Rule(
            (_after(minutes=2),),
            (
                "Who is here? Say who you are and where you lead, and what brings you to {title}.",
                "First of all: who are you, where do you lead, and what would you like to take home from {title}?",
            ),
        ),
        StepKind.QUESTION: Rule(
            (_after(minutes=5),),
            ("Q{n}: {question}\n\nBegin your answer with A{n}, or reply to this.",),
        ),
        StepKind.THANKS: Rule(
            (When(Anchor.END),),
            (
                "That was {title}. Thank you, all of you. {next}",
                "The hour is over: thank you for {title}. Do talk on. {next}",
            ),
        ),
        StepKind.SUMMARY: Rule((When(Anchor.END, timedelta(minutes=20)),), ("{next} {suggest}",)),
    },
)
