"""Which detection belongs to which labelled object.

One matching decides the drawings, the numbers and the matrix. It has two steps:

1. Within a class, as COCO does it (Lin et al., "Microsoft COCO", 2014; ``COCOeval.evaluateImg``):
   detections by falling score each take the free object of their class with the largest IoU, if
   it reaches the threshold. A detection that finds none but reaches a difficult object of its
   class is ignored; one difficult object may absorb several (Pascal VOC's rule). These hits are
   the ones behind average precision and the curves.
2. What is left on both sides is paired across classes in the same way; these are the confusions
   (the "classification error" of Bolya et al., "TIDE", 2020). What is left then was missed or is
   extra.

The first step depends neither on the score threshold nor on what other classes do: a detection
never changes what a better one takes. So precision and recall read off the confusion matrix are
exactly the point of the curve at the score threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array, FloatArray, IntArray
from workbench.evaluation.dots import near_dots, with_dots
from workbench.evaluation.pairs import Pairs
from workbench.evaluation.rotated import near, paired, rotated_pairs
from workbench.evaluation.tables import DetectionTable, TruthTable

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Matching:
    """The first step's result."""

    truth: IntArray
    """int64 (N,): for each detection the object it hits, or -1."""
    ignored: BoolArray
    """bool (N,): detections that a difficult object absorbs."""


def truth_pairs(detections: DetectionTable, truths: TruthTable, floor: float) -> Pairs:
    """Find the pairs (detection, object) of one image, of any classes, with IoU ≥ ``floor``: that
    of rotated boxes where both sides are such, and of dots their likeness
    (:mod:`workbench.evaluation.dots`).

    Returns
    -------
    Pairs
        ``first`` are rows of ``detections``, ``second`` rows of ``truths``, ``iou`` float64, in
        the order of the walk: detections by rank, for each the largest IoU first. Of equal ones
        the later object comes first, as in COCO's code.
    """
    turned = detections.rotated, truths.rotated
    if turned[0] is not None and turned[1] is not None:
        found = rotated_pairs(
            _upright_pairs(detections, truths, near(floor)), turned[0], turned[1], floor)
    else:
        found = _upright_pairs(detections, truths, floor)
    return _ordered(near_dots(found, detections, truths, floor))


def _ordered(pairs: Pairs) -> Pairs:
    return pairs.select(np.lexsort((-pairs.second, -pairs.iou, pairs.first)))


def _upright_pairs(detections: DetectionTable, truths: TruthTable, floor: float) -> Pairs:
    found: list[tuple[IntArray, IntArray, Float64Array]] = []
    for image in range(len(detections.starts) - 1):
        d0, d1 = detections.starts[image : image + 2]
        t0, t1 = truths.starts[image : image + 2]
        step = max(1, _CHUNK // max(1, int(t1 - t0)))
        for start in range(int(d0), int(d1) if t1 > t0 else int(d0), step):
            rows = slice(start, min(start + step, int(d1)))
            iou = iou_matrix(detections.boxes[rows], truths.boxes[t0:t1])
            i, j = np.nonzero(iou >= floor)
            found.append((i + start, j + t0, iou[i, j]))
    if not found:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    return Pairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def overlaps_of(detections: DetectionTable, found: IntArray, truths: TruthTable, labelled: IntArray,
                ) -> Float64Array:
    """IoU of the detections and objects in these rows, as :func:`truth_pairs` has it: float64
    (N,)."""
    if detections.rotated is not None and truths.rotated is not None:
        overlaps = paired(detections.rotated[found], truths.rotated[labelled])
    else:
        overlaps = paired_iou(detections.boxes[found], truths.boxes[labelled])
    return with_dots(overlaps, detections, found, truths, labelled)


def iou_matrix(a: FloatArray | Float64Array, b: FloatArray | Float64Array) -> Float64Array:
    """IoU of each of (N, 4) with each of (M, 4) xyxy boxes: float64 (N, M); 0 for empty ones."""
    return _iou(a.astype(np.float64)[:, None], b.astype(np.float64)[None])


def paired_iou(a: FloatArray, b: FloatArray) -> Float64Array:
    """IoU of each of (N, 4) with the box at the same place of (N, 4): float64 (N,)."""
    return _iou(a.astype(np.float64), b.astype(np.float64))


def _iou(p: Float64Array, q: Float64Array) -> Float64Array:
    inter = np.prod(
        np.maximum(np.minimum(p[..., 2:], q[..., 2:]) - np.maximum(p[..., :2], q[..., :2]), 0), -1
    )
    union = np.prod(p[..., 2:] - p[..., :2], -1) + np.prod(q[..., 2:] - q[..., :2], -1) - inter
    iou: Float64Array = np.divide(inter, union, out=np.zeros_like(inter), where=union > 0)
    return iou


def walk(first: IntArray, second: IntArray, firsts: int, seconds: int) -> IntArray:
    """Take pairs in their order whenever both sides are free.

    Parameters
    ----------
    first, second
        int64 (P,), in the order of the walk.
    firsts, seconds
        How many there are on each side.

    Returns
    -------
    int64 (firsts,)
        The partner of each first, or -1.

    Notes
    -----
    Done in rounds: a pair that is the earliest open one of both its sides is taken. That is the
    greedy maximal matching of the sequential walk (Blelloch, Fineman and Shun, 2012).
    """
    partner = np.full(firsts, -1, np.int64)
    taken = np.zeros(seconds, np.bool_)
    lead_first = np.zeros(firsts, np.int64)
    lead_second = np.zeros(seconds, np.int64)
    while len(first):
        position = np.arange(len(first))
        # of several assignments to one place the last stays: backwards, that is the earliest pair
        lead_first[first[::-1]] = position[::-1]
        lead_second[second[::-1]] = position[::-1]
        won = (lead_first[first] == position) & (lead_second[second] == position)
        partner[first[won]] = second[won]
        taken[second[won]] = True
        still = (partner[first] < 0) & ~taken[second]
        first, second = first[still], second[still]
    return partner


def match_classes(
    pairs: Pairs, thresholds: list[float], difficult: BoolArray, count: int
) -> list[Matching]:
    """First step of the matching, at several thresholds at once.

    Parameters
    ----------
    pairs
        Pairs of one class of the detections that take part, in the order of the walk.
    thresholds
        Least IoU of a hit.
    difficult
        bool (M,) for all objects.
    count
        Number of detections N.
    """
    normal = pairs.select(~difficult[pairs.second])
    absorbing = pairs.select(difficult[pairs.second])
    firsts, seconds = [], []
    for k, threshold in enumerate(thresholds):
        rows = np.flatnonzero(normal.iou >= _reached(threshold))
        firsts.append(normal.first[rows] + k * count)
        seconds.append(normal.second[rows] + k * len(difficult))
    partners = walk(np.concatenate(firsts), np.concatenate(seconds),
                    count * len(thresholds), len(difficult) * len(thresholds))
    result = []
    for k, threshold in enumerate(thresholds):
        partner = partners[k * count : (k + 1) * count]
        truth = np.where(partner < 0, -1, partner - k * len(difficult))
        ignored = np.zeros(count, np.bool_)
        ignored[absorbing.first[absorbing.iou >= _reached(threshold)]] = True
        result.append(Matching(truth, ignored & (truth < 0)))
    return result


def _reached(threshold: float) -> float:
    """COCO's guard, so that a threshold of 1 can be reached at all."""
    return min(threshold, 1 - 1e-10)
