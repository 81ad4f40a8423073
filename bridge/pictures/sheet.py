"""The sheet that pictures are drawn on: paper, type and boxes, in the colours of the live room.

All measures are pixels of the finished picture. It is drawn twice as large and then reduced, which gives type and
round corners smooth edges and lets them stand between pixels.
"""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import partial
from importlib.resources import as_file, files

import regex
from PIL import Image, ImageDraw, ImageFont

from bridge.pictures.wrapping import Measure

WIDTH, HEIGHT = 1200, 675
LEFT, TOP, RIGHT, BOTTOM = 60, 48, WIDTH - 60, HEIGHT - 48

PAPER = "#faf8f3"
INK = "#1d2226"
SOFT = "#5c656c"
LINE = "#e4dfd3"
ACCENT = "#0b6b63"
ACCENT_SOFT = "#e1efec"
BAR = "#bfdcd7"

CAPITAL = 0.66  # the height of a capital, of the size of the type, in both families

_SCALE = 2
_PROBE = 24  # the size at which characters are tried
_LARGEST_CUT = 60  # the size that the serif's finest forms are made for
_TOWER = regex.compile(r"(\p{M}{2})\p{M}+")


class Family(Enum):
    """Package and file of a variable typeface."""

    SERIF = ("fontpkg_source_serif_4", "SourceSerif4[opsz,wght].ttf")
    SANS = ("fontpkg_source_sans_3", "SourceSans3[wght].ttf")


@dataclass(frozen=True, slots=True)
class Type:
    """How text is set: ``weight`` is 400 for regular, 600 for semibold; ``size`` in pixels."""

    family: Family
    weight: int
    size: int


class Sheet:
    """One picture being drawn. Typefaces are its own, since they must not be shared by threads."""

    def __init__(self) -> None:
        self._image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), PAPER)
        self._pen = ImageDraw.Draw(self._image)
        self._fonts: dict[Type, ImageFont.FreeTypeFont] = {}
        self._known: dict[tuple[Family, str], bool] = {}

    def measure(self, type_: Type) -> Measure:
        """The width of a text, set so."""
        return partial(self._width, self._font(type_))

    def sayable(self, text: str, family: Family) -> str:
        """The text without characters that the typeface lacks (they would show as boxes), without those that only
        steer others, and without towers of accents, which would reach into other lines."""
        shown = "".join(
            one
            for one in unicodedata.normalize("NFC", text)
            if unicodedata.category(one) != "Cf" and self._has(family, one)
        )
        return " ".join(_TOWER.sub(r"\1", shown).split())

    def write(self, x: float, y: float, text: str, type_: Type, colour: str, *, right: bool = False) -> None:
        """One line of text on the baseline ``y``, beginning (or, ``right``, ending) at ``x``."""
        at = (x * _SCALE, y * _SCALE)
        self._pen.text(at, text, font=self._font(type_), fill=colour, anchor="rs" if right else "ls")

    def box(self, x: float, y: float, width: float, height: float, colour: str, *, radius: float = 0) -> None:
        """A filled box with its upper left corner at ``x``, ``y``."""
        if width <= 0:
            return
        corners = (x * _SCALE, y * _SCALE, (x + width) * _SCALE - 1, (y + height) * _SCALE - 1)
        self._pen.rounded_rectangle(corners, min(radius, width / 2, height / 2) * _SCALE, fill=colour)

    def png(self) -> bytes:
        """The finished picture."""
        out = io.BytesIO()
        self._image.reduce(_SCALE).save(out, "PNG", optimize=True)
        return out.getvalue()

    @staticmethod
    def _width(font: ImageFont.FreeTypeFont, text: str) -> float:
        return font.getlength(text) / _SCALE

    def _font(self, type_: Type) -> ImageFont.FreeTypeFont:
        font = self._fonts.get(type_)
        if font is None:
            font = self._fonts[type_] = _load(type_)
        return font

    def _has(self, family: Family, character: str) -> bool:
        """Does it look any different from a character that there never is?"""
        key = (family, character)
        if key not in self._known:
            font = self._font(Type(family, 400, _PROBE))
            self._known[key] = _shape(font, character) != _shape(font, "\U0010ffff")
        return self._known[key]


def _load(type_: Type) -> ImageFont.FreeTypeFont:
    package, name = type_.family.value
    with as_file(files(package) / "files" / name) as path:
        font = ImageFont.truetype(str(path), type_.size * _SCALE)
    wanted = {b"Weight": type_.weight, b"Optical Size": min(type_.size, _LARGEST_CUT)}
    font.set_variation_by_axes([wanted[axis["name"]] for axis in font.get_variation_axes()])
    return font


def _shape(font: ImageFont.FreeTypeFont, character: str) -> bytes:
    image = Image.new("L", (_PROBE * _SCALE * 2, _PROBE * _SCALE * 2))
    ImageDraw.Draw(image).text((_PROBE, _PROBE * _SCALE), character, font=font, fill=255, anchor="ls")
    return image.tobytes()
