"""Pixels within rings, by numpy: as :func:`workbench.core.filling.mask_of_polygon` says it, many
times as fast for a picture of known size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array


def filled_rings(rings: Sequence[Float64Array], size: tuple[int, int]) -> BoolArray:
    """The pixels whose middles lie within rings by the even-odd rule.

    Parameters
    ----------
    rings
        float64 (K, 2) each, in pixels; what lies outside the picture is cut off.
    size
        (width, height) of the picture.

    Returns
    -------
    bool (height, width)
    """
    width, height = size
    starts = np.concatenate(rings)
    ends = np.concatenate([np.concatenate([ring[1:], ring[:1]]) for ring in rings])
    down = (starts[:, 1] > ends[:, 1])[:, None]
    upper, lower = np.where(down, ends, starts), np.where(down, starts, ends)
    first, end = (np.clip(np.ceil(side[:, 1] - 0.5), 0, height).astype(np.int64)
                  for side in (upper, lower))
    rows = end - first
    edge = np.repeat(np.arange(len(rows)), rows)
    row = np.arange(len(edge)) + np.repeat(first - np.cumsum(rows) + rows, rows)
    (x1, y1), (x2, y2) = upper[edge].T, lower[edge].T
    at = x1 + (row + 0.5 - y1) * (x2 - x1) / (y2 - y1)
    column = np.clip(np.ceil(at - 0.5), 0, width).astype(np.int64)
    crossed = np.bincount(row * (width + 1) + column, minlength=height * (width + 1))
    inside: BoolArray = crossed.reshape(height, width + 1).cumsum(1)[:, :width] % 2 == 1
    return inside
