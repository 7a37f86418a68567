"""Confusion matrix with "none", and the very boxes behind each of its numbers.

Rows are what is true, columns what was detected. The last row, "none", holds extra detections,
the last column missed objects. Every object that is not difficult is in exactly one cell, and so
is every shown detection that no difficult object absorbs; hence a row adds up to the objects of
its class and a column to the counted detections of its class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import BoolArray, IntArray
from workbench.evaluation.matching import Matching, walk
from workbench.evaluation.pairs import Pairs
from workbench.evaluation.tables import DetectionTable, TruthTable

MatrixCell = tuple[int, int]
"""(row, column) of a confusion matrix; the last of each is "none"."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of every object and every counted detection; all int64 (K,)."""

    truth: IntArray
    detection: IntArray
    """Rows of the tables, or -1 for none."""
    row: IntArray
    column: IntArray
    """Cell of the confusion matrix."""

    def matrix(self, classes: int) -> IntArray:
        """int64 (classes + 1, classes + 1)."""
        size = classes + 1
        counts = np.bincount(self.row * size + self.column, minlength=size * size)
        return counts.reshape(size, size).astype(np.int64)


def outcomes(
    detections: DetectionTable, truths: TruthTable, *, shown: BoolArray, matching: Matching,
    other_class: Pairs, classes: int,
) -> Outcomes:
    """Second step of the matching (see :mod:`workbench.evaluation.matching`).

    Parameters
    ----------
    shown
        bool (N,): detections above the score threshold after suppression.
    matching
        The first step's result.
    other_class
        Pairs of different classes that reach the threshold, in the order of the walk.
    classes
        Number of classes.
    """
    hits = np.flatnonzero(shown & (matching.truth >= 0))
    free_truth = ~truths.difficult
    free_truth[matching.truth[hits]] = False
    free_detection = shown & (matching.truth < 0) & ~matching.ignored
    open_pairs = free_detection[other_class.first] & free_truth[other_class.second]
    partner = walk(other_class.first[open_pairs], other_class.second[open_pairs],
                   len(detections), len(truths))
    confused = np.flatnonzero(partner >= 0)
    free_detection[confused] = False
    free_truth[partner[confused]] = False
    extra, missed = np.flatnonzero(free_detection), np.flatnonzero(free_truth)

    truth = np.concatenate([matching.truth[hits], partner[confused],
                            np.full(len(extra), -1), missed])
    detection = np.concatenate([hits, confused, extra, np.full(len(missed), -1)])
    row = np.full(len(truth), classes)
    row[truth >= 0] = truths.labels[truth[truth >= 0]]
    column = np.full(len(truth), classes)
    column[detection >= 0] = detections.labels[detection[detection >= 0]]
    return Outcomes(truth, detection, row, column)
