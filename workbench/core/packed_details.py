"""What an answer says of things beyond their boxes, in little memory: there may be a hundred
thousand answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from workbench.core.arrays import IntArray
from workbench.core.found_points import FoundPoints, flat_points
from workbench.core.packed_rings import PackedRings


class PackedPoints:
    """Key points as :mod:`workbench.core.found_points` has them, twelve bytes each."""

    __slots__ = ("_points",)

    def __init__(self, things: Sequence[FoundPoints]) -> None:
        self._points = np.full((len(things), max(map(len, things), default=0), 3), np.nan,
                               np.float32)
        for row, points in enumerate(things):
            if points:
                self._points[row, : len(points)] = points

    def at(self, rows: Iterable[int] | IntArray) -> list[FoundPoints]:
        """Those of the things at these places."""
        return list(map(flat_points, self._points[np.fromiter(rows, np.int64)].tolist()))


class PackedDetails:
    """The lists of an answer that :data:`workbench.core.found_shapes.DETAILS` names."""

    __slots__ = ("_lists",)

    def __init__(self, item: Mapping[str, Any]) -> None:
        self._lists: dict[str, PackedRings | PackedPoints] = {}
        if "outlines" in item:
            self._lists["outlines"] = PackedRings(item["outlines"])
        if "keypoints" in item:
            self._lists["keypoints"] = PackedPoints(item["keypoints"])

    def at(self, rows: Iterable[int] | IntArray) -> dict[str, list[Any]]:
        """The lists with what is at these places, by their names."""
        wanted = np.fromiter(rows, np.int64)
        return {name: packed.at(wanted) for name, packed in self._lists.items()}
