"""Non-maximum suppression in numpy, equal to ``torchvision.ops.nms`` and ``batched_nms``."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from workbench.core.arrays import BoolArray, FloatArray, IntArray
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
    boxes survive.
    """

    def __init__(self, boxes: FloatArray, groups: IntArray, most: int = _MOST_PAIRS,
                 rotated: FloatArray | None = None) -> None:
        self._boxes, self._groups, self._rotated = boxes, groups, rotated
        self._floor = LEAST_NMS
        self._pairs: Pairs | None = None
        while self._pairs is None and self._floor < 1:
            self._pairs = _pairs(boxes, groups, self._floor, most, rotated)
            if self._pairs is None:
                self._floor += 0.2

    def keep(self, nms_thresh: float) -> BoolArray:
        """bool (N,): which boxes stay at this threshold."""
        if self._pairs is None or nms_thresh < self._floor:
            return _one_by_one(self._boxes, self._groups, nms_thresh, self._rotated)
        over = np.flatnonzero(self._pairs.iou.astype(np.float64) > nms_thresh)
        return suppress(self._pairs.select(over), len(self._boxes))


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
                      else _greedy_rotated(rotated[rows], iou_threshold))
    return keep


def _greedy(boxes: FloatArray, iou_threshold: float) -> BoolArray:
    limit = np.float64(iou_threshold)
    keep = np.zeros(len(boxes), np.bool_)
    x1, y1, x2, y2 = np.ascontiguousarray(boxes.T)
    left = np.arange(len(boxes))
    with np.errstate(all="ignore"):  # huge or inverted boxes: the comparison below is then false
        areas = (x2 - x1) * (y2 - y1)
        while len(left):
            i, rest = left[0], left[1:]
            keep[i] = True
            width = np.maximum(np.minimum(x2[i], x2[rest]) - np.maximum(x1[i], x1[rest]), 0)
            height = np.maximum(np.minimum(y2[i], y2[rest]) - np.maximum(y1[i], y1[rest]), 0)
            inter = width * height
            iou = inter / (areas[i] + areas[rest] - inter)
            left = rest[~(iou.astype(np.float64) > limit)]
    return keep


def _greedy_rotated(rotated: FloatArray, iou_threshold: float) -> BoolArray:
    keep = np.zeros(len(rotated), np.bool_)
    left = np.arange(len(rotated))
    while len(left):
        best, rest = left[0], left[1:]
        keep[best] = True
        overlaps = rectangle_overlaps(np.broadcast_to(rotated[best], (len(rest), 5)), rotated[rest])
        left = rest[~(overlaps > iou_threshold)]
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
