"""Rotated boxes as rows of numbers: read from the grids of outlines, and laid on each other.

A row has x and y of the middle, width, height, and the angle in radians, clockwise as seen on
screen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from workbench.core.arrays import Float64Array, FloatArray, IntArray
from workbench.core.outline_grids import SIDE, Grids, known_grid
from workbench.core.outlines import Mask, Polygon, RotatedBox
from workbench.core.shapes import Bounds, Shape
from workbench.core.tracing import outline_of_mask

_FAINT, _CLEAR = 0.2, 0.8
"""Shares of a cell below which it says nothing about place and direction, and from which on it says
all: what is faint far away would count most."""
_FAINT_AREA = 0.1  # the same for the area: what is thin covers no cell by much
_SQUARE = 1.2  # a longer side of so many shorter ones has a direction by itself
_LEAST_CELLS = 0.5  # that must be covered, or the grid says nothing
_AT_ONCE = 512  # grids, of 12 kB each while they are looked at
_GROWN = 1e-6  # share of a box; see `common_areas`


def rectangles_in(grids: Grids, boxes: FloatArray) -> FloatArray:
    """The rotated boxes that outlines mean: float32 (N, 5), width ≥ height, angle in [0, π).

    Middle, direction and length are those of the rectangle with the same second moments, and the
    shorter side follows from the area, as edges that are not sharp make it thicker but not larger.
    Of what is nearly a square these moments say no direction; the fourth ones do.

    Parameters
    ----------
    grids
        uint8 (N, SIDE, SIDE), see :mod:`workbench.core.outline_grids`.
    boxes
        float32 (N, 4), xyxy: what the grids lie over. It is the answer where a grid is empty.
    """
    parts = [_rectangles(grids[at : at + _AT_ONCE], boxes[at : at + _AT_ONCE].astype(np.float64))
             for at in range(0, len(grids), _AT_ONCE)]
    return np.concatenate(parts) if parts else np.zeros((0, 5), np.float32)


def _rectangles(grids: Grids, boxes: Float64Array) -> FloatArray:
    shares = grids.astype(np.float32) / np.float32(255)
    sides = boxes[:, 2:] - boxes[:, :2]
    cell = sides / SIDE
    area = _between(shares, _FAINT_AREA).sum((1, 2), dtype=np.float64) * cell.prod(1)
    clear = _between(shares, _FAINT)
    cells = clear.sum((1, 2), dtype=np.float64)
    known = (cells >= _LEAST_CELLS) & (area > 0)
    clear /= np.maximum(cells, 1e-9)[:, None, None]
    across, down = clear.sum(1), clear.sum(2)
    steps = (np.arange(SIDE) + 0.5) / SIDE
    middle = np.stack((across @ steps, down @ steps), 1)
    xs, ys = ((steps - middle[:, axis, None]) * sides[:, axis, None] for axis in (0, 1))
    xx = (across * xs**2).sum(1) + cell[:, 0] ** 2 / 12
    yy = (down * ys**2).sum(1) + cell[:, 1] ** 2 / 12
    xy = ((clear @ xs[:, :, None])[..., 0] * ys).sum(1)
    angle = np.arctan2(2 * xy, xx - yy) / 2
    spread = np.hypot(xx - yy, 2 * xy)
    long, short = (xx + yy + spread) / 2, np.maximum((xx + yy - spread) / 2, 1e-12)
    square = np.flatnonzero(known & (long < _SQUARE**2 * short))
    angle[square] = _direction_of_squares(clear[square], xs[square], ys[square])
    width, height = _sides(xx, yy, xy, angle, area, square)
    return _in_order(np.where(known[:, None], np.stack(
        (*(boxes[:, :2] + middle * sides).T, width, height, angle), 1), _upright(boxes)))


def _between(shares: FloatArray, faint: float) -> FloatArray:
    found: FloatArray = np.clip((shares - faint) / (1 - 2 * faint), 0, 1)
    return found


def _direction_of_squares(clear: FloatArray, xs: Float64Array, ys: Float64Array) -> Float64Array:
    """The mean of (x + iy)⁴ turns four times as fast as a square, and points to a side of it where
    its sign is changed."""
    x, y = xs[:, None, :], ys[:, :, None]
    x2, y2 = x * x, y * y
    real = (clear * (x2 * x2 - 6 * x2 * y2 + y2 * y2)).sum((1, 2))
    imaginary = (clear * (4 * x * y * (x2 - y2))).sum((1, 2))
    turned: Float64Array = np.arctan2(-imaginary, -real) / 4
    return turned


def _sides(
    xx: Float64Array, yy: Float64Array, xy: Float64Array, angle: Float64Array, area: Float64Array,
    square: IntArray,
) -> tuple[Float64Array, Float64Array]:
    """Width and height (N,) of rectangles with these second moments and areas."""
    cos, sin = np.cos(angle), np.sin(angle)
    both = 2 * xy * cos * sin
    width = np.sqrt(12 * np.maximum(xx * cos**2 + both + yy * sin**2, 1e-12))
    height = np.sqrt(12 * np.maximum(xx * sin**2 - both + yy * cos**2, 1e-12))
    shorter = area / width
    scale = np.sqrt(area[square] / (width[square] * height[square]))
    shorter[square] = height[square] * scale
    width[square] *= scale
    return width, shorter


def _in_order(rows: Float64Array) -> FloatArray:
    """With the longer side as width, and the angle in [0, π)."""
    turn = rows[:, 3] > rows[:, 2]
    rows[turn, 2:4] = rows[turn, 3:1:-1]
    rows[:, 4] = (rows[:, 4] + turn * (math.pi / 2)) % math.pi
    found = rows.astype(np.float32)
    found[found[:, 4] >= np.float32(math.pi), 4] = 0  # by rounding
    return found


def _upright(boxes: Float64Array) -> Float64Array:
    middle, sides = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    return np.concatenate((middle, sides, np.zeros((len(boxes), 1))), 1)


def rectangles_of(shapes: Sequence[Shape], boxes: Sequence[Bounds] | FloatArray) -> FloatArray:
    """What found rotated boxes are compared with: float32 (N, 5) of labels with ``boxes`` (xyxy).

    Of a polygon, a mask, and a rotated box of which a part lies outside the picture, it is what
    would be read from its grid; of what has no outline, its box.
    """
    rows = _in_order(_upright(np.asarray(boxes, np.float64).reshape(-1, 4)))
    for place, shape in enumerate(shapes):
        if isinstance(shape, RotatedBox) and shape.whole:
            rows[place] = _in_order(np.array([[*shape.center, shape.width, shape.height,
                                               shape.angle]]))[0]
        elif (grid := known_grid(shape)) is not None:
            rows[place] = rectangles_in(grid[None], np.array([shape.bounds()], np.float32))[0]
    return rows


def least_rectangle(shape: Polygon | Mask) -> RotatedBox:
    """The rotated box of the least area around a shape, the longer side as its width."""
    import cv2  # 25 ms that a window without such shapes need not pay

    outline = outline_of_mask(shape) if isinstance(shape, Mask) else shape
    points = np.array([point for ring in outline.rings for point in ring], np.float32)
    middle = points.mean(0)  # far from the origin its digits would not do
    (x, y), (width, height), degrees = cv2.minAreaRect(points - middle)
    row = np.array([[x + middle[0], y + middle[1], width, height, math.radians(degrees)]])
    return as_rotated_box(_in_order(row)[0])


def corners_of(rectangles: FloatArray | Float64Array) -> Float64Array:
    """float64 (N, 4, 2), clockwise on screen, as ``RotatedBox.corners`` has them."""
    rows = rectangles.astype(np.float64)
    cos, sin = np.cos(rows[:, 4]), np.sin(rows[:, 4])
    along = np.stack((cos, sin), 1) * rows[:, 2:3] / 2
    down = np.stack((-sin, cos), 1) * rows[:, 3:4] / 2
    middle = rows[:, :2]
    return np.stack((middle - along - down, middle + along - down, middle + along + down,
                     middle - along + down), 1)


def common_areas(a: FloatArray, b: FloatArray) -> Float64Array:
    """The area that rotated boxes (N, 5) at the same places have in common: float64 (N,).

    Notes
    -----
    By Green's theorem it is the sum over the pieces of either's edges that lie in the other. An
    edge that both share would count twice or never, by rounding: so one of them is a millionth
    larger.
    """
    a, b = a.astype(np.float64), b.astype(np.float64)
    origin = a[:, :2].copy()
    a[:, :2], b[:, :2] = 0, b[:, :2] - origin
    a[:, 2:4] *= 1 + _GROWN
    one, other = corners_of(a), corners_of(b)
    doubled = _pieces(one, other) + _pieces(other, one)
    areas: Float64Array = np.maximum(doubled / 2, 0)
    return areas


def _pieces(edges: Float64Array, within: Float64Array) -> Float64Array:
    """Twice the area between the origin and what of the edges of corners (N, 4, 2) lies in the
    rectangles with other corners: float64 (N,)."""
    way = np.roll(edges, -1, 1) - edges
    sides = np.roll(within, -1, 1) - within
    first, last = np.zeros(edges.shape[:2]), np.ones(edges.shape[:2])
    for side in range(4):
        corner, along = within[:, side, None], sides[:, side, None]
        offset = edges - corner
        # inside of a clockwise ring on screen is where this is positive
        here = along[..., 0] * offset[..., 1] - along[..., 1] * offset[..., 0]
        rate = along[..., 0] * way[..., 1] - along[..., 1] * way[..., 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            at = -here / rate
        first = np.where(rate > 0, np.maximum(first, at), first)
        last = np.where(rate < 0, np.minimum(last, at), last)
        last = np.where((rate == 0) & (here < 0), -1.0, last)
    length = np.maximum(last - first, 0)
    doubled: Float64Array = ((edges[..., 0] * way[..., 1] - edges[..., 1] * way[..., 0])
                             * length).sum(1)
    return doubled


def rectangle_overlaps(a: FloatArray, b: FloatArray) -> Float64Array:
    """Intersection over union of rotated boxes (N, 5) at the same places: float64 (N,), 0..1."""
    common = common_areas(a, b)
    union = (a[:, 2].astype(np.float64) * a[:, 3] + b[:, 2].astype(np.float64) * b[:, 3]) - common
    shares: Float64Array = np.divide(common, union, out=np.zeros(len(common)), where=union > 0)
    return np.clip(shares, 0, 1)


def as_rotated_box(row: Sequence[float]) -> RotatedBox:
    """A row as the shape of a label."""
    x, y, width, height, angle = map(float, row)
    return RotatedBox((x, y), width, height, angle)
