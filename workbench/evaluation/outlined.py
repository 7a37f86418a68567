"""How well the outlines of objects are found (:mod:`workbench.evaluation.detailed`)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array, IntArray
from workbench.core.detections import Detections, Truth
from workbench.core.outline_grids import paired_overlap
from workbench.evaluation.detailed import DetailLikeness
from workbench.evaluation.pairs import Pairs
from workbench.evaluation.tables import DetectionTable, TruthTable

_LEAST_BOX_IOU = 0.25
"""Boxes that overlap less belong to no outlines that overlap by half, the least that counts."""


def outlines_exist(raw: Sequence[Detections], truths: Sequence[Truth]) -> bool:
    """Whether there are outlines on both sides."""
    found = [item for item in raw if len(item)]
    return (bool(found) and all(item.outlines is not None for item in found)
            and any(item.outlined is not None and item.outlined.any() for item in truths))


def outline_likeness(
    pairs: Pairs, raw: Sequence[Detections], truths: Sequence[Truth], detections: DetectionTable,
    objects: TruthTable,
) -> DetailLikeness:
    """The overlap of outlines in pairs of a detection and an object of its class."""
    known = np.concatenate(
        [np.zeros(len(item), np.bool_) if item.outlined is None else item.outlined
         for item in truths] or [np.zeros(0, np.bool_)])

    def overlaps(found: IntArray, labelled: IntArray) -> Float64Array:
        images = detections.image[found].tolist()
        mine = zip(images, detections.index[found].tolist(), strict=True)
        theirs = zip(images, objects.index[labelled].tolist(), strict=True)
        return paired_overlap(
            np.stack([raw[image].outlines[row]  # all have them
                      for image, row in mine]), detections.boxes[found],
            np.stack([truths[image].outlines[row]  # where known
                      for image, row in theirs]), objects.boxes[labelled])

    return DetailLikeness(pairs, detections, objects, known, _LEAST_BOX_IOU, overlaps)


def mean_overlap(overlaps: Float64Array | None, shown: BoolArray) -> float:
    """That of the outlines of hits; NaN where there is nothing to measure.

    Parameters
    ----------
    overlaps
        As of :meth:`DetailLikeness.of_hits`; None without outlines.
    shown
        bool (N,): the detections that count.
    """
    counted = np.zeros(0) if overlaps is None else overlaps[shown & ~np.isnan(overlaps)]
    return float(counted.mean()) if len(counted) else math.nan
