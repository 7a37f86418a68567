"""How the areas that are suggested while one paints look: fills with dashed edges that are seen on
any picture, as dashes of the class's colour and of light or dark take turns; so does what is
hatched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtGui import QColor, QImage

from workbench.core.arrays import BoolArray, FloatArray
from workbench.core.class_maps import Areas
from workbench.gui.widgets.class_colors import ink_on

_FILL, _HATCH, _EDGE = 95, 130, 255
"""Opacity of 255, within that of all of it."""
_DASH = 4  # pixels of the map
_STRIPE = 3  # the same, of a hatch
_DOUBTFUL = 0.5  # a class is less than half a probability ahead of the next one


def suggestion_image(areas: Areas, colors: Sequence[str], doubts: FloatArray | None = None
                     ) -> QImage:
    """A picture as large as the map.

    Parameters
    ----------
    areas
        (h, w): 0 where nothing is, else 1 + the place of the class.
    colors
        Of the classes.
    doubts
        (h, w) how unsure it is, 0 to 1: what is doubtful is hatched; None hatches nothing.
    """
    fills = [QColor(color) for color in colors]
    palette, contrast = _palette(fills), _palette([ink_on(color) for color in fills])
    rows, columns = np.ogrid[:areas.shape[0], :areas.shape[1]]
    opacity = np.where(areas > 0, np.uint16(_FILL), np.uint16(0))
    inks = palette[areas]
    if doubts is not None:
        hatched = (doubts > _DOUBTFUL) & (areas > 0) & ((rows + columns) // _STRIPE % 2 == 0)
        opacity[hatched], inks[hatched] = _HATCH, contrast[areas[hatched]]
    edges = _edges(areas)
    opacity[edges], inks[edges] = _EDGE, palette[areas[edges]]
    between = edges & ((rows + columns) // _DASH % 2 == 1)
    inks[between] = contrast[areas[between]]
    pixels = np.empty((*areas.shape, 4), np.uint8)
    pixels[..., :3] = inks * opacity[..., None] // 255
    pixels[..., 3] = opacity
    height, width = areas.shape
    return QImage(pixels.data, width, height, 4 * width,
                  QImage.Format.Format_ARGB32_Premultiplied).copy()


def _palette(inks: Sequence[QColor]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    """uint16 (1 + C, 3), blue, green and red, as Qt's pixels of 32 bits lie in the memory; first
    that of nothing."""
    return np.array([(0, 0, 0), *((ink.blue(), ink.green(), ink.red()) for ink in inks)],
                    np.uint16)


def _edges(areas: Areas) -> BoolArray:
    """The pixels at the borders of what is suggested: one of the two at each, which is above or at
    the left where both are suggested."""
    found: BoolArray = np.zeros(areas.shape, bool)
    down, across = areas[1:] != areas[:-1], areas[:, 1:] != areas[:, :-1]
    found[:-1] |= down
    found[:, :-1] |= across
    found[1:] |= areas[:-1] == 0
    found[:, 1:] |= areas[:, :-1] == 0
    return found & (areas > 0)
