"""Average precision and the curves behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array, FloatArray, IntArray
from workbench.evaluation.matching import Matching

IOU_THRESHOLDS: list[float] = np.linspace(0.5, 0.95, 10).tolist()
"""COCO's ten thresholds, .50:.05:.95."""

RECALL_POINTS: Float64Array = np.linspace(0.0, 1.0, 101)
"""COCO's 101 points of recall at which precision is read."""

AP_MAX_DETECTIONS = 100
"""Most detections of one class on one image that count, as COCO's maxDets."""

def most_counted(objects: int) -> int:
    """Most detections of one class on one image that count in average precision.

    It is COCO's number, unless an image holds more than that ``objects`` of one class: then it is
    twice as many, because otherwise not even a perfect model could find them all.
    """
    return AP_MAX_DETECTIONS if objects <= AP_MAX_DETECTIONS else 2 * objects


AP_MIN_SCORE = 0.01
"""Detections below this score take no part in average precision."""


@dataclass(frozen=True, slots=True)
class PrecisionRecallCurve:
    """Precision and recall of one class (or of all) while the score threshold falls."""

    name: str
    """The class, or "all"."""
    scores: FloatArray
    """float32 (K,), falling: the k-th point counts the detections down to this score."""
    precision: Float64Array
    recall: Float64Array
    """float64 (K,), 0..1, as counted (not interpolated)."""

    @property
    def f1(self) -> Float64Array:
        """float64 (K,): harmonic mean of precision and recall, 0 where both are 0."""
        total = self.precision + self.recall
        return np.divide(2 * self.precision * self.recall, total,
                         out=np.zeros_like(total), where=total > 0)

    def at(self, score_thresh: float) -> tuple[float, float] | None:
        """(precision, recall) at a score threshold; None when nothing reaches it."""
        count = int(np.searchsorted(-self.scores, -np.float32(score_thresh), "right"))
        if not count:
            return None
        return float(self.precision[count - 1]), float(self.recall[count - 1])

    def best_score(self) -> float | None:
        """Score threshold with the largest F1; None where no detection is right, as then no
        threshold is better than another."""
        f1 = self.f1
        return float(self.scores[int(np.argmax(f1))]) if f1.any() else None


def average_precision(hits: BoolArray, misses: BoolArray, positives: int) -> float:
    """COCO's average precision of one class at one IoU threshold.

    Parameters
    ----------
    hits, misses
        bool (K,), by falling score; an ignored detection is neither.
    positives
        Number of objects that are not difficult.

    Returns
    -------
    float
        Mean over the 101 points of recall of the best precision at that recall or beyond, 0..1;
        NaN when there is no object (the class then takes no part in any mean).
    """
    if not positives:
        return float("nan")
    precision, recall = _counted(hits, misses, positives)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, RECALL_POINTS, "left")
    return float(np.append(best, 0.0)[at].mean())


def _counted(
    hits: BoolArray, misses: BoolArray, positives: int
) -> tuple[Float64Array, Float64Array]:
    found = np.cumsum(hits, dtype=np.float64)
    # where only ignored detections lead, nothing is counted yet and precision is 0
    counted = np.maximum(found + np.cumsum(misses), 1)
    return found / counted, found / max(positives, 1)


def curve(name: str, rows: IntArray, scores: FloatArray, matching: Matching,
          positives: int) -> PrecisionRecallCurve:
    """The curve of the detections ``rows``, which are ordered by falling score."""
    rows = rows[~matching.ignored[rows]]
    hits = matching.truth[rows] >= 0
    found = np.cumsum(hits, dtype=np.float64)
    precision = found / np.arange(1, len(rows) + 1)
    # equal scores cross the threshold together: each takes the value after the last of them
    values = scores[rows]
    last = np.searchsorted(-values, -values, "right") - 1
    return PrecisionRecallCurve(name, values, precision[last], (found / max(positives, 1))[last])


def class_precisions(
    by_class: Sequence[IntArray], eligible: BoolArray, matchings: Sequence[Matching],
    positives: IntArray,
) -> Float64Array:
    """Average precision of each class at each threshold: float64 (C, T).

    Parameters
    ----------
    by_class
        For each class its detections by falling score.
    eligible
        bool (N,): detections that take part.
    matchings
        One for each threshold.
    positives
        int64 (C,): objects that are not difficult.
    """
    table = np.full((len(by_class), len(matchings)), np.nan)
    for label, rows in enumerate(by_class):
        taking_part = rows[eligible[rows]]
        for k, matching in enumerate(matchings):
            hits = matching.truth[taking_part] >= 0
            misses = ~hits & ~matching.ignored[taking_part]
            table[label, k] = average_precision(hits, misses, int(positives[label]))
    return table
