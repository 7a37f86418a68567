"""Labelled objects as numbers, dots among them as the squares that are learned in their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from workbench.core.annotation import LabeledObject
from workbench.core.arrays import FloatArray
from workbench.core.detections import Detections
from workbench.core.dots import DotSides, is_dot, square_around
from workbench.core.shapes import Box

Objects = tuple[LabeledObject, ...]


def judgeable(objects: Objects, dots: DotSides) -> Objects:
    """Without dots of which nobody knows how large what they mark is: a model from before there
    were any knows no such class."""
    return tuple(item for item in objects if item.label in dots.sides or not is_dot(item.shape))


def boxes_of(objects: Objects, dots: DotSides, size: tuple[int, int]) -> FloatArray:
    """float32 (M, 4) xyxy: boxes of objects that are :func:`judgeable` in an image of ``size``, of
    dots their squares as far as they lie in it."""
    frame = (float(size[0]), float(size[1]))
    return np.asarray([
        Box(*square_around(item.shape.points[0], dots.sides[item.label])).clipped(frame)
        if is_dot(item.shape) else item.box for item in objects], np.float32).reshape(-1, 4)


def dots_among(objects: Objects, dots: DotSides) -> FloatArray | None:
    """float32 (M, 3), as ``Truth`` has it; None where no object is a dot."""
    rows = [(*item.shape.points[0], dots.sides[item.label]) if is_dot(item.shape) else (0, 0, 0)
            for item in objects]
    return np.asarray(rows, np.float32) if any(side for _, _, side in rows) else None


_NEAR = 0.15
"""Of the side of a thing: as near to an edge of the image begins what that edge cuts."""


def made_whole(found: Detections, sides: Sequence[float], size: tuple[int, int]) -> Detections:
    """What was found as dots, with whole squares where an edge of the image cuts them: found is the
    part inside, as it was learned, whose middle lies up to a quarter of the side too far in.

    Parameters
    ----------
    sides
        Of each class the side of its square, 0 where it is not found as dots.
    """
    if not any(sides):
        return found
    side = np.asarray(sides, np.float32)[found.labels]
    boxes = found.boxes.copy()
    for low, high, length in ((0, 2, size[0]), (1, 3, size[1])):
        start, end = found.boxes[:, low], found.boxes[:, high]
        cut = (side > 0) & (end - start < side)
        first = cut & (start <= _NEAR * side) & (start < length - end)
        last = cut & (length - end <= _NEAR * side) & (length - end < start)
        # the dot itself lies in the image
        boxes[:, low] = np.where(first, np.maximum(end - side, -end), start)
        boxes[:, high] = np.where(last, np.minimum(start + side, 2 * length - start), end)
    return replace(found, boxes=boxes)
