"""From the fields of a Pascal VOC file to boxes, and what is odd about them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

from workbench.core.annotation import DIFFICULT, NO_ATTRIBUTES, TRUNCATED, Attributes, LabeledObject
from workbench.core.errors import FormatError, Problem
from workbench.core.overlaps import labelled_before
from workbench.core.shapes import Bounds, Box, Shape
from workbench.core.text import count
from workbench.formats.voc_outlines import MARKERS, POSED, differs, read_attributes, read_outline
from workbench.formats.voc_scan import (
    CORNERS,
    FIELDS,
    ROTATED,
    SIDES,
    Found,
    Scanned,
    VocLayout,
    children_of,
)
from workbench.formats.xml_text import KEPT, Lines, content

_FLAGS: dict[str | None, bool] = {"0": False, "1": True, None: False}
_WORDS = {"yes": True, "true": True, "no": False, "false": False}
_SAID: dict[tuple[bool, bool], Attributes] = {
    (False, False): NO_ATTRIBUTES, (True, False): {TRUNCATED: True},
    (False, True): {DIFFICULT: True}, (True, True): {DIFFICULT: True, TRUNCATED: True},
}
_ATTRIBUTES: dict[tuple[str | None, str | None], Attributes] = {  # of truncated and difficult
    (truncated, difficult): _SAID[first, second]
    for truncated, first in _FLAGS.items() for difficult, second in _FLAGS.items()
}
_SAYS_NOTHING = frozenset({"", "unspecified"})
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
# "40,5". Three places could be thousands as well ("1,024"), and such a file is not guessed at.
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})")

_FILE_REASONS = {
    "decimal-comma": "{count} with decimal commas, which are read as decimal points",
    "float-coordinates": "{count} with fractions of a pixel; labelImg cuts them off",
    "empty-difficult":
        "difficult says nothing in {count} and is read as no; labelImg shows no boxes at all",
    "duplicate-box": "{count} more than once, with the same class and place",
    "unclear-flag": "truncated or difficult is neither 0 nor 1 in {count} and is read as no",
}


class VocReader:
    """Reads the objects of a layout and collects what is odd about them.

    Parameters
    ----------
    shift
        What is taken off the smaller coordinates (1 in files that count from 1).
    """

    def __init__(self, layout: VocLayout, path: Path | None, shift: float) -> None:
        self._layout = layout
        self._text = layout.text
        self._path = path
        self._shift = shift
        self._labels: dict[str, str] = {}
        self._lines = Lines(layout.text)
        self._problems: list[Problem] = []
        self._outlines: list[tuple[str, Shape]] = []
        self._starts: list[int] = []  # of these in the text
        self._places: dict[str, list[int]] = {}  # kinds that are told once for a file
        self.size: tuple[int, int] | None = None
        """``(width, height)`` as the file states it; known once :meth:`objects` runs."""

    def objects(self) -> Iterator[LabeledObject]:
        """Read all objects; raises FormatError for a value that is no number or no name."""
        shift, labels, attributes, new = self._shift, self._labels, _ATTRIBUTES, tuple.__new__
        self.size = self._read_size()
        width, height = self.size or (math.inf, math.inf)
        more = bool(POSED.search(self._text)) or (
            not self._layout.plain and any(marker in self._text for marker in MARKERS))
        seen: set[object] = set()
        for index, found in enumerate(self._layout.objects):
            name, truncated, difficult, *corners = found.group(*FIELDS)
            if isinstance(found, re.Match):
                x1, y1, x2, y2 = map(float, corners)
            elif found.missing:
                self._left_alone(found, found.missing)
                continue
            else:
                x1, y1, x2, y2 = self._numbers(found)
            label = labels.get(name) or self._label(name, found)
            if not label:
                self._left_alone(found, "name")
                continue
            said = attributes.get((truncated, difficult))
            if said is None:
                said = attributes[self._odd_flags(truncated, difficult, found.start())]
            if more:
                outline, said = self._more(found, Box(x1 - shift, y1 - shift, x2, y2), said)
                if outline is not None:
                    self._outlines.append((label, outline))
                    self._starts.append(found.start())
                    yield LabeledObject(label, outline, said, index)
                    continue
            before = len(seen)
            seen.add((label, x1, y1, x2, y2))
            if len(seen) == before:
                self._note("duplicate-box", found.start())
            if x1 % 1 or y1 % 1 or x2 % 1 or y2 % 1:
                self._note("float-coordinates", found.start())
            x1, y1 = x1 - shift, y1 - shift
            if not (0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height):
                self._odd_box(found.start(), (x1, y1, x2, y2))
            # as Box(…), which costs a fortieth of all reading
            box = new(Box, (x1, y1, x2, y2))
            yield LabeledObject(label, box, said, index)

    def labels(self) -> Iterator[tuple[str, bool, bool]]:
        """Class name, truncated and difficult of each object; all values are checked."""
        labels, flags = self._labels, _FLAGS
        for found in self._layout.objects:
            name, truncated, difficult = found.group(*FIELDS[:3])
            if isinstance(found, Scanned):
                if found.missing:
                    continue
                self._numbers(found)
            label = labels.get(name) or self._label(name, found)
            if not label:
                continue
            if truncated not in flags or difficult not in flags:
                truncated, difficult = self._odd_flags(truncated, difficult, found.start())
            yield label, flags[truncated], flags[difficult]

    def problems(self) -> tuple[Problem, ...]:
        """Everything odd, in file order; to be called after :meth:`objects`."""
        for at in labelled_before(self._outlines):
            self._note("duplicate-box", self._starts[at])
        for kind, reason in _FILE_REASONS.items():
            if places := self._places.get(kind):
                self._add(kind, places[0], reason.format(count=count(len(places), "object")))
        return tuple(sorted(self._problems, key=lambda problem: problem.line or 0))

    # More than boxes

    def _more(self, found: Found, stated: Box, said: Attributes) -> tuple[Shape | None, Attributes]:
        """The outline of an object, or None, and its attributes; ``stated`` is its box, of nan
        where it has none."""
        elements = children_of(self._text, found)
        free = read_attributes(self._text, elements)
        if free:
            said = {**said, **free}
        box = stated if stated.xmin == stated.xmin else None
        try:
            shape = read_outline(self._text, elements, box, self._shift)
        except ValueError as error:
            self._add("unclear-outline", found.start(),
                      f"an outline cannot be read ({error}); its box is shown")
            return None, said
        if shape is not None:
            self._odd_outline(found.start(), shape, box)
        return shape, said

    def _odd_outline(self, at: int, shape: Shape, box: Box | None) -> None:
        size = self.size or (math.inf, math.inf)
        if box is not None and differs(shape, box, size):
            self._add("outline-differs", at,
                      "an outline does not fit the box that is stated beside it; the outline is "
                      "shown, and the box stays in the file")
        x1, y1, x2, y2 = shape.bounds()
        if x2 <= 0 or y2 <= 0 or x1 >= size[0] or y1 >= size[1]:
            self._add("box-out-of-bounds", at, "an object lies outside the image")

    # Values

    def _label(self, raw: str, found: Found) -> str:
        try:
            label = self._labels[raw] = content(raw)
        except ValueError as error:
            raise self._error(f"the name of an object cannot be read ({error})",
                              found.span("name")[0]) from error
        return label

    def _numbers(self, found: Scanned) -> list[float]:
        """The corners of the box; nan where an outline has none."""
        if found.span(CORNERS[0])[0] < 0:
            return [math.nan] * 4
        return [self._number(raw or "", name, found)
                for raw, name in zip(found.group(*CORNERS), CORNERS, strict=True)]

    def _number(self, raw: str, name: str, found: Scanned) -> float:
        at = found.span(name)[0]
        try:
            text = content(raw)
        except ValueError as error:
            raise self._error(f"{name} cannot be read ({error})", at) from error
        if not text:
            raise self._error(f"{name} is empty", at)
        if _DECIMAL_COMMA.fullmatch(text):
            self._note_once("decimal-comma", found.start())
            text = text.replace(",", ".")
        value = float(text) if _NUMBER.fullmatch(text) else math.nan
        if not math.isfinite(value):
            raise self._error(f"{name} is not a number", at)
        return value

    def _odd_flags(
        self, truncated: str | None, difficult: str | None, at: int
    ) -> tuple[str | None, str | None]:
        """Both flags as "0", "1" or None."""
        return self._flag(truncated, "unclear-flag", at), self._flag(
            difficult, "empty-difficult", at
        )

    def _flag(self, raw: str | None, kind_if_empty: str, at: int) -> str | None:
        if raw in _FLAGS:
            return raw
        assert raw is not None
        try:
            text = content(raw).lower()
        except ValueError:
            text = "?"
        if text in _WORDS:
            return str(int(_WORDS[text]))
        if _NUMBER.fullmatch(text):
            return "1" if float(text) else "0"
        self._note(kind_if_empty if text in _SAYS_NOTHING else "unclear-flag", at)
        return "0"

    def _read_size(self) -> tuple[int, int] | None:
        found = self._layout.size
        if found is None:
            self._add("missing-size", self._layout.root, "it does not state the size of the image")
            return None
        width, height = map(_side, found.group(*SIDES))
        if width <= 0 or height <= 0:
            self._add("unclear-size", found.start(), "the size of the image is not stated clearly")
            return None
        return width, height

    # What is odd

    def _odd_box(self, at: int, box: Bounds) -> None:
        x1, y1, x2, y2 = box
        if x2 < x1 or y2 < y1:
            self._add("swapped-box", at, "a box has its corners swapped (min is above max)")
        elif x2 == x1 or y2 == y1:
            self._add("zero-size-box", at, "a box has no area")
        width, height = self.size or (math.inf, math.inf)
        if min(x1, x2) < 0 or min(y1, y2) < 0 or max(x1, x2) > width or max(y1, y2) > height:
            inside = f" of {width} × {height}" if self.size else ""
            self._add("box-out-of-bounds", at, f"a box reaches out of the image{inside}")

    def _left_alone(self, found: Found, missing: str) -> None:
        """Tell of an object that is not shown and kept in the file."""
        if missing == ROTATED:
            self._add("rotated-box", found.start(),
                      "a rotated box cannot be read; it is kept as it is")
        else:
            self._add("incomplete-object", found.start(),
                      f"an object has no {missing}; it is not shown and kept as it is")

    def _note_once(self, kind: str, at: int) -> None:
        """As :meth:`_note`, of something that may be true of each corner of an object."""
        if self._places.get(kind, [-1])[-1] != at:
            self._note(kind, at)

    def _note(self, kind: str, at: int) -> None:
        self._places.setdefault(kind, []).append(at)

    def _add(self, kind: str, at: int, reason: str) -> None:
        path = str(self._path) if self._path is not None else ""
        self._problems.append(Problem(path, kind, reason, "warning", self._lines.of(at)))

    def _error(self, message: str, at: int) -> FormatError:
        return FormatError(message, path=self._path, line=self._lines.of(at), kept=KEPT)


def _side(raw: str | None) -> int:
    """Width or height; 0 where it is not said clearly."""
    try:
        return int(float(content(raw or "")))
    except (ValueError, OverflowError):
        return 0
