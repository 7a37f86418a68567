"""Shapes of labelled objects beyond the upright box: polygons, rotated boxes, masks, key points.

Pixels of the displayed image, 0-based; x to the right, y down. Pure Python on purpose, as
:mod:`workbench.core.shapes`.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from workbench.core.shapes import Bounds, Box

Point = tuple[float, float]
Ring = tuple[Point, ...]
"""Corners of a closed line; the first is not repeated at the end."""

_MOST_BANDS = 256
NOT_LABELLED, HIDDEN, VISIBLE = 0, 1, 2
"""Visibility of a key point, as COCO counts it."""


@dataclass(frozen=True, slots=True)
class Polygon:
    """An area within closed lines."""

    rings: tuple[Ring, ...]
    """A point lies inside where an odd number of rings surround it: a ring within another is a
    hole, rings apart are parts of one object (the even-odd rule). Each has 3 points or more."""
    _bounds: Bounds | None = field(default=None, init=False, repr=False, compare=False)

    def bounds(self) -> Bounds:
        if self._bounds is None:  # asked for with every frame
            found = _bounds(point for ring in self.rings for point in ring)
            object.__setattr__(self, "_bounds", found)
            return found
        return self._bounds

    def contains(self, point: Point) -> bool:
        return sum(_surrounds(ring, point) for ring in self.rings) % 2 == 1

    def moved(self, dx: float, dy: float) -> Polygon:
        return Polygon(tuple(tuple((x + dx, y + dy) for x, y in ring) for ring in self.rings))

    def clipped(self, size: tuple[float, float]) -> Polygon:
        rings = (_clipped_ring(ring, size) for ring in self.rings)
        return Polygon(tuple(ring for ring in rings if len(ring) >= 3))

    @property
    def area(self) -> float:
        """Square pixels: rings within an odd number of others are holes."""
        return sum(abs(_signed_area(ring)) * (-1 if len(around) % 2 else 1)
                   for ring, around in zip(self.rings, surrounding(self.rings), strict=True))


@dataclass(frozen=True, slots=True)
class RotatedBox:
    """A rectangle turned about its middle."""

    center: Point
    """Its middle."""
    width: float
    height: float
    """Sides before the turn, > 0."""
    angle: float
    """Radians, clockwise as seen on screen, in [0, 2π)."""
    frame: tuple[float, float] | None = None
    """(width, height) of the picture where a part lies outside and what is inside counts; None for
    all of it."""

    @property
    def whole(self) -> bool:
        """Whether all of it counts."""
        return self.frame is None

    def visible(self) -> Polygon:
        """What counts of it."""
        ring = self.corners()
        return Polygon((ring,) if self.frame is None else (_clipped_ring(ring, self.frame),))

    def corners(self) -> Ring:
        """Its corners: clockwise on screen, from the one that is top left before the turn."""
        (x, y), cos, sin = self.center, math.cos(self.angle), math.sin(self.angle)
        w, h = self.width / 2, self.height / 2
        return tuple((x + dx * cos - dy * sin, y + dx * sin + dy * cos)
                     for dx, dy in ((-w, -h), (w, -h), (w, h), (-w, h)))

    def bounds(self) -> Bounds:
        found = _bounds(self.corners())
        return found if self.frame is None else Box(*found).clipped(self.frame)

    def contains(self, point: Point) -> bool:
        dx, dy = point[0] - self.center[0], point[1] - self.center[1]
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return (abs(dx * cos + dy * sin) <= self.width / 2
                and abs(dy * cos - dx * sin) <= self.height / 2)

    def moved(self, dx: float, dy: float) -> RotatedBox:
        return replace(self, center=(self.center[0] + dx, self.center[1] + dy), frame=None)

    def clipped(self, size: tuple[float, float]) -> RotatedBox:
        """Itself where any of it lies in the image, else without area: a part of a rotated box is
        no rotated box."""
        x1, y1, x2, y2 = self.bounds()
        inside = x1 < size[0] and y1 < size[1] and x2 > 0 and y2 > 0
        return self if inside else replace(self, width=0.0, height=0.0)


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Named points of one object, in the order of its class's skeleton."""

    points: tuple[Point, ...]
    """Positions."""
    visibility: tuple[int, ...]
    """For each point 0 not labelled (its position means nothing), 1 hidden, 2 visible."""
    box: Box | None = None
    """The box around the whole object where one is known, else None."""

    def bounds(self) -> Bounds:
        if self.box is not None:
            return self.box
        if len(self.points) == 1 and self.visibility[0]:  # an image may have thousands of dots
            x, y = self.points[0]
            return (x, y, x, y)
        return _bounds(self.labelled())

    def labelled(self) -> Iterator[Point]:
        """The points that have a position."""
        return (point for point, seen in zip(self.points, self.visibility, strict=True) if seen)

    def contains(self, point: Point) -> bool:
        x1, y1, x2, y2 = self.bounds()
        return x1 <= point[0] < x2 and y1 <= point[1] < y2

    def moved(self, dx: float, dy: float) -> Keypoints:
        box = None if self.box is None else self.box.moved(dx, dy)
        return Keypoints(tuple((x + dx, y + dy) for x, y in self.points), self.visibility, box)

    def clipped(self, size: tuple[float, float]) -> Keypoints:
        """With points outside the image not labelled."""
        width, height = size
        seen = tuple(value if 0 <= x <= width and 0 <= y <= height else NOT_LABELLED
                     for (x, y), value in zip(self.points, self.visibility, strict=True))
        return Keypoints(self.points, seen, None if self.box is None else self.box.clipped(size))


@dataclass(frozen=True, slots=True)
class Mask:
    """An area pixel by pixel, within a window of the image."""

    x: int
    y: int
    width: int
    height: int
    """The window, in whole pixels."""
    runs: tuple[int, ...]
    """Lengths of runs of pixels, row by row from the window's top left, outside and inside in turn,
    beginning with outside (perhaps 0). Together ``width * height``."""

    def bounds(self) -> Bounds:
        return (float(self.x), float(self.y),
                float(self.x + self.width), float(self.y + self.height))

    @property
    def area(self) -> int:
        """Number of pixels inside."""
        return sum(self.runs[1::2])

    def contains(self, point: Point) -> bool:
        column, row = math.floor(point[0]) - self.x, math.floor(point[1]) - self.y
        if not (0 <= column < self.width and 0 <= row < self.height):
            return False
        position = row * self.width + column
        return any(index % 2 == 1 and position < end and position >= end - run
                   for index, (run, end) in enumerate(
                       zip(self.runs, accumulate(self.runs), strict=True)))

    def moved(self, dx: float, dy: float) -> Mask:
        """Shifted by whole pixels, rounded."""
        return replace(self, x=self.x + round(dx), y=self.y + round(dy))

    def spans(self) -> Iterator[tuple[int, int, int]]:
        """``(row, first, end)`` of every stretch inside, in pixels of the image, row by row."""
        position = 0
        for index, run in enumerate(self.runs):
            start, position = position, position + run
            while index % 2 and start < position:
                row = start // self.width
                end = min(position, (row + 1) * self.width)
                yield (self.y + row, self.x + start - row * self.width,
                       self.x + end - row * self.width)
                start = end

    def clipped(self, size: tuple[float, float]) -> Mask:
        right, bottom = int(size[0]), int(size[1])
        if self.x >= 0 and self.y >= 0 and self.x + self.width <= right \
                and self.y + self.height <= bottom:
            return self
        return mask_of_spans((row, max(first, 0), min(end, right))
                             for row, first, end in self.spans() if 0 <= row < bottom)


Outline = Polygon | RotatedBox | Keypoints | Mask
"""What says more of an object in an image than the box around it."""


def mask_of_spans(spans: Iterable[tuple[int, int, int]]) -> Mask:
    """The mask of ``(row, first, end)`` stretches of pixels, in any order, that do not overlap;
    empty ones are left out. Its window is as small as it can be."""
    found = sorted(span for span in spans if span[1] < span[2])
    if not found:
        return Mask(0, 0, 0, 0, ())
    x, y = min(span[1] for span in found), found[0][0]
    width, height = max(span[2] for span in found) - x, found[-1][0] - y + 1
    runs: list[int] = []
    position = 0
    for row, first, end in found:
        start = (row - y) * width + first - x
        if runs and start == position:
            runs[-1] += end - first
        else:
            runs += [start - position, end - first]
        position = start + end - first
    rest = width * height - position
    return Mask(x, y, width, height, (*runs, rest) if rest else tuple(runs))


def surrounding(rings: Sequence[Ring]) -> list[list[int]]:
    """For each ring the places of the others that it lies in.

    They may touch at corners, and a corner on the other's line lies neither in nor out of it: the
    middles of most edges decide.
    """
    found: list[list[int]] = [[] for _ in rings]
    if len(rings) < 2:
        return found
    middles = [[((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
                for a, b in zip(ring, ring[1:] + ring[:1], strict=True)] for ring in rings]
    # Rarely more than a few can have most of their middles within the bounds of another ring.
    ordered = [(sorted(x for x, _ in points), sorted(y for _, y in points)) for points in middles]
    for place, ring in enumerate(rings):
        x1, y1, x2, y2 = _bounds(ring)
        near = [index for index, (xs, ys) in enumerate(ordered) if index != place
                and _most_between(xs, x1, x2) and _most_between(ys, y1, y2)]
        bands = _RowBands(ring, y1, y2) if near else None
        for index in near:
            if bands is not None and bands.surround_most(middles[index]):
                found[index].append(place)
    return found


def _most_between(values: Sequence[float], low: float, high: float) -> bool:
    """Whether that can be said of more than half of the rising ``values``."""
    middle = len(values) // 2  # of more than half in a row it is always one
    return low <= values[middle] <= high and 2 * (
        bisect_right(values, high) - bisect_left(values, low)) > len(values)


class _RowBands:
    """The edges of a ring by bands of rows, so that a point is compared with few of them."""

    def __init__(self, ring: Ring, top: float, bottom: float) -> None:
        number = min(_MOST_BANDS, len(ring) // 4 + 1)
        self._top, self._scale = top, number / (bottom - top) if bottom > top else 0.0
        self._edges: list[list[tuple[Point, Point]]] = [[] for _ in range(number)]
        for edge in zip(ring, ring[1:] + ring[:1], strict=True):
            first, last = sorted((self._band(edge[0][1]), self._band(edge[1][1])))
            for band in range(first, last + 1):
                self._edges[band].append(edge)

    def _band(self, y: float) -> int:
        return min(max(0, int((y - self._top) * self._scale)), len(self._edges) - 1)

    def surround_most(self, points: Sequence[Point]) -> bool:
        """Whether more than half of the points lie inside."""
        return 2 * sum(_is_crossed(self._edges[self._band(point[1])], point)
                       for point in points) > len(points)


def _bounds(points: Iterable[Point]) -> Bounds:
    found = list(points)
    if not found:
        return (0.0, 0.0, 0.0, 0.0)
    xs, ys = zip(*found, strict=True)
    return (min(xs), min(ys), max(xs), max(ys))


def _signed_area(ring: Ring) -> float:
    return sum(x1 * y2 - x2 * y1
               for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


def _surrounds(ring: Ring, point: Point) -> bool:
    return _is_crossed(zip(ring, ring[1:] + ring[:1], strict=True), point)


def _is_crossed(edges: Iterable[tuple[Point, Point]], point: Point) -> bool:
    """Whether a line from ``point`` to the right crosses an odd number of edges."""
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in edges:
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


def _clipped_ring(ring: Ring, size: tuple[float, float]) -> Ring:
    """Sutherland and Hodgman: the ring cut at each side of the image in turn."""
    for axis, limit, sign in ((0, 0.0, 1), (0, size[0], -1), (1, 0.0, 1), (1, size[1], -1)):
        kept: list[Point] = []
        for before, here in zip(ring[-1:] + ring[:-1], ring, strict=True):
            inside = (here[axis] - limit) * sign >= 0
            if inside != ((before[axis] - limit) * sign >= 0):
                kept.append(_crossing(before, here, axis, limit))
            if inside:
                kept.append(here)
        ring = tuple(kept)
    return ring


def common_ring(ring: Ring, other: Ring) -> Ring:
    """What lies in both of two rings, of which ``other`` is convex and runs clockwise on screen; by
    the same method."""
    for (ax, ay), (bx, by) in zip(other, other[1:] + other[:1], strict=True):
        kept: list[Point] = []
        sides = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in ring]
        for (before, was), (here, now) in zip(
                zip(ring[-1:] + ring[:-1], sides[-1:] + sides[:-1], strict=True),
                zip(ring, sides, strict=True), strict=True):
            if (now >= 0) != (was >= 0):
                share = was / (was - now)
                kept.append((before[0] + share * (here[0] - before[0]),
                             before[1] + share * (here[1] - before[1])))
            if now >= 0:
                kept.append(here)
        ring = tuple(kept)
    return ring


def _crossing(a: Point, b: Point, axis: int, limit: float) -> Point:
    share = (limit - a[axis]) / (b[axis] - a[axis])
    other = a[1 - axis] + share * (b[1 - axis] - a[1 - axis])
    return (limit, other) if axis == 0 else (other, limit)
