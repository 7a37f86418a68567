"""Overlapping pairs of boxes, found once and then asked many times.

Suppression and matching are both greedy walks over the few pairs that overlap. Finding the pairs
costs most and depends on no threshold that a person moves, so it is done once; the walks are done
in rounds over whole arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import BoolArray, Float64Array, FloatArray, IntArray

_CHUNK = 1 << 18
"""Candidate pairs looked at in one go: small enough for the arrays to stay in the cache."""

_SLACK = 1e-5
"""Far more than the rounding of float32 can move an IoU (a few parts in ten million)."""

_BANDS = 2048
_BANDED_FROM = 400
"""Groups of so many boxes are also divided from top to bottom, into at most so many bands."""

_TINY_AREA = 1e-30
"""Below this, areas in float32 lose digits and the reach of a box is not narrowed."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs that overlap: ``first`` and ``second`` int64 (P,), ``iou`` floating (P,)."""

    first: IntArray
    second: IntArray
    iou: NDArray[Any]

    def __len__(self) -> int:
        return len(self.first)

    def select(self, index: IntArray | BoolArray) -> Pairs:
        return Pairs(self.first[index], self.second[index], self.iou[index])


def overlapping_pairs(
    boxes: FloatArray, groups: IntArray, floor: float, most: int | None = None
) -> Pairs | None:
    """Find the pairs of boxes of one group whose IoU is greater than ``floor``.

    Parameters
    ----------
    boxes
        float32 (N, 4), xyxy.
    groups
        int64 (N,); only boxes of one group are paired.
    floor
        0..1.
    most
        Give up and return None when there are more pairs than this.

    Returns
    -------
    Pairs
        ``first < second`` are positions in ``boxes``; ``iou`` is float32, computed step by step as
        ``torchvision.ops.nms`` does on a CPU, so that comparing it gives the same answer.

    Notes
    -----
    Boxes are swept from left to right. An IoU above ``t`` needs the left edges to be at most
    ``(1 - t)`` widths apart, because the intersection is no wider than what is left of the first
    box and the union is no smaller than either box.
    """
    boxes = np.ascontiguousarray(boxes, np.float32).reshape(-1, 4)
    total = 0
    with np.errstate(all="ignore"):  # huge boxes overflow as they do in torchvision
        bands = _bands(boxes, groups, floor)
        order = np.lexsort((boxes[:, 0], bands, groups))
        sides = np.ascontiguousarray(boxes[order].T)
        narrowed = _narrowed(boxes, floor)
        found = []
        for i, j in _candidates(*_reach(sides, (groups * _BANDS + bands)[order], narrowed)):
            found.append(_overlap(sides, i, j, floor, narrowed))
            total += len(found[-1][0])
            if most is not None and total > most:
                return None
    if not found:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))
    i, j, iou = (np.concatenate(parts) for parts in zip(*found, strict=True))
    i, j = order[i], order[j]
    return Pairs(np.minimum(i, j), np.maximum(i, j), iou)


def _bands(boxes: FloatArray, groups: IntArray, floor: float) -> IntArray:
    """Number of a horizontal band for each box; only boxes of neighbouring bands can be pairs.

    As with the left edges, an IoU above ``t`` needs the upper edges to be at most ``(1 - t)``
    heights apart. Small groups are one band: they are swept faster as a whole.
    """
    result = np.zeros(len(boxes), np.int64)
    numbers, counts = np.unique(groups, return_counts=True)
    for group in numbers[counts >= _BANDED_FROM]:
        rows = np.flatnonzero(groups == group)
        top, bottom = boxes[rows, 1].astype(np.float64), boxes[rows, 3].astype(np.float64)
        reach = (bottom - top).max() * (1.0 - _narrowed(boxes[rows], floor)) * (1.0 + _SLACK)
        extent = top.max() - top.min()
        if reach > 0 and np.isfinite(extent) and np.isfinite(reach):
            result[rows] = (top - top.min()) / max(reach, extent / (_BANDS - 2))
    return result


def _narrowed(boxes: FloatArray, floor: float) -> float:
    """How far two boxes must overlap in one direction, as a share of either; never too much."""
    left, top, right, bottom = boxes.astype(np.float64).T
    areas = (right - left) * (bottom - top)
    tiny = bool(np.any((areas > 0) & (areas < _TINY_AREA)))
    return 0.0 if tiny or floor < _SLACK else floor * (1.0 - _SLACK)


_Reach = tuple[IntArray, IntArray, IntArray]


def _reach(sides: FloatArray, keys: IntArray, narrowed: float) -> _Reach:
    """(row, first, count): candidates for each box are ``count`` boxes from ``first`` on.

    Boxes are sorted by ``keys`` (group and band) and then by their left edge.
    """
    left, right = sides[0].astype(np.float64), sides[2].astype(np.float64)
    limits = right - (right - left) * narrowed
    edges = np.flatnonzero(np.diff(keys, prepend=-1, append=-1)).tolist()
    parts: list[_Reach] = []
    for start, stop in pairwise(edges):
        rows = np.arange(start, stop)
        last = start + np.searchsorted(left[start:stop], limits[start:stop], "right")
        parts.append((rows, rows + 1, np.maximum(last - rows - 1, 0)))
    for (a, b), (c, d) in pairwise(pairwise(edges)):
        if keys[c] == keys[a] + 1:
            parts.append(_across(left, limits, (a, b), (c, d), "left"))
            parts.append(_across(left, limits, (c, d), (a, b), "right"))
    if not parts:
        return (np.zeros(0, np.int64),) * 3
    rows, firsts, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    return rows, firsts, counts


def _across(
    left: Float64Array, limits: Float64Array, own: tuple[int, int], other: tuple[int, int],
    side: Literal["left", "right"],
) -> _Reach:
    """Candidates in the neighbouring band: those that begin further right, within reach.

    ``side`` says on which side boxes that begin at the same place count, so that each pair is
    found once.
    """
    mine, theirs = slice(*own), left[slice(*other)]
    firsts = np.searchsorted(theirs, left[mine], side)
    counts = np.maximum(np.searchsorted(theirs, limits[mine], "right") - firsts, 0)
    return np.arange(*own), other[0] + firsts, counts


def _candidates(
    rows: IntArray, firsts: IntArray, counts: IntArray
) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield (i, j) of all candidates, a chunk at a time."""
    some = counts > 0
    rows, firsts, counts = rows[some], firsts[some], counts[some]
    total = np.cumsum(counts)
    start = 0
    while start < len(counts):
        base = total[start] - counts[start]
        stop = max(start + 1, int(np.searchsorted(total, base + _CHUNK, "right")))
        part = counts[start:stop]
        i = np.repeat(rows[start:stop], part)
        begins = total[start:stop] - part - base
        yield i, np.repeat(firsts[start:stop] - begins, part) + np.arange(len(i))
        start = stop


def _overlap(
    sides: FloatArray, i: IntArray, j: IntArray, floor: float, narrowed: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """The candidates whose IoU is greater than ``floor``; most are sorted out by their heights."""
    left, top, right, bottom = sides
    least = ((bottom - top) * np.float32(narrowed))[i]
    height = np.minimum(bottom[i], bottom[j]) - np.maximum(top[i], top[j])
    near = np.flatnonzero((height > least) & (height > 0))
    i, j, height = i[near], j[near], height[near]
    width = np.maximum(np.minimum(right[i], right[j]) - np.maximum(left[i], left[j]), 0)
    inter = width * height
    areas = (right - left) * (bottom - top)
    iou = inter / (areas[i] + areas[j] - inter)
    far = iou.astype(np.float64) > floor
    return i[far], j[far], iou[far]


def suppress(pairs: Pairs, count: int) -> BoolArray:
    """Walk through ``count`` boxes, best first, dropping each that is paired with a kept one.

    Parameters
    ----------
    pairs
        Pairs above the threshold, ``first < second``; position is rank.
    count
        Number of boxes.

    Returns
    -------
    bool (count,)
        Which boxes stay.

    Notes
    -----
    The walk is the greedy maximal independent set of a graph. It is done in rounds: a box with no
    better undecided neighbour stays, its neighbours go. The result is that of the sequential walk
    (Blelloch, Fineman and Shun, "Greedy sequential maximal independent set and matching are
    parallel on average", 2012), in about log(count) rounds.
    """
    keep = np.ones(count, np.bool_)
    first, second = pairs.first, pairs.second
    while len(first):
        waiting = np.zeros(count, np.bool_)
        waiting[second] = True
        leads = ~waiting[first]
        keep[second[leads]] = False
        open_pairs = keep[second] & keep[first] & ~leads
        first, second = first[open_pairs], second[open_pairs]
    return keep
