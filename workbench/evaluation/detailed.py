"""Objects compared by more than their boxes: by outlines, or by key points.

Which detection belongs to which object is decided by boxes (:mod:`workbench.evaluation.matching`);
here it is measured how well the details of such a pair agree. Average precision is also measured by
these alone, as COCO does for "segm" and "keypoints": the same matching with another likeness in
place of the overlap of boxes. An object of which only the box is labelled is neither hit nor missed
there, like a difficult one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array, IntArray
from workbench.evaluation.average_precision import IOU_THRESHOLDS, class_precisions
from workbench.evaluation.matching import Matching, match_classes
from workbench.evaluation.pairs import Pairs
from workbench.evaluation.tables import DetectionTable, TruthTable

_AT_ONCE = 4096


class DetailLikeness:
    """How alike the details of pairs of a detection and an object of its class are.

    A pair costs many times as much as its boxes do, so it is measured when it is first asked for;
    what suppression drops is never looked at.

    Parameters
    ----------
    pairs
        Pairs of detections and objects of one class, as of
        :func:`workbench.evaluation.matching.truth_pairs`.
    known
        bool (M,): objects whose details are labelled.
    least_box_iou
        Pairs of boxes that overlap less cannot be alike.
    measure
        From rows of detections and of objects to the likeness of each pair, float64 0..1.
    """

    def __init__(
        self, pairs: Pairs, detections: DetectionTable, objects: TruthTable, known: BoolArray,
        least_box_iou: float, measure: Callable[[IntArray, IntArray], Float64Array],
    ) -> None:
        self._pairs, self._known = pairs, known
        self._detections, self._objects = detections, objects
        self._least = least_box_iou
        self._measure = measure
        self._likeness = np.full(len(pairs), np.nan)

    def _at(self, rows: IntArray) -> Float64Array:
        """That of the pairs ``rows``."""
        new = rows[np.isnan(self._likeness[rows])]
        for start in range(0, len(new), _AT_ONCE):
            part = new[start : start + _AT_ONCE]
            self._likeness[part] = self._measure(self._pairs.first[part], self._pairs.second[part])
        return self._likeness[rows]

    def precisions(
        self, eligible: BoolArray, by_class: Sequence[IntArray], classes: int
    ) -> Float64Array:
        """Average precision by likeness of each class at each of COCO's thresholds, float64
        (C, 10); NaN for a class of which no details are labelled.

        Parameters
        ----------
        eligible
            bool (N,): detections that take part.
        by_class
            For each class its detections by falling score.
        """
        pairs = self._pairs
        near = np.flatnonzero(eligible[pairs.first] & (pairs.iou >= self._least))
        known = self._known[pairs.second[near]]
        likeness = np.array(pairs.iou[near])
        likeness[known] = self._at(near[known])
        chosen = Pairs(pairs.first[near], pairs.second[near], likeness)
        chosen = chosen.select(np.lexsort((-chosen.second, -likeness, chosen.first)))
        left_out = self._objects.difficult | ~self._known
        matchings = match_classes(chosen, IOU_THRESHOLDS, left_out, len(self._detections))
        positives = np.bincount(self._objects.labels[~left_out], minlength=classes)
        return class_precisions(by_class, eligible, matchings, positives)

    def hits(self, matching: Matching) -> IntArray:
        """The pairs, int64 (K,), of a detection and the object that it hits, where the details of
        this are labelled."""
        pairs = self._pairs
        return np.flatnonzero((matching.truth[pairs.first] == pairs.second)
                              & self._known[pairs.second])

    def of_hits(self, matching: Matching) -> Float64Array:
        """float64 (N,): how alike each detection and the object are which it hits; NaN where it
        hits none, or one without labelled details."""
        rows = self.hits(matching)
        result = np.full(len(self._detections), np.nan)
        result[self._pairs.first[rows]] = self._at(rows)
        return result


def mean_precisions(precisions: Float64Array | None) -> tuple[float, float]:
    """Mean average precision over all of COCO's thresholds and at .50; NaN where there is nothing
    to measure."""
    if precisions is None:
        return math.nan, math.nan
    known = precisions[~np.isnan(precisions[:, 0])]
    return (float(known.mean()), float(known[:, 0].mean())) if len(known) else (math.nan, math.nan)
