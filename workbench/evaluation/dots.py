"""How near a detection lies to a labelled dot, in place of the overlap of their boxes.

A dot says where a thing is and not how large, so how much boxes overlap would judge a size that
nobody labelled. The likeness of a detection and a dot is 1 - distance / side, with the distance
from the middle of the detection's box to the dot, and the side that the class is learned with: 0.5,
the usual least overlap of a hit, is half the side away.
"""

from __future__ import annotations

import numpy as np

from workbench.core.arrays import Float64Array, FloatArray, IntArray
from workbench.evaluation.pairs import Pairs
from workbench.evaluation.tables import DetectionTable, TruthTable

_AT_ONCE = 1 << 20


def near_dots(pairs: Pairs, detections: DetectionTable, truths: TruthTable, floor: float) -> Pairs:
    """``pairs`` with those of dots by likeness, of ``floor`` or more; the others stay."""
    dots = truths.dots
    if dots is None:
        return pairs
    rest = pairs.select(dots[pairs.second, 2] <= 0)
    found = [(rest.first, rest.second, np.asarray(rest.iou, np.float64))]
    for image in range(len(detections.starts) - 1):
        d0, d1 = map(int, detections.starts[image : image + 2])
        t0, t1 = map(int, truths.starts[image : image + 2])
        there = t0 + np.flatnonzero(dots[t0:t1, 2] > 0)
        step = max(1, _AT_ONCE // max(1, len(there)))
        for start in range(d0, d1 if len(there) else d0, step):
            boxes = detections.boxes[start : min(start + step, d1)]
            alike = likeness(boxes[:, None], dots[there][None])
            i, j = np.nonzero(alike >= floor)
            found.append((i + start, there[j], alike[i, j]))
    return Pairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def with_dots(overlaps: Float64Array, detections: DetectionTable, found: IntArray,
              truths: TruthTable, labelled: IntArray) -> Float64Array:
    """``overlaps`` (N,) of detections and objects in these rows, with the likeness of dots."""
    if truths.dots is None:
        return overlaps
    dots = truths.dots[labelled]
    return np.where(dots[:, 2] > 0, likeness(detections.boxes[found], dots), overlaps)


def likeness(boxes: FloatArray, dots: FloatArray) -> Float64Array:
    """Of boxes (…, 4) and dots (…, 3): float64 (…), 0..1; 0 for what is no dot."""
    boxes, dots = boxes.astype(np.float64), dots.astype(np.float64)
    away = np.hypot((boxes[..., 0] + boxes[..., 2]) / 2 - dots[..., 0],
                    (boxes[..., 1] + boxes[..., 3]) / 2 - dots[..., 1])
    side = np.broadcast_to(dots[..., 2], away.shape)
    share: Float64Array = np.divide(away, side, out=np.ones_like(away), where=side > 0)
    return np.maximum(0.0, 1 - share)
