"""A map of samples beside the labels of now: which class each point has by now, in which part of
the split it is, what is gone, and what of the project is not on the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import BoolArray, FloatArray
from workbench.formats.sample_maps import OBJECTS, SampleMap
from workbench.project.statistics.table import NO_PART, ObjectTable

Ints = NDArray[np.int32]
Check = Callable[[], object]

_FINENESS = 10.0
"""Boxes are the same that differ by less than a tenth of a pixel."""
_CHECK_EVERY = 1000


def box_name(box: Sequence[float]) -> tuple[int, ...]:
    """By which a box (xyxy pixels) is found again."""
    return tuple(round(value * _FINENESS) for value in box)


@dataclass(frozen=True, slots=True)
class PlacedSamples:
    """A map of N points, and what the project says of each now."""

    found: SampleMap
    there: BoolArray
    """(N,) whether the project still has the image, and the object where points are objects."""
    labels: tuple[str, ...]
    """The class of each point, of an image with several its most frequent; "" for none."""
    labelled: BoolArray
    part: Ints
    """(N,) whether it is labelled, and its place in
    :data:`~workbench.project.datasets.splits.PARTS` or
    :data:`~workbench.project.statistics.table.NO_PART`."""
    sizes: FloatArray
    """(N, 2) width and height of its image in pixels; 0 where that is not known."""
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
        return float(self.found.likeness[row][at[0]]) if len(at) else None

    def row_of(self, key: str, box: Sequence[float] | None = None) -> int | None:
        """The point of an image, or of its object in ``box``."""
        wanted = None if box is None else box_name(box)
        return next((row for row, name in enumerate(self.found.keys) if name == key
                     and (wanted is None or box_name(self.found.boxes[row].tolist()) == wanted)),
                    None)


def placed_samples(
    found: SampleMap, table: ObjectTable, known_missing: frozenset[str] = frozenset(),
    check: Check = lambda: None,
) -> PlacedSamples:
    """Hold a map against the labels of now.

    Parameters
    ----------
    known_missing
        Samples that could not be put on the map: they do not count as missing.
    check
        Called often; what it raises ends the work.
    """
    sample_of = {key: number for number, key in enumerate(table.keys)}
    sample = np.array([sample_of.get(key, -1) for key in found.keys], np.int64)
    check()
    if found.what == OBJECTS:
        rows, missing = _objects(found, table, sample, known_missing, check)
        labels = tuple(table.classes[table.label[row]] if row >= 0 else "" for row in rows.tolist())
        there, own = rows >= 0, True
    else:
        named, own = _class_of_samples(table)
        labels = tuple(named[at] if at >= 0 else "" for at in sample.tolist())
        there = sample >= 0
        left = sample_of.keys() - set(found.keys) - known_missing
        missing = len(left)
    check()
    doubts = tuple((row, other) for row, other in found.doubtful(labels) if there[row]) \
        if own else ()
    check()
    unusual = found.unusual()
    return PlacedSamples(
        found, there, labels, _taken(table.labelled, sample, fill=False),
        _taken(table.part, sample, NO_PART), _taken(table.sizes, sample, 0.0), missing, doubts, own,
        unusual[there[unusual]])


def _taken(values: NDArray[np.generic], sample: NDArray[np.int64], fill: float) -> NDArray:  # type: ignore[type-arg]
    """Of each point what its sample has, or ``fill``."""
    if not len(values):
        return np.full((len(sample), *values.shape[1:]), fill, values.dtype)
    taken = values[np.maximum(sample, 0)].copy()
    taken[sample < 0] = fill
    return taken


def _class_of_samples(table: ObjectTable) -> tuple[list[str], bool]:
    """The most frequent class of each sample, and whether it is the class of the sample itself."""
    whole = ~np.isfinite(table.bounds).any(axis=1) if len(table.bounds) else np.zeros(0, bool)
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


def _objects(found: SampleMap, table: ObjectTable, sample: NDArray[np.int64],
             known_missing: frozenset[str], check: Check) -> tuple[NDArray[np.int64], int]:
    """The row of the table of each point, −1 for what is gone; and how many objects have none."""
    there: dict[tuple[int, ...], list[int]] = {}
    has_room = np.isfinite(table.bounds).all(axis=1) & (table.bounds[:, 2] > table.bounds[:, 0]) \
        & (table.bounds[:, 3] > table.bounds[:, 1])
    skipped = {number for number, key in enumerate(table.keys) if key in known_missing}
    for row in np.flatnonzero(has_room).tolist():
        if row % _CHECK_EVERY == 0:
            check()
        name = (int(table.sample[row]), *box_name(table.bounds[row].tolist()))
        there.setdefault(name, []).append(row)
    rows = np.full(len(found), -1, np.int64)
    for point, (number, box) in enumerate(zip(sample.tolist(), found.boxes.tolist(), strict=True)):
        if point % _CHECK_EVERY == 0:
            check()
        if number >= 0 and np.isfinite(box[0]) and (left := there.get((number, *box_name(box)))):
            rows[point] = left.pop(0)
    missing = sum(len(left) for name, left in there.items() if left and name[0] not in skipped)
    return rows, missing
