"""Splitting what touches: a connected region of pixels as the things that it may consist of.

A watershed of the distance to the outside: each pixel belongs to the middle that it leads up to.
Two middles are one thing unless the neck between them is narrow beside the smaller one, and both
are compact, as cells and seeds are; nets and roads stay whole.
Sources: Meyer, 1994 (watershed of distances); Edelsbrunner et al., 2002 (merging by persistence).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import BoolArray, FloatArray, IntArray

Parts = NDArray[np.int32]
"""int32 (h, w): 0 outside, else the number of the piece, from 1 on."""

LEAST_PIXELS = 4
"""Smaller specks are nobody's label."""
MOST_NECK = 0.95
"""Beyond it single things are cut, whose edge is but rough."""

_COMPACT = 4.0  # times the largest disc within: an ellipse four times as long as wide
_BUMP = 0.35  # of the other's radius, at which a side is but a bump of it
_STEP = 0.5  # pixels by which a neck is narrower: steps of pixels are no necks
_HOLE = 8  # pixels up to which a hole is closed; larger ones may be what lies between things
_SMOOTH = 0.7  # pixels


def pieces_of(inside: BoolArray, neck: float) -> Parts:
    """The pieces of one connected region.

    Parameters
    ----------
    inside
        bool (h, w)
    neck
        It is cut where its neck is narrower than this share (0..1) of the width of the smaller
        side; 0 leaves it whole.
    """
    if neck <= 0:
        return inside.astype(np.int32)
    whole = np.pad(_without_holes(inside), 1)
    smooth = _distances(whole)
    tops, places = np.unique(_leads_to(smooth, whole)[1:-1, 1:-1][inside], return_inverse=True)
    basins = np.full(inside.shape, -1, np.int64)
    basins[inside] = places
    joined = _Joining(basins, smooth[1:-1, 1:-1], smooth.ravel()[tops], neck).result()
    pieces = np.zeros(inside.shape, np.int32)
    pieces[inside] = 1 + np.unique(joined[places], return_inverse=True)[1]
    return pieces


def things_of(inside: BoolArray, neck: float = 0.0) -> Iterator[tuple[int, int, BoolArray]]:
    """The connected regions of bool (h, w), cut at necks as :func:`pieces_of` does it, without
    specks: where the window of each begins (left, top), and its pixels in that. Pixels that touch
    at a corner only belong to different ones."""
    import cv2  # 25 ms that a window without areas need not pay

    number, numbers, figures, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8),
                                                                   connectivity=4)
    for part in range(1, number):
        left, top, width, height, pixels = figures[part].tolist()
        if pixels >= LEAST_PIXELS:
            window = np.s_[top:top + height, left:left + width]
            for across, down, piece in _cut(numbers[window] == part, neck):
                yield left + across, top + down, piece


def _cut(inside: BoolArray, neck: float) -> Iterator[tuple[int, int, BoolArray]]:
    """The pieces of one region that are no specks: where the window of each begins in that of the
    region, and its pixels."""
    if neck <= 0:
        yield 0, 0, inside
        return
    pieces = pieces_of(inside, neck)
    rows, columns = np.nonzero(pieces)
    numbers = pieces[rows, columns]
    ends = np.cumsum(np.bincount(numbers))
    order = np.argsort(numbers, kind="stable")
    for first, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        if end - first >= LEAST_PIXELS:
            own = order[first:end]
            down, across = rows[own] - rows[own].min(), columns[own] - columns[own].min()
            piece = np.zeros((int(down.max()) + 1, int(across.max()) + 1), np.bool_)
            piece[down, across] = True
            yield int(columns[own].min()), int(rows[own].min()), piece


def _distances(whole: BoolArray) -> FloatArray:
    """How far each pixel is from the outside, smoothed a little."""
    import cv2  # 25 ms that a window without areas need not pay

    found = cv2.distanceTransform(whole.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(cv2.GaussianBlur(found, (0, 0), _SMOOTH), np.float32)


def _without_holes(inside: BoolArray) -> BoolArray:
    """With small holes closed."""
    import cv2

    around = np.pad(~inside, 1, constant_values=True)
    _, numbers, figures, _ = cv2.connectedComponentsWithStats(around.astype(np.uint8),
                                                              connectivity=4)
    small = figures[:, cv2.CC_STAT_AREA] <= _HOLE
    small[[0, numbers[0, 0]]] = False
    closed: BoolArray = inside | small[numbers][1:-1, 1:-1]
    return closed


def _leads_to(height: FloatArray, whole: BoolArray) -> IntArray:
    """For each pixel (h, w) the place, in the flat array, of the top that the steepest way up ends
    at; the outermost pixels are outside."""
    rows, columns = height.shape
    places = np.arange(rows * columns).reshape(rows, columns)
    best, to = height.copy(), places.copy()
    inner = np.s_[1:-1, 1:-1]
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            beside = np.s_[1 + down:rows - 1 + down, 1 + across:columns - 1 + across]
            # of equal ones the later one, so that a plateau leads to one end
            higher = whole[beside] & ((height[beside] > best[inner]) | (
                (height[beside] == best[inner]) & (places[beside] > to[inner])))
            best[inner][higher] = height[beside][higher]
            to[inner][higher] = places[beside][higher]
    found = to.ravel()
    while True:
        further = found[found]
        if (further == found).all():
            return found.reshape(rows, columns)
        found = further


@dataclass(slots=True)
class _Side:
    """Basins that are one thing: pixels, and the height of the top, which is its radius."""

    pixels: int
    radius: float

    @property
    def compact(self) -> bool:
        return self.pixels <= _COMPACT * np.pi * self.radius**2


class _Joining:
    """Joins basins over their passes, the highest first, where no neck parts them."""

    def __init__(self, basins: IntArray, height: FloatArray, radii: FloatArray, neck: float
                 ) -> None:
        self._neck = neck
        pixels = np.bincount(basins[basins >= 0], minlength=len(radii))
        self._sides = [_Side(number, radius)
                       for number, radius in zip(pixels.tolist(), radii.tolist(), strict=True)]
        self._of = list(range(len(radii)))
        self._passes = _passes(basins, height)

    def result(self) -> IntArray:
        """The basin that each one is joined to."""
        for one, other, height in self._passes:
            first, second = self._root(one), self._root(other)
            if first != second and not self._are_two(first, second, height):
                small, large = sorted((first, second), key=lambda at: self._sides[at].radius)
                self._of[small] = large
                self._sides[large].pixels += self._sides[small].pixels
        return np.array([self._root(at) for at in range(len(self._of))], np.int64)

    def _root(self, at: int) -> int:
        while self._of[at] != at:
            self._of[at] = at = self._of[self._of[at]]
        return at

    def _are_two(self, one: int, other: int, height: float) -> bool:
        small, large = sorted((self._sides[one], self._sides[other]), key=lambda side: side.radius)
        return (height < self._neck * small.radius and height < small.radius - _STEP
                and small.radius > _BUMP * large.radius and small.compact and large.compact)


def _passes(basins: IntArray, height: FloatArray) -> list[tuple[int, int, float]]:
    """Pairs of basins that touch, and how high the way between them is, the highest first."""
    found: dict[tuple[int, int], float] = {}
    for one, other in ((np.s_[:, 1:], np.s_[:, :-1]), (np.s_[1:], np.s_[:-1]),
                       (np.s_[1:, 1:], np.s_[:-1, :-1]), (np.s_[1:, :-1], np.s_[:-1, 1:])):
        first, second = basins[one], basins[other]
        there = (first != second) & (first >= 0) & (second >= 0)
        ways = np.minimum(height[one], height[other])[there]
        pairs = np.sort(np.stack([first[there], second[there]], 1), 1)
        for (low, high), way in zip(pairs.tolist(), ways.tolist(), strict=True):
            if way > found.get((low, high), 0.0):
                found[low, high] = way
    return sorted(((*pair, way) for pair, way in found.items()), key=lambda item: -item[2])
