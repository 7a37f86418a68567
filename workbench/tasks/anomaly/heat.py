"""The heat that lies over an image where it differs. No Qt in here: saved images have it, too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.formats.score_maps import FULL
from workbench.media.sounds.colormap import color_table

_LEAST, _MOST = 0.4, 0.72
"""Scores at which the heat begins, and at which it is brightest and hides most. Half of the way to
the limit is what all good images are like."""
COVER = 0.75
"""How much of the image the hottest places hide at first, 0..1."""


def heat_pixels(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A map uint8 (h, w) in colours, uint8 (h, w, 4): red, green, blue and how much is hidden."""
    share = np.clip((np.arange(FULL + 1) / FULL - _LEAST) / (_MOST - _LEAST), 0, 1)
    table = np.zeros((FULL + 1, 4), np.uint8)
    # the dark end of the colours would only darken the image
    table[:, :3] = color_table("magma")[np.round(255 * (0.45 + 0.5 * share)).astype(np.intp)]
    table[:, 3] = np.round(255 * share)
    found: NDArray[np.uint8] = table[values]
    return found
