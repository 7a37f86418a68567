"""The heat that lies over an image where it differs. No Qt in here: saved images have it, too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.formats.score_maps import FULL

_LEAST, _MOST = 0.46, 0.72
"""Scores at which the heat begins, and at which it is hottest: what all good images are like has
none."""
COVER = 0.5
"""How much of the image the hottest places hide at first, 0..1."""
_WARM, _HOT = (255, 214, 10), (225, 20, 60)
"""Red, green and blue where it begins, and where it is hottest."""


def heat_pixels(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A map uint8 (h, w) in colours, uint8 (h, w, 4): red, green, blue and how much is hidden."""
    share = np.clip((np.arange(FULL + 1) / FULL - _LEAST) / (_MOST - _LEAST), 0, 1)[:, None]
    table = np.zeros((FULL + 1, 4), np.uint8)
    table[:, :3] = np.round(np.array(_WARM) * (1 - share) + np.array(_HOT) * share)
    table[:, 3:] = np.round(255 * np.minimum(1, 1.5 * share))
    found: NDArray[np.uint8] = table[values]
    return found
