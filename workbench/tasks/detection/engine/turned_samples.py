"""Labelled images that are turned by any angle about a point. Imports no torch.

A box around a turned thing follows from its outline; of an upright box nothing says how much of it
the thing fills, so that an image with any is only turned by right angles.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from workbench.core.arrays import FloatArray, IntArray
from workbench.core.outlines import Point, Polygon
from workbench.engine.data.letterbox import Letterbox
from workbench.tasks.detection.engine.samples import ObjectOutline, Sample

T = TypeVar("T")
_QUARTER = math.pi / 2


@dataclass(frozen=True, slots=True)
class Turn:
    """How an image is turned in the model's input."""

    angle: float
    """Radians, clockwise as seen on screen."""
    middle: Point
    """The point that stays, in pixels of the sample."""
    seen: tuple[float, float, float, float]
    """(left, top, right, bottom) of the input in pixels of the sample."""

    @classmethod
    def of(cls, angle: float, letterbox: Letterbox) -> Turn:
        """About the middle of the input, in which a sample lies as ``letterbox`` says."""
        corners = np.array([[0.0, 0.0, *letterbox.target]], np.float32)
        left, top, right, bottom = letterbox.unclipped(corners)[0].tolist()
        return cls(angle, ((left + right) / 2, (top + bottom) / 2), (left, top, right, bottom))

    def points(self, points: Sequence[Point], shift: Point = (0.0, 0.0)) -> list[Point]:
        """Where points come to, from pixels that begin ``shift`` before the sample's."""
        x, y = self.middle[0] + shift[0], self.middle[1] + shift[1]
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return [(x + (px - x) * cos - (py - y) * sin, y + (px - x) * sin + (py - y) * cos)
                for px, py in points]


def turns_freely(sample: Sample) -> bool:
    """Whether what is known of all objects of a sample is more than the boxes around them."""
    return not len(sample.boxes) or (
        bool(sample.shapes) and all(shape is not None for shape in sample.shapes))


def right_angle(angle: float) -> float:
    """The multiple of 90° that is nearest to ``angle``."""
    return round(angle / _QUARTER) * _QUARTER


def turned(sample: Sample, turn: Turn, keep: float) -> tuple[Sample, IntArray]:
    """A sample that was turned, with outlines, key points and the boxes around both, and int64
    (N,): which of its objects are left.

    Parameters
    ----------
    keep
        The share of the box around an object that must be seen: others are left out.
    """
    shift = (0, 0) if sample.window is None else sample.window[:2]
    shapes = tuple(None if shape is None else _outline(shape, turn, shift)
                   for shape in sample.shapes)
    points = tuple(None if item is None else replace(
        item, points=tuple(turn.points(item.points, shift)), box=None) for item in sample.points)
    boxes = np.array([_box(sample, place, turn, shift) for place in range(len(sample.boxes))],
                     np.float32).reshape(-1, 8)
    left = np.flatnonzero(_area(boxes[:, :4]) >= keep * np.maximum(_area(boxes[:, 4:]), 1e-6))
    return replace(
        sample, boxes=boxes[left, :4], names=tuple(sample.names[at] for at in left),
        difficult=sample.difficult[left], shapes=_some(shapes, left), points=_some(points, left),
    ), left


def _some(items: Sequence[T], places: IntArray) -> tuple[T, ...]:
    return tuple(items[at] for at in places) if items else ()


def _area(boxes: FloatArray) -> FloatArray:
    sides: FloatArray = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    return sides[:, 0] * sides[:, 1]


def _outline(outline: ObjectOutline, turn: Turn, shift: Point) -> ObjectOutline:
    return ObjectOutline(_turned(outline.polygon(), turn, shift))


def _turned(polygon: Polygon, turn: Turn, shift: Point) -> Polygon:
    return Polygon(tuple(tuple(turn.points(ring, shift)) for ring in polygon.rings))


def _box(sample: Sample, place: int, turn: Turn, shift: Point) -> tuple[float, ...]:
    """The box around what is seen of a turned object, and around what was seen of it before; both
    xyxy in pixels of the sample."""
    x1, y1, x2, y2 = map(float, sample.boxes[place])
    whole = Polygon((((x1, y1), (x2, y1), (x2, y2), (x1, y2)),))
    outline = sample.shapes[place] if sample.shapes else None
    if outline is not None:
        shown = outline.polygon().moved(-shift[0], -shift[1])
        left, top, right, bottom = shown.bounds()
        if min(left, top) < 0 or right > sample.size[0] or bottom > sample.size[1]:
            shown = shown.clipped(sample.size)
        whole = shown if shown.rings else whole
    there = _turned(whole, turn, (0.0, 0.0))
    bounds = there.bounds()
    left, top, right, bottom = turn.seen
    if bounds[0] >= left and bounds[1] >= top and bounds[2] <= right and bounds[3] <= bottom:
        return (*bounds, *bounds)
    seen = there.moved(-left, -top).clipped((right - left, bottom - top)).moved(left, top)
    return (*(seen.bounds() if seen.rings else (0.0, 0.0, 0.0, 0.0)), *bounds)
