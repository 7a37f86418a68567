"""Sizes and forms of shapes: area, perimeter, the ellipse that is alike, Feret diameters.

All is computed from a shape whose coordinates were multiplied by the size of a pixel first, so that
pixels that are not square are no special case.

What is inside a polygon, a box or a turned box is exact (Green's theorem). A mask is the union of
its pixels, each a rectangle; only its perimeter is estimated, as the steps of its edge are longer
than the line that they stand for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array
from workbench.core.masks import mask_of_pixels, pixels_of, window_of
from workbench.core.outlines import Keypoints, Mask, Polygon, Ring, RotatedBox, surrounding
from workbench.core.shapes import Bounds, Shape
from workbench.core.skeletons import Skeleton

Scale = tuple[float, float]
"""Width and height of a pixel."""
SQUARE: Scale = (1.0, 1.0)
"""Sizes in pixels."""
NO_LINES = Skeleton()
"""Where no key points are joined."""

_STEPS = ((1, 0), (2, 1), (1, 1), (1, 2), (0, 1), (-1, 2), (-1, 1), (-2, 1))
"""Directions of the lines that count crossings of an edge, in pixels, by rising angle."""
_AT_ONCE = 256  # corners that are compared with all others: a smooth line has thousands
_ROUND = 1e-9  # axes that differ by less of their squares have no direction


@dataclass(frozen=True)
class ShapeFigures:
    """What one shape comes to, in units of the scale; nan where that means nothing of it."""

    bounds: Bounds
    """The smallest upright rectangle around it."""
    area: float = math.nan
    """Without holes."""
    perimeter: float = math.nan
    """With that of holes."""
    centre: tuple[float, float] = (math.nan, math.nan)
    """The centre of its area; of key points, that of their bounds."""
    spread: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    """Second moments about the centre by the area: xx, yy, xy."""
    hull: Float64Array | None = None
    """float64 (K, 2): corners of the convex hull in turn; None of key points."""
    lines: tuple[float, ...] = ()
    """Lengths of the lines of a skeleton, nan where one of their ends is not labelled."""

    @cached_property
    def axes(self) -> tuple[float, float]:
        """Major and minor axis of the ellipse with the same second moments: 4 √λ of the moments'
        eigenvalues, as an ellipse with semi-axis a has the variance a²/4 along it."""
        xx, yy, xy = self.spread
        middle, off = (xx + yy) / 2, math.hypot((xx - yy) / 2, xy)
        return 4 * math.sqrt(max(middle + off, 0.0)), 4 * math.sqrt(max(middle - off, 0.0))

    @cached_property
    def angle(self) -> float:
        """Degrees from the x axis to the major axis, anticlockwise as seen on screen, 0 to 180, as
        ImageJ says it; nan where no direction is longer than the others."""
        xx, yy, xy = self.spread
        if not math.hypot(xx - yy, 2 * xy) > _ROUND * (xx + yy):
            return math.nan
        return math.degrees(-0.5 * math.atan2(2 * xy, xx - yy)) % 180.0

    @cached_property
    def feret(self) -> tuple[float, float]:
        """Largest and smallest distance of two parallel lines that touch it: the largest distance
        of two corners of the convex hull, and the least width across one of its sides (Toussaint,
        "Solving geometric problems with the rotating calipers", 1983)."""
        hull = self.hull
        if hull is None or not len(hull):
            return math.nan, math.nan
        sides = np.concatenate([hull[1:], hull[:1]]) - hull
        lengths = np.hypot(sides[:, 0], sides[:, 1])
        across = (sides / np.maximum(lengths, 1e-300)[:, None])[:, ::-1] * (-1.0, 1.0)
        largest, smallest = 0.0, math.inf
        for at in range(0, len(hull), _AT_ONCE):
            apart = hull[at:at + _AT_ONCE, None] - hull[None]
            largest = max(largest, float((apart * apart).sum(2).max()))
            some = across[at:at + _AT_ONCE][lengths[at:at + _AT_ONCE] > 0]
            if len(some):
                places = hull @ some.T
                smallest = min(smallest, float((places.max(0) - places.min(0)).min()))
        return math.sqrt(largest), 0.0 if math.isinf(smallest) else smallest

    @cached_property
    def hull_area(self) -> float:
        """Area of the convex hull."""
        return math.nan if self.hull is None else abs(_moments(self.hull)[0])


def figures_of(shape: Shape, scale: Scale = SQUARE,
               skeleton: Skeleton = NO_LINES) -> ShapeFigures:
    """What a shape comes to.

    Parameters
    ----------
    scale
        Width and height of a pixel: results are in their unit.
    skeleton
        Which key points are joined; of other shapes it means nothing.
    """
    if isinstance(shape, Mask):
        return _of_mask(shape, scale)
    bounds = _scaled(shape.bounds(), scale)
    if isinstance(shape, Keypoints):
        return ShapeFigures(bounds, centre=_middle(bounds), lines=_lines(shape, scale, skeleton))
    if isinstance(shape, Polygon):
        rings = [np.array(ring, float) * scale for ring in shape.rings]
        signs = [-1.0 if len(around) % 2 else 1.0 for around in surrounding(shape.rings)]
        return _of_rings(rings, signs, bounds, _hull(np.concatenate(rings))) if rings \
            else ShapeFigures(bounds, 0.0, 0.0)
    ring = np.array(corners_of(shape), float) * scale
    return _of_rings([ring], [1.0], bounds, ring)


def corners_of(shape: Shape) -> Ring:
    """The corners of a turned box; of another shape, those of the upright box around it."""
    if isinstance(shape, RotatedBox):
        return shape.corners()
    x1, y1, x2, y2 = shape.bounds()
    return ((x1, y1), (x2, y1), (x2, y2), (x1, y2))


def _scaled(bounds: Bounds, scale: Scale) -> Bounds:
    return (bounds[0] * scale[0], bounds[1] * scale[1], bounds[2] * scale[0], bounds[3] * scale[1])


def _middle(bounds: Bounds) -> tuple[float, float]:
    return (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2


def _lines(shape: Keypoints, scale: Scale, skeleton: Skeleton) -> tuple[float, ...]:
    there = [(x * scale[0], y * scale[1]) if seen else None
             for (x, y), seen in zip(shape.points, shape.visibility, strict=True)]
    found = []
    for one, other in skeleton.lines:
        ends = [there[place] if place < len(there) else None for place in (one, other)]
        a, b = ends
        found.append(math.nan if a is None or b is None else math.dist(a, b))
    return tuple(found)


# --- lines ----------------------------------------------------------------------------------------


def _of_rings(rings: Sequence[Float64Array], signs: Sequence[float], bounds: Bounds,
              hull: Float64Array) -> ShapeFigures:
    """Of closed lines (K, 2), which enclose (1) or leave out (-1) what is within them."""
    origin = np.array(bounds[:2])  # far from zero, squares of coordinates would lose digits
    sums, perimeter = np.zeros(6), 0.0
    for ring, sign in zip(rings, signs, strict=True):
        found = _moments(ring - origin)
        sums += found * math.copysign(sign, found[0] * sign)
        sides = np.concatenate([ring[1:], ring[:1]]) - ring
        perimeter += float(np.hypot(sides[:, 0], sides[:, 1]).sum())
    return _figures(sums.tolist(), perimeter, bounds, bounds[:2], hull)


def _moments(ring: Float64Array) -> Float64Array:
    """Integrals of 1, x, y, xx, yy and xy over what a closed line encloses, all negative where it
    runs the other way: Green's theorem (Steger, "On the calculation of arbitrary moments of
    polygons", 1996)."""
    x, y = ring.T
    nx, ny = np.concatenate([ring[1:], ring[:1]]).T
    cross = x * ny - nx * y
    return np.array([
        cross.sum() / 2, cross @ (x + nx) / 6, cross @ (y + ny) / 6,
        cross @ (x * x + x * nx + nx * nx) / 12, cross @ (y * y + y * ny + ny * ny) / 12,
        cross @ (x * (2 * y + ny) + nx * (y + 2 * ny)) / 24])


def _figures(sums: Sequence[float], perimeter: float, bounds: Bounds, origin: Sequence[float],
             hull: Float64Array) -> ShapeFigures:
    """From integrals about ``origin`` as :func:`_moments` has them."""
    area, x, y, xx, yy, xy = sums
    if not area > 0:
        return ShapeFigures(bounds, max(area, 0.0), perimeter, _middle(bounds), hull=hull)
    x, y = x / area, y / area
    spread = (xx / area - x * x, yy / area - y * y, xy / area - x * y)
    return ShapeFigures(bounds, area, perimeter, (origin[0] + x, origin[1] + y), spread, hull)


def _hull(points: Float64Array) -> Float64Array:
    """Corners of the convex hull of points (N, 2)."""
    import cv2  # 25 ms that a window without measurements need not pay

    near = np.ascontiguousarray(points - points.mean(0), np.float32)
    corners: Float64Array = points[cv2.convexHull(near, returnPoints=False)[:, 0]]
    return corners


# --- masks ----------------------------------------------------------------------------------------


def _of_mask(mask: Mask, scale: Scale) -> ShapeFigures:
    mask = mask_of_pixels(pixels_of(mask, window_of(mask)), mask.x, mask.y)  # files have wide ones
    inside, bounds = pixels_of(mask, window_of(mask)), _scaled(mask.bounds(), scale)
    columns, rows = inside.sum(0), inside.sum(1)
    if not rows.any():
        return ShapeFigures(bounds, 0.0, 0.0)
    x, y = ((np.arange(len(sums)) + 0.5) * side
            for sums, side in zip((columns, rows), scale, strict=True))
    number, one = int(rows.sum()), scale[0] * scale[1]
    # a pixel is no point: its own second moments are side² / 12
    sums = [number, columns @ x, rows @ y, columns @ (x * x) + number * scale[0] ** 2 / 12,
            rows @ (y * y) + number * scale[1] ** 2 / 12, y @ (inside @ x)]
    return _figures([float(value) * one for value in sums], crofton_perimeter(inside, scale),
                    bounds, bounds[:2], _hull_of_pixels(inside) * scale + bounds[:2])


def _hull_of_pixels(inside: BoolArray) -> Float64Array:
    """Corners of the convex hull of pixels as squares, in pixels."""
    rows = np.flatnonzero(inside.any(1))
    first = inside[rows].argmax(1)
    end = inside.shape[1] - inside[rows, ::-1].argmax(1)
    corners = [np.stack([side, rows + down], 1) for side in (first, end) for down in (0, 1)]
    return _hull(np.concatenate(corners).astype(float))


def crofton_perimeter(inside: BoolArray, scale: Scale = SQUARE) -> float:
    """Length of the edge of pixels, that of holes with it, estimated.

    By the Cauchy-Crofton formula: a line's length is half the integral, over all directions and
    places of straight lines, of how often these cross it. Here these are the lines through pixels
    in eight directions (along rows, columns, diagonals and a knight's moves), each weighted by the
    angles that are nearest to it (Legland, Kiêu and Devaux, "Computation of Minkowski measures on
    2D and 3D binary images", Image Analysis and Stereology 26, 2007).

    Of discs of 6 pixels across and more it is within 2 %, from 20 on within 0.2 %. Straight edges
    are between 1.4 % too short (along rows and columns) and 0.6 % too long, and sharp corners are
    cut: a square of 20 pixels a side loses 4 %, one of 50 loses 2 %.

    Parameters
    ----------
    inside
        bool (h, w).
    """
    padded = np.pad(inside, 2)
    height, width = padded.shape
    angles = [math.atan2(down * scale[1], across * scale[0]) for across, down in _STEPS]
    before, after = [angles[-1] - math.pi, *angles[:-1]], [*angles[1:], math.pi]
    total = 0.0
    for (across, down), low, high in zip(_STEPS, before, after, strict=True):
        left, right = max(0, -across), max(0, across)
        crossed = padded[down:, right:width - left] != padded[:height - down, left:width - right]
        apart = scale[0] * scale[1] / math.hypot(across * scale[0], down * scale[1])
        total += (high - low) / 2 * apart * int(np.count_nonzero(crossed))
    return total / 2
