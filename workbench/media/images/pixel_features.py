"""What classical filters say of each pixel of a picture and of what is around it.

As in ilastik (Berg et al., Nature Methods 2019) and Trainable Weka Segmentation (Arganda-Carreras
et al., Bioinformatics 2017): at several scales smoothed colours, the size of the gradient, the
Laplacian of a Gaussian, the eigenvalues of the Hessian and of the structure tensor; and, as the
latter's membrane projections, how strongly lines of any direction answer. Each is nearly the same
however the picture is turned.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import FloatArray, Rgb

HalfArray = NDArray[np.float16]

SCALES = ((1.0, 1), (2.0, 1), (4.0, 2), (8.0, 4))
"""Widths of the Gaussians in pixels; of the wide ones every second or fourth pixel is enough."""
_LINES = ((1.5, 5.0, 1), (2.5, 8.0, 2))  # width and length of a line in pixels, and the same
_EACH, _EACH_LINE = 6, 4  # features of a scale beside the smoothed channels, and of a size of lines
_DIRECTIONS = 12
_GREY = np.array([0.299, 0.587, 0.114], np.float32)


def is_grey(colors: Rgb) -> bool:
    """Whether a picture (H, W, 3) has no colours."""
    one, two, three = (colors[..., place] for place in range(3))
    return np.array_equal(one, two) and np.array_equal(one, three)


def number_of_features(*, grey: bool) -> int:
    """How many features a pixel of a picture in grey, or of one in colours, has."""
    channels = 1 if grey else 3
    return channels + len(SCALES) * (channels + _EACH) + len(_LINES) * _EACH_LINE


def pixel_features(colors: Rgb, check: Callable[[], object] = lambda: None, *,
                   grey: bool | None = None) -> HalfArray:
    """Describe each pixel.

    Parameters
    ----------
    colors
        (H, W, 3).
    check
        Called now and then; raises where nobody wants the result any more.
    grey
        Whether to look at it as a picture in grey, whatever it is; None: as what it is.

    Returns
    -------
    float16 (F, H, W), see :func:`number_of_features`. Saved models know features by their order.
    """
    found: list[HalfArray] = []
    for feature in _features(_channels(colors, is_grey(colors) if grey is None else grey)):
        check()
        found.append(feature.astype(np.float16))
    return np.stack(found)


def _features(parts: list[FloatArray]) -> Iterator[FloatArray]:
    grey = np.ascontiguousarray(parts[0] if len(parts) == 1 else np.tensordot(
        np.stack(parts), _GREY, (0, 0)), np.float32)
    yield from parts
    for scale, step in SCALES:
        yield from _in_steps([grey, *parts], step, partial(_of_scale, scale=scale / step))
    for width, length, step in _LINES:
        yield from _in_steps([grey], step, partial(_lines, width=width / step,
                                                   length=length / step))


def _in_steps(values: list[FloatArray], step: int,
              describe: Callable[[list[FloatArray]], Iterator[FloatArray]]
              ) -> Iterator[FloatArray]:
    """What ``describe`` says of ``values``, found at every ``step``-th pixel."""
    import cv2

    height, width = values[0].shape
    if step == 1 or min(height, width) < step:
        yield from describe(values)
        return
    size = -(-width // step), -(-height // step)
    small = [np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_AREA), np.float32)
             for one in values]
    for found in describe(small):
        yield np.asarray(cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR),
                         np.float32)


def _of_scale(values: list[FloatArray], scale: float) -> Iterator[FloatArray]:
    """Of the grey picture and of its channels."""
    grey, *parts = values
    smooth = _smooth(grey, scale)
    if len(parts) == 1:
        yield smooth
    else:
        yield from (_smooth(part, scale) for part in parts)
    yield from _derivatives(smooth, scale)


def _channels(colors: Rgb, grey: bool) -> list[FloatArray]:
    """Values of 0 to 1: one of what is looked at as grey, three of what has colours."""
    values = [np.ascontiguousarray(colors[..., place], np.float32) / np.float32(255)
              for place in range(3)]
    if not grey:
        return values
    if is_grey(colors):
        return values[:1]
    return [np.asarray(np.tensordot(_GREY, np.stack(values), (0, 0)), np.float32)]


def _smooth(values: FloatArray, scale: float) -> FloatArray:
    import cv2

    return np.asarray(cv2.GaussianBlur(values, (0, 0), scale, borderType=cv2.BORDER_REFLECT),
                      np.float32)


def _derivatives(smooth: FloatArray, scale: float) -> Iterator[FloatArray]:
    """What slopes and curvatures say, in units in which all scales are alike."""
    import cv2

    def slope(across: int, down: int, unit: float) -> FloatArray:
        return np.asarray(cv2.Sobel(smooth, cv2.CV_32F, across, down, ksize=3, scale=unit,
                                    borderType=cv2.BORDER_REFLECT), np.float32)

    x, y = slope(1, 0, scale / 8), slope(0, 1, scale / 8)
    xx, yy, xy = (slope(*by, scale * scale / 4) for by in ((2, 0), (0, 2), (1, 1)))
    yield np.asarray(cv2.magnitude(x, y), np.float32)
    yield xx + yy
    yield from _eigenvalues(xx, xy, yy)
    around = (_smooth(product, 1.5 * scale) for product in (x * x, x * y, y * y))
    yield from (np.sqrt(np.maximum(value, 0)) for value in _eigenvalues(*around))


def _eigenvalues(xx: FloatArray, xy: FloatArray, yy: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Of the matrices ((xx, xy), (xy, yy)), the larger ones first."""
    middle, half = (xx + yy) / 2, (xx - yy) / 2
    apart = np.sqrt(half * half + xy * xy)
    return np.asarray(middle + apart, np.float32), np.asarray(middle - apart, np.float32)


def _lines(values: list[FloatArray], width: float, length: float) -> Iterator[FloatArray]:
    """Of the answers of lines in all directions: the largest, the least, their mean and their
    deviation."""
    import cv2

    grey = values[0]
    highest = np.full_like(grey, -np.inf)
    lowest = np.full_like(grey, np.inf)
    total, squares = np.zeros_like(grey), np.zeros_like(grey)
    for turn in range(_DIRECTIONS):
        answer = cv2.filter2D(grey, cv2.CV_32F, _line(width, length, math.pi * turn / _DIRECTIONS),
                              borderType=cv2.BORDER_REFLECT)
        np.maximum(highest, answer, out=highest)
        np.minimum(lowest, answer, out=lowest)
        total += answer
        squares += answer * answer
    mean = np.asarray(total / _DIRECTIONS, np.float32)
    yield from (highest, lowest, mean, np.asarray(
        np.sqrt(np.maximum(squares / _DIRECTIONS - mean * mean, 0)), np.float32))


def _line(width: float, length: float, angle: float) -> FloatArray:
    """A filter that answers to a line: a curved Gaussian across it, a long one along it."""
    reach = int(2 * length)
    down, across = np.mgrid[-reach:reach + 1, -reach:reach + 1]
    over = across * math.cos(angle) + down * math.sin(angle)
    along = down * math.cos(angle) - across * math.sin(angle)
    fading = np.exp(-over**2 / (2 * width**2) - along**2 / (2 * length**2))
    values = (over**2 / width**2 - 1) * fading
    values -= values.mean()
    return np.asarray(values / np.abs(values).sum(), np.float32)
