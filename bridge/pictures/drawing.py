"""From the address of a picture to its bytes."""

from __future__ import annotations

from bridge.pictures.specification import Figures, Question, Result, from_url


def draw(url: str) -> bytes:
    """The picture as PNG, 1200 x 675 pixels. Blocks for some tenths of a second: call it in a thread. Raises
    :class:`ValueError`, which says what is wrong, for an address that is none of ours."""
    specification = from_url(url)
    from bridge.pictures import layouts  # Pillow takes megabytes, and most of the time nothing is drawn
    from bridge.pictures.sheet import Sheet

    sheet = Sheet()
    match specification:
        case Question():
            layouts.question(sheet, specification)
        case Result():
            layouts.result(sheet, specification)
        case Figures():
            layouts.figures(sheet, specification)
    return sheet.png()
