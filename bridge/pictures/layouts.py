"""Where things stand on each picture. Nothing is smaller than 28 pixels, so that a phone shows it readably."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from bridge.pictures.sheet import (
    ACCENT,
    ACCENT_SOFT,
    BAR,
    BOTTOM,
    CAPITAL,
    INK,
    LEFT,
    LINE,
    RIGHT,
    SOFT,
    TOP,
    Family,
    Sheet,
    Type,
)
from bridge.pictures.specification import Bar, Figures, Question, Result
from bridge.pictures.wrapping import Measure, Setting, settle, shorten

SERIF, SANS = Family.SERIF, Family.SANS

_ACROSS = RIGHT - LEFT
_SMALL = 30  # what is read last


def question(sheet: Sheet, card: Question) -> None:
    """The question in a box, as in the live room."""
    top = _header(sheet, card.chat, card.session) + 30
    height = BOTTOM - top
    sheet.box(LEFT, top, _ACROSS, height, ACCENT_SOFT, radius=28)
    padding = 48
    x, across = LEFT + padding, _ACROSS - 2 * padding
    label = Type(SANS, 700, 42)
    after = 46  # from the label's baseline to the question's capitals
    room = height - 2 * padding - label.size * CAPITAL - after
    asked = _settle(sheet, card.text, SERIF, 500, across, room, (84, 76, 68, 60, 54, 48, 43, 38, 34))
    tall = label.size * CAPITAL + after + _height(asked)
    y = top + (height - tall) / 2 + label.size * CAPITAL
    sheet.write(x, y, _line(sheet, card.label, label, across), label, ACCENT)
    _lines(sheet, x, y + after, asked, SERIF, 500, INK)


def result(sheet: Sheet, chart: Result) -> None:
    """Question, verdict, bars, and what cannot be known."""
    crowded = len(chart.rows) > 7
    y = _header(sheet, chart.chat, "") + 28
    room = 48 if crowded else 100
    y = _paragraph(sheet, LEFT, y, chart.question, SERIF, 600, INK, room, (46, 40, 36)) + 26
    y = _paragraph(sheet, LEFT, y, chart.says, SANS, 400, INK, 76, (34, _SMALL)) + (26 if crowded else 38)
    bottom: float = BOTTOM
    if chart.notes:
        told = _settle(sheet, " ".join(chart.notes), SANS, 400, _ACROSS, 30 if crowded else 70, (_SMALL, 28))
        bottom -= _height(told)
        _lines(sheet, LEFT, bottom, told, SANS, 400, SOFT)
        bottom -= 24
    if chart.rows:
        _bars(sheet, chart.rows, y, bottom)


def figures(sheet: Sheet, card: Figures) -> None:
    """The title, the figures side by side in a box, and the quoted post behind a line."""
    y = _header(sheet, card.chat, "") + 30
    y = _paragraph(sheet, LEFT, y, card.title, SERIF, 600, INK, 110, (56, 50, 44, 40)) + 36
    quoted = bool(sheet.sayable(card.quote, SERIF))
    if card.figures:
        y = _figures(sheet, card.figures, y, None if quoted else BOTTOM) + 40
    if quoted:
        _quote(sheet, card.quote, card.by, y)


def _header(sheet: Sheet, chat: str, session: str) -> float:
    """The chat's name, and beside it which session. Returns where it ends."""
    name, beside = Type(SERIF, 600, 36), Type(SERIF, 400, 32)
    y = TOP + name.size * CAPITAL
    called = _line(sheet, chat, name, _ACROSS)
    sheet.write(LEFT, y, called, name, ACCENT)
    x = LEFT + sheet.measure(name)(called) + 24
    if RIGHT - x > 200:
        sheet.write(x, y, _line(sheet, session, beside, RIGHT - x), beside, SOFT)
    return y + 8


def _bars(sheet: Sheet, rows: Sequence[Bar], top: float, bottom: float) -> None:
    """Each option over its bar, in one column, or two where one has no room."""
    columns = 1 if (bottom - top) / len(rows) >= 34 else 2
    down = ceil(len(rows) / columns)
    pitch = min(124, (bottom - top) / down)
    gutter = 48
    across = (_ACROSS - gutter * (columns - 1)) // columns
    size = _label_size(sheet, rows, across, max(28, min(44, int(pitch * 0.58))))
    thick = min(32, max(3, (pitch - size) * 0.42))
    most = max(1, *(row.votes for row in rows))
    for position, row in enumerate(rows):
        column, line = divmod(position, down)
        x, y = LEFT + column * (across + gutter), top + line * pitch + size * CAPITAL
        type_ = _bar_type(row, size)
        votes = f"{row.votes:,}"
        room = across - sheet.measure(type_)(votes) - 28
        sheet.write(x, y, _line(sheet, row.label, type_, room), type_, INK)
        sheet.write(x + across, y, votes, type_, INK, right=True)
        under = y + size * 0.28
        sheet.box(x, under + thick - 2, across, 2, LINE)
        length = max(across * row.votes / most, 4) if row.votes else 0
        sheet.box(x, under, length, thick, ACCENT if row.leading else BAR, radius=min(4, thick / 2))


def _label_size(sheet: Sheet, rows: Sequence[Bar], across: int, largest: int) -> int:
    """The largest size at which every label is whole; else the smallest."""
    for size in range(largest, 28, -2):
        measures = [sheet.measure(_bar_type(row, size)) for row in rows]
        if all(m(f"{row.label} {row.votes:,}") + 28 <= across for row, m in zip(rows, measures, strict=True)):
            return size
    return 28


def _bar_type(row: Bar, size: int) -> Type:
    return Type(SANS, 700 if row.leading else 400, size)


def _figures(sheet: Sheet, shown: Sequence[tuple[str, str]], top: float, bottom: float | None) -> float:
    """Numbers over what they count, at most four in a row, in a box: down to ``bottom``, or as high as they need.
    Returns where it ends."""
    columns = len(shown) if len(shown) <= 4 else ceil(len(shown) / 2)
    padding, gutter, below = 34, 32, 24
    across = (_ACROSS - 2 * padding - gutter * (columns - 1)) // columns
    rows = [shown[start : start + columns] for start in range(0, len(shown), columns)]
    sizes = (112, 96, 80, 64, 52, 44, 36, 30) if bottom and len(rows) == 1 else (64, 52, 44, 36, 30)
    size = next((s for s in sizes if all(_number(sheet, s)(n) <= across for n, _ in shown)), sizes[-1])
    told = [[_settle(sheet, meaning, SANS, 400, across, 60, (_SMALL,)) for _, meaning in row] for row in rows]
    highs = [size * CAPITAL + below + max(map(_height, row)) for row in told]
    tall = sum(highs) + 36 * (len(rows) - 1)
    end = bottom or top + tall + 2 * padding
    sheet.box(LEFT, top, _ACROSS, end - top, ACCENT_SOFT, radius=28)
    y = top + (end - top - tall) / 2
    type_ = Type(SANS, 600, size)
    for row, meanings, high in zip(rows, told, highs, strict=True):
        for column, ((number, _), meaning) in enumerate(zip(row, meanings, strict=True)):
            x = LEFT + padding + column * (across + gutter)
            sheet.write(x, y + size * CAPITAL, _line(sheet, number, type_, across), type_, INK)
            _lines(sheet, x, y + size * CAPITAL + below, meaning, SANS, 400, SOFT)
        y += high + 36
    return end


def _number(sheet: Sheet, size: int) -> Measure:
    return sheet.measure(Type(SANS, 600, size))


def _quote(sheet: Sheet, quote: str, by: str, top: float) -> None:
    indent = 30
    x, across = LEFT + indent, _ACROSS - indent
    name = Type(SANS, 400, _SMALL)
    named = _line(sheet, by, name, across)
    below = 26 + name.size * CAPITAL if named else 0
    said = _settle(sheet, quote, SERIF, 400, across, BOTTOM - top - below - 8, (42, 38, 34, 31))
    sheet.box(LEFT, top - 6, 5, _height(said) + below + 14, BAR, radius=2.5)
    end = _lines(sheet, x, top, said, SERIF, 400, INK)
    if named:
        sheet.write(x, end + below, named, name, SOFT)


def _paragraph(
    sheet: Sheet,
    x: float,
    top: float,
    text: str,
    family: Family,
    weight: int,
    colour: str,
    room: float,
    sizes: Sequence[int],
    across: int = _ACROSS,
) -> float:
    """Text in as many lines as the room has. Returns where it ends."""
    return _lines(sheet, x, top, _settle(sheet, text, family, weight, across, room, sizes), family, weight, colour)


def _settle(
    sheet: Sheet, text: str, family: Family, weight: int, across: int, room: float, sizes: Sequence[int]
) -> Setting:
    def most(size: int) -> int:
        return int((room - size * CAPITAL) / _leading(size)) + 1

    return settle(
        sheet.sayable(text, family), across, most, sizes, lambda size: sheet.measure(Type(family, weight, size))
    )


def _line(sheet: Sheet, text: str, type_: Type, across: float) -> str:
    """One line, cut at a word where it is too long."""
    return shorten(sheet.sayable(text, type_.family), across, sheet.measure(type_))


def _lines(sheet: Sheet, x: float, top: float, setting: Setting, family: Family, weight: int, colour: str) -> float:
    """Lines of text, the first one's capitals touching ``top``. Returns the last baseline."""
    type_ = Type(family, weight, setting.size)
    y = top + setting.size * CAPITAL
    for number, line in enumerate(setting.lines):
        sheet.write(x, y + number * _leading(setting.size), line, type_, colour)
    return top + _height(setting)


def _height(setting: Setting) -> float:
    """From the first line's capitals to the last baseline."""
    if not setting.lines:
        return 0
    return setting.size * CAPITAL + (len(setting.lines) - 1) * _leading(setting.size)


def _leading(size: int) -> float:
    """From baseline to baseline."""
    return size * 1.24
