"""What is shown: one run's maps of one split beside the labels. No Qt in here, and no torch.

Everything that takes time is a plain function, to be called on the worker's thread.
"""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from workbench.core.annotation import LabeledObject
from workbench.core.area_names import is_area_class
from workbench.core.arrays import Float64Array, IntArray
from workbench.core.class_maps import LEVELS, LIKELIER, Areas, ClassMap
from workbench.core.class_names import RunClasses, classes_of_run
from workbench.core.errors import WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.core.text import count, tr
from workbench.evaluation.area_images import FilledCells, ImageFigures, ImageTables
from workbench.evaluation.confusion import MatrixCell
from workbench.evaluation.pixels import PixelEvaluation, pixel_table
from workbench.formats.class_maps import ClassMapSet, load_class_maps
from workbench.project.class_results import left_out_text
from workbench.project.datasets.images import Record, cut_all
from workbench.project.datasets.splits import PARTS, load_split
from workbench.project.operating import OperatingScore, kept_score, settled
from workbench.project.runs import RunFolder
from workbench.tasks.segmentation.samples import AreaSample, load_areas, unlabelled_means

Objects = tuple[LabeledObject, ...]
Order = Literal["worst", "wrong", "best", "file", "most"]
JUDGED_PIXELS = 1_000_000
"""More would take seconds for each photo, and move no figure."""
_CLEARLY = 0.003  # of mean IoU: less is no reason for another least score than the usual one
_QUICKLY = 1  # of zlib: more takes twice as long and saves little


def judged_size(size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) at which an image of ``size`` is judged, whatever a model saw of it, so that
    runs can be compared: its own, of more than a million pixels a smaller one."""
    width, height = size
    scale = min(1.0, math.sqrt(JUDGED_PIXELS / (width * height)))
    return max(1, round(width * scale)), max(1, round(height * scale))


class PaintedLabels:
    """Labels painted into maps, packed: hundreds of outlines take 20 ms, and are wanted again by
    every other run and for every picture. For any thread."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], tuple[Objects, bytes]] = {}

    def get(self, record: Record, shape: tuple[int, int], classes: Sequence[str],
            unlabelled: str) -> Areas:
        """The labels of an image as a map of ``shape`` (width, height)."""
        key = (record.key, record.size, shape, tuple(classes), unlabelled)
        objects, packed = self._known.get(key, ((), b""))
        if not packed or objects is not record.objects:
            areas = AreaSample.of(record).areas(shape, classes, unlabelled)
            self._known[key] = record.objects, zlib.compress(areas.tobytes(), _QUICKLY)
            return areas
        return np.frombuffer(zlib.decompress(packed), np.uint8).reshape(shape[1], shape[0])


@dataclass(frozen=True, slots=True)
class AreaLabels:
    """The labelled images of a project, and who is in the parts of a split."""

    split: str
    records: Mapping[str, Record]
    """By key."""
    parts: Mapping[str, tuple[Record, ...]]
    doubts: Mapping[str, str]
    """Of each part, what should be known about figures on it, in sentences; or ""."""
    painted: PaintedLabels = field(default_factory=PaintedLabels)

    def counts(self) -> dict[str, int]:
        return {part: len(records) for part, records in self.parts.items()}


@dataclass(frozen=True, slots=True)
class AreaSet:
    """One run on one part of a split, ready to be judged at any least score."""

    run: str
    split: str
    records: tuple[Record, ...]
    """The images, with the objects that were counted."""
    known: RunClasses
    """What the run's classes are called now, and those that only labels know."""
    found: ClassMapSet
    places: tuple[int, ...]
    """What the run found, and the place of each image in it."""
    unlabelled: str
    """What pixels without a label are: "background" or "unknown"."""
    painted: PaintedLabels
    cells: tuple[FilledCells, ...]
    tables: ImageTables
    """What was found where something is true, of each image."""
    missing: int = 0
    """Images that came into the part later and were not looked at yet."""
    left_out: int = 0
    """Images with maps that have no labels any more."""
    doubt: str = ""
    """What should be known about these figures, in sentences."""
    best_least: float | None = None
    """Least score with the best mean IoU on the validation images; None where these were not looked
    at."""
    own: OperatingScore | None = None
    """The one that the model brings along: that, or what a person chose."""

    @property
    def first_least(self) -> float:
        """The least score that its figures begin at, and that other runs are compared with."""
        return self.own.score if self.own is not None else LIKELIER

    @property
    def classes(self) -> tuple[str, ...]:
        """The run's, under the names they have now."""
        return self.known.names

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(record.key for record in self.records)

    def judged(self, image: int) -> tuple[ClassMap, Areas]:
        """The same at the size at which all runs are judged: see :func:`judged_size`."""
        found, record = self.found.map(self.places[image]), self.records[image]
        size = judged_size(record.size)
        return found.at_size(size), self.painted.get(record, size, self.classes, self.unlabelled)

    def pixels(self, image: int) -> tuple[ClassMap, Areas]:
        """What was found in an image, and what is true at the same size.

        Raises
        ------
        FormatError
            If what is stored of it is damaged.
        """
        found = self.found.map(self.places[image])
        return found, self.painted.get(self.records[image], found.size, self.classes,
                                       self.unlabelled)


def read_labels(project: Path, split: str) -> AreaLabels:
    """Read all labels of a project; see :func:`load_areas`."""
    data = load_areas(project, split)
    trained = {"train": tr("The model was trained on these images.")}
    if data.split.val_is_train:
        trained["val"] = tr("These images were trained on as well: the figures are too good.")
    doubts = {part: " ".join(filter(None, (trained.get(part), data.gone_text(part, "image"))))
              for part in PARTS}
    parts = {part: tuple(data.part(part)) for part in PARTS}
    return AreaLabels(split, {record.key: record for records in parts.values()
                              for record in records}, parts, doubts)


def open_results(
    run: RunFolder, part: str, labels: AreaLabels, project_classes: Sequence[str],
    fresh: Mapping[str, Objects], progress: ProgressCallback = lambda _done, _total: None,
) -> AreaSet:
    """Join a run's stored maps with the labels.

    Parameters
    ----------
    part
        "train", "val" or "test".
    project_classes
        The classes in ``workbench.toml``.
    fresh
        Objects of images that are open in the window, which the disk may not know yet.
    progress
        Called before each image; may raise to end the work.

    Raises
    ------
    WorkbenchError
        If the maps cannot be read.
    """
    results = _joined(run, part, labels, project_classes, fresh, progress)
    judged = results
    if part != "val":
        # a least score that was chosen on test images would flatter the model on them
        if not run.predictions_path("val").is_file() or not labels.parts["val"]:
            return replace(results, own=kept_score(run))
        judged = _joined(run, "val", labels, project_classes, fresh, progress)
    best = best_least(judged.tables)
    own = settled(run, None if best is None else OperatingScore(best, "iou"), "val")
    return replace(results, best_least=best, own=own)


def find_score(run: RunFolder, project_classes: Sequence[str]) -> OperatingScore | None:
    """See :data:`~workbench.project.operating.Find`."""
    if not run.predictions_path("val").is_file():
        return None
    labels = read_labels(run.project, run.split)
    best = best_least(_joined(run, "val", labels, project_classes, {}, lambda *_: None).tables)
    return None if best is None else OperatingScore(best, "iou")


def best_least(tables: ImageTables) -> float | None:
    """The least score with the best mean IoU; 0.5 where no other one is clearly better, None where
    no class is."""
    mean = {level / LEVELS: tables.evaluated(level / LEVELS).miou for level in range(1, LEVELS)}
    usual = mean[LIKELIER]
    best = max(mean, key=lambda least: (np.nan_to_num(mean[least]), -abs(least - LIKELIER)))
    if np.isnan(usual):
        return None
    return best if mean[best] - usual >= _CLEARLY else LIKELIER


def _joined(
    run: RunFolder, part: str, labels: AreaLabels, project_classes: Sequence[str],
    fresh: Mapping[str, Objects], progress: ProgressCallback,
) -> AreaSet:
    """A part without its best least score."""
    found = load_class_maps(run.predictions_path(part))
    places = tuple(place for place, key in enumerate(found.files) if key in labels.records)
    records = [_with_fresh(labels.records[found.files[place]], fresh) for place in places]
    known = _named(found.classes, project_classes, records)
    unlabelled = str(found.meta.get("unlabelled") or unlabelled_means(
        [AreaSample.of(record) for record in records], run.config.get("unlabelled", "auto")))
    unreadable = set(found.meta.get("unreadable", ()))
    wanted = {record.key for record in labels.parts[part]}
    doubt = (labels.doubts.get(part, "") or learned_text(run, records),
             left_out_text(sorted(unreadable & wanted)))
    whole = AreaSet(
        run.name, part, tuple(records), known, found, places, unlabelled,
        labels.painted, (), ImageTables(known.names, ()),
        missing=len(wanted - set(found.files) - unreadable), left_out=len(found) - len(records),
        doubt=" ".join(filter(None, doubt)))
    return _counted(whole, {}, progress)


def learned_text(run: RunFolder, records: Sequence[Record]) -> str:
    """That a run learned from some of these, which the split held back only later: what is stored
    of them is judged all the same; "" where it did not, or where that is not known."""
    try:
        learned = set(load_split(run.path, run.split).train)
    except WorkbenchError:
        return ""
    number = sum(record.key in learned for record in records)
    return tr("It was trained on {some} of these {images} as well: the figures are too good.",
              some=f"{number:,}", images=count(len(records), "image")) if number else ""


def _with_fresh(record: Record, fresh: Mapping[str, Objects]) -> Record:
    if record.key not in fresh:
        return record
    return replace(record, objects=cut_all(fresh[record.key], record.size))


def _named(run: Sequence[str], project: Sequence[str], records: Sequence[Record]) -> RunClasses:
    """A run has no class that means background or void: those of a project are counted without
    them, too."""
    return classes_of_run(
        run, [name for name in project if is_area_class(name)],
        (item.label for record in records for item in record.objects
         if is_area_class(item.label)))


def _counted(results: AreaSet, same: Mapping[int, FilledCells],
             progress: ProgressCallback = lambda _done, _total: None) -> AreaSet:
    """Count the pixels of all images but of those whose cells are the ``same`` as before."""
    cells, images = [], len(results.records)
    for image in range(images):
        progress(image, images)
        if image in same:
            cells.append(same[image])
        else:
            found, truth = results.judged(image)
            cells.append(FilledCells.of(pixel_table(found, truth, len(results.classes))))
    return replace(results, cells=tuple(cells), tables=ImageTables(results.classes, cells))


# --- labels that were mended ----------------------------------------------------------------------


def relabelled(results: AreaSet, fresh: Mapping[str, Objects],
               progress: ProgressCallback = lambda _done, _total: None) -> AreaSet:
    """The same maps beside labels that were mended since."""
    records = tuple(_with_fresh(record, fresh) for record in results.records)
    known = replace(results.known, unknown=_named(results.known.names, (), records).unknown)
    same = {image: results.cells[image]
            for image, (now, old) in enumerate(zip(records, results.records, strict=True))
            if _what_counts(now.objects) == _what_counts(old.objects)}
    return _counted(replace(results, records=records, known=known), same, progress)


def changed_images(results: AreaSet, fresh: Mapping[str, Objects]) -> int:
    """Number of images whose labels in the window differ from those that were counted."""
    return sum(
        record.key in fresh and _what_counts(cut_all(fresh[record.key], record.size))
        != _what_counts(record.objects) for record in results.records)


def _what_counts(objects: Objects) -> list[tuple[object, ...]]:
    """Of labels; the place in the file is not part of it."""
    return [(item.label, item.shape, item.difficult) for item in objects]


# --- what is on the screen ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AreaSnapshot:
    """All that is on the screen at one least score."""

    results: AreaSet
    evaluation: PixelEvaluation
    figures: ImageFigures
    """Of each image."""
    cell: MatrixCell | None
    """The chosen cell of the matrix, whose last row and column are the background."""
    shares: Float64Array
    """float64 (images,): which share of the pixels that are judged lies in the cell; 0 without
    one."""
    rows: IntArray
    """The images that are listed, in their order."""
    milliseconds: float
    before: PixelEvaluation | None = None


def snapshot(results: AreaSet, least: float, cell: MatrixCell | None, order: Order,
             before: AreaSet | None = None) -> AreaSnapshot:
    """Judge, and sort the images that ``cell`` is about; ``before`` is an earlier run, which has a
    least score of its own: at that of another one it may have found nothing."""
    start = time.perf_counter()
    evaluation, figures = results.tables.evaluated(least), results.tables.each(least)
    rows, shares = np.arange(len(results.records)), np.zeros(len(results.records))
    if cell is not None:
        pixels = results.tables.in_cell(in_confusion(cell, len(results.classes)), least)
        shares = pixels / np.maximum(results.tables.known(), 1)
        rows = np.flatnonzero(pixels)
    rows = rows[np.argsort(_sort_key(figures, shares, order)[rows], kind="stable")]
    milliseconds = (time.perf_counter() - start) * 1000
    earlier = before.tables.evaluated(before.first_least) if before is not None else None
    return AreaSnapshot(results, evaluation, figures, cell, shares, rows, milliseconds, earlier)


def in_confusion(cell: MatrixCell, classes: int) -> MatrixCell:
    """A cell of a matrix whose last row and column are the background, among true and found
    values, of which it is 0."""
    return (cell[0] + 1) % (classes + 1), (cell[1] + 1) % (classes + 1)


def background_last(confusion: IntArray) -> IntArray:
    """The confusion as a matrix shows it."""
    return np.roll(confusion, -1, (0, 1))


def _sort_key(figures: ImageFigures, shares: Float64Array, order: Order) -> Float64Array:
    """Images of which a figure does not exist come last."""
    # of images that overlap alike, the one with more wrong pixels is the worse one
    worst = figures.miou - 1e-6 * np.nan_to_num(figures.wrong)
    keys: dict[Order, Float64Array] = {
        "worst": worst, "wrong": -figures.wrong, "best": -worst,
        "file": np.arange(len(worst), dtype=np.float64), "most": -shares,
    }
    return keys[order]
