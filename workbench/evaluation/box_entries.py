"""The boxes behind a number of the matrix, in an order, whatever they are drawn on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.core.arrays import IntArray
from workbench.evaluation.box_words import Selection, in_group
from workbench.evaluation.confusion import MatrixCell
from workbench.evaluation.live import LiveEvaluation
from workbench.evaluation.result import CellTable, Evaluation, joined

Order = Literal["file", "score-high", "score-low", "overlap", "small", "large", "mistakes", "worst"]


@dataclass(frozen=True, slots=True)
class Entries:
    """What the gallery shows, in its order.

    Parameters
    ----------
    behind
        The cell or the group of cells; None when whole images are shown.
    """

    selection: Selection
    table: CellTable
    """One row for each picture; whole images have neither truth nor detection."""
    mistakes: IntArray
    """int64 (K,): missed, extra and confused boxes of the picture's image."""
    cells: IntArray
    """int64 (K, 2): the cell of each picture; -1 for whole images."""

    def __len__(self) -> int:
        return len(self.table)

    def cell(self, row: int) -> MatrixCell:
        """The cell of the matrix that a picture belongs to; not for whole images."""
        return int(self.cells[row, 0]), int(self.cells[row, 1])

    def identity(self, row: int) -> tuple[int, int, int]:
        """What stays the same when thresholds move: (image, truth, detection)."""
        return (int(self.table.image[row]), int(self.table.truth[row]),
                int(self.table.detection[row]))


def cells_of(evaluation: Evaluation, selection: Selection) -> list[MatrixCell]:
    """The cells of the matrix that ``selection`` stands for; those of a group that hold something,
    and all cells where whole images are shown."""
    if isinstance(selection, tuple):
        return [selection]
    none = len(evaluation.classes)
    filled = [(int(row), int(column)) for row, column in np.argwhere(evaluation.confusion)]
    return [cell for cell in filled if selection is None or in_group(cell, selection, none)]


def entries_of(
    evaluation: Evaluation, selection: Selection, order: Order, whole: CellTable,
    changed: Callable[[CellTable], CellTable] = lambda part: part,
) -> Entries:
    """What is shown of ``selection``: rows of ``whole`` for None; ``changed`` may leave some out of
    the table of a cell."""
    mistakes = mistakes_per_image(evaluation)
    if selection is None:
        table, cells = whole, np.full((len(whole), 2), -1, np.int64)
    else:
        parts = [(cell, changed(evaluation.cell_table(*cell)))
                 for cell in cells_of(evaluation, selection)]
        table = joined([part for _, part in parts])
        cells = np.array([cell for cell, part in parts for _ in range(len(part))],
                         np.int64).reshape(-1, 2)
    rows = np.argsort(_sort_key(table, mistakes, order), kind="stable")
    table = table.select(rows)
    return Entries(selection, table, mistakes[table.image], cells[rows])


def best_threshold(live: LiveEvaluation, nms_thresh: float, match_iou: float) -> float | None:
    """Score threshold with the best F1 over all classes, rounded down to two decimals so that the
    detection at it stays in; None where no detection is right."""
    best = live.update(0.5, nms_thresh, match_iou).curve.best_score()
    return None if best is None else float(np.floor(best * 100) / 100)


def _sort_key(table: CellTable, mistakes: IntArray, order: Order) -> np.ndarray:
    areas = np.prod(table.boxes[:, 2:] - table.boxes[:, :2], axis=1)
    keys: dict[Order, np.ndarray] = {
        "file": table.image, "score-high": -table.score, "score-low": table.score,
        "overlap": _likeness(table),
        "small": areas, "large": -areas, "mistakes": -mistakes[table.image],
        "worst": _harmless(table, areas),
    }
    return keys[order]


def _likeness(table: CellTable) -> np.ndarray:
    """How well a detection lies on its label: by key points or outlines where these are known."""
    best = table.iou
    for known in (table.outline_iou, table.keypoint_pck):
        best = np.where(np.isnan(known), best, known)
    return best


def _harmless(table: CellTable, areas: np.ndarray) -> np.ndarray:
    """Small for bad mistakes: what was missed altogether, the largest first, then what was found
    and is wrong, the surest first."""
    share = areas / max(1.0, float(areas.max(initial=0.0)))
    return np.where(table.detection < 0, -1.0 - share, -table.score.astype(np.float64))


def mistakes_per_image(evaluation: Evaluation) -> IntArray:
    """int64 (images,): objects missed or taken for others, and extra detections."""
    outcomes = evaluation.outcomes
    wrong = outcomes.row != outcomes.column
    truth, found = outcomes.truth[wrong], outcomes.detection[wrong]
    image = np.where(truth >= 0, _at(evaluation.truth_table.image, truth),
                     _at(evaluation.detection_table.image, found))
    return np.bincount(image, minlength=evaluation.images).astype(np.int64)


def _at(values: IntArray, rows: IntArray) -> IntArray:
    """``values`` at ``rows``, anything where a row is -1."""
    return values[np.maximum(rows, 0)] if len(values) else np.zeros(len(rows), np.int64)
