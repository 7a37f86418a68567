"""What is followed of an object over a series of images, and what becomes of its shape there."""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.polygons import carried
from workbench.core.shapes import Bounds, Box
from workbench.project.suggestion import FOLLOWED, Suggestion
from workbench.project.suggestions import suggestion

_ROOM = 0.15
"""Share of an object's longer side that is looked at around its key points: they lie on its rim."""
_AROUND = 0.12
"""Half the side of what is followed of a key point, as a share of the object's longer side."""
_LEAST = 8.0
"""Pixels that both are at least."""
_STRAYS = 0.3
"""Share of the object's longer side by which a key point may move without the object."""


def areas_of(item: LabeledObject) -> list[Box]:
    """The boxes that are followed: one around the object, and one around each key point of it that
    is labelled."""
    shape, bounds = item.shape, Box(*item.box)
    if not isinstance(shape, Keypoints):
        return [bounds]
    side = _longer(bounds)
    whole = bounds if shape.box is not None else _grown(bounds, max(_LEAST, _ROOM * side))
    near = max(_LEAST, _AROUND * side)
    return [whole, *(_grown((x, y, x, y), near) for x, y in shape.labelled())]


def suggestion_of(item: LabeledObject, areas: Sequence[Box], found: Sequence[Box | None],
                  size: tuple[int, int]) -> Suggestion | None:
    """An object where it is in another image; None where nothing of it is inside.

    Parameters
    ----------
    areas
        As :func:`areas_of` said.
    found
        Where each is in the other image, whose ``size`` is in pixels; the first one is known.
    """
    shape, box = item.shape, found[0]
    assert box is not None
    if not isinstance(shape, Polygon | RotatedBox | Keypoints | Mask):
        return suggestion(item.label, box, 1.0, size, FOLLOWED)
    moved = carried(shape, areas[0], box)
    if isinstance(moved, Keypoints):
        moved = _each_point(moved, found[1:], _STRAYS * _longer(box))
    inside = moved.clipped(size)
    if isinstance(inside, Keypoints) and not any(inside.visibility):
        return None
    bounds = box if isinstance(inside, Keypoints) else inside.bounds()
    one = suggestion(item.label, bounds, 1.0, size, FOLLOWED)
    return one._replace(shape=inside) if one is not None else None


def _each_point(shape: Keypoints, found: Sequence[Box | None], most: float) -> Keypoints:
    """With each labelled point where it was found itself, unless that is ``most`` pixels off."""
    points, own = list(shape.points), iter(found)
    for at, seen in enumerate(shape.visibility):
        box = next(own) if seen else None
        if box is not None:
            middle = ((box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2)
            if math.dist(middle, points[at]) <= most:
                points[at] = middle
    return Keypoints(tuple(points), shape.visibility, shape.box)


def _grown(bounds: Bounds, by: float) -> Box:
    return Box(bounds[0] - by, bounds[1] - by, bounds[2] + by, bounds[3] + by)


def _longer(bounds: Bounds) -> float:
    return max(bounds[2] - bounds[0], bounds[3] - bounds[1])
