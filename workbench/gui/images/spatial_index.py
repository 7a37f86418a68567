"""Which boxes are at a point: a grid, so that five thousand boxes cost what ten do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from workbench.core.annotation import Box
from workbench.gui.images.geometry import Point, Size, area

CELLS = 48
"""Cells along the longer side of the image."""
LARGE = 64
"""A box that covers more cells is kept in a list of its own and tested every time."""


class SpatialIndex:
    """A fixed grid over the image; boxes are known by their position in the sequence given.

    Parameters
    ----------
    boxes
        xyxy in image pixels; they may reach over the image's edge.
    size
        ``(width, height)`` of the image in pixels.
    """

    def __init__(self, boxes: Sequence[Box], size: Size) -> None:
        self._boxes = boxes
        self._cell = max(1.0, max(size) / CELLS)
        self._grid: dict[int, list[int]] = defaultdict(list)
        self._large: list[int] = []
        cell, grid = self._cell, self._grid
        last = CELLS - 1
        for index, (x0, y0, x1, y1) in enumerate(boxes):
            left, right = _cell_of(x0, cell, last), _cell_of(x1, cell, last)
            top, bottom = _cell_of(y0, cell, last), _cell_of(y1, cell, last)
            if (right - left + 1) * (bottom - top + 1) > LARGE:
                self._large.append(index)
                continue
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    grid[row * CELLS + column].append(index)

    def __len__(self) -> int:
        return len(self._boxes)

    def at(self, point: Point, tolerance: float = 0.0) -> list[int]:
        """Boxes that hold ``point``, the smallest first (of equal ones, the one on top first).

        ``tolerance`` in image pixels widens every box, so that thin ones can be hit.
        """
        x, y = point
        around = (x - tolerance, y - tolerance, x + tolerance, y + tolerance)
        found = [
            index for index in self.near(around)
            if self._holds(index, x, y, tolerance)
        ]
        found.sort(key=lambda index: (area(self._boxes[index]), -index))
        return found

    def near(self, region: Box) -> list[int]:
        """Boxes that touch ``region``, in their own order."""
        x0, y0, x1, y1 = region
        cell, last = self._cell, CELLS - 1
        left, right = _cell_of(x0, cell, last), _cell_of(x1, cell, last)
        top, bottom = _cell_of(y0, cell, last), _cell_of(y1, cell, last)
        if (right - left + 1) * (bottom - top + 1) * 2 > CELLS * CELLS:
            candidates: Sequence[int] = range(len(self._boxes))
        else:
            found = set(self._large)
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    found.update(self._grid.get(row * CELLS + column, ()))
            candidates = sorted(found)
        boxes = self._boxes
        return [
            index for index in candidates
            if boxes[index][0] <= x1 and boxes[index][2] >= x0
            and boxes[index][1] <= y1 and boxes[index][3] >= y0
        ]

    def inside(self, region: Box) -> list[int]:
        """Boxes that lie wholly in ``region``."""
        x0, y0, x1, y1 = region
        boxes = self._boxes
        return [
            index for index in self.near(region)
            if boxes[index][0] >= x0 and boxes[index][2] <= x1
            and boxes[index][1] >= y0 and boxes[index][3] <= y1
        ]

    def _holds(self, index: int, x: float, y: float, tolerance: float) -> bool:
        x0, y0, x1, y1 = self._boxes[index]
        return x0 - tolerance <= x <= x1 + tolerance and y0 - tolerance <= y <= y1 + tolerance


def _cell_of(value: float, cell: float, last: int) -> int:
    """Cell of a coordinate; what lies outside the image belongs to its outermost cells."""
    place = int(value / cell)
    return 0 if place < 0 else last if place > last else place
