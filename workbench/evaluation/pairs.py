"""Overlapping pairs of boxes, found once and then asked many times.

Suppression and matching are both greedy walks over the few pairs that overlap. Finding the pairs
costs most and depends on no threshold that a person moves, so it is done once; the walks are done
in rounds over whole arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.detections import BoolArray, FloatArray, IntArray

_CHUNK = 1 << 18
"""Candidate pairs looked at in one go: small enough for the arrays to stay in the cache."""

_SLACK = 1e-5
"""Far more than the rounding of float32 can move an IoU (a few parts in ten million)."""

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
    order = np.lexsort((boxes[:, 0], groups))
    total = 0
    with np.errstate(all="ignore"):  # huge boxes overflow as they do in torchvision
        sides = np.ascontiguousarray(boxes[order].T)
        counts = _reach(sides, groups[order], floor)
        found = []
        for i, j in _candidates(counts):
            found.append(_overlap(sides, i, j, floor))
            total += len(found[-1][0])
            if most is not None and total > most:
                return None
    if not found:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))
    i, j, iou = (np.concatenate(parts) for parts in zip(*found, strict=True))
    i, j = order[i], order[j]
    return Pairs(np.minimum(i, j), np.maximum(i, j), iou)


def _reach(sides: FloatArray, groups: IntArray, floor: float) -> IntArray:
    """For each box of the sweep, how many of those right after it can overlap it enough."""
    left, top, right, bottom = sides.astype(np.float64)
    areas = (right - left) * (bottom - top)
    tiny = bool(np.any((areas > 0) & (areas < _TINY_AREA)))
    narrowed = 0.0 if tiny or floor < _SLACK else floor * (1.0 - _SLACK)
    limits = right - (right - left) * narrowed
    ends = np.zeros(len(left), np.int64)
    edges = np.flatnonzero(np.diff(groups, prepend=-1, append=-1))
    for start, stop in pairwise(edges):
        ends[start:stop] = start + np.searchsorted(left[start:stop], limits[start:stop], "right")
    counts: IntArray = np.maximum(ends - np.arange(len(left)) - 1, 0)
    return counts


def _candidates(counts: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield (i, j) of all candidates, a chunk at a time."""
    total = np.cumsum(counts)
    start = 0
    while start < len(counts):
        base = total[start] - counts[start]
        stop = max(start + 1, int(np.searchsorted(total, base + _CHUNK, "right")))
        part = counts[start:stop]
        if part.any():
            i = np.repeat(np.arange(start, stop), part)
            firsts = np.repeat(total[start:stop] - part - base, part)
            yield i, i + 1 + np.arange(len(i)) - firsts
        start = stop


def _overlap(
    sides: FloatArray, i: IntArray, j: IntArray, floor: float
) -> tuple[IntArray, IntArray, FloatArray]:
    left, top, right, bottom = sides
    height = np.minimum(bottom[i], bottom[j]) - np.maximum(top[i], top[j])
    near = np.flatnonzero(height > 0)
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
