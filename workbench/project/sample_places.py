"""A map of samples beside the labels of now: which class each point has by now, in which part of
the split it is, what is gone, and what of the project is not on the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import BoolArray, FloatArray
from workbench.core.shapes import WHOLE_TOLERANCE
from workbench.evaluation.matching import iou_matrix
from workbench.formats.sample_maps import OBJECTS, SampleMap
from workbench.project.statistics.table import NO_PART, ObjectTable

Ints = NDArray[np.int32]
Check = Callable[[], object]
_Value = TypeVar("_Value", bound=np.generic)

_FINENESS = np.float32(1000)
"""Boxes are the same that differ by less than a thousandth of a pixel, or of a second."""
_SAME = 0.5


def box_name(box: Sequence[float]) -> tuple[int, ...]:
    """By which a box (xyxy pixels, or seconds and Hz) is found again, also of lower precision."""
    return tuple(np.rint(np.asarray(box, np.float32) * _FINENESS).astype(int).tolist())


@dataclass(frozen=True, slots=True)
class PlacedSamples:
    """A map of N points, and what the project says of each now."""

    found: SampleMap
    medium: str
    """ "images" or "sounds"."""
    there: BoolArray
    """(N,) whether the project still has the sample, and the object where points are objects."""
    boxes: FloatArray
    """(N, 4) where each object is now, xyxy in pixels, or in seconds and Hz; nan for whole
    samples."""
    labels: tuple[str, ...]
    """The class of each point, of an image with several its most frequent; "" for none."""
    labelled: BoolArray
    part: Ints
    """(N,) whether it is labelled, and its place in
    :data:`~workbench.project.datasets.splits.PARTS` or
    :data:`~workbench.project.statistics.table.NO_PART`."""
    sizes: FloatArray
    """(N, 2) width and height of its image in pixels, or seconds and highest Hz of its sound; 0
    where that is not known."""
    missing: int
    """How many images, or objects, of the project have no point."""
    doubts: tuple[tuple[int, str], ...]
    """Rows whose neighbours mostly have another class, with that class, the most doubtful first;
    nothing where the points' classes are not their own, as of images with boxes of many."""
    own_classes: bool
    """Whether each point has a class itself, which can be doubted and given."""
    unusual: NDArray[np.intp]
    """Rows that are still there, those least like their neighbours first."""

    def __len__(self) -> int:
        return len(self.found)

    @property
    def are_objects(self) -> bool:
        return self.found.what == OBJECTS

    def nearest(self, row: int) -> list[int]:
        """The point, and those most like it that are still there, the most alike first."""
        others = [int(other) for other in self.found.neighbours[row]]
        return [row, *(other for other in others if other != row and self.there[other])]

    def like(self, row: int, other: int) -> float | None:
        """How alike two points are, −1..1; None where that is not known."""
        at = np.flatnonzero(self.found.neighbours[row] == other)
        return float(self.found.similarity[row][at[0]]) if len(at) else None

    def row_of(self, key: str, box: Sequence[float] | None = None) -> int | None:
        """The point of an image, or of its object in ``box``, or the one that is nearest to it."""
        rows = [row for row, name in enumerate(self.found.keys) if name == key and self.there[row]]
        if box is None or not rows:
            return rows[0] if rows else None
        boxes = self.boxes[rows]
        top = min(float(box[3]), float(boxes[:, 3].max()))  # a region may be of all frequencies
        overlap = iou_matrix(np.array([(*box[:3], top)], np.float32), boxes)[0]
        best = int(overlap.argmax())
        return rows[best] if overlap[best] >= _SAME else None


def placed_samples(found: SampleMap, table: ObjectTable, check: Check = lambda: None,
                   ) -> PlacedSamples:
    """Hold a map against the labels of now; what ``check`` raises, which is called often, ends the
    work."""
    sample_of = {key: number for number, key in enumerate(table.keys)}
    sample = np.array([sample_of.get(key, -1) for key in found.keys], np.int64)
    check()
    if found.what == OBJECTS:
        bounds, whole = _placed_objects(table)
        sides = bounds[:, 2:] - bounds[:, :2]  # what has no area is on no map
        seen = np.isfinite(bounds).all(axis=1) & ~whole & (sides > 0).all(axis=1)
        rows = paired(found.boxes, sample, bounds, np.where(seen, table.sample, -1), check)
        missing = int(seen.sum()) - int((rows >= 0).sum())
        labels = tuple(table.classes[table.label[row]] if row >= 0 else "" for row in rows.tolist())
        there, own = rows >= 0, True
        boxes = _taken(bounds, rows, np.nan)
    else:
        named, own = _class_of_samples(table)
        labels = tuple(named[at] if at >= 0 else "" for at in sample.tolist())
        there, boxes = sample >= 0, found.boxes
        missing = len(sample_of.keys() - set(found.keys))
    check()
    doubts = tuple((row, other) for row, other in found.doubtful(labels) if there[row]) \
        if own else ()
    check()
    unusual = found.unusual()
    return PlacedSamples(
        found, table.medium, there, boxes, labels, _taken(table.labelled, sample, fill=False),
        _taken(table.part, sample, NO_PART), _taken(table.sizes, sample, 0.0), missing, doubts, own,
        unusual[there[unusual]])


def _taken(values: NDArray[_Value], sample: NDArray[np.int64], fill: float) -> NDArray[_Value]:
    """Of each point what its sample has, or ``fill``."""
    if not len(values):
        return np.full((len(sample), *values.shape[1:]), fill, values.dtype)
    taken = values[np.maximum(sample, 0)].copy()
    taken[sample < 0] = values.dtype.type(fill)
    return taken


def _class_of_samples(table: ObjectTable) -> tuple[list[str], bool]:
    """The most frequent class of each sample, and whether it is the class of the sample itself."""
    _, whole = _placed_objects(table)
    chosen = whole if whole.any() else np.ones(len(table.sample), bool)
    sample, label = table.sample[chosen].astype(np.int64), table.label[chosen].astype(np.int64)
    own = bool(whole.any()) and len(np.unique(sample)) == len(sample)
    number = max(1, len(table.classes))
    pairs, counts = np.unique(sample * number + label, return_counts=True)
    order = np.lexsort((pairs % number, -counts, pairs // number))
    samples, first = np.unique(pairs[order] // number, return_index=True)
    named = [""] * len(table.keys)
    for at, place in zip(samples.tolist(), first.tolist(), strict=True):
        named[at] = table.classes[int(pairs[order[place]]) % number]
    return named, own


def _placed_objects(table: ObjectTable) -> tuple[FloatArray, BoolArray]:
    """Where each object of the table is, and whether it stands for its whole sample."""
    if table.medium != "sounds":
        return table.bounds, np.asarray(~np.isfinite(table.bounds).any(axis=1), bool)
    length, highest = table.sizes[table.sample, 0], table.sizes[table.sample, 1]
    start, low, end, high = (table.bounds[:, side] for side in range(4))
    whole = (np.isnan(low) & np.isnan(high) & (start <= WHOLE_TOLERANCE)
             & (end >= length - WHOLE_TOLERANCE))
    sides = (start, np.where(np.isnan(low), 0.0, low), np.minimum(end, length),
             np.where(np.isnan(high), highest, high))
    return np.stack(sides, axis=1).astype(np.float32), whole


def paired(boxes: FloatArray, sample: NDArray[np.int64], others: FloatArray,
           of: NDArray[np.int64], check: Check = lambda: None) -> NDArray[np.int64]:
    """The row in ``others`` of each of ``boxes``, both (N, 4), -1 for none: the same box of the
    same sample, else the one that overlaps it most, by half or more.

    ``sample`` and ``of`` are the numbers of their samples, -1 for what has no partner.
    """
    there: dict[int, list[int]] = {}
    for row in np.flatnonzero(of >= 0).tolist():
        there.setdefault(int(of[row]), []).append(row)
    points: dict[int, list[int]] = {}
    for point in np.flatnonzero(np.isfinite(boxes).all(axis=1) & (sample >= 0)).tolist():
        points.setdefault(int(sample[point]), []).append(point)
    rows = np.full(len(boxes), -1, np.int64)
    for number, some in points.items():
        check()
        _pair(rows, some, there.get(number, []), boxes, others)
    return rows


def _pair(rows: NDArray[np.int64], points: list[int], objects: list[int], boxes: FloatArray,
          bounds: FloatArray) -> None:
    """Give the points of one sample their objects: those with the same box, else the nearest."""
    same: dict[tuple[int, ...], list[int]] = {}
    for row in objects:
        same.setdefault(box_name(bounds[row].tolist()), []).append(row)
    moved = []
    for point in points:
        known = same.get(box_name(boxes[point].tolist()))
        if known:
            rows[point] = known.pop(0)
        else:
            moved.append(point)
    left = [row for some in same.values() for row in some]
    if not moved or not left:
        return
    overlap = iou_matrix(boxes[moved], bounds[left])
    for _ in range(min(overlap.shape)):
        one, other = divmod(int(overlap.argmax()), len(left))
        if overlap[one, other] < _SAME:
            break
        rows[moved[one]] = left[other]
        overlap[one, :] = overlap[:, other] = 0.0
