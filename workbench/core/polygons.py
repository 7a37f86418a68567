"""What is done to the points of polygons. numpy is imported when it is needed."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from workbench.core.masks import scaled
from workbench.core.outlines import Keypoints, Mask, Outline, Point, Polygon, Ring, RotatedBox
from workbench.core.shapes import Bounds, Box

_MANY_POINTS = 100
"""From so many on numpy is faster."""


def moved_point(shape: Polygon, ring: int, index: int, point: Point) -> Polygon:
    """``shape`` with one point elsewhere."""
    return _changed(shape, ring, lambda old: (*old[:index], point, *old[index + 1:]))


def added_point(shape: Polygon, ring: int, index: int, point: Point) -> Polygon:
    """``shape`` with another point before the one at ``index``."""
    return _changed(shape, ring, lambda old: (*old[:index], point, *old[index:]))


def removed_point(shape: Polygon, ring: int, index: int) -> Polygon | None:
    """``shape`` without a point; a ring of three goes as a whole, and None where it is the only
    one."""
    if len(shape.rings[ring]) > 3:
        return _changed(shape, ring, lambda old: (*old[:index], *old[index + 1:]))
    rest = (*shape.rings[:ring], *shape.rings[ring + 1:])
    return Polygon(rest) if rest else None


def carried(shape: Outline, old: Bounds, new: Bounds) -> Outline:
    """``shape`` moved, and made larger or smaller, as a box around it was from ``old`` to ``new``;
    a rotated box stays as slim as it is, and pixels stay whole."""
    across, down = (
        (new[side + 2] - new[side]) / (old[side + 2] - old[side])
        if old[side + 2] > old[side] else 1.0 for side in (0, 1))

    def place(point: Point) -> Point:
        return (new[0] + (point[0] - old[0]) * across, new[1] + (point[1] - old[1]) * down)

    def around(x1: float, y1: float, x2: float, y2: float) -> Box:
        return Box(*place((x1, y1)), *place((x2, y2)))

    if isinstance(shape, Polygon):
        return Polygon(tuple(tuple(map(place, ring)) for ring in shape.rings))
    if isinstance(shape, Keypoints):
        return Keypoints(tuple(map(place, shape.points)), shape.visibility,
                         None if shape.box is None else around(*shape.box))
    if isinstance(shape, Mask):
        return scaled(shape, around(*shape.bounds()))
    scale = math.sqrt(across * down)
    return RotatedBox(place(shape.center), shape.width * scale, shape.height * scale, shape.angle)


def simplified(shape: Polygon, tolerance: float) -> Polygon:
    """``shape`` with fewer points, none of the old ones farther than ``tolerance`` from its line.

    Rings keep three points at least. Source: Douglas and Peucker, 1973.
    """
    return shape if tolerance <= 0 else Polygon(
        tuple(_simplified_ring(ring, tolerance) for ring in shape.rings))


def simplified_line(line: Ring, tolerance: float) -> Ring:
    """An open line with fewer points; both ends stay."""
    farthest = _farthest_by_numpy(line, tolerance) if len(line) > _MANY_POINTS \
        else partial(_farthest, line, tolerance)
    kept = {0, len(line) - 1}
    parts = [(0, len(line) - 1)]
    while parts:
        first, last = parts.pop()
        found = farthest(first, last)
        if found:
            kept.add(found)
            parts += [(first, found), (found, last)]
    return tuple(line[index] for index in sorted(kept))


def _farthest(line: Ring, tolerance: float, first: int, last: int) -> int:
    """Which point between two of a line is farthest from the straight way; 0 where none is
    farther than ``tolerance``."""
    (ax, ay), (bx, by) = line[first], line[last]
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    farthest, most = 0, tolerance * tolerance
    for index in range(first + 1, last):
        x, y = line[index]
        x, y = x - ax, y - ay
        along = x * dx + y * dy
        if along > 0:
            share = along / length if along < length else 1.0
            x, y = x - share * dx, y - share * dy
        away = x * x + y * y
        if away > most:
            farthest, most = index, away
    return farthest


def _farthest_by_numpy(line: Ring, tolerance: float) -> Callable[[int, int], int]:
    """:func:`_farthest` of a long line, with the same results."""
    import numpy as np

    points = np.array(line, float).T.copy()

    def farthest(first: int, last: int) -> int:
        if last - first <= _MANY_POINTS:
            return _farthest(line, tolerance, first, last)
        (ax, ay), (bx, by) = line[first], line[last]
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        x, y = points[0, first + 1:last] - ax, points[1, first + 1:last] - ay
        share = np.clip((x * dx + y * dy) / (length or 1.0), 0.0, 1.0)
        x -= share * dx
        y -= share * dy
        away = x * x + y * y
        found = int(away.argmax())
        return first + 1 + found if away[found] > tolerance * tolerance else 0

    return farthest


def _simplified_ring(ring: Ring, tolerance: float) -> Ring:
    # from the first point to the one farthest from it and back
    x, y = ring[0]
    middle = max(range(len(ring)), key=lambda at: (ring[at][0] - x) ** 2 + (ring[at][1] - y) ** 2)
    there = simplified_line(ring[:middle + 1], tolerance)
    back = simplified_line((*ring[middle:], ring[0]), tolerance)
    found = (*there, *back[1:-1])
    return found if len(found) >= 3 else ring


def _changed(shape: Polygon, ring: int, change: Callable[[Ring], Ring]) -> Polygon:
    return Polygon(tuple(change(old) if at == ring else old for at, old in enumerate(shape.rings)))
