"""How well tracks fit the truth: MOTA, IDF1 and HOTA, each as its paper and TrackEval define it.

CLEAR MOT: Bernardin and Stiefelhagen 2008; identity: Ristani et al. 2016; HOTA: Luiten et al. 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import Float64Array
from workbench.evaluation.assignment import assign
from workbench.evaluation.matching import iou_matrix

Ints = NDArray[np.int64]
_OVERLAP = 0.5
_ALPHAS = np.arange(0.05, 0.99, 0.05)
_TINY = float(np.finfo(float).eps)


class Boxes(NamedTuple):
    """One frame: which things there are, from 0, and (N, 4) their boxes."""

    ids: Ints
    boxes: Float64Array


class TrackScores(NamedTuple):
    """Shares from 0 to 1 (MOTA also below), and how often a thing changes its number."""

    mota: float
    idf1: float
    hota: float
    switches: int


def track_scores(truth: Sequence[Boxes], found: Sequence[Boxes]) -> TrackScores:
    """Compare tracks with the truth, frame by frame."""
    overlap = [iou_matrix(real.boxes, seen.boxes) for real, seen in zip(truth, found, strict=True)]
    mota, switches = _clear(truth, found, overlap)
    return TrackScores(mota, _identity(truth, found, overlap), _hota(truth, found, overlap),
                       switches)


def _clear(truth: Sequence[Boxes], found: Sequence[Boxes], overlap: Sequence[Float64Array],
           ) -> tuple[float, int]:
    """A pair of the frame before stays one while it overlaps enough."""
    last: dict[int, int] = {}  # of each real thing, the track that it had last
    before: dict[int, int] = {}  # and in the frame before
    hits = switches = 0
    for real, seen, iou in zip(truth, found, overlap, strict=True):
        same = np.array([[before.get(int(one)) == int(other) for other in seen.ids]
                         for one in real.ids], float).reshape(iou.shape)
        value = np.where(iou >= _OVERLAP - _TINY, 1000 * same + iou, 0)
        pairs = assign(1001 - value, 1001 - _TINY)
        pairs = [(row, column) for row, column in pairs if value[row, column] > 0]
        now = {int(real.ids[row]): int(seen.ids[column]) for row, column in pairs}
        switches += sum(last.get(one, other) != other for one, other in now.items())
        last.update(now)
        before = now
        hits += len(pairs)
    real_boxes, seen_boxes = (sum(len(item.ids) for item in side) for side in (truth, found))
    return (hits - (seen_boxes - hits) - switches) / max(1, real_boxes), switches


def _sizes(truth: Sequence[Boxes], found: Sequence[Boxes]) -> tuple[Ints, Ints]:
    """In how many frames each thing is."""
    first, second = (np.bincount(np.concatenate([np.zeros(0, int), *(item.ids for item in side)]))
                     for side in (truth, found))
    return first, second


def _identity(
    truth: Sequence[Boxes], found: Sequence[Boxes], overlap: Sequence[Float64Array]
) -> float:
    real, seen = _sizes(truth, found)
    common = np.zeros((len(real), len(seen)))
    for one, other, iou in zip(truth, found, overlap, strict=True):
        common[np.ix_(one.ids, other.ids)] += iou >= _OVERLAP
    hits = sum(common[row, column] for row, column in assign(common.max(initial=0) - common))
    return float(2 * hits / max(1, real.sum() + seen.sum()))


def _hota(truth: Sequence[Boxes], found: Sequence[Boxes], overlap: Sequence[Float64Array]) -> float:
    """The mean over thresholds of the root of how well things are found and kept apart."""
    real, seen = _sizes(truth, found)
    likely = np.zeros((len(real), len(seen)))
    for one, other, iou in zip(truth, found, overlap, strict=True):
        each = iou.sum(0)[None, :] + iou.sum(1)[:, None] - iou
        likely[np.ix_(one.ids, other.ids)] += np.divide(
            iou, each, out=np.zeros_like(iou), where=each > _TINY)
    alike = likely / np.maximum(_TINY, real[:, None] + seen[None, :] - likely)
    matched = np.zeros((len(_ALPHAS), len(real), len(seen)))
    for one, other, iou in zip(truth, found, overlap, strict=True):
        value = alike[np.ix_(one.ids, other.ids)] * iou
        for row, column in assign(value.max(initial=0) - value):
            matched[:, one.ids[row], other.ids[column]] += iou[row, column] >= _ALPHAS - _TINY
    hits = matched.sum((1, 2))
    kept = matched / np.maximum(1, real[:, None] + seen[None, :] - matched)
    association = (matched * kept).sum((1, 2)) / np.maximum(1, hits)
    detection = hits / np.maximum(1, real.sum() + seen.sum() - hits)
    return float(np.sqrt(detection * association).mean())
