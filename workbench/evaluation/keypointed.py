"""How well the key points of objects are found (:mod:`workbench.evaluation.detailed`).

Two things are said. Of the objects that are hit, how many of their labelled points lie near: "PCK",
percentage of correct key points (Yang and Ramanan, "Articulated human detection with flexible
mixtures of parts", 2013), within a tenth of the object's size, which is the square root of the area
of its labelled box. And average precision by COCO's object key point similarity (OKS, Ronchi and
Perona, "Benchmarking and error diagnosis in multi-instance pose estimation", 2017) in place of the
overlap of boxes: the mean of ``exp(-d² / (2 (2 σ)² a))`` over the labelled points of an object,
where d is how far off a point is and a the area of the object. COCO's σ and areas were measured on
people; here σ is :data:`SIGMA` for all points and the area is that of the labelled box.

Points that are labelled as hidden count as those that are seen. A labelled point that the model
does not know, because its class had fewer points when the model was trained, is not found. For PCK
neither is one that it is not sure of (:data:`workbench.core.found_points.LEAST_SURE`), which is
neither drawn nor kept; COCO's precision takes all points as they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array, FloatArray, IntArray
from workbench.core.detections import Detections, Truth
from workbench.core.found_points import LEAST_SURE
from workbench.evaluation.detailed import DetailLikeness
from workbench.evaluation.matching import Matching
from workbench.evaluation.pairs import Pairs
from workbench.evaluation.tables import DetectionTable, TruthTable

NEAR = 0.1
"""Of an object's size: a point that lies no farther off is found."""

SIGMA = 0.05
"""How far off careful people place a point, as part of an object's size: COCO's numbers go from
0.025 (eyes) to 0.107 (hips)."""

_LEAST_BOX_IOU = 0.1
"""Boxes that overlap less are not looked at: they belong to other objects."""

_POINT = 1e-9  # square pixels: the least area of a box


def keypoints_exist(raw: Sequence[Detections], truths: Sequence[Truth]) -> bool:
    """Whether there are key points on both sides."""
    found = [item for item in raw if len(item)]
    return (bool(found) and all(item.keypoints is not None for item in found)
            and any(item.keypoints is not None and (item.keypoints[..., 2] > 0).any()
                    for item in truths))


@dataclass(frozen=True, slots=True)
class _Points:
    """The key points on both sides."""

    raw: Sequence[Detections]
    labelled: FloatArray
    """float32 (M, K, 3): those of all objects."""
    detections: DetectionTable
    objects: TruthTable

    def offsets(self, found: IntArray, labelled: IntArray, least: float = 0.0) -> Float64Array:
        """float64 (P, K): how far off each labelled point of pairs is, as part of the object's
        size; infinite where it was not looked for or scores less than ``least``, NaN where the
        point is not labelled."""
        truth = self.labelled[labelled]
        count = truth.shape[1]
        guess = np.full(truth.shape, np.nan)
        images = self.detections.image[found].tolist()
        for at, (image, row) in enumerate(
                zip(images, self.detections.index[found].tolist(), strict=True)):
            points = self.raw[image].keypoints
            assert points is not None  # all have them
            guess[at, : points.shape[1]] = points[row, :count]
        boxes = self.objects.boxes[labelled].astype(np.float64)
        area = np.maximum(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), _POINT)
        away = np.hypot(*np.moveaxis(guess[..., :2] - truth[..., :2], -1, 0))
        there = guess[..., 2] >= np.float32(least)  # false of what is not a number
        away = np.where(there, away / np.sqrt(area)[:, None], np.inf)
        return np.where(truth[..., 2] > 0, away, np.nan)

    def similarities(self, found: IntArray, labelled: IntArray) -> Float64Array:
        """OKS of each pair."""
        away = self.offsets(found, labelled)
        similarity: Float64Array = np.nanmean(np.exp(-(away**2) / (2 * (2 * SIGMA) ** 2)), axis=1)
        return similarity


class KeypointLikeness(DetailLikeness):
    """OKS of pairs of a detection and an object of its class, and how many points lie near."""

    def __init__(
        self, pairs: Pairs, raw: Sequence[Detections], truths: Sequence[Truth],
        detections: DetectionTable, objects: TruthTable,
    ) -> None:
        self._points = _Points(raw, _all_labelled(truths), detections, objects)
        known: BoolArray = np.any(self._points.labelled[..., 2] > 0, axis=1)
        super().__init__(pairs, detections, objects, known, _LEAST_BOX_IOU,
                         self._points.similarities)

    def near(self, matching: Matching) -> IntArray:
        """int64 (N, 2): how many points of the object that each detection hits it finds, and how
        many are labelled; 0 where it hits none, or one without key points."""
        rows = self.hits(matching)
        first, second = self._pairs.first[rows], self._pairs.second[rows]
        away = self._points.offsets(first, second, LEAST_SURE)
        counts = np.zeros((len(self._detections), 2), np.int64)
        counts[first, 0] = (away <= NEAR).sum(axis=1)
        counts[first, 1] = (~np.isnan(away)).sum(axis=1)
        return counts


def _all_labelled(truths: Sequence[Truth]) -> FloatArray:
    """The labelled points of all objects, float32 (M, K, 3); zeros beyond those of an object."""
    most = max((item.keypoints.shape[1] for item in truths if item.keypoints is not None),
               default=0)
    every = np.zeros((sum(map(len, truths)), most, 3), np.float32)
    start = 0
    for item in truths:
        if item.keypoints is not None:
            every[start : start + len(item), : item.keypoints.shape[1]] = item.keypoints
        start += len(item)
    return every


def share_near(counts: IntArray | None, shown: BoolArray) -> float:
    """Share of the labelled points of hit objects that are found; NaN where there is none.

    Parameters
    ----------
    counts
        As of :meth:`KeypointLikeness.near`; None without key points.
    shown
        bool (N,): the detections that count.
    """
    found, labelled = (0, 0) if counts is None else counts[shown].sum(axis=0).tolist()
    return found / labelled if labelled else math.nan
