"""What is shown: one run's scores of one split beside what is good. No Qt in here, and no torch.

Everything that takes time is a plain function, to be called on the worker's thread.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import IntArray
from workbench.core.csv_text import csv_text
from workbench.core.text import tr
from workbench.evaluation.differing import LIMIT, Differing, judged
from workbench.evaluation.differing_pixels import PixelCounts
from workbench.extension.engine_task import Run
from workbench.formats.score_maps import ScoreMapSet, load_score_maps
from workbench.project.class_results import left_out_text
from workbench.project.datasets.splits import PARTS
from workbench.project.runs import RunFolder
from workbench.tasks.anomaly.masks import counted_pixels, pixels_now
from workbench.tasks.anomaly.samples import DIFFERS, GOOD, Part, good_now, is_good, load_good

Order = Literal["odd", "wrong", "usual", "file"]
Fresh = Mapping[str, str]
"""Classes that differ from those that were read, by key; "" where one was taken off."""
Cell = tuple[int, int]
"""(0 good or 1 faulty, 0 called good or 1 called different)."""
BINS = 40
"""Of the histogram, over scores from 0 to 1."""


@dataclass(frozen=True, slots=True)
class GoodLabels:
    """The images of each part of a run's split."""

    split: str
    run: str
    """The run whose split it is."""
    good: str
    """The class that good images have now, "" for those without one."""
    parts: Mapping[str, tuple[Part, ...]]
    doubts: Mapping[str, str]
    """Of each part, what should be known about figures on it, in sentences; or ""."""

    def counts(self) -> dict[str, int]:
        return {part: len(images) for part, images in self.parts.items()}


@dataclass(frozen=True, slots=True)
class DifferenceSet:
    """One run on one part of a split, ready to be judged at any limit."""

    run: str
    split: str
    good: str
    samples: tuple[Part, ...]
    found: ScoreMapSet
    places: tuple[int, ...]
    """What the run said, and the place of each image in it."""
    missing: int = 0
    """Images that came into the part later and were not looked at yet."""
    doubt: str = ""
    """What should be known about these figures, in sentences."""
    learned: Mapping[str, str] = field(default_factory=dict)
    """The class of each image that the run has learned from, by key."""
    counted: Mapping[str, PixelCounts] = field(default_factory=dict)
    """The pixels of images by their score, by key, where there are masks of faults."""
    masks_doubt: str = ""
    """Which masks cannot be read, as a sentence."""

    @property
    def classes(self) -> tuple[str, str]:
        """What images are called."""
        return self.good or GOOD, DIFFERS

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(item.key for item in self.samples)

    @property
    def scores(self) -> NDArray[np.float64]:
        """float64 (N,) of the images, 0..1."""
        return np.array([self.found.maps[place].score for place in self.places], np.float64)

    def judged(self, limit: float = LIMIT) -> Differing:
        return judged(self.scores, [not item.good for item in self.samples], limit)

    def pixels(self) -> PixelCounts:
        """The pixels of all images, by what these are now."""
        return pixels_now(self.samples, self.counted)

    def values(self, image: int) -> NDArray[np.uint8]:
        """The map of an image, uint8 (h, w)."""
        return self.found.maps[self.places[image]].values


def read_labels(project: Path, run: RunFolder | Run) -> GoodLabels:
    """The images of a run's split, with the classes of now.

    Raises
    ------
    WorkbenchError
        If the split cannot be read.
    """
    good = str(run.config.get("good", ""))
    data = load_good(project, run.split, good=good, settled=True, run=run.path)
    good = data.good
    doubts = {"train": tr("The model has learned from these images.")}
    if data.split.val_is_train:
        doubts["val"] = tr("The model has learned from these images as well: nothing was held "
                           "back.")
    texts = {part: " ".join(filter(None, (doubts.get(part, ""), data.gone_text(part, "image"))))
             for part in PARTS}
    return GoodLabels(run.split, run.name, good, {part: tuple(data.part(part)) for part in PARTS},
                      texts)


def open_results(run: RunFolder, part: str, labels: GoodLabels, fresh: Fresh) -> DifferenceSet:
    """Join what is stored of a run with what is good.

    Parameters
    ----------
    part
        "train", "val" or "test".

    Raises
    ------
    WorkbenchError
        If the scores cannot be read.
    """
    found = load_score_maps(run.predictions_path(part))
    place_of = {key: place for place, key in enumerate(found.files)}
    unreadable = set(found.meta.get("unreadable", ()))
    samples = tuple(item for item in labels.parts[part] if item.key in place_of)
    missing = sum(item.key not in place_of and item.key not in unreadable
                  for item in labels.parts[part])
    places = tuple(place_of[item.key] for item in samples)
    counted, unread = counted_pixels(run.project, samples,
                                     [found.maps[place].values for place in places])
    masks = "" if not unread else tr(
        "The mask of {first} cannot be read.", first=unread[0]) if len(unread) == 1 else tr(
        "{number} masks cannot be read, first that of {first}.", number=f"{len(unread):,}",
        first=unread[0])
    doubts = (labels.doubts.get(part, ""), left_out_text(
        sorted(unreadable.intersection(item.key for item in labels.parts[part]))), masks)
    results = DifferenceSet(
        run.name, part, labels.good, samples, found, places, missing,
        " ".join(filter(None, doubts)),
        {item.key: item.label for item in labels.parts["train"]}, counted, masks)
    return relabelled(results, fresh)


def relabelled(results: DifferenceSet, fresh: Fresh) -> DifferenceSet:
    """The same scores beside classes that were given since. What has no class any more is left
    out, unless that is what good images have."""
    learned = {key: fresh.get(key, label) for key, label in results.learned.items()}
    samples = [replace(item, label=fresh.get(item.key, item.label)) for item in results.samples]
    labels = {**learned, **{item.key: item.label for item in samples}}
    good = results.good
    if good in {*results.learned.values(), *(item.label for item in results.samples)}:
        # where none of these ever was good, their classes do not tell what became of that one
        good = good_now(good, {key: label for key, label in labels.items() if label}, learned)
    kept = [(replace(item, good=is_good(item.label, good)), place)
            for item, place in zip(samples, results.places, strict=True) if item.label or not good]
    return replace(results, good=good, learned=learned, samples=tuple(item for item, _ in kept),
                   places=tuple(place for _, place in kept))


# --- what is on the screen ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClassRow:
    """How images of one class fare: how many there are, and how many are called different."""

    label: str
    images: int
    called: int
    good: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """The number whose images are listed: a cell of the confusion, a bar of the histogram, a class,
    or nothing of these."""

    cell: Cell | None = None
    bin: int | None = None
    label: str | None = None

    @property
    def all(self) -> bool:
        return self == Chosen()


@dataclass(frozen=True, slots=True)
class DifferenceSnapshot:
    """All that is on the screen at one limit."""

    results: DifferenceSet
    judged: Differing
    bins: IntArray
    """int64 (2, BINS): how many good and faulty images have which score."""
    rows_of_classes: tuple[ClassRow, ...]
    chosen: Chosen
    rows: IntArray
    """The images that are listed, in their order."""
    milliseconds: float
    before: Differing | None = None
    pixels: Mapping[str, float] = field(default_factory=dict)
    pixels_before: Mapping[str, float] = field(default_factory=dict)
    """Figures by pixel of it and of the earlier run; none without masks of faults."""


def bin_of(scores: NDArray[np.float64]) -> IntArray:
    """int64 (N,): the bar of the histogram for each score."""
    return np.minimum((scores * BINS).astype(np.int64), BINS - 1)


def snapshot(results: DifferenceSet, limit: float, chosen: Chosen, order: Order,
             before: DifferenceSet | None = None) -> DifferenceSnapshot:
    """Judge, and sort the images that ``chosen`` is about; ``before`` is an earlier run."""
    start = time.perf_counter()
    found = results.judged(limit)
    bins = np.zeros((2, BINS), np.int64)
    np.add.at(bins, (found.faulty.astype(np.int64), bin_of(found.scores)), 1)
    labels = np.array([item.label for item in results.samples], object)
    inside = np.ones(len(labels), np.bool_)
    if chosen.cell is not None:
        inside &= (found.faulty == bool(chosen.cell[0])) & (found.called == bool(chosen.cell[1]))
    if chosen.bin is not None:
        inside &= bin_of(found.scores) == chosen.bin
    if chosen.label is not None:
        inside &= labels == chosen.label
    rows = np.flatnonzero(inside)
    rows = rows[np.argsort(_sort_key(found, order)[rows], kind="stable")]
    milliseconds = (time.perf_counter() - start) * 1000
    return DifferenceSnapshot(results, found, bins, _class_rows(results, found), chosen, rows,
                              milliseconds, before.judged(limit) if before is not None else None,
                              results.pixels().figures(limit),
                              before.pixels().figures(limit) if before is not None else {})


def _class_rows(results: DifferenceSet, found: Differing) -> tuple[ClassRow, ...]:
    """Good images first, then the classes of faulty ones, those with most images first."""
    numbers: dict[tuple[bool, str], list[int]] = {}
    for item, called in zip(results.samples, found.called.tolist(), strict=True):
        counts = numbers.setdefault((item.good, item.label), [0, 0])
        counts[0] += 1
        counts[1] += called
    rows = (ClassRow(label, images, called, good)
            for (good, label), (images, called) in numbers.items())
    return tuple(sorted(rows, key=lambda row: (not row.good, -row.images, row.label)))


def _sort_key(found: Differing, order: Order) -> NDArray[np.float64]:
    far = np.abs(found.scores - found.limit)
    wrong = np.where(found.called == found.faulty, 1 + found.scores.max(initial=1.0) - found.scores,
                     -far)
    keys: dict[Order, NDArray[np.float64]] = {
        "odd": -found.scores, "wrong": wrong, "usual": found.scores,
        "file": np.arange(len(found.scores), dtype=np.float64)}
    return keys[order]


def csv_bytes(shown: DifferenceSnapshot) -> bytes:
    """The images that are listed, in their order, as CSV (UTF-8, one head line)."""
    found = shown.judged
    rows: list[Sequence[object]] = [("file", "class", "score", "answer", "right")]
    for image in shown.rows.tolist():
        item = shown.results.samples[image]
        called = bool(found.called[image])
        rows.append((item.key, item.label, f"{found.scores[image]:.5f}",
                     DIFFERS if called else shown.results.classes[0],
                     "yes" if called != item.good else "no"))
    return csv_text(rows).encode("utf-8", "backslashreplace")
