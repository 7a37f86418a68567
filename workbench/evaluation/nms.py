"""Non-maximum suppression in numpy, equal to ``torchvision.ops.nms`` and ``batched_nms``."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array, FloatArray, IntArray
from workbench.core.detections import Detections
from workbench.core.rectangles import rectangle_overlaps
from workbench.evaluation.pairs import Pairs, overlapping_pairs, suppress
from workbench.evaluation.rotated import near, rotated_pairs

MAX_DETECTIONS = 3000
"""Most detections of one image that are shown and counted, the best by score: a bound for a model
that knows nothing yet, far above what people count on a plate of cells."""

LEAST_NMS = 0.1
"""Overlapping pairs are kept down to this IoU, so that suppression above it costs little."""

_MOST_PAIRS = 12_000_000
"""Pairs that are kept at most (about 250 MB); beyond it, the least overlapping ones are not."""

_MOST_PAIRS_ONCE = 4_000_000


def batched_nms(
    boxes: FloatArray, scores: FloatArray, labels: IntArray, iou_threshold: float,
    rotated: FloatArray | None = None,
) -> IntArray:
    """Drop every box that overlaps a better one of its class by more than ``iou_threshold``.

    Parameters
    ----------
    boxes
        float32 (N, 4), xyxy.
    scores
        float32 (N,).
    labels
        int64 (N,), the class of each.
    iou_threshold
        0..1; a box goes when its IoU with a kept one is greater.
    rotated
        float32 (N, 5), see :mod:`workbench.core.rectangles`: where these are known, theirs counts.

    Returns
    -------
    int64 (K,)
        The kept indices by falling score; equal scores in the order they came in.
    """
    order = np.argsort(-np.asarray(scores, np.float32), kind="stable")
    ranked = np.asarray(boxes, np.float32).reshape(-1, 4)[order]
    groups = np.asarray(labels, np.int64)[order]
    turned = None if rotated is None else rotated[order]
    pairs = _pairs(ranked, groups, iou_threshold, _MOST_PAIRS_ONCE, turned)
    keep = (_one_by_one(ranked, groups, iou_threshold, turned) if pairs is None
            else suppress(pairs, len(order)))
    kept: IntArray = order[keep]
    return kept


class Suppression:
    """Suppression of one set of boxes at many thresholds.

    Parameters
    ----------
    boxes
        float32 (N, 4), xyxy; within a group, the best first.
    groups
        int64 (N,); boxes suppress others of their group only (one class on one image).
    rotated
        As :func:`batched_nms` has them.

    Notes
    -----
    Overlapping pairs are found once. Where there are too many, those that overlap least are left
    out, and a threshold below them is worked out box by box, which is quick there because few
    boxes survive. Of rotated boxes many do, each with an overlap that takes longer: where it can
    be, all their pairs are found instead when such a threshold is first asked for.
    """

    def __init__(self, boxes: FloatArray, groups: IntArray, most: int = _MOST_PAIRS,
                 rotated: FloatArray | None = None) -> None:
        self._boxes, self._groups, self._rotated = boxes, groups, rotated
        self._most, self._all_found = most, False
        self._floor = LEAST_NMS
        self._pairs: Pairs | None = None
        while self._pairs is None and self._floor < 1:
            self._pairs = _pairs(boxes, groups, self._floor, most, rotated)
            if self._pairs is None:
                self._floor += 0.2

    def keep(self, nms_thresh: float) -> BoolArray:
        """bool (N,): which boxes stay at this threshold."""
        if nms_thresh < self._floor and self._rotated is not None:
            self._find_all()
        if self._pairs is None or nms_thresh < self._floor:
            return _one_by_one(self._boxes, self._groups, nms_thresh, self._rotated)
        over = np.flatnonzero(self._pairs.iou.astype(np.float64) > nms_thresh)
        return suppress(self._pairs.select(over), len(self._boxes))

    def _find_all(self) -> None:
        if not self._all_found:
            self._all_found = True
            pairs = _pairs(self._boxes, self._groups, 0.0, self._most, self._rotated)
            if pairs is not None:
                self._pairs, self._floor = pairs, 0.0


def _pairs(boxes: FloatArray, groups: IntArray, floor: float, most: int,
           rotated: FloatArray | None) -> Pairs | None:
    """Those that overlap by more than ``floor``; None where they are too many."""
    if rotated is None:
        return overlapping_pairs(boxes, groups, floor, most=most)
    pairs = overlapping_pairs(boxes, groups, near(floor), most=most)
    if pairs is None:
        return None
    pairs = rotated_pairs(pairs, rotated, rotated, floor)
    return pairs.select(pairs.iou > floor)


def _one_by_one(boxes: FloatArray, groups: IntArray, iou_threshold: float,
                rotated: FloatArray | None) -> BoolArray:
    """Which of ``boxes`` (within a group the best first) stay, without keeping pairs."""
    keep = np.zeros(len(boxes), np.bool_)
    order = np.argsort(groups, kind="stable")
    edges = np.flatnonzero(np.diff(groups[order], prepend=-1, append=-1))
    for start, stop in pairwise(edges):
        rows = order[start:stop]
        keep[rows] = (_greedy(boxes[rows], iou_threshold) if rotated is None
                      else _greedy_rotated(boxes[rows], rotated[rows], iou_threshold))
    return keep


def _greedy(boxes: FloatArray, iou_threshold: float) -> BoolArray:
    limit = np.float64(iou_threshold)
    keep = np.zeros(len(boxes), np.bool_)
    sides = np.ascontiguousarray(boxes.T)
    left = np.arange(len(boxes))
    while len(left):
        best, rest = left[0], left[1:]
        keep[best] = True
        left = rest[~(_overlaps(sides, best, rest) > limit)]
    return keep


def _overlaps(sides: FloatArray, one: np.int64, others: IntArray) -> Float64Array:
    """Of a column of x1, y1, x2, y2 (4, N) with ``others``."""
    x1, y1, x2, y2 = sides
    with np.errstate(all="ignore"):  # huge or inverted boxes: a comparison is then false
        width = np.maximum(np.minimum(x2[one], x2[others]) - np.maximum(x1[one], x1[others]), 0)
        height = np.maximum(np.minimum(y2[one], y2[others]) - np.maximum(y1[one], y1[others]), 0)
        inter = width * height
        area = (x2[one] - x1[one]) * (y2[one] - y1[one])
        areas = (x2[others] - x1[others]) * (y2[others] - y1[others])
        found: Float64Array = (inter / (area + areas - inter)).astype(np.float64)
    return found


def _greedy_rotated(boxes: FloatArray, rotated: FloatArray, iou_threshold: float) -> BoolArray:
    """As :func:`_greedy`; only those are looked at whose upright boxes overlap enough for it."""
    keep = np.zeros(len(rotated), np.bool_)
    sides = np.ascontiguousarray(boxes.T)
    left, least = np.arange(len(rotated)), near(iou_threshold)
    while len(left):
        best, rest = left[0], left[1:]
        keep[best] = True
        close = np.flatnonzero(_overlaps(sides, best, rest) >= max(least, 1e-9))
        overlaps = rectangle_overlaps(np.broadcast_to(rotated[best], (len(close), 5)),
                                      rotated[rest[close]])
        left = np.delete(rest, close[overlaps > iou_threshold])
    return keep


def filter_detections(
    detections: Detections, score_thresh: float, nms_thresh: float,
    max_detections: int = MAX_DETECTIONS,
) -> Detections:
    """What is shown of raw detections: score, then NMS for each class, then the best few.

    Parameters
    ----------
    detections
        Raw detections of one image.
    score_thresh
        0..1; a detection stays when its score is at least this.
    nms_thresh
        0..1; see :func:`batched_nms`.
    max_detections
        Most that are returned, over all classes.

    Returns
    -------
    Detections
        By falling score.
    """
    strong = detections.select(detections.scores >= np.float32(score_thresh))
    kept = batched_nms(strong.boxes, strong.scores, strong.labels, nms_thresh, strong.rotated)
    return strong.select(kept[:max_detections])
