"""A large confusion matrix as dots: each shows the strongest of the cells that it stands for."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtGui import QColor, QImage

from workbench.core.arrays import IntArray
from workbench.evaluation.confusion import MatrixCell

_DOT = 2.0
"""Least side of a dot, in logical pixels."""
_SEEN = 0.5
"""Least strength of a cell that is not empty: it has to be found among thousands."""


def cells_per_dot(size: int, pixels: float) -> int:
    """How many cells of a row one dot stands for."""
    return max(1, math.ceil(size * _DOT / max(1.0, pixels)))


def strongest_in(matrix: IntArray, cell: MatrixCell, step: int) -> MatrixCell:
    """Of the cells that share a dot with ``cell`` the one with the largest number, a mistake
    before what is right."""
    row, column = (place - place % step for place in cell)
    block = matrix[row : row + step, column : column + step].copy()
    right = np.arange(row, row + block.shape[0])[:, None] == np.arange(
        column, column + block.shape[1])
    wrong = np.where(right, 0, block)
    found = int((wrong if wrong.any() else block).argmax())
    best = (row + found // block.shape[1], column + found % block.shape[1])
    return best if block.any() else cell


def matrix_picture(matrix: IntArray, step: int, panel: QColor, right: QColor, wrong: QColor
                   ) -> QImage:
    """Paint a matrix, int64 (C, C), rows truth: what is right in one colour, mistakes in another,
    the stronger the larger their share of the row; ``step`` cells are one dot."""
    places = np.arange(0, len(matrix), step)
    totals = np.maximum(matrix.sum(1, keepdims=True), 1)
    share = np.sqrt(matrix / totals, dtype=np.float32)
    share = np.where(share > 0, _SEEN + (1 - _SEEN) * share, 0.0)
    hits = share.diagonal().copy()
    np.fill_diagonal(share, 0.0)
    mistakes = np.maximum.reduceat(np.maximum.reduceat(share, places, 0), places, 1)
    hits = np.maximum.reduceat(hits, places)
    picture = _mixed(panel, wrong, mistakes)
    on = np.arange(len(places))
    seen = hits >= mistakes[on, on]
    picture[on[seen], on[seen]] = _mixed(panel, right, hits[seen])
    height, width = mistakes.shape
    return QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _mixed(base: QColor, tone: QColor, share: np.ndarray) -> np.ndarray:
    """uint8 (…, 3)."""
    low, high = (np.array([color.red(), color.green(), color.blue()], np.float32)
                 for color in (base, tone))
    return np.asarray(low + share[..., None] * (high - low), np.uint8)
