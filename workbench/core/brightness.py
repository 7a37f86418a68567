"""How bright the pixels inside a shape are, in the values that a file has."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.deviation import sample_deviation
from workbench.core.label_areas import inside_in_map, window_in_map
from workbench.core.outlines import Keypoints, Mask, Polygon
from workbench.core.shape_figures import corners_of
from workbench.core.shapes import Shape

LUMINANCE = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in the grey of a colour: ITU-R BT.601, as Pillow has it."""


@dataclass(frozen=True, slots=True)
class Brightness:
    """Of the pixels whose middles lie inside a shape; nan where there are none."""

    pixels: int = 0
    """How many there are that have a value."""
    mean: float = math.nan
    deviation: float = math.nan
    least: float = math.nan
    most: float = math.nan
    total: float = math.nan
    """Mean, standard deviation (of a sample: n − 1), smallest, largest and sum of their grey
    values; of colours, of their luminance."""
    colors: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    """Means of red, green and blue; nan in images of grey."""


def brightness_of(shape: Shape, values: NDArray[Any],
                  drawn_on: tuple[int, int] | None = None) -> Brightness:
    """How bright an image is inside a shape; of key points nothing is known.

    Parameters
    ----------
    values
        (H, W) grey or (H, W, 3) colours of the whole image.
    drawn_on
        (width, height) of the picture over the image that the shape is drawn on; None for the
        image itself.
    """
    if isinstance(shape, Keypoints):
        return Brightness()
    size = values.shape[1], values.shape[0]
    area = shape if isinstance(shape, Polygon | Mask) else Polygon((corners_of(shape),))
    drawn_on = drawn_on or size
    window = left, top, right, bottom = window_in_map(area.bounds(), drawn_on, size)
    if right <= left or bottom <= top or (isinstance(area, Polygon) and not area.rings):
        return Brightness()
    inside = inside_in_map(area, window, drawn_on, size)
    found = values[top:bottom, left:right][inside].astype(np.float64)
    grey = found if found.ndim == 1 else found @ LUMINANCE
    known = np.isfinite(grey)  # "not a number" is what programs write where they know no value
    if not known.any():
        return Brightness()
    found, grey = found[known], grey[known]
    means = found.mean(0).tolist() if found.ndim == 2 else [math.nan] * 3
    return Brightness(len(grey), float(grey.mean()), sample_deviation(grey), float(grey.min()),
                      float(grey.max()), float(grey.sum()), (means[0], means[1], means[2]))
