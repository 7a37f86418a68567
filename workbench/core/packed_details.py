"""What an answer says of things beyond their boxes, in little memory: there may be a hundred
thousand answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from workbench.core.arrays import FloatArray, IntArray
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


class PackedRectangles:
    """Rotated boxes as an answer has them, twenty bytes each."""

    __slots__ = ("rows",)

    def __init__(self, things: Sequence[Sequence[float]]) -> None:
        self.rows: FloatArray = np.full((len(things), 5), np.nan, np.float32)
        """float32 (N, 5), not a number where none is known."""
        for row, rectangle in enumerate(things):
            if rectangle:
                self.rows[row] = rectangle

    def at(self, rows: Iterable[int] | IntArray) -> list[list[float]]:
        """Those of the things at these places."""
        found = self.rows[np.fromiter(rows, np.int64)].tolist()
        return [[] if row[0] != row[0] else [*(round(value, 2) for value in row[:4]),
                                             round(row[4], 5)] for row in found]


class PackedDots:
    """Dots as an answer has them, eight bytes each."""

    __slots__ = ("_places",)

    def __init__(self, things: Sequence[Sequence[float]]) -> None:
        self._places = np.full((len(things), 2), np.nan, np.float32)
        for row, place in enumerate(things):
            if place:
                self._places[row] = place

    def at(self, rows: Iterable[int] | IntArray) -> list[list[float]]:
        """Those of the things at these places."""
        found = self._places[np.fromiter(rows, np.int64)].tolist()
        return [[] if x != x else [round(x, 1), round(y, 1)] for x, y in found]


class PackedDetails:
    """The lists of an answer that :data:`workbench.core.found_shapes.DETAILS` names."""

    __slots__ = ("_lists", "rotated")

    def __init__(self, item: Mapping[str, Any]) -> None:
        self._lists: dict[str, PackedRings | PackedPoints | PackedRectangles | PackedDots] = {}
        self.rotated: FloatArray | None = None
        """float32 (N, 5): the rotated box of each thing; None where it is not known of all."""
        if "outlines" in item:
            self._lists["outlines"] = PackedRings(item["outlines"])
        if "rotated" in item:
            self._lists["rotated"] = packed = PackedRectangles(item["rotated"])
            self.rotated = None if np.isnan(packed.rows).any() else packed.rows
        if "keypoints" in item:
            self._lists["keypoints"] = PackedPoints(item["keypoints"])
        if "dots" in item:
            self._lists["dots"] = PackedDots(item["dots"])

    def at(self, rows: Iterable[int] | IntArray) -> dict[str, list[Any]]:
        """The lists with what is at these places, by their names."""
        wanted = np.fromiter(rows, np.int64)
        return {name: packed.at(wanted) for name, packed in self._lists.items()}
