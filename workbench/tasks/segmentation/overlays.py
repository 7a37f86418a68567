"""What lies over a picture: areas in the colours of their classes, or where they differ from what
is labelled. No Qt in here: the report draws it, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.class_maps import UNKNOWN, Areas, ClassMap
from workbench.core.colors import CONFUSED, EXTRA, MISSED, RIGHT, UNJUDGED
from workbench.evaluation.confusion import MatrixCell

Mode = Literal["found", "labels", "differences"]
Codes = NDArray[np.uint8]
"""uint8 (h, w): what each pixel is painted with, a place in a palette; 0 is nothing."""
Palette = NDArray[np.uint8]
"""uint8 (256, 4): red, green, blue and cover of each code."""

CODE_MISSED, CODE_EXTRA, CODE_CONFUSED, CODE_RIGHT = 1, 2, 3, 4
COLOR_OF = {CODE_MISSED: MISSED, CODE_EXTRA: EXTRA, CODE_CONFUSED: CONFUSED, CODE_RIGHT: RIGHT}
"""Of the codes of differences, "#rrggbb"."""
_FAINT = 120  # of 255: pixels that are not judged


def overlay_codes(found: ClassMap, truth: Areas, least: float, mode: Mode,
                  cell: MatrixCell | None = None) -> Codes:
    """What is painted over each pixel.

    Parameters
    ----------
    least
        Score from which on a pixel counts.
    mode
        "found" and "labels" have the values of :data:`~workbench.core.class_maps.Areas`,
        "differences" one of the codes above.
    cell
        (true value, found value): differences are only the pixels that are one and were taken for
        the other, which may be right.
    """
    if mode == "found":
        return found.at(least)
    if mode == "labels":
        return truth
    seen = found.at(least)
    if cell is not None:
        code = code_of(cell)
        return np.where((truth == cell[0]) & (seen == cell[1]), np.uint8(code), np.uint8(0))
    codes = np.zeros(truth.shape, np.uint8)
    wrong = truth != seen
    codes[wrong] = CODE_CONFUSED
    codes[wrong & (seen == 0)] = CODE_MISSED
    codes[wrong & (truth == 0)] = CODE_EXTRA
    codes[truth == UNKNOWN] = UNKNOWN
    return codes


def code_of(cell: MatrixCell) -> int:
    """How pixels of (true value, found value) are painted."""
    if cell[0] == cell[1]:
        return CODE_RIGHT
    return CODE_MISSED if cell[1] == 0 else CODE_EXTRA if cell[0] == 0 else CODE_CONFUSED


def palette_of(mode: Mode, colors: Sequence[str]) -> Palette:
    """The colours of a mode, where ``colors`` are those of the classes as "#rrggbb"."""
    named = dict(enumerate(colors, 1)) if mode != "differences" else COLOR_OF
    palette = np.zeros((256, 4), np.uint8)
    for code, color in named.items():
        palette[code] = *bytes.fromhex(color.removeprefix("#")), 255
    if mode != "found":
        palette[UNKNOWN] = *bytes.fromhex(UNJUDGED.removeprefix("#")), _FAINT
    return palette
