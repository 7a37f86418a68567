"""Pieces of text for Pascal VOC files: how a file is laid out, numbers, names, single edits."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from workbench.core.errors import WorkbenchError
from workbench.formats.voc_scan import CORNERS
from workbench.formats.xml_text import KEPT, WHITESPACE, escape

Edit = tuple[int, int, str]

FIELDS = ("name", "pose", "truncated", "difficult", "bndbox")
UNSPECIFIED = "Unspecified"
"""What ``<pose>`` says where nothing is said of it."""
_COMMENT = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_DECIMALS = re.compile(r"\.([0-9]+)")
_ZEROS = re.compile(r"\.?0+ ")  # at the end of a number with decimals


@dataclass(eq=False, repr=False)
class Style:
    """How the file lays out an object: white space before each part, and the order of parts."""

    before: str
    child: str
    close: str
    corner: str
    box_close: str
    fields: tuple[str, ...] = FIELDS
    corners: tuple[str, ...] = CORNERS
    decimals: int = 2

    @cached_property
    def template(self) -> str:
        """A new object, with ``%(name)s`` for what goes into each field."""
        corners = "".join(f"{self.corner}<{name}>%({name})s</{name}>" for name in self.corners)
        said = {name: f"%({name})s" for name in self.fields}
        said["bndbox"] = corners + self.box_close
        fields = "".join(f"{self.child}<{name}>{said[name]}</{name}>" for name in self.fields)
        return f"{self.before}<object>{fields}%(more)s{self.close}</object>"

    @cached_property
    def plain(self) -> str:
        """The same of an object of which nothing else is said, as of nearly all."""
        left = {name: f"%({name})s" for name in ("name", *CORNERS, "more")}
        return self.template % {**left, "pose": UNSPECIFIED, "truncated": 0, "difficult": 0}


def indented(before: str, unit: str = "\t") -> Style:
    child = before + unit
    return Style(before, child, before, child + unit, child)


def gap_before(text: str, at: int) -> str:
    """White space right before ``at``."""
    start = at
    while start > 0 and text[start - 1] in WHITESPACE:
        start -= 1
    return text[start:at]


def replaced(text: str, start: int, end: int, field: str, value: str) -> Edit:
    """Put ``value`` into a field, keeping white space, comments and attributes around it."""
    raw = text[start:end]
    core = raw.strip(WHITESPACE)
    if not core:
        return start, end, value
    at = start + raw.index(core)
    if core.startswith(f"<{field}"):  # an empty tag becomes a pair
        value = f"{core[:-2].rstrip()}>{value}</{field}>"
    elif "<" in core:
        value += "".join(_COMMENT.findall(core))
    return at, at + len(core), value


def format_coordinate(value: float, decimals: int = 2) -> str:
    """A coordinate for the disk: a whole number where it is one, else up to ``decimals`` places,
    which are one at least.

    Raises
    ------
    WorkbenchError
        If it is not finite.
    """
    if value % 1 == 0:  # false for inf and nan
        return str(int(value))
    if not math.isfinite(value):
        raise WorkbenchError("a coordinate of a box is not a number", kept=KEPT)
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def format_coordinates(values: tuple[float, ...], decimals: int = 2) -> list[str]:
    """The same of many, three times as fast: an import may write millions."""
    text = _formats(len(values), decimals) % values
    if "-" in text or "n" in text:  # "-0.00", "nan" and "inf" are not written as they are
        return [format_coordinate(value, decimals) for value in values]
    return _ZEROS.sub(" ", text).split()


@lru_cache(maxsize=1024)
def _formats(number: int, decimals: int) -> str:
    return f"%.{decimals}f " * number


def decimals_of(numbers: Iterable[str | None]) -> int:
    places = (len(match[1]) for text in numbers if (match := _DECIMALS.search(text or "")))
    return min(max([2, *places]), 3)


@lru_cache(maxsize=1024)
def name_text(label: str) -> str:
    if not label:
        raise WorkbenchError("an object has no class name", kept=KEPT)
    try:
        return escape(label)
    except ValueError as error:
        raise WorkbenchError(f"the class name {label!a} cannot be written: {error}",
                             kept=KEPT) from error
