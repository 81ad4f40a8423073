"""The pictures that the bot posts: a question, a poll's result, a session's figures.

A picture is a :class:`~bridge.model.message.Media` whose address holds all that it shows, so that the journal is
enough to draw it again, the same to the byte. Pillow and the typefaces load when something is drawn, no sooner.
"""

from bridge.pictures.cards import figures_card, question_card, result_chart
from bridge.pictures.drawing import draw
from bridge.pictures.specification import Bar, is_picture

__all__ = ["Bar", "draw", "figures_card", "is_picture", "question_card", "result_chart"]
