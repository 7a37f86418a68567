"""The outlines of one answer in little memory: there may be a hundred thousand answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from workbench.core.arrays import IntArray
from workbench.core.flat_rings import FlatRings

_STEP = 0.1  # pixels: what answers are rounded to
_MOST = np.iinfo(np.uint16).max


class PackedRings:
    """Outlines as :mod:`workbench.core.flat_rings` has them, four bytes a point.

    They are kept to a tenth of a pixel, of outlines that reach over more than 6,500 pixels to a
    share of that.
    """

    __slots__ = ("_first", "_low", "_points", "_ring", "_step")

    def __init__(self, outlines: Sequence[FlatRings]) -> None:
        rings = [ring for outline in outlines for ring in outline]
        values = np.nan_to_num(np.asarray([value for ring in rings for value in ring], np.float64))
        self._low = float(values.min(initial=np.inf)) if len(values) else 0.0
        span = float(values.max()) - self._low if len(values) else 0.0
        self._step = max(_STEP, span / _MOST)
        self._points = np.round((values - self._low) / self._step).astype(np.uint16)
        self._ring = np.cumsum([0, *map(len, rings)], dtype=np.int32)
        self._first = np.cumsum([0, *map(len, outlines)], dtype=np.int32)

    def at(self, rows: Iterable[int] | IntArray) -> list[FlatRings]:
        """The outlines at these places."""
        return [[self._values(ring) for ring in range(self._first[row], self._first[row + 1])]
                for row in rows]

    def _values(self, ring: int) -> list[float]:
        points = self._points[self._ring[ring] : self._ring[ring + 1]]
        values: list[float] = np.round(points * self._step + self._low, 1).tolist()
        return values
