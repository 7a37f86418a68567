"""Non-maximum suppression in numpy, equal to ``torchvision.ops.nms`` and ``batched_nms``."""

from __future__ import annotations

import numpy as np

from workbench.core.detections import Detections, FloatArray, IntArray

MAX_DETECTIONS = 300
"""Most detections of one image that are shown and counted, the best by score."""


def nms(boxes: FloatArray, scores: FloatArray, iou_threshold: float) -> IntArray:
    """Drop every box that overlaps a better one by more than ``iou_threshold``.

    Parameters
    ----------
    boxes
        float32 (N, 4), xyxy.
    scores
        float32 (N,).
    iou_threshold
        0..1; a box goes when its IoU with a kept one is greater.

    Returns
    -------
    int64 (K,)
        The kept indices by falling score; equal scores in the order they came in.
    """
    return batched_nms(boxes, scores, np.zeros(len(scores), np.int64), iou_threshold)


def batched_nms(
    boxes: FloatArray, scores: FloatArray, labels: IntArray, iou_threshold: float
) -> IntArray:
    """:func:`nms` for each class on its own; ``labels`` is int64 (N,)."""
    order = np.argsort(-np.asarray(scores, np.float32), kind="stable")
    boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
    keep = np.ones(len(order), np.bool_)
    for label in np.unique(labels):
        rows = order[labels[order] == label]
        keep[rows] = _greedy(boxes[rows], iou_threshold)
    kept: IntArray = order[keep[order]]
    return kept


def _greedy(boxes: FloatArray, iou_threshold: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which of ``boxes`` (best first) stay."""
    limit = np.float64(iou_threshold)
    keep = np.zeros(len(boxes), np.bool_)
    x1, y1, x2, y2 = np.ascontiguousarray(boxes.T)
    left = np.arange(len(boxes))
    with np.errstate(all="ignore"):
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


def filter_detections(
    detections: Detections,
    score_thresh: float,
    nms_thresh: float,
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
        0..1; see :func:`nms`.
    max_detections
        Most that are returned, over all classes.

    Returns
    -------
    Detections
        By falling score.
    """
    strong = detections.select(detections.scores >= np.float32(score_thresh))
    kept = batched_nms(strong.boxes, strong.scores, strong.labels, nms_thresh)
    return strong.select(kept[:max_detections])
