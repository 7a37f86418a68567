"""Dots: things that are marked with one click each, to be counted.

A dot is an object with one key point and no box around it, so that all that holds key points holds
dots: files, undo, lists, statistics. It says where a thing is and not how large. Pure Python, as
:mod:`workbench.core.shapes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from workbench.core.outlines import VISIBLE, Keypoints, Point
from workbench.core.plain import InvalidData, fitted
from workbench.core.shapes import Bounds


def dot_at(point: Point) -> Keypoints:
    """The dot at a point of the image."""
    return Keypoints((point,), (VISIBLE,))


def is_dot(shape: object) -> TypeGuard[Keypoints]:
    """Whether a shape is a dot."""
    return isinstance(shape, Keypoints) and shape.box is None and len(shape.points) == 1 \
        and bool(shape.visibility[0])


def dot_or(shape: Keypoints) -> Keypoints:
    """The dot where a box without area is all that there is around the only point, as formats have
    it that want a box, and points for all that others have; else the shape."""
    box = shape.box
    if box is None or not shape.visibility or not shape.visibility[0] or any(shape.visibility[1:]):
        return shape
    return dot_at(shape.points[0]) if box.xmax <= box.xmin and box.ymax <= box.ymin else shape


def middle_of(box: Sequence[float]) -> Point:
    """Where the dot of a thing is of which a model found the box (xyxy)."""
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def square_around(point: Point, side: float) -> Bounds:
    """The square that stands for a dot."""
    half = side / 2
    return (point[0] - half, point[1] - half, point[0] + half, point[1] + half)


@dataclass(frozen=True, slots=True)
class DotSides:
    """How large the things are, as a model takes them, that dots mark."""

    sides: Mapping[str, float] = field(default_factory=dict)
    """By class the side in pixels of the square that is learned in place of a dot. A detection hits
    a dot within half of it."""
    found: frozenset[str] = frozenset()
    """The classes of which dots are found instead of boxes."""

    def to_plain(self) -> dict[str, Any]:
        return {"sides": dict(self.sides), "found": sorted(self.found)}

    @classmethod
    def of_plain(cls, data: Any) -> DotSides:
        """What :meth:`to_plain` gave; no dots for what is none of that."""
        try:
            sides = fitted(data["sides"], dict[str, float], "sides")
            return cls({name: side for name, side in sides.items() if side > 0},
                       frozenset(fitted(data["found"], list[str], "found")))
        except (InvalidData, KeyError, TypeError):
            return NO_DOTS

    def renamed(self, names: Mapping[str, str]) -> DotSides:
        """With the names that classes have now."""
        return DotSides({names.get(name, name): side for name, side in self.sides.items()},
                        frozenset(names.get(name, name) for name in self.found))


NO_DOTS = DotSides()
