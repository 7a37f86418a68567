"""What all readers of labels look after: objects without area, out of the image, said twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from workbench.core.annotation import NO_ATTRIBUTES, Attributes, LabeledObject
from workbench.core.errors import Problem
from workbench.core.outlines import Keypoints, Mask, Polygon, Ring, RotatedBox
from workbench.core.rings import ring_area
from workbench.core.shapes import Bounds, Box, Shape

TOLERANCE = 0.05
"""Pixels by which rounding may take a shape out of its image."""
_LARGEST = 1e9
_LEAST = 1e-6  # square pixels


class ObjectList:
    """The objects of one image, as they are read.

    Parameters
    ----------
    file
        The file of labels, for problems.
    size
        Width and height of the image, or None where they are unknown.
    """

    def __init__(self, file: Path, size: tuple[int, int] | None) -> None:
        self.file, self.size = file, size
        self.objects: list[LabeledObject] = []
        self.problems: list[Problem] = []
        self._seen: set[tuple[str, Shape]] = set()

    def add(self, label: str, shape: Shape, attributes: Attributes = NO_ATTRIBUTES, *,
            line: int | None = None, where: str = "") -> None:
        """Take in an object: its part in the image, once; else tell why not.

        Parameters
        ----------
        line
            Its line in the file, or where lines say nothing:
        where
            What it is called ("annotation 17").
        """
        if label and self.size is not None and _is_plain(shape, self.size) \
                and (label, shape) not in self._seen:
            self._seen.add((label, shape))
            self.objects.append(LabeledObject(label, shape, attributes))
            return
        what = where or label
        bounds = shape.bounds()
        if not label:
            self.problem("no-class", f"{what or 'an object'} has no class and is left out.", line)
        elif not (math.isfinite(sum(coordinates(shape))) and max(map(abs, bounds)) < _LARGEST):
            self.problem("no-number", f"{what} has a coordinate that is no number of pixels and is "
                         "left out.", line)
        else:
            if isinstance(shape, Box):
                shape = bounds = shape.in_order()
            if self.size is not None and not _is_inside(bounds, self.size):
                shape = self._clipped(shape, self.size, line, what)
            self._keep(LabeledObject(label, shape, attributes), line, what)

    def _keep(self, item: LabeledObject, line: int | None, what: str) -> None:
        key = (item.label, item.shape)
        if not has_area(item.shape):
            self.problem("zero-size-box", f"{what} has no area within the image and is left out.",
                         line)
        elif key in self._seen:
            self.problem("duplicate-box", f"{what} is there twice; the second one is left out.",
                         line)
        else:
            self._seen.add(key)
            self.objects.append(item)

    def _clipped(self, shape: Shape, size: tuple[int, int], line: int | None, what: str) -> Shape:
        x1, y1, x2, y2 = shape.bounds()
        out = max(-x1, -y1, x2 - size[0], y2 - size[1])
        cut = shape.clipped(size)
        if out > TOLERANCE and not _is_at_edge(shape, size):
            done = "it stays so" if cut == shape else "the rest was cut off"  # of a rotated box
            self.problem("box-out-of-bounds",
                         f"{what} reaches {out:.4g} pixels out of the image, which is "
                         f"{size[0]} × {size[1]}; {done}.", line)
        return cut

    def problem(self, kind: str, reason: str, line: int | None = None) -> None:
        self.problems.append(Problem(str(self.file), kind, reason, "warning", line))


def _is_line(ring: Ring) -> bool:
    """Whether all points lie on one line; an outline that crosses itself may sum up to no area,
    and is there all the same."""
    x, y = ring[0]
    dx, dy = max(((px - x, py - y) for px, py in ring), key=lambda way: math.hypot(*way))
    return all(abs(dx * (py - y) - dy * (px - x)) <= _LEAST for px, py in ring)


def _is_plain(shape: Shape, size: tuple[int, int]) -> bool:
    """Whether there is nothing to say of a box or a polygon, as of nearly all; quickly."""
    if type(shape) is Box:
        x1, y1, x2, y2 = shape
    elif type(shape) is Polygon and all(abs(ring_area(ring)) > _LEAST for ring in shape.rings):
        x1, y1, x2, y2 = shape.bounds()
    else:
        return False
    return 0 <= x1 < x2 <= size[0] and 0 <= y1 < y2 <= size[1]


def _is_at_edge(shape: Shape, size: tuple[int, int]) -> bool:
    """Whether it is a rotated box with its middle in the image: such are kept as they are, and
    many things at an edge are labelled so."""
    return isinstance(shape, RotatedBox) and all(
        0 <= place <= side for place, side in zip(shape.center, size, strict=True))


def _is_inside(bounds: Bounds, size: tuple[int, int]) -> bool:
    x1, y1, x2, y2 = bounds
    return x1 >= 0 and y1 >= 0 and x2 <= size[0] and y2 <= size[1]


def of_parts(parts: Sequence[Polygon]) -> Polygon:
    """The object of which these are parts, which may overlap; with rings as they are where their
    numbers are none of pixels."""
    from workbench.core.cutting import united

    if all(abs(value) < _LARGEST for part in parts for value in coordinates(part)):
        whole = united(parts)
        if whole.rings:
            return whole
    return Polygon(tuple(ring for part in parts for ring in part.rings))


def coordinates(shape: Shape) -> Sequence[float]:
    """All numbers of a shape; of a mask its window."""
    if isinstance(shape, Polygon):
        return [value for ring in shape.rings for point in ring for value in point]
    if isinstance(shape, Keypoints):
        box = shape.box or ()
        return (*(value for point in shape.points for value in point), *box)
    if isinstance(shape, RotatedBox):
        return (*shape.center, shape.width, shape.height, shape.angle)
    return shape.bounds()


def has_area(shape: Shape) -> bool:
    """Whether there is anything of a shape: one key point is enough."""
    if isinstance(shape, Keypoints):
        return shape.box is not None or any(shape.visibility)
    if isinstance(shape, Mask):
        return shape.area > 0
    if isinstance(shape, Polygon):
        return any(abs(ring_area(ring)) > _LEAST or not _is_line(ring) for ring in shape.rings)
    if isinstance(shape, RotatedBox):
        return shape.width > 0 and shape.height > 0
    x1, y1, x2, y2 = shape.bounds()
    return x1 < x2 and y1 < y2
