"""Superpixels: a picture in small patches that end where its colours do.

As SLIC (Achanta et al., 2012): pixels are drawn to the nearest of a grid of centres, by colour and
place, and the centres move to the middle of what they have drawn. Each pixel looks at the nine
centres of its own and the neighbouring cells of the grid, so that all are computed at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import FloatArray, Rgb

_STEPS = 4
_COMPACT = 12.0  # steps of colour that are as far as the side of a cell
_SMALL = 0.2  # of a cell: smaller pieces go to a neighbour
_SHIFTS = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]


def superpixels(colors: Rgb, side: int) -> NDArray[np.int32]:
    """Number the patches of a picture.

    Parameters
    ----------
    colors
        Height, width and red, green, blue.
    side
        About how many pixels a patch is wide and high, 2 at least.

    Returns
    -------
    Height and width: the number of each pixel's patch, from 0 on without a gap. What has one number
    hangs together.
    """
    import cv2

    height, width = colors.shape[:2]
    rows, columns = -(-height // side), -(-width // side)
    lab = cv2.cvtColor(cv2.GaussianBlur(np.ascontiguousarray(colors), (0, 0), 0.8),
                       cv2.COLOR_RGB2Lab).astype(np.float32)
    lab = np.pad(lab, ((0, rows * side - height), (0, columns * side - width), (0, 0)), "edge")
    down, across = np.mgrid[0:lab.shape[0], 0:lab.shape[1]].astype(np.float32) * (_COMPACT / side)
    # channel, row of cells, row in the cell, column of cells, column in the cell
    seen = np.stack([*np.moveaxis(lab, 2, 0), down, across]).reshape(5, rows, side, columns, side)
    chosen = np.full(seen.shape[1:], 4, np.int8)  # of _SHIFTS: its own cell
    cells = np.arange(rows * columns, dtype=np.int32).reshape(rows, 1, columns, 1)
    centers = seen.mean(axis=(2, 4))
    numbers = np.broadcast_to(cells, chosen.shape)
    for step in range(_STEPS):
        if step:
            centers = _centers(seen, numbers, centers)
        chosen = _nearest(seen, centers)
        shift = np.array([by * columns + along for by, along in _SHIFTS], np.int32)
        numbers = cells + shift[chosen]
    return _in_one_piece(numbers.reshape(lab.shape[:2])[:height, :width], side)


def _nearest(seen: FloatArray, centers: FloatArray) -> NDArray[np.int8]:
    """Which of the nine centres around each pixel is the nearest."""
    rows, columns = centers.shape[1:]
    padded = np.pad(centers, ((0, 0), (1, 1), (1, 1)), constant_values=1e6)  # no cell there
    best = np.full(seen.shape[1:], np.inf, np.float32)
    chosen = np.zeros(seen.shape[1:], np.int8)
    for number, (down, across) in enumerate(_SHIFTS):
        there = padded[:, 1 + down:1 + down + rows, 1 + across:1 + across + columns]
        away = np.zeros_like(best)
        for channel, center in zip(seen, there, strict=True):
            part = channel - center[:, None, :, None]
            away += part * part
        nearer = away < best
        best[nearer] = away[nearer]
        chosen[nearer] = number
    return chosen


def _centers(seen: FloatArray, numbers: NDArray[np.int32], before: FloatArray) -> FloatArray:
    """The means of what each centre has drawn; one that has nothing stays where it was."""
    flat, size = numbers.ravel(), before[0].size
    count = np.bincount(flat, minlength=size)
    means = [np.bincount(flat, channel.ravel(), size) / np.maximum(count, 1) for channel in seen]
    found = np.stack(means).astype(np.float32).reshape(before.shape)
    return np.where(count.reshape(before.shape[1:]) > 0, found, before)


def _in_one_piece(numbers: NDArray[np.int32], side: int) -> NDArray[np.int32]:
    """Give each piece that hangs together a number of its own, and small ones to a neighbour."""
    import cv2

    pieces = _pieces(numbers)
    sizes = np.bincount(pieces.ravel())
    small = (sizes < _SMALL * side * side)[pieces]
    if small.any() and not small.all():
        _, nearest = cv2.distanceTransformWithLabels(
            small.astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
        named = np.zeros(int(nearest.max()) + 1, np.int32)
        named[nearest[~small]] = pieces[~small]
        pieces = _pieces(named[nearest])
    return pieces


def _pieces(numbers: NDArray[np.int32]) -> NDArray[np.int32]:
    """Number what hangs together and has one number, from 0 on."""
    height, width = numbers.shape
    found = np.arange(height * width, dtype=np.int32).reshape(height, width)
    same_down = numbers[1:] == numbers[:-1]
    same_across = numbers[:, 1:] == numbers[:, :-1]
    while True:
        before = found.copy()
        for one, other, same in ((found[1:], found[:-1], same_down),
                                 (found[:, 1:], found[:, :-1], same_across)):
            np.minimum(one, other, out=one, where=same)
            np.minimum(one, other, out=other, where=same)
        found = found.ravel()[found]  # the number of the pixel that it points to
        if np.array_equal(found, before):
            break
    return np.unique(found, return_inverse=True)[1].reshape(height, width).astype(np.int32)
