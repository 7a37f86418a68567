"""Every number that is shown about a run on a set of images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import BoolArray, Float64Array, FloatArray, IntArray
from workbench.evaluation.average_precision import AP_MIN_SCORE, PrecisionRecallCurve
from workbench.evaluation.confusion import Outcomes
from workbench.evaluation.matching import overlaps_of
from workbench.evaluation.nms import MAX_DETECTIONS
from workbench.evaluation.tables import DetectionTable, TruthTable

NONE = "none"
"""Name of the confusion matrix's last row and column."""


OUTLINE_FIGURES = ("outline_iou", "outline_map", "outline_map_50")
KEYPOINT_FIGURES = ("keypoint_pck", "keypoint_map", "keypoint_map_50")
"""Names of what an evaluation says of outlines and key points."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a person chose: least score, largest overlap of two detections, least IoU of a hit."""

    score_thresh: float = 0.25
    nms_thresh: float = 0.5
    match_iou: float = 0.5


@dataclass(frozen=True, slots=True)
class ClassResult:
    """One class. ``ap`` and ``ap_50`` are NaN when it has no object; ``support`` counts objects
    that are not difficult. Precision, recall and F1 are NaN where there is nothing to divide by."""

    name: str
    ap: float
    ap_50: float
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry of a cell: ``truth`` is a position among the image's objects, ``detection`` one
    among its raw detections; -1 stands for none."""

    image: int
    truth: int
    detection: int


@dataclass(frozen=True, slots=True)
class CellTable:
    """The entries of a cell in columns."""

    image: IntArray
    truth: IntArray
    detection: IntArray
    """int64 (K,), see :class:`Cell`."""
    iou: Float64Array
    """float64 (K,): overlap of the two boxes, of rotated ones where such are found; 0 where one is
    missing."""
    score: FloatArray
    """float32 (K,); 0 where nothing was detected."""
    boxes: FloatArray
    """float32 (K, 4): the object's box, or the detection's where there is no object."""
    outline_iou: Float64Array
    """float64 (K,): overlap of the two outlines; NaN where one is missing or not known."""
    keypoints: IntArray
    """int64 (K, 2): how many labelled key points of the object the detection finds, of how many; 0
    where one is missing or has none."""

    def __len__(self) -> int:
        return len(self.image)

    @property
    def keypoint_pck(self) -> Float64Array:
        """float64 (K,): share of the labelled key points that are found; NaN where there is
        none."""
        found, labelled = self.keypoints.T
        shares: Float64Array = np.divide(found, labelled, out=np.full(len(self), np.nan),
                                         where=labelled > 0)
        return shares

    @property
    def columns(self) -> tuple[NDArray[Any], ...]:
        return (self.image, self.truth, self.detection, self.iou, self.score, self.boxes,
                self.outline_iou, self.keypoints)

    def select(self, index: IntArray | BoolArray) -> CellTable:
        return CellTable(*(column[index] for column in self.columns))


def joined(tables: Sequence[CellTable]) -> CellTable:
    """Several tables below each other; an empty one for none."""
    empty = CellTable(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64),
                      np.zeros(0), np.zeros(0, np.float32), np.zeros((0, 4), np.float32),
                      np.zeros(0), np.zeros((0, 2), np.int64))
    columns = zip(*(table.columns for table in (empty, *tables)), strict=True)
    return CellTable(*(np.concatenate(column) for column in columns))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Numbers and the boxes behind them, at one setting of the thresholds."""

    classes: tuple[str, ...]
    thresholds: Thresholds
    map: float
    map_50: float
    map_75: float
    """COCO's mean average precision over IoU .50:.05:.95, at .50 and at .75, over the classes that
    have objects; NaN when there is none."""
    per_class: list[ClassResult]
    precision: float
    recall: float
    f1: float
    """Over all classes together, from the confusion matrix: hits (its diagonal without "none") by
    counted detections, and by objects."""
    confusion: IntArray
    """int64 (C + 1, C + 1), rows truth, columns detected, last "none"."""
    curves: list[PrecisionRecallCurve]
    """One for each class, at ``match_iou``; ``curve`` is the one of all classes together."""
    curve: PrecisionRecallCurve
    images: int
    truths: int
    difficult: int
    raw: int
    """Number of raw detections; ``shown`` of them are above the score after suppression."""
    shown: int
    detection_table: DetectionTable = field(repr=False)
    truth_table: TruthTable = field(repr=False)
    shown_mask: BoolArray = field(repr=False)
    outcomes: Outcomes = field(repr=False)
    ap_max_detections: int
    """Most detections of one class on one image that counted in average precision."""
    outline_iou: float
    """Mean overlap of the outlines of hits, at the score; NaN without outlines on both sides."""
    outline_map: float
    outline_map_50: float
    """COCO's mean average precision by the overlap of outlines in place of that of boxes, over the
    classes with outlines; NaN when there is none."""
    outline_overlaps: Float64Array | None = field(repr=False)
    """float64 (N,): overlap of the outlines of each detection and the object that it hits; NaN
    where it hits none. None without outlines."""
    keypoint_pck: float
    """Share of the labelled key points of hit objects that are found: within a tenth of the
    object's size, at the score. NaN without key points on both sides."""
    keypoint_map: float
    keypoint_map_50: float
    """Mean average precision by the likeness of key points in place of the overlap of boxes
    (:mod:`workbench.evaluation.keypointed`), over the classes with key points; NaN when there is
    none."""
    keypoints_near: IntArray | None = field(repr=False)
    """int64 (N, 2): key points that each detection finds of the object that it hits, and how many
    this has; 0 where it hits none. None without key points."""

    @property
    def rotated(self) -> bool:
        """Whether all overlaps are those of rotated boxes."""
        return self.detection_table.rotated is not None and self.truth_table.rotated is not None

    def cell_table(self, row: int, column: int) -> CellTable:
        """The boxes behind ``confusion[row, column]``, by image, as arrays."""
        at = np.flatnonzero((self.outcomes.row == row) & (self.outcomes.column == column))
        truth, found = self.outcomes.truth[at], self.outcomes.detection[at]
        truths, table = self.truth_table, self.detection_table
        none = np.full(len(at), -1)
        real, seen = row < len(self.classes), column < len(self.classes)
        hits = row == column and seen
        result = CellTable(
            image=truths.image[truth] if real else table.image[found],
            truth=truths.index[truth] if real else none,
            detection=table.index[found] if seen else none,
            iou=overlaps_of(table, found, truths, truth) if real and seen
            else np.zeros(len(at)),
            score=table.scores[found] if seen else np.zeros(len(at), np.float32),
            boxes=truths.boxes[truth] if real else table.boxes[found],
            outline_iou=self.outline_overlaps[found]
            if hits and self.outline_overlaps is not None else np.full(len(at), np.nan),
            keypoints=self.keypoints_near[found]
            if hits and self.keypoints_near is not None else np.zeros((len(at), 2), np.int64),
        )
        return result.select(np.lexsort((result.detection, result.truth, result.image)))

    def cell(self, row: int, column: int) -> list[Cell]:
        """The boxes behind ``confusion[row, column]``, by image."""
        table = self.cell_table(row, column)
        rows = zip(table.image.tolist(), table.truth.tolist(), table.detection.tolist(),
                   strict=True)
        return [Cell(*values) for values in rows]

    def shown_detections(self, image: int) -> IntArray:
        """Raw positions of the detections drawn on ``image``, by falling score: int64 (K,)."""
        start, stop = self.detection_table.starts[image : image + 2]
        rows: IntArray = self.detection_table.index[start:stop][self.shown_mask[start:stop]]
        return rows

    def numbers(self) -> dict[str, float]:
        """The main figures that exist, by name."""
        found = {name: float(getattr(self, name))
                 for name in ("map", "map_50", "map_75", "precision", "recall", "f1",
                              *OUTLINE_FIGURES, *KEYPOINT_FIGURES)}
        return {name: value for name, value in found.items() if not math.isnan(value)}

    def to_json(self) -> dict[str, Any]:
        """Plain data for ``evaluate --json`` and for a run's state; NaN is None."""
        names = list(self.classes)
        return {
            "map": _number(self.map), "map_50": _number(self.map_50),
            "map_75": _number(self.map_75), **({"rotated": True} if self.rotated else {}),
            **self._details_to_json(),
            "per_class": [
                {"name": name, "ap": _number(item.ap), "ap_50": _number(item.ap_50),
                 "precision": _number(item.precision), "recall": _number(item.recall),
                 "f1": _number(item.f1),
                 "support": item.support}
                for name, item in zip(names, self.per_class, strict=True)
            ],
            "precision": _number(self.precision), "recall": _number(self.recall),
            "f1": _number(self.f1),
            "confusion": {"classes": [*names, NONE], "matrix": self.confusion.tolist(),
                          "rows": "truth", "columns": "detected"},
            "thresholds": {
                "score_thresh": self.thresholds.score_thresh,
                "nms_thresh": self.thresholds.nms_thresh,
                "match_iou": self.thresholds.match_iou,
                "max_detections": MAX_DETECTIONS,
                "ap_min_score": AP_MIN_SCORE, "ap_max_detections": self.ap_max_detections,
            },
            "images": self.images, "truths": self.truths, "difficult": self.difficult,
            "detections": self.shown, "raw_detections": self.raw,
        }

    def _details_to_json(self) -> dict[str, float | None]:
        """Nothing where the model finds boxes only."""
        names: list[str] = []
        if self.outline_overlaps is not None:
            names += OUTLINE_FIGURES
        if self.keypoints_near is not None:
            names += KEYPOINT_FIGURES
        return {name: _number(getattr(self, name)) for name in names}


def summarize(
    classes: Sequence[str], precisions: Float64Array, confusion: IntArray,
) -> tuple[list[ClassResult], tuple[float, float, float], tuple[float, float, float]]:
    """Per-class results, (map, map_50, map_75) and overall (precision, recall, F1).

    ``precisions`` is float64 (C, 10), NaN for a class without objects.
    """
    count = len(classes)
    hits = np.diagonal(confusion)[:count]
    found, real = confusion[:, :count].sum(0), confusion[:count].sum(1)
    per_class = []
    for k, name in enumerate(classes):
        precision, recall, f1 = _ratios(int(hits[k]), int(found[k]), int(real[k]))
        row = precisions[k]
        per_class.append(ClassResult(name, float(row.mean()), float(row[0]), precision, recall,
                                     f1, int(real[k])))
    known = precisions[~np.isnan(precisions[:, 0])]
    means = tuple(float(part.mean()) if len(known) else float("nan")
                  for part in (known, known[:, 0], known[:, 5]))
    overall = _ratios(int(hits.sum()), int(found.sum()), int(real.sum()))
    return per_class, (means[0], means[1], means[2]), overall


def _ratios(hits: int, found: int, real: int) -> tuple[float, float, float]:
    precision = hits / found if found else math.nan
    recall = hits / real if real else math.nan
    return precision, recall, 2 * hits / (found + real) if found + real else math.nan


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
