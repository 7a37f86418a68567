"""Outlines as small grids over their boxes: what a detector learns and finds.

A grid says of each of its cells how much of it belongs to the object, or how sure that is. It is
relative to the box, so that whatever moves or scales the box takes the outline along.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import BoolArray, Float64Array, FloatArray
from workbench.core.filled_rings import filled_rings
from workbench.core.outlines import Mask, Polygon, RotatedBox
from workbench.core.shapes import Bounds, Shape

SIDE = 28
"""Cells along each side of a box, as in Mask R-CNN (He et al., 2017, arXiv:1703.06870)."""

INSIDE = 128
"""A cell from this value on belongs to the object."""

Grids: TypeAlias = NDArray[np.uint8]
"""uint8 (N, SIDE, SIDE), rows first, 0..255."""

_FINER = 4  # points along a side of a cell that are looked at for how much of it is covered
_SMOOTH = 4  # times as fine a line is drawn between the middles of cells
_STRAIGHT = 1.0  # of these smaller steps: so far may a point lie off the line that replaces it
_SPECK = 3.0  # cells: smaller parts and holes come from noise
_POINTS = 48  # along each side of what two outlines cover, where they are compared
_MOVED = 1e-3  # of a box's longer side: what moved less is the same box
_AT_ONCE = 64  # pairs that are compared in one go


def outlined(shape: Shape) -> bool:
    """Whether ``shape`` says more than its box of where an object ends."""
    return isinstance(shape, Polygon | Mask | RotatedBox)


def grid_of(shape: Shape) -> Grids:
    """The grid of a shape over its own bounds, uint8 (SIDE, SIDE): how much of each cell it covers.
    All of them for a shape that is no outline."""
    x1, y1, x2, y2 = shape.bounds()
    if isinstance(shape, RotatedBox):
        shape = shape.visible()
    if not isinstance(shape, Polygon | Mask) or x2 <= x1 or y2 <= y1:
        return np.full((SIDE, SIDE), 255, np.uint8)
    if isinstance(shape, Mask):
        filled = _filled_of_mask(shape)
    else:
        scale = SIDE * _FINER / np.array([x2 - x1, y2 - y1])
        fine = SIDE * _FINER
        filled = filled_rings([(np.array(ring) - (x1, y1)) * scale for ring in shape.rings],
                              (fine, fine))
    covered = filled.reshape(SIDE, _FINER, SIDE, _FINER).sum(axis=(1, 3))
    grid: Grids = np.round(covered * (255 / _FINER**2)).astype(np.uint8)
    return grid


def known_grid(shape: Shape) -> Grids | None:
    """The grid of a shape that says more than its box; None where it does not, and where it has
    no inside: of a line that goes back on itself."""
    if not outlined(shape):
        return None
    grid = grid_of(shape)
    return grid if grid.any() else None


def has_inside(grid: Grids | None) -> bool:
    """Whether there is a grid and any of its cells belongs to the object. None does of what is
    thinner than a cell, as a crack or a root across its box."""
    return grid is not None and bool((grid >= INSIDE).any())


def stacked(found: Sequence[Grids | None]) -> tuple[Grids, BoolArray] | None:
    """The grids of an image's objects, all 255 where an object has none, and bool (N,): which have
    one. None where none has."""
    known = np.array([grid is not None for grid in found], np.bool_)
    if not known.any():
        return None
    grids = np.full((len(found), SIDE, SIDE), 255, np.uint8)
    for place, grid in enumerate(found):
        if grid is not None:
            grids[place] = grid
    return grids, known


def compared(found: Sequence[Grids | None]) -> tuple[Grids, BoolArray] | None:
    """As :func:`stacked`, of the outlines that found ones are compared with: none of these could
    overlap one without an inside."""
    return stacked([grid if has_inside(grid) else None for grid in found])


def _filled_of_mask(mask: Mask) -> BoolArray:
    """The points within a mask, as :func:`_filled` has them. To trace the line around a large
    ragged one would take a hundred times as long."""
    steps = (np.arange(SIDE * _FINER) + 0.5) / (SIDE * _FINER)
    rows, columns = ((steps * side).astype(np.int64) for side in (mask.height, mask.width))
    # outside and inside take turns
    run = np.searchsorted(np.cumsum(mask.runs), rows[:, None] * mask.width + columns, "right")
    inside: BoolArray = run % 2 == 1
    return inside


def outline_of(grid: Grids, box: Bounds) -> Polygon | None:
    """The outline that a grid over ``box`` (xyxy) means, in the coordinates of the box; None where
    no part of it is larger than a speck."""
    import cv2  # 25 ms that a window without outlines need not pay

    side = SIDE * _SMOOTH
    fine = cv2.resize(grid, (side, side), interpolation=cv2.INTER_LINEAR)
    # a line along cells that are wholly in or out would have steps
    fine = cv2.blur(fine, (2 * _SMOOTH - 1, 2 * _SMOOTH - 1))
    lines, nested = cv2.findContours((fine >= INSIDE).astype(np.uint8), cv2.RETR_CCOMP,
                                     cv2.CHAIN_APPROX_NONE)
    rings = []
    x1, y1, x2, y2 = box
    # lines run through the middles of the outermost points: a full grid fills the box all the same
    scale = np.array([x2 - x1, y2 - y1]) / (side - 1)
    kept = {place for place, line in enumerate(lines) if _is_large(line)}
    for place in sorted(kept):
        around = int(nested[0][place][3])
        if around >= 0 and around not in kept:
            continue
        corners = cv2.approxPolyDP(lines[place], _STRAIGHT, True)[:, 0]
        if len(corners) >= 3:
            points = corners * scale + (x1, y1)
            rings.append(tuple((float(x), float(y)) for x, y in points))
    return Polygon(tuple(rings)) if rings else None


def _is_large(line: NDArray[Any]) -> bool:
    import cv2

    return bool(cv2.contourArea(line) >= _SPECK * _SMOOTH**2)


def paired_overlap(a: Grids, a_boxes: FloatArray, b: Grids, b_boxes: FloatArray) -> Float64Array:
    """Intersection over union of the outlines at the same places: float64 (N,), 0..1.

    Measured at points that are spread evenly over both boxes.

    Parameters
    ----------
    a, b
        uint8 (N, SIDE, SIDE).
    a_boxes, b_boxes
        float32 (N, 4), xyxy.
    """
    parts = [_overlap(a[at:at + _AT_ONCE], a_boxes[at:at + _AT_ONCE].astype(np.float64),
                      b[at:at + _AT_ONCE], b_boxes[at:at + _AT_ONCE].astype(np.float64))
             for at in range(0, len(a), _AT_ONCE)]
    return np.concatenate(parts) if parts else np.zeros(0)


def cropped(grids: Grids, frames: Float64Array, boxes: FloatArray) -> Grids:
    """The parts of grids over ``frames`` (N, 4) that lie in ``boxes`` (N, 4) within them, as grids
    over these."""
    longer = (frames[:, 2:] - frames[:, :2]).max(axis=1, initial=0)
    cut = np.flatnonzero((np.abs(frames - boxes) > _MOVED * longer[:, None]).any(axis=1))
    if not len(cut):
        return grids
    low, high = (boxes[cut, axis : axis + 2].astype(np.float64) for axis in (0, 2))
    steps = (np.arange(SIDE) + 0.5) / SIDE
    across, down = (
        _shares(low[:, axis, None] + (high - low)[:, axis, None] * steps, frames[cut, axis],
                frames[cut, axis + 2]) for axis in (0, 1))
    grids = grids.copy()
    grids[cut] = np.round(down @ grids[cut].astype(np.float32) @ across.mT)
    return grids


def _overlap(a: Grids, a_boxes: Float64Array, b: Grids, b_boxes: Float64Array) -> Float64Array:
    low = np.minimum(a_boxes[:, :2], b_boxes[:, :2])
    side = np.maximum(a_boxes[:, 2:], b_boxes[:, 2:]) - low
    steps = (np.arange(_POINTS) + 0.5) / _POINTS
    xs, ys = (low[:, axis, None] + side[:, axis, None] * steps for axis in (0, 1))
    mine, theirs = _inside(a, a_boxes, xs, ys), _inside(b, b_boxes, xs, ys)
    common = (mine & theirs).sum((1, 2))
    union = (mine | theirs).sum((1, 2))
    shares: Float64Array = np.divide(common, union, out=np.zeros(len(a)), where=union > 0)
    return shares


def _inside(
    grids: Grids, boxes: Float64Array, xs: Float64Array, ys: Float64Array
) -> BoolArray:
    """Whether points lie in an outline, bool (N, P, P), from their columns and rows (N, P)."""
    across = _shares(xs, boxes[:, 0], boxes[:, 2])
    down = _shares(ys, boxes[:, 1], boxes[:, 3])
    inside: BoolArray = down @ grids.astype(np.float32) @ across.mT >= INSIDE - 0.5
    return inside


def _shares(places: Float64Array, low: Float64Array, high: Float64Array) -> FloatArray:
    """How much each cell says about ``places`` (N, P) along one side, float32 (N, P, SIDE): between
    the middles of two cells both do, beyond the box none."""
    side = np.maximum(high - low, 1e-9)[:, None]
    cell = np.clip((places - low[:, None]) / side * SIDE - 0.5, 0, SIDE - 1).astype(np.float32)
    away = np.abs(cell[:, :, None] - np.arange(SIDE, dtype=np.float32))
    inside = (places >= low[:, None]) & (places < high[:, None])
    shares: FloatArray = np.maximum(1 - away, 0) * inside[:, :, None]
    return shares
