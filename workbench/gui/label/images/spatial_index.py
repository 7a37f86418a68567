"""Which boxes are at a point: a grid, so that five thousand boxes cost what ten do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.core.shapes import Bounds
from workbench.gui.label.images.geometry import Point, Size, area

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

CELLS = 48
"""Cells along the longer side of the image."""
LARGE = 64
"""A box that covers more cells is kept in a list of its own and tested every time."""

MANY = 20_000
"""So many boxes are compared by numpy, all of them: the grid would take half a second to make."""


class SpatialIndex:
    """A fixed grid over the image; boxes are known by their position in the sequence given.

    Parameters
    ----------
    boxes
        xyxy in image pixels; they may reach over the image's edge.
    size
        ``(width, height)`` of the image in pixels.
    """

    def __init__(self, boxes: Sequence[Bounds], size: Size) -> None:
        self.boxes = boxes
        """As they were given."""
        self._cell = max(1.0, max(size) / CELLS)
        self._cells: dict[int, list[int]] | None = None
        self._large: list[int] = []
        self._table: NDArray[float64] | None = None

    def _grid(self) -> dict[int, list[int]]:
        """The grid, made when it is first asked for: painting the whole view needs none."""
        if self._cells is not None:
            return self._cells
        grid: dict[int, list[int]] = defaultdict(list)
        per_pixel, last = 1.0 / self._cell, CELLS - 1
        for index, (x0, y0, x1, y1) in enumerate(self.boxes):
            left, top = int(x0 * per_pixel), int(y0 * per_pixel)
            right, bottom = int(x1 * per_pixel), int(y1 * per_pixel)
            if left < 0 or top < 0 or right > last or bottom > last:
                left, right = _kept(left, last), _kept(right, last)
                top, bottom = _kept(top, last), _kept(bottom, last)
            if (right - left + 1) * (bottom - top + 1) > LARGE:
                self._large.append(index)
                continue
            for start in range(top * CELLS, bottom * CELLS + 1, CELLS):
                for cell in range(start + left, start + right + 1):
                    grid[cell].append(index)
        self._cells = grid
        return grid

    def __len__(self) -> int:
        return len(self.boxes)

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
        found.sort(key=lambda index: (area(self.boxes[index]), -index))
        return found

    def near(self, region: Bounds) -> list[int]:
        """Boxes that touch ``region``, in their own order."""
        if len(self.boxes) >= MANY:
            return self._near_among_many(region)
        x0, y0, x1, y1 = region
        per_pixel, last = 1.0 / self._cell, CELLS - 1
        left, right = _kept(int(x0 * per_pixel), last), _kept(int(x1 * per_pixel), last)
        top, bottom = _kept(int(y0 * per_pixel), last), _kept(int(y1 * per_pixel), last)
        if (right - left + 1) * (bottom - top + 1) * 2 > CELLS * CELLS:
            candidates: Sequence[int] = range(len(self.boxes))
        else:
            grid = self._grid()
            found = set(self._large)
            for start in range(top * CELLS, bottom * CELLS + 1, CELLS):
                for cell in range(start + left, start + right + 1):
                    found.update(grid.get(cell, ()))
            candidates = sorted(found)
        boxes = self.boxes
        return [
            index for index in candidates
            if boxes[index][0] <= x1 and boxes[index][2] >= x0
            and boxes[index][1] <= y1 and boxes[index][3] >= y0
        ]

    def _near_among_many(self, region: Bounds) -> list[int]:
        import numpy as np

        if self._table is None:
            self._table = np.ascontiguousarray(np.array(self.boxes, np.float64).T)
        x0, y0, x1, y1 = self._table
        there = (x0 <= region[2]) & (x1 >= region[0]) & (y0 <= region[3]) & (y1 >= region[1])
        found: list[int] = np.flatnonzero(there).tolist()
        return found

    def inside(self, region: Bounds) -> list[int]:
        """Boxes that lie wholly in ``region``."""
        x0, y0, x1, y1 = region
        boxes = self.boxes
        return [
            index for index in self.near(region)
            if boxes[index][0] >= x0 and boxes[index][2] <= x1
            and boxes[index][1] >= y0 and boxes[index][3] <= y1
        ]

    def _holds(self, index: int, x: float, y: float, tolerance: float) -> bool:
        x0, y0, x1, y1 = self.boxes[index]
        return x0 - tolerance <= x <= x1 + tolerance and y0 - tolerance <= y <= y1 + tolerance


def _kept(cell: int, last: int) -> int:
    """What lies outside the image belongs to its outermost cells."""
    return 0 if cell < 0 else last if cell > last else cell
