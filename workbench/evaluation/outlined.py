"""How well the outlines of objects are found.

Which detection belongs to which object is decided by boxes (:mod:`workbench.evaluation.matching`);
here the outlines of such a pair are compared. Average precision is also measured by outlines alone,
as COCO's "segm": the same matching with the overlap of outlines in place of that of boxes. An
object of which only the box is labelled is neither hit nor missed there, like a difficult one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array, IntArray
from workbench.core.detections import Detections, Truth
from workbench.core.outline_grids import paired_overlap
from workbench.evaluation.average_precision import IOU_THRESHOLDS, class_precisions
from workbench.evaluation.matching import Matching, match_classes
from workbench.evaluation.pairs import Pairs
from workbench.evaluation.tables import DetectionTable, TruthTable

_LEAST_BOX_IOU = 0.25
"""Boxes that overlap less belong to no outlines that overlap by half, the least that counts."""

_AT_ONCE = 4096


class OutlineOverlaps:
    """The overlap of outlines in pairs of a detection and an object of its class.

    A pair costs a hundred times as much as its boxes do, so it is measured when it is first asked
    for; what suppression drops is never looked at.

    Parameters
    ----------
    pairs
        Pairs of detections and objects of one class, as of :func:`truth_pairs`.
    """

    def __init__(self, pairs: Pairs, raw: Sequence[Detections], truths: Sequence[Truth],
                 detection_table: DetectionTable, truth_table: TruthTable) -> None:
        self._pairs = pairs
        self._raw, self._truths = raw, truths
        self._detections, self._objects = detection_table, truth_table
        self._iou = np.full(len(pairs), np.nan)
        self._known = np.concatenate(
            [np.zeros(len(item), np.bool_) if item.outlined is None else item.outlined
             for item in truths] or [np.zeros(0, np.bool_)])

    @staticmethod
    def exist(raw: Sequence[Detections], truths: Sequence[Truth]) -> bool:
        """Whether there are outlines on both sides."""
        found = [item for item in raw if len(item)]
        return (bool(found) and all(item.outlines is not None for item in found)
                and any(item.outlined is not None and item.outlined.any() for item in truths))

    def _at(self, rows: IntArray) -> Float64Array:
        """The overlap of the pairs ``rows``."""
        new = rows[np.isnan(self._iou[rows])]
        for start in range(0, len(new), _AT_ONCE):
            part = new[start : start + _AT_ONCE]
            self._iou[part] = self._measured(self._pairs.first[part], self._pairs.second[part])
        return self._iou[rows]

    def _measured(self, found: IntArray, objects: IntArray) -> Float64Array:
        images = self._detections.image[found].tolist()
        mine = zip(images, self._detections.index[found].tolist(), strict=True)
        theirs = zip(images, self._objects.index[objects].tolist(), strict=True)
        return paired_overlap(
            np.stack([self._raw[image].outlines[row]  # all have them
                      for image, row in mine]), self._detections.boxes[found],
            np.stack([self._truths[image].outlines[row]  # where known
                      for image, row in theirs]), self._objects.boxes[objects])

    def precisions(
        self, eligible: BoolArray, by_class: Sequence[IntArray], classes: int
    ) -> Float64Array:
        """Average precision by outlines of each class at each of COCO's thresholds, float64
        (C, 10); NaN for a class of which no outline is labelled.

        Parameters
        ----------
        eligible
            bool (N,): detections that take part.
        by_class
            For each class its detections by falling score.
        """
        pairs = self._pairs
        near = np.flatnonzero(eligible[pairs.first] & (pairs.iou >= _LEAST_BOX_IOU))
        known = self._known[pairs.second[near]]
        overlap = np.array(pairs.iou[near])
        overlap[known] = self._at(near[known])
        chosen = Pairs(pairs.first[near], pairs.second[near], overlap)
        chosen = chosen.select(np.lexsort((-chosen.second, -overlap, chosen.first)))
        left_out = self._objects.difficult | ~self._known
        matchings = match_classes(chosen, IOU_THRESHOLDS, left_out, len(self._detections))
        positives = np.bincount(self._objects.labels[~left_out], minlength=classes)
        return class_precisions(by_class, eligible, matchings, positives)

    def of_hits(self, matching: Matching) -> Float64Array:
        """float64 (N,): how much the outline of each detection and that of the object which it
        hits overlap; NaN where it hits none, or one without an outline."""
        pairs = self._pairs
        rows = np.flatnonzero((matching.truth[pairs.first] == pairs.second)
                              & self._known[pairs.second])
        result = np.full(len(self._detections), np.nan)
        result[pairs.first[rows]] = self._at(rows)
        return result


def outline_figures(
    precisions: Float64Array | None, overlaps: Float64Array | None, shown: BoolArray
) -> tuple[float, float, float]:
    """Mean overlap of the hits, and mean average precision over all of COCO's thresholds and at
    .50; each NaN where there is nothing to measure.

    Parameters
    ----------
    precisions, overlaps
        As :class:`OutlineOverlaps` says them; None without outlines.
    shown
        bool (N,): the detections that count.
    """
    if precisions is None or overlaps is None:
        return math.nan, math.nan, math.nan
    counted = overlaps[shown & ~np.isnan(overlaps)]
    known = precisions[~np.isnan(precisions[:, 0])]
    return tuple(float(part.mean()) if len(part) else math.nan  # type: ignore[return-value]
                 for part in (counted, known, known[:, 0]))
