"""Evaluation at the speed of a slider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array, IntArray
from workbench.core.detections import Detections, Truth
from workbench.evaluation.average_precision import (
    AP_MIN_SCORE,
    IOU_THRESHOLDS,
    PrecisionRecallCurve,
    class_precisions,
    curve,
    most_counted,
)
from workbench.evaluation.confusion import outcomes
from workbench.evaluation.detailed import mean_precisions
from workbench.evaluation.keypointed import KeypointLikeness, keypoints_exist, share_near
from workbench.evaluation.matching import Matching, match_classes, truth_pairs
from workbench.evaluation.nms import MAX_DETECTIONS, Suppression
from workbench.evaluation.outlined import mean_overlap, outline_likeness, outlines_exist
from workbench.evaluation.pairs import Pairs
from workbench.evaluation.result import Evaluation, Thresholds, summarize
from workbench.evaluation.tables import DetectionTable, TruthTable

LEAST_MATCH_IOU = 0.1
"""Pairs of a detection and an object are kept down to this IoU, or lower if it is asked for."""


@dataclass(frozen=True, slots=True)
class _Suppressed:
    """What depends on the NMS threshold alone."""

    nms_thresh: float
    kept: BoolArray
    precisions: Float64Array
    outline_precisions: Float64Array | None
    keypoint_precisions: Float64Array | None


@dataclass(frozen=True, slots=True)
class _Matched:
    """What depends on the NMS and the match threshold, not on the score."""

    key: tuple[float, float]
    matching: Matching
    other_class: Pairs
    curves: list[PrecisionRecallCurve]
    curve: PrecisionRecallCurve
    outline_overlaps: Float64Array | None
    keypoints_near: IntArray | None


class LiveEvaluation:
    """Evaluates one set again and again while the thresholds move.

    Each of the three thresholds has its own part of the work, because of two facts: suppression
    and matching both go from the best score down, so leaving out the weak detections changes
    nothing for the strong ones. Moving the score slider costs a mask and a count; the match
    slider costs one matching; the NMS slider costs suppression, average precision and a matching.

    Parameters
    ----------
    truths, raw
        One for each image, in the same order.
    classes
        Names that the labels index.

    Raises
    ------
    ValueError
        If the lengths differ or a label is out of range.
    """

    def __init__(
        self, truths: Sequence[Truth], raw: Sequence[Detections], classes: Sequence[str]
    ) -> None:
        if len(truths) != len(raw):
            raise ValueError(f"{len(truths)} images with labels, {len(raw)} with detections")
        self.classes = tuple(classes)
        self._detections = DetectionTable.build(raw)
        self._truths = TruthTable.build(truths)
        self._check_labels()
        self._by_class = self._order_by_class()
        self._by_score = np.argsort(-self._detections.scores, kind="stable")
        self._groups = self._detections.image * max(1, len(classes)) + self._detections.labels
        self._positives = np.bincount(
            self._truths.labels[~self._truths.difficult], minlength=len(classes)
        ).astype(np.int64)
        together = self._truths.image * max(1, len(classes)) + self._truths.labels
        self._most = most_counted(int(np.bincount(together).max()) if len(together) else 0)
        self._suppression = Suppression(self._detections.boxes, self._groups,
                                        rotated=self._detections.rotated)
        self._sides = raw, truths
        self._outlined = outlines_exist(raw, truths)
        self._keypointed = keypoints_exist(raw, truths)
        self._set_pairs(LEAST_MATCH_IOU)
        self._suppressed: _Suppressed | None = None
        self._matched: _Matched | None = None

    def _check_labels(self) -> None:
        for labels in (self._detections.labels, self._truths.labels):
            if len(labels) and not 0 <= labels.min() <= labels.max() < len(self.classes):
                raise ValueError(f"a label is not one of the {len(self.classes)} classes")

    def _order_by_class(self) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
        rows = [np.flatnonzero(self._detections.labels == k) for k in range(len(self.classes))]
        return [part[np.argsort(-self._detections.scores[part], kind="stable")] for part in rows]

    def _set_pairs(self, floor: float) -> None:
        pairs = truth_pairs(self._detections, self._truths, floor)
        same = self._detections.labels[pairs.first] == self._truths.labels[pairs.second]
        self._floor = floor
        self._same, self._other = pairs.select(same), pairs.select(~same)
        compared = (self._same, *self._sides, self._detections, self._truths)
        self._outlines = outline_likeness(*compared) if self._outlined else None
        self._keypoints = KeypointLikeness(*compared) if self._keypointed else None

    def update(
        self, score_thresh: float = 0.25, nms_thresh: float = 0.5, match_iou: float = 0.5
    ) -> Evaluation:
        """Evaluate at these thresholds (each 0..1); only what they change is computed again."""
        if match_iou < self._floor:
            self._set_pairs(match_iou)
        suppressed = self._suppress(nms_thresh)
        matched = self._match(suppressed, match_iou)
        table = self._detections
        shown = suppressed.kept & (table.scores >= np.float32(score_thresh))
        result = outcomes(table, self._truths, shown=shown, matching=matched.matching,
                          other_class=matched.other_class, classes=len(self.classes))
        confusion = result.matrix(len(self.classes))
        per_class, means, overall = summarize(self.classes, suppressed.precisions, confusion)
        overlaps, near = matched.outline_overlaps, matched.keypoints_near
        outline_map = mean_precisions(suppressed.outline_precisions)
        keypoint_map = mean_precisions(suppressed.keypoint_precisions)
        return Evaluation(
            classes=self.classes, thresholds=Thresholds(score_thresh, nms_thresh, match_iou),
            map=means[0], map_50=means[1], map_75=means[2], per_class=per_class,
            precision=overall[0], recall=overall[1], f1=overall[2], confusion=confusion,
            curves=matched.curves, curve=matched.curve, images=len(table.starts) - 1,
            truths=int(self._positives.sum()), difficult=int(self._truths.difficult.sum()),
            raw=len(table), shown=int(shown.sum()), detection_table=table,
            truth_table=self._truths, shown_mask=shown, outcomes=result,
            ap_max_detections=self._most, outline_iou=mean_overlap(overlaps, shown),
            outline_map=outline_map[0], outline_map_50=outline_map[1], outline_overlaps=overlaps,
            keypoint_pck=share_near(near, shown), keypoint_map=keypoint_map[0],
            keypoint_map_50=keypoint_map[1], keypoints_near=near,
        )

    def _suppress(self, nms_thresh: float) -> _Suppressed:
        if self._suppressed is None or self._suppressed.nms_thresh != nms_thresh:
            table = self._detections
            kept = self._suppression.keep(nms_thresh)
            kept = table.best_per_group(kept, table.image, MAX_DETECTIONS)
            strong = kept & (table.scores >= np.float32(AP_MIN_SCORE))
            eligible = table.best_per_group(strong, self._groups, self._most)
            pairs = self._same.select(eligible[self._same.first])
            matchings = match_classes(pairs, IOU_THRESHOLDS, self._truths.difficult, len(table))
            by_outlines, by_keypoints = (
                None if likeness is None else likeness.precisions(
                    eligible, self._by_class, len(self.classes))
                for likeness in (self._outlines, self._keypoints))
            self._suppressed = _Suppressed(
                nms_thresh, kept,
                class_precisions(self._by_class, eligible, matchings, self._positives),
                by_outlines, by_keypoints,
            )
        return self._suppressed

    def _match(self, suppressed: _Suppressed, match_iou: float) -> _Matched:
        key = (suppressed.nms_thresh, match_iou)
        if self._matched is None or self._matched.key != key:
            kept, scores = suppressed.kept, self._detections.scores
            same = self._same.select(kept[self._same.first])
            reached = self._other.iou >= min(match_iou, 1 - 1e-10)
            matching = match_classes(same, [match_iou], self._truths.difficult, len(scores))[0]
            curves = [
                curve(name, rows[kept[rows]], scores, matching, int(self._positives[k]))
                for k, (name, rows) in enumerate(zip(self.classes, self._by_class, strict=True))
            ]
            everything = self._by_score[kept[self._by_score]]
            self._matched = _Matched(
                key, matching, self._other.select(reached & kept[self._other.first]), curves,
                curve("all", everything, scores, matching, int(self._positives.sum())),
                None if self._outlines is None else self._outlines.of_hits(matching),
                None if self._keypoints is None else self._keypoints.near(matching),
            )
        return self._matched
