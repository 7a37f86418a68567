"""How large a pixel of an image is in the world, and lengths and areas in units people use.

In files and on the command line a size is a text: "0.32 µm", or "0.32 × 0.4 µm" where pixels are
no squares.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, hypot, isfinite, log10

from workbench.core.lazy_pattern import lazy_pattern

METRES = {"nm": 1e-9, "µm": 1e-6, "mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3}
"""How many metres the units are that are turned into each other. A unit of another name is kept as
it is."""

_LADDER = ("nm", "µm", "mm", "m", "km")
_LADDER_OF_CM = ("nm", "µm", "mm", "cm", "m", "km")
_FOLDED = {
    "nm": "nm", "nanometer": "nm", "nanometre": "nm",
    "µm": "µm", "um": "µm", "micron": "µm", "micrometer": "µm", "micrometre": "µm", "mu": "µm",
    "mm": "mm", "millimeter": "mm", "millimetre": "mm",
    "cm": "cm", "centimeter": "cm", "centimetre": "cm",
    "m": "m", "meter": "m", "metre": "m",
    "km": "km", "kilometer": "km", "kilometre": "km",
}
_TENTH_NM = frozenset({"å", "angstrom", "ångström"})  # a unit of ten to a nanometre
_NUMBER = r"(\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE]([+-]?\d{1,2}))?"
_LENGTH = lazy_pattern(rf"\s*{_NUMBER}\s*(\S(?:.*\S)?)?\s*")
_PIXEL = lazy_pattern(rf"\s*{_NUMBER}\s*(?:[x×*]\s*{_NUMBER}\s*)?(\S(?:.*\S)?)?\s*")
_GROUPED = lazy_pattern(r"[1-9]\d{0,2},\d{3}")
_UNIT = lazy_pattern(r"[^\W\d_][^\d<>=×]*|[\"'′″°]")
_PIXELS = frozenset({"px", "pixel", "pixels"})
_NEAR_ONE = 1e15
"""No size of a pixel, in whichever unit, is above this or below its inverse: what a damaged header
says is no size, and could not be reckoned with."""
_LONGEST_UNIT = 40
_LEAST_AREA = _LEAST_PIXEL = 0.1
"""Of a unit, or its square, before a smaller one is named: 120,000 µm² are said as 0.12 mm², and a
pixel has 0.32 µm, not 320 nm."""


@dataclass(frozen=True, slots=True)
class PixelSize:
    """The size of one pixel of an image as it is displayed."""

    x: float
    y: float
    """Width and height in ``unit``; above 0, and nothing that no pixel has."""
    unit: str
    """ "µm", "nm", "mm", … as :func:`unit_named` gives them, or a name of the person's own."""

    def __post_init__(self) -> None:
        if not all(1 / _NEAR_ONE <= value <= _NEAR_ONE for value in (self.x, self.y)):
            raise ValueError("No pixel has this size")

    @property
    def square(self) -> bool:
        """Whether both sides are the same, but for what rounding in files makes of them."""
        return abs(self.x - self.y) <= 1e-4 * max(self.x, self.y)

    @property
    def text(self) -> str:
        """What :func:`parse_pixel_size` reads, to the last digit."""
        sides = [_exact(self.x)] if self.x == self.y else [_exact(self.x), _exact(self.y)]
        return f"{' × '.join(sides)} {self.unit}"

    def turned(self) -> PixelSize:
        """That of the image turned by a quarter."""
        return PixelSize(self.y, self.x, self.unit)

    def length(self, dx: float, dy: float) -> float:
        """How long a line is, in ``unit``, that goes ``dx`` and ``dy`` pixels."""
        return hypot(dx * self.x, dy * self.y)

    def area(self, pixels: float) -> float:
        """How large an area of so many pixels is, in the square of ``unit``."""
        return pixels * self.x * self.y

    def words(self) -> str:
        """ "0.32 µm", rounded for people; both sides where they differ."""
        sides = (self.x,) if self.square else (self.x, self.y)
        return lengths_text(sides, self.unit, _LEAST_PIXEL)


def unit_named(text: str) -> str:
    """The unit that ``text`` names: "um", "micron", "μm" and "Micrometers" are "µm"."""
    name = text.strip().replace("\u03bc", "µ")  # the Greek letter, for the sign of micro
    folded = name.casefold().replace("\u03bc", "µ")
    if len(folded) > 3:
        folded = folded.removesuffix("s")
    return name if name == "Mm" else _FOLDED.get(folded, name)  # megametres are no millimetres


def parse_length(text: str) -> tuple[float, str]:
    """Number and unit of "100 µm"; the unit is "" where none is named.

    A decimal comma is taken. Ångström become nanometres.

    Raises
    ------
    ValueError
        If it is something else; the message is a sentence without its full stop.
    """
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise ValueError("Write a number and a unit, as in 100 µm")
    return _in_nm(_number(found[1], found[2]), _unit(found[3]))


def parse_pixel_size(text: str) -> PixelSize:
    """The size that "0.32 µm" or "0.32 × 0.4 µm" names.

    Raises
    ------
    ValueError
        If it names none; the message is a sentence without its full stop.
    """
    found = _PIXEL.fullmatch(text)
    if found is None:
        raise ValueError("Write a number and a unit, as in 0.32 µm")
    unit = _unit(found[5])
    if not unit:
        raise ValueError("Write the unit, too, as in 0.32 µm")
    x, named = _in_nm(_number(found[1], found[2]), unit)
    y = _in_nm(_number(found[3], found[4]), unit)[0] if found[3] else x
    return PixelSize(x, y, named)


def _number(digits: str, exponent: str | None) -> float:
    if _GROUPED.fullmatch(digits):
        plain = digits.replace(",", "")
        raise ValueError(f"“{digits}” can be read in two ways: write {plain}, "
                         f"or {digits.replace(',', '.')}")
    value = float(f"{digits.replace(',', '.')}e{exponent or 0}")
    if not isfinite(value) or value <= 0:
        raise ValueError("Write a number above 0")
    return value


def _unit(text: str | None) -> str:
    if not text:
        return ""
    if len(text) > _LONGEST_UNIT or not text.isprintable() or not _UNIT.fullmatch(text):
        raise ValueError("Write a number and a unit, as in 100 µm")
    if text.casefold() in _PIXELS:
        raise ValueError("A pixel is no unit of length: write one such as µm or mm")
    return unit_named(text)


def _in_nm(value: float, unit: str) -> tuple[float, str]:
    return (value / 10, "nm") if unit.casefold() in _TENTH_NM else (value, unit)


def convert(value: float, unit: str, to: str) -> float | None:
    """A length in another unit; None where one of the two is not known."""
    if unit == to:
        return value
    if unit not in METRES or to not in METRES:
        return None
    return value * (METRES[unit] / METRES[to])


def length_text(value: float, unit: str) -> str:
    """ "123 µm", "1.23 mm": three digits, in the unit in which there are the fewest zeros."""
    return lengths_text((value,), unit)


def lengths_text(values: tuple[float, ...], unit: str, least: float = 1.0) -> str:
    """ "123 × 4.56 µm": lengths in one unit, the largest of which the longest has ``least``."""
    shown = _unit_for(max(map(abs, values)), unit, 1, least)
    factor = METRES[unit] / METRES[shown] if shown != unit else 1.0
    return f"{' × '.join(rounded(value * factor) for value in values)} {shown}"


def area_text(value: float, unit: str) -> str:
    """ "56.2 µm²": an area in the square of ``unit``, as :func:`length_text` says lengths."""
    shown = _unit_for(abs(value), unit, 2, _LEAST_AREA)
    factor = METRES[unit] / METRES[shown] if shown != unit else 1.0
    return f"{rounded(value * factor * factor)} {shown}²"


def _unit_for(value: float, unit: str, power: int, least: float) -> str:
    """The largest unit of which there are ``least`` and more."""
    if unit not in METRES or not value or not isfinite(value):
        return unit
    ladder = _LADDER_OF_CM if unit == "cm" else _LADDER
    fitting = [name for name in ladder
               if _three_digits(value * (METRES[unit] / METRES[name]) ** power) >= least]
    return fitting[-1] if fitting else ladder[0]


def _three_digits(value: float) -> float:
    return float(f"{value:.3g}")


def rounded(value: float) -> str:
    """Three digits, and all of those before the point: "0.032", "4.56", "12,346"."""
    if not isfinite(value):
        return "–"
    if not value:
        return "0"
    small = _three_digits(value)
    decimals = 2 - floor(log10(abs(small)))
    text = f"{value:,.{max(0, decimals)}f}" if decimals < 8 else f"{value:.3g}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def round_length(most: float) -> float:
    """The longest of 1, 2, 5, 10, 20 … (and 0.5, 0.2 …) that is not above ``most``, which is above
    0: what a scale bar says."""
    power = 10.0 ** floor(log10(most))
    best = power
    for factor in (1, 2, 5):
        if factor * power <= most * (1 + 1e-9):
            best = factor * power
    return _three_digits(best)


def _exact(value: float) -> str:
    text = repr(value)
    return text.removesuffix(".0")
