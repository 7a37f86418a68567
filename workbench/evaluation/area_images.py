"""Figures of many images at any least score, each image by itself and all together, at once.

Of an image the filled cells of its table (:func:`workbench.evaluation.pixels.pixel_table`) are
kept: with a hundred classes the table itself would take a megabyte, and is nearly empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from workbench.core.arrays import Float64Array, IntArray
from workbench.core.class_maps import LEVELS, level_of
from workbench.evaluation.confusion import MatrixCell
from workbench.evaluation.pixels import Counts, PixelEvaluation


class FilledCells(NamedTuple):
    """The cells of one image's table that are not empty, int64 (K,) each: their places in the
    table laid flat, and their pixels."""

    places: IntArray
    pixels: IntArray

    @classmethod
    def of(cls, table: Counts) -> FilledCells:
        flat = table.ravel()
        places = np.flatnonzero(flat)
        return cls(places, flat[places])


@dataclass(frozen=True, slots=True)
class ImageFigures:
    """Figures of each image at one least score, float64 (N,)."""

    overlaps: Float64Array
    """float64 (N, C): the IoU of each class, NaN where it neither is nor was found."""
    miou: Float64Array
    """Their mean, which knows no background; NaN where no class is."""
    wrong: Float64Array
    """The share of its pixels that are taken for something else; NaN where none is known."""


class ImageTables:
    """The tables of images, side by side.

    Parameters
    ----------
    classes
        Of the run, in order.
    cells
        The table of each image.
    """

    def __init__(self, classes: Sequence[str], cells: Sequence[FilledCells]) -> None:
        self._classes = tuple(classes)
        self._images = len(cells)
        self._image = np.repeat(np.arange(len(cells)), [len(item.places) for item in cells])
        places = np.concatenate([np.zeros(0, np.int64), *(item.places for item in cells)])
        self._pixels = np.concatenate([np.zeros(0, np.int64), *(item.pixels for item in cells)])
        shape = 1 + len(classes), max(1, len(classes)), LEVELS + 1
        self._true, likeliest, self._level = np.unravel_index(places, shape)
        self._likeliest = likeliest + 1

    def evaluated(self, least: float) -> PixelEvaluation:
        """All images together."""
        size = 1 + len(self._classes)
        counts = _summed(self._true * size + self._found(least), self._pixels, size * size)
        return PixelEvaluation(self._classes, counts.reshape(size, size), self._images, least)

    def each(self, least: float) -> ImageFigures:
        """Each image by itself."""
        size = 1 + len(self._classes)
        found, length = self._found(least), self._images * size
        hit = self._true == found
        row = self._image * size
        truth, seen, hits = (
            _summed((row + value)[chosen], self._pixels[chosen], length).reshape(-1, size)
            for value, chosen in ((self._true, ...), (found, ...), (found, hit)))
        either = (truth + seen - hits)[:, 1:]
        with np.errstate(invalid="ignore"):
            overlaps = hits[:, 1:] / either
            miou = np.where(either > 0, overlaps, 0).sum(1) / (either > 0).sum(1)
            wrong = 1 - hits.sum(1) / truth.sum(1)
        return ImageFigures(overlaps, miou, wrong)

    def in_cell(self, cell: MatrixCell, least: float) -> IntArray:
        """int64 (N,): pixels of each image in a cell (true value, found value) of the confusion,
        whose first row and column are the background."""
        chosen = (self._true == cell[0]) & (self._found(least) == cell[1])
        return _summed(self._image[chosen], self._pixels[chosen], self._images)

    def known(self) -> IntArray:
        """int64 (N,): pixels of each image that are judged."""
        return _summed(self._image, self._pixels, self._images)

    def _found(self, least: float) -> IntArray:
        return np.where(self._level >= level_of(least), self._likeliest, 0)


def _summed(places: IntArray, pixels: IntArray, length: int) -> IntArray:
    """int64 (length,); float64 adds whole numbers up to 2⁵³ without loss."""
    return np.bincount(places, pixels, length).astype(np.int64)
