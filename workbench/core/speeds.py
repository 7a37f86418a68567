"""The speed from which on a thing is said to move, as people write it."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from workbench.core.pixel_size import convert, parse_length

BODY, PIXEL = "body lengths", "px"
_BODY = re.compile(r"(?:bl|(?:body[- ]?)?lengths?)", re.IGNORECASE)
_SPEED = re.compile(r"\s*([\d.,]+(?:e[+-]?\d+)?)\s*(.*?)\s*(?:/\s*s|per second)\s*", re.IGNORECASE)
_WRONG = "Write a number and a unit, as in 0.5 body lengths/s, 20 px/s or 3 mm/s"


class Speed(NamedTuple):
    """Lengths in a second: in :data:`BODY` (the longer side of the thing's box, in the mean),
    :data:`PIXEL` or a unit of length."""

    value: float
    unit: str = BODY

    @property
    def text(self) -> str:
        """What :func:`parse_speed` reads: "0.5 body lengths/s"."""
        return f"{self.value:g} {self.unit}/s"

    def in_unit(self, unit: str, body: float) -> float:
        """The same in lengths of ``unit`` for a thing that is ``body`` of them long; nan where that
        cannot be said."""
        if self.unit == BODY:
            return self.value * body
        factor = 1.0 if self.unit == unit else convert(1.0, self.unit, unit)
        return math.nan if factor is None else self.value * factor


USUAL = Speed(0.5)
"""Where nobody says one."""


def parse_speed(text: str) -> Speed:
    """The speed that "0.5 body lengths/s", "20 px/s" or "3 mm/s" names.

    Raises
    ------
    ValueError
        If it names none; the message is a sentence without its full stop.
    """
    found = _SPEED.fullmatch(text)
    if found is None:
        raise ValueError(_WRONG)
    number, unit = found.groups()
    if not (_BODY.fullmatch(unit) or unit.casefold() == PIXEL):
        value, named = parse_length(f"{number} {unit}")
        if not named:
            raise ValueError(_WRONG)
        return Speed(value, named)
    try:
        value = float(number.replace(",", "."))
    except ValueError:
        raise ValueError(_WRONG) from None
    if not 0 <= value < math.inf:
        raise ValueError(_WRONG)
    return Speed(value, BODY if _BODY.fullmatch(unit) else PIXEL)
