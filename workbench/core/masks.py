"""Masks as arrays of pixels, and back. numpy is imported when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.outlines import Mask
from workbench.core.shapes import Bounds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.bool_]

Window = tuple[int, int, int, int]
"""``(x, y, width, height)`` in whole pixels."""


def around(*windows: Window) -> Window:
    """The smallest window around all that have an area."""
    there = [window for window in windows if window[2] and window[3]]
    if not there:
        return (0, 0, 0, 0)
    x, y = min(window[0] for window in there), min(window[1] for window in there)
    right = max(window[0] + window[2] for window in there)
    bottom = max(window[1] + window[3] for window in there)
    return (x, y, right - x, bottom - y)


def window_of(mask: Mask) -> Window:
    return (mask.x, mask.y, mask.width, mask.height)


def pixels_of(mask: Mask, window: Window) -> Pixels:
    """Which pixels of ``window``, which must hold the mask's own, lie in the mask."""
    import numpy as np

    x, y, width, height = window
    found = np.zeros((height, width), bool)
    if mask.width and mask.height:
        inside = np.zeros(len(mask.runs), bool)
        inside[1::2] = True
        part = np.repeat(inside, mask.runs).reshape(mask.height, mask.width)
        top, left = mask.y - y, mask.x - x
        found[top:top + mask.height, left:left + mask.width] = part
    return found


def mask_of_pixels(pixels: Pixels, x: int = 0, y: int = 0) -> Mask:
    """The mask of an array whose first pixel lies at ``(x, y)``, in the smallest window."""
    import numpy as np

    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not rows.size:
        return Mask(0, 0, 0, 0, ())
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    flat = pixels[top:bottom, left:right].ravel()
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1  # of truth values, which is fast
    runs = np.diff(edges, prepend=[0] * (2 if flat[0] else 1), append=flat.size)
    return Mask(x + int(left), y + int(top), int(right - left), int(bottom - top),
                tuple(runs.tolist()))


def scaled(mask: Mask, bounds: Bounds) -> Mask:
    """A mask that fills other bounds, rounded to whole pixels; each pixel is the nearest of its
    own."""
    x, y, right, bottom = map(round, bounds)
    width, height = max(1, right - x), max(1, bottom - y)
    if not mask.runs or (width, height) == (mask.width, mask.height):
        return mask.moved(x - mask.x, y - mask.y)
    import numpy as np

    rows = (2 * np.arange(height) + 1) * mask.height // (2 * height)
    columns = (2 * np.arange(width) + 1) * mask.width // (2 * width)
    return mask_of_pixels(pixels_of(mask, window_of(mask))[rows][:, columns], x, y)


def joined(mask: Mask | None, pixels: Pixels, x: int, y: int, *, add: bool) -> Mask:
    """``mask`` with pixels added, or taken away; their first one lies at ``(x, y)``."""
    mask = mask or Mask(0, 0, 0, 0, ())
    height, width = pixels.shape
    own = window_of(mask)
    whole = around(own, (x, y, width, height))
    found = pixels_of(mask, whole)
    part = found[y - whole[1]:y - whole[1] + height, x - whole[0]:x - whole[0] + width]
    if add:
        part |= pixels
    else:
        part &= ~pixels
    return mask_of_pixels(found, whole[0], whole[1])


def flooded(colors: NDArray[np.uint8], column: int, row: int, tolerance: int,
            like: NDArray[np.uint8] | None = None) -> Pixels:
    """The pixels that hang together with one and differ from it by ``tolerance`` at most in each
    colour.

    Parameters
    ----------
    colors
        Height, width and channels.
    like
        The colour that is meant, in the place of that pixel's.
    """
    import cv2
    import numpy as np

    like = (colors[row, column] if like is None else like).astype(np.int16)
    alike = cv2.inRange(colors, np.maximum(like - tolerance, 0).astype(np.uint8),
                        np.minimum(like + tolerance, 255).astype(np.uint8))
    if alike[row, column]:
        cv2.floodFill(alike, None, (column, row), 1, flags=4)  # what is alike is 255
    return np.asarray(alike == 1)
