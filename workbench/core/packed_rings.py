"""The outlines of one answer in little memory: there may be a hundred thousand answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

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
        wanted = np.fromiter(rows, np.int64)
        spans = [range(*pair) for pair in zip(self._first[wanted].tolist(),
                                              self._first[wanted + 1].tolist(), strict=True)]
        edges = self._ring.tolist()
        points = [self._points[edges[span.start] : edges[span.stop]] for span in spans]
        if not points:
            return []
        # all at once: rounding ring by ring takes five times as long
        values = np.round(np.concatenate(points) * self._step + self._low, 1).tolist()
        left = iter(values)
        return [[list(islice(left, edges[ring + 1] - edges[ring])) for ring in span]
                for span in spans]
