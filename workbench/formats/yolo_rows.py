"""One label file of YOLO, read and written without loss: boxes (detect), outlines (segment) and
rotated boxes (obb).

A row is ``class cx cy w h``, perhaps with a confidence and the number of a track, or
``class x1 y1 x2 y2 x3 y3 …``, in shares of the displayed image; four corners may mean a rotated
box. A row that does not change keeps its bytes; of one that does, every number that says the same
keeps its spelling. Rows of a class that has no name are kept and not shown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.attributes import TRACK
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.outlines import Polygon, RotatedBox
from workbench.core.overlaps import labelled_before
from workbench.core.rings import rotated_box
from workbench.core.shapes import Bounds, Box, Shape
from workbench.formats.label_checks import TOLERANCE
from workbench.formats.label_text import KEPT

Size = tuple[int, int]
NumberOf = Callable[[str], int]
"""From the name of a class to its number; raises WorkbenchError where it has none."""

ROUNDED = 1.0
"""Pixels by which the corners of a rotated box may lie off: many are rounded to whole pixels."""
_DIGITS = 4  # of pixels: what is written comes back the same
_NUMBER = re.compile(rb"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_WORD = re.compile(rb"[^ \t\r\n\x0b\x0c]+")
_SAME = 5e-10  # of shares: less is seen in no digit that is written
_LARGEST = 1e6  # times the image
_LAST_CLASS = 100_000
_BEYOND = 0.02  # shares by which a box that a program found reaches out of the image


# Shares and pixels


def pixels(share: float, side: int) -> float:
    return round(share * side, _DIGITS)


def box_of(values: Sequence[float], size: Size) -> Box:
    """The box with a centre and sides in shares."""
    x, y, w, h = values
    width, height = size
    # as in pixels(), which is called so often that it shows
    return Box(round((x - w / 2) * width, _DIGITS), round((y - h / 2) * height, _DIGITS),
               round((x + w / 2) * width, _DIGITS), round((y + h / 2) * height, _DIGITS))


def outline_of(values: Sequence[float], size: Size) -> tuple[tuple[float, float], ...]:
    """The corners whose shares are in turn those of x and y."""
    return tuple((pixels(x, size[0]), pixels(y, size[1]))
                 for x, y in zip(values[::2], values[1::2], strict=True))


def centre_and_sides(box: Bounds) -> list[float]:
    x1, y1, x2, y2 = box
    return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]


def shares(values: Sequence[float], size: Size) -> list[float]:
    return [value / size[at % 2] for at, value in enumerate(values)]


def digits(value: float) -> str:
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _values(shape: Shape, size: Size) -> list[float]:
    """What a row says of a shape: a box, a rotated one, or a polygon of one outline."""
    if isinstance(shape, RotatedBox):
        return shares([value for point in shape.corners() for value in point], size)
    if isinstance(shape, Polygon):
        return shares([value for point in shape.rings[0] for value in point], size)
    return shares(centre_and_sides(shape.bounds()), size)


# Rows


class Row(NamedTuple):
    """A row: its place among the lines, its class and its numbers."""

    line: int
    number: int
    values: tuple[float, ...]


def is_tracked(values: Sequence[float]) -> bool:
    """Whether six numbers can be a box, a confidence and the number of a track, as programs write
    them that follow things; a triangle has such numbers by a rare chance."""
    if len(values) != 6:
        return False
    x, y, w, h, score, track = values
    most = 0.5 + _BEYOND
    return (0 <= score <= 1 and track >= 0 and track % 1 == 0 and w > 0 and h > 0
            and abs(x - 0.5) + w / 2 <= most and abs(y - 0.5) + h / 2 <= most)


def behind_boxes(rows: Iterable[Sequence[float]]) -> tuple[str, ...]:
    """What stands behind the four numbers of a box: nothing, "score", "track" or both.

    Parameters
    ----------
    rows
        Numbers of all rows, without their classes.
    """
    longer = [row for row in rows if len(row) > 4]
    if any(len(row) == 6 for row in longer) and all(
            len(row) == 5 or is_tracked(row) for row in longer):
        return "score", TRACK
    fifth = [row[4] for row in longer if len(row) == 5]
    if fifth and all(0 <= value <= 1 for value in fifth):
        return ("score",)
    return (TRACK,) if fifth and all(value >= 0 and value % 1 == 0 for value in fifth) else ()


def rows_of(data: bytes, path: Path | None = None) -> Iterator[Row]:
    """The rows of a label file.

    Raises
    ------
    FormatError
        If a line is no row of a box or an outline; it has path and line.
    """
    for at, line in enumerate(data.splitlines()):
        words = line.split()
        if words:
            reason = _wrong(words)
            if reason:
                raise FormatError(reason, path=path, line=at + 1, kept=KEPT)
            yield Row(at, int(float(words[0])), tuple(map(float, words[1:])))


def _wrong(words: list[bytes]) -> str:
    if not all(map(_NUMBER.fullmatch, words)):
        return "it is not a row of numbers"
    if len(words) < 5:
        return "it has no class and four numbers"
    number = float(words[0])
    if number % 1 or not 0 <= number < _LAST_CLASS:
        return "its class is no whole number from 0"
    if len(words) > 6 and not len(words) % 2:
        return f"it has {len(words)} numbers, which is neither a box nor an outline"
    if any(abs(float(word)) > _LARGEST for word in words[1:]):
        return "a number is far too large for a share of the image"
    return ""


def count_rows(data: bytes) -> Counter[int]:
    """Number of objects by the number of their class; raises as :func:`rows_of`."""
    return Counter(row.number for row in rows_of(data))


@dataclass(frozen=True, slots=True)
class YoloFile:
    """A file as it was read."""

    data: bytes
    """Exactly the bytes of the file."""
    annotation: Annotation
    """What they say; each object's ``source`` is the number of its line, from 0."""
    problems: tuple[Problem, ...]
    """What a person should know. The values are kept as they are."""
    size: Size
    number_of: NumberOf = field(repr=False, compare=False)

    def render(self, annotation: Annotation) -> bytes:
        """Bytes of the file with ``annotation`` in it; identical to ``data`` where nothing changed.

        Raises
        ------
        WorkbenchError
            If a class has no number, or a shape has no place.
        """
        before = {item.source: item for item in self.annotation.objects}
        wanted = {item.source: item for item in annotation.objects if item.source in before}
        lines: list[bytes] = []
        for at, line in enumerate(self.data.splitlines(keepends=True)):
            if at not in before:
                lines.append(line)
            elif at in wanted:
                lines.append(self._patched(line, before[at].shape, wanted[at]))
        new = [item for item in annotation.objects if item.source not in before]
        if new:
            ending = b"\r\n" if b"\r\n" in self.data else b"\n"
            if lines and not lines[-1].endswith((b"\n", b"\r")):
                lines[-1] += ending
            lines += [_row(item, self.size, self.number_of) + ending for item in new]
        return b"".join(lines)

    def _patched(self, line: bytes, before: Shape, item: LabeledObject) -> bytes:
        """A row that says ``item`` and said a shape before, with all that did not change."""
        words = list(_WORD.finditer(line))
        number = self.number_of(item.label)
        new = [words[0][0] if number == float(words[0][0]) else b"%d" % number]
        old = [word[0] for word in words[1:]]
        if item.shape == before:
            new += old
        else:
            was, now = _values(before, self.size), _values(_checked(item.shape), self.size)
            exact = not isinstance(before, RotatedBox)  # whose corners may come in another order
            if exact and type(before) is type(item.shape) and len(was) == len(now):
                new += [word if abs(value - same) < _SAME else digits(value).encode()
                        for word, value, same in zip(old, now, was, strict=False)]
                new += old[len(now):]  # a confidence
            else:
                new += [digits(value).encode() for value in now]
        if len(new) != len(words):
            tail = line[words[-1].end():]
            return line[:words[0].start()] + b" ".join(new) + tail
        for word, text in zip(reversed(words), reversed(new), strict=True):
            line = line[:word.start()] + text + line[word.end():]
        return line


def parse_yolo(data: bytes, names: Sequence[str], number_of: NumberOf, size: Size,
               path: Path | None = None, *, rotated: bool = False, boxes: bool = False) -> YoloFile:
    """Read a label file; ``names`` are those of the classes, "" for a number without one. Four
    corners are a ``rotated`` box where they can be; where there are nothing but ``boxes``, six
    numbers are one, too, if they can be.

    Raises
    ------
    FormatError
        As :func:`rows_of`.
    """
    objects: list[LabeledObject] = []
    problems: list[Problem] = []

    def report(kind: str, reason: str, row: Row) -> None:
        problems.append(Problem(str(path or ""), kind, reason, "warning", row.line + 1))

    rows: list[Row] = []
    for row in rows_of(data, path):
        name = names[row.number] if row.number < len(names) else ""
        if not name:
            report("unknown-class", f"there is no class {row.number}; the object is not shown and "
                 "kept as it is", row)
            continue
        shape = _shape(row, size, rotated, boxes)
        for kind, reason in _odd(shape, size):
            report(kind, reason, row)
        objects.append(LabeledObject(name, shape, source=row.line))
        rows.append(row)
    for at in labelled_before([(item.label, item.shape) for item in objects]):
        report("duplicate-box", "an object is there more than once, with the same class and place",
               rows[at])
    problems.sort(key=lambda problem: problem.line or 0)
    return YoloFile(data, Annotation(tuple(objects), size=size), tuple(problems), size, number_of)


def new_yolo(annotation: Annotation, size: Size, number_of: NumberOf) -> bytes:
    """Bytes of a new file; raises as :meth:`YoloFile.render`."""
    return b"".join(_row(item, size, number_of) + b"\n" for item in annotation.objects)


def _shape(row: Row, size: Size, rotated: bool, boxes: bool) -> Shape:
    if len(row.values) > 5 and not (boxes and is_tracked(row.values)):
        ring = outline_of(row.values, size)
        return (rotated and len(ring) == 4 and rotated_box(ring, ROUNDED)) or Polygon((ring,))
    return box_of(row.values[:4], size).in_order()


def _odd(shape: Shape, size: Size) -> Iterator[tuple[str, str]]:
    x1, y1, x2, y2 = shape.bounds()
    if x1 >= x2 or y1 >= y2:
        yield "zero-size-box", "a box has no area"
    if max(-x1, -y1, x2 - size[0], y2 - size[1]) > TOLERANCE:
        yield "box-out-of-bounds", f"an object reaches out of the image of {size[0]} × {size[1]}"


def _row(item: LabeledObject, size: Size, number_of: NumberOf) -> bytes:
    values = map(digits, _values(_checked(item.shape), size))
    return " ".join([str(number_of(item.label)), *values]).encode()


def _checked(shape: Shape) -> Shape:
    one = isinstance(shape, Polygon) and len(shape.rings) == 1 and len(shape.rings[0]) > 2
    if not (isinstance(shape, Box | RotatedBox) or one):
        raise WorkbenchError("YOLO has no place for such a shape", kept="Nothing was written.")
    return shape
