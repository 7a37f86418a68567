"""Where the cells and names of a confusion matrix lie, from three classes to hundreds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from workbench.evaluation.confusion import MatrixCell

LARGEST, NAMED = 58.0, 84.0
"""Side of a cell in logical pixels where there is room for more; as far as the second for the sake
of names that do not fit below the first."""
COMFORT = 30.0
"""Side that shows its number at a glance; a column of cards grows to give as much."""
READABLE = 10.0
"""Rows that are lower have no names beside them; the tooltip says what they are."""
ELIDED_FROM = 50.0
"""Cells as wide as this have level names below them, cut short if need be; narrower ones have
upright names unless all fit."""
LABEL_LEAST, LABEL_MOST = 34.0, 112.0
UPRIGHT_MOST = 84.0
_MARK = 12.0  # the coloured dot before a name, with its gap
_LINE = 19.0  # a level line of names below the cells
_EDGE = 2.0


@dataclass(frozen=True, slots=True)
class MatrixLayout:
    """Geometry in logical pixels."""

    size: int
    """Rows, the last is "none"."""
    side: float
    """From one cell to the next."""
    gap: float
    """What of it stays free."""
    label: float
    """Width of the names of the rows; 0 where there is no room for them."""
    upright: bool
    """Whether the names of the columns stand upright."""
    names: float
    """Height of the names of the columns; 0 where there is no room for them."""
    left: float
    """Where the cells begin."""

    @classmethod
    def fitting(cls, width: float, lengths: Sequence[float]) -> MatrixLayout:
        """The layout for a width and the widths of all names in their font, "none" included."""
        size = len(lengths)
        longest = max(lengths, default=0.0)
        label = min(max(longest + _MARK + 8, LABEL_LEAST), LABEL_MOST, max(width / 3, LABEL_LEAST))
        most = max(LARGEST, min(math.ceil(longest) + 2.0, NAMED))
        side = _side(width - label - 2 * _EDGE, size, most)
        if side < READABLE:
            label = 0.0
            side = _side(width - 2 * _EDGE, size, most)
        level = longest <= side - 2 or side >= ELIDED_FROM
        names = 0.0
        if side >= READABLE:
            names = _LINE if level else min(longest, UPRIGHT_MOST) + 6
        gap = 3.0 if side >= 24 else 1.5 if side >= 12 else 0.5 if side >= 6 else 0.0
        free = width - label - side * size - 2 * _EDGE
        return cls(size, side, gap, label, not level, names, label + _EDGE + max(0.0, free / 2))

    @property
    def height(self) -> float:
        return _EDGE + self.side * self.size + self.names + 2

    def cell(self, cell: MatrixCell) -> QRectF:
        """Where a cell lies."""
        return QRectF(self.left + cell[1] * self.side, _EDGE + cell[0] * self.side,
                      self.side - self.gap, self.side - self.gap)

    def cell_at(self, point: QPointF) -> MatrixCell | None:
        """The cell under a point."""
        column = math.floor((point.x() - self.left) / self.side)
        row = math.floor((point.y() - _EDGE) / self.side)
        inside = 0 <= row < self.size and 0 <= column < self.size
        return (row, column) if inside else None

    def row_name(self, row: int) -> QRectF:
        """Where the name of a row is written, its dot included."""
        cell = self.cell((row, 0))
        return QRectF(self.left - self.label, cell.top(), self.label - 6, cell.height())

    def column_name(self, column: int) -> QRectF:
        """Where the name of a column is written; upright names read upwards."""
        below = self.cell((self.size - 1, column))
        return QRectF(below.left() - 1, below.bottom() + 3, below.width() + 2, self.names - 3)

    def name_at(self, point: QPointF) -> int | None:
        """The row or column whose name is under a point."""
        for index in range(self.size):
            if self.row_name(index).contains(point) or self.column_name(index).contains(point):
                return index
        return None


def wanted_width(lengths: Sequence[float]) -> float:
    """Width at which every number can be read at a glance."""
    longest = max(lengths, default=0.0)
    label = min(max(longest + _MARK + 8, LABEL_LEAST), LABEL_MOST)
    return label + COMFORT * len(lengths) + 2 * _EDGE


def _side(free: float, size: int, most: float) -> float:
    side = min(most, max(1.0, free) / max(size, 1))
    if side < 1:
        return side
    return float(math.floor(side)) if side >= READABLE else math.floor(side * 4) / 4
