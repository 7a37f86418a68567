"""Which part of what is hot is outlined: numpy and OpenCV.

Heat of a strong fault reaches over places beside it that are odd only because each place knows
what is around it. So an outline does not go farther down from a summit of the heat than to a share
of how far that is from what is good. A lower summit beside it keeps an outline of its own, unless
it hardly rises from the slope: the domes of Vincent, “Morphological grayscale reconstruction in
image analysis” (1993), with shares in place of differences. What lies in a dome does not depend on
the limit, so figures at any limit come from one count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FULL = 255
"""The score of what is as unlike good images as can be."""
_DOWN = 0.65
"""Of the distance of a summit, to which its outline goes down; see docs/anomaly-detector.md."""
_RISE = 1.25
"""Times the distance of the slope, which a lower summit must have."""
_FINER = 4
"""Maps are made finer before domes are found, so that summits are not in steps."""
_AT_ONCE = 8
"""Steps between looks whether anything still changes."""

_Map = NDArray[np.uint8]


def outlined(values: _Map, size: tuple[int, int]) -> _Map:
    """What may be outlined of a map.

    Parameters
    ----------
    values
        Scores of places, uint8 (h, w) in steps of 1 / 255.
    size
        (width, height) that the map is brought to.

    Returns
    -------
    uint8 (height, width): the score of each pixel, and 0 where it is but beside what is hotter.
    """
    import cv2  # 25 ms that a window without such answers need not pay

    height, width = values.shape
    fine = _resized(values, (width * _FINER, height * _FINER))
    across = np.ones((3, 3), np.uint8)
    found = np.minimum(_further(_DOWN / _RISE)[fine], fine)
    while True:
        before = found
        for _ in range(_AT_ONCE):
            found = np.minimum(cv2.dilate(found, across), fine)
        if (found == before).all():
            break
    scores, least = _resized(values, size), _resized(_further(_RISE)[found], size)
    return np.where(scores >= least, scores, np.uint8(0))


def _further(times: float) -> _Map:
    """uint8 (256,): of each score that of a distance so many times as large."""
    scores = np.arange(FULL + 1) / FULL
    far = times * scores / np.maximum(1 - scores, 1 / FULL)
    return np.asarray(np.round(FULL * far / (1 + far)), np.uint8)


def _resized(values: _Map, size: tuple[int, int]) -> _Map:
    import cv2

    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.uint8)
