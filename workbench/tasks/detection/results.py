"""What is shown: one run's detections on one split beside the labels. No Qt in here.

Everything that takes time is a plain function, to be called on the worker's thread.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from workbench.core.annotation import LabeledObject
from workbench.core.arrays import BoolArray
from workbench.core.class_names import RunClasses, classes_of_run
from workbench.core.detections import Detections, Truth
from workbench.core.dots import NO_DOTS, DotSides, is_dot
from workbench.core.labelled_points import labelled_points
from workbench.core.outline_grids import outlined
from workbench.core.outlines import Keypoints
from workbench.core.rectangles import rectangles_of
from workbench.evaluation.box_entries import Entries, Order, entries_of
from workbench.evaluation.box_words import COMPARED, Selection
from workbench.evaluation.live import LiveEvaluation
from workbench.evaluation.result import CellTable, Evaluation, Thresholds
from workbench.evaluation.rotated import rotated_exist
from workbench.formats.predictions import load_predictions
from workbench.project.datasets.images import Record, cut_all, load_dataset
from workbench.project.datasets.splits import PARTS
from workbench.project.operating import OperatingScore, settled
from workbench.project.runs import RunFolder
from workbench.tasks.detection.dot_truth import boxes_of, dots_among, judgeable
from workbench.tasks.detection.label_outlines import LabelOutlines
from workbench.tasks.detection.own_scores import own_score

Objects = tuple[LabeledObject, ...]


@dataclass(frozen=True, slots=True)
class ResultSet:
    """One run on one split, ready to be evaluated at any thresholds."""

    run: str
    split: str
    keys: tuple[str, ...]
    paths: tuple[Path, ...]
    sizes: tuple[tuple[int, int], ...]
    objects: tuple[Objects, ...]
    """One for each image; sizes (width, height) as displayed, objects in truth's order."""
    known: RunClasses
    """What the run's classes are called now, and those that only labels know."""
    raw: tuple[Detections, ...]
    """Raw detections of each image."""
    outlines: tuple[LabelOutlines | None, ...]
    """The labelled outlines of each image, None where it has none; all None where the model finds
    boxes only, upright or rotated."""
    live: LiveEvaluation
    """The evaluation that remembers what sliders do not change."""
    left_out: int = 0
    """Images with detections that have no labels any more."""
    missing: int = 0
    """Images that came into the split later and were not looked at yet."""
    own: OperatingScore | None = None
    """The score that the model brings along; None where it brings none."""
    first: float | None = None
    """Where the validation images say to begin, or these where there are no others; None
    without detections."""
    dots: DotSides = NO_DOTS
    """What the model makes of dots."""
    learned: int = 0
    """Images that the model was trained on, 0 where that is not known."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The run's, under the names they have now, then those that only labels know."""
        return self.known.all

    @property
    def best_score(self) -> float | None:
        """The score that its figures begin at; None without detections."""
        return self.first if self.own is None else self.own.score

    @property
    def outlined(self) -> bool:
        """Whether the model finds outlines."""
        return _finds_outlines(self.raw)

    @property
    def rotated(self) -> bool:
        """Whether the model finds rotated boxes."""
        return rotated_exist(self.raw)

    @property
    def pointed(self) -> bool:
        """Whether the model finds key points."""
        return any(item.keypoints is not None for item in self.raw if len(item))


@dataclass(frozen=True, slots=True)
class SplitRecords:
    """The labelled images of a project, and who is in the parts of a split."""

    split: str
    records: Mapping[str, Record]
    parts: Mapping[str, tuple[str, ...]]

    def counts(self) -> dict[str, int]:
        return {part: len(keys) for part, keys in self.parts.items()}


def read_labels(project: Path, split: str) -> SplitRecords:
    """Read all annotations of a project; see :func:`load_dataset`."""
    dataset = load_dataset(project, split)
    parts = {part: dataset.part(part) for part in PARTS}
    return SplitRecords(split, {r.key: r for part in parts.values() for r in part},
                        {part: tuple(r.key for r in records) for part, records in parts.items()})


def open_results(
    run: RunFolder, part: str, labels: SplitRecords, project_classes: Sequence[str],
    fresh: Mapping[str, Objects],
) -> ResultSet:
    """Join a run's stored detections with the labels.

    Parameters
    ----------
    part
        "train", "val" or "test".
    labels
        What is labelled by now.
    project_classes
        The classes in ``workbench.toml``.
    fresh
        Objects of images that are open in the window, which the disk may not know yet.

    Raises
    ------
    WorkbenchError
        If the detections cannot be read.
    """
    results = _join(run, part, labels, project_classes, fresh)
    judged = results
    if part != "val" and run.predictions_path("val").is_file() and labels.parts["val"]:
        # a threshold that was chosen on test images would flatter the model on them
        judged = _join(run, "val", labels, project_classes, fresh)
    found = _own_score(judged, run)
    return replace(results, own=settled(run, found, judged.split),
                   first=None if found is None else found.score, learned=_learned(run))


def find_score(run: RunFolder, project_classes: Sequence[str]) -> OperatingScore | None:
    """See :data:`~workbench.project.operating.Find`."""
    if not run.predictions_path("val").is_file():
        return None
    labels = read_labels(run.project, run.split)
    return _own_score(_join(run, "val", labels, project_classes, {}), run)


def _own_score(judged: ResultSet, run: RunFolder) -> OperatingScore | None:
    return own_score(judged.live, judged.dots, run.config.get("classes", ()))


def _learned(run: RunFolder) -> int:
    split = run.config.get("split")
    train = split.get("train") if isinstance(split, Mapping) else None
    return train if isinstance(train, int) else 0


def _join(
    run: RunFolder, part: str, labels: SplitRecords, project_classes: Sequence[str],
    fresh: Mapping[str, Objects],
) -> ResultSet:
    found = load_predictions(run.predictions_path(part))
    rows = [i for i, key in enumerate(found.files) if key in labels.records]
    chosen = [labels.records[found.files[i]] for i in rows]
    every = [_objects(record, fresh) for record in chosen]
    known = _joined(found.classes, project_classes, every)
    dots = DotSides.of_plain(found.meta.get("dots")).renamed(
        dict(zip(found.classes, known.all, strict=False)))
    objects = [judgeable(row, dots) for row in every]
    raw = tuple(found.detections[i] for i in rows)
    compared = _finds_outlines(raw)
    outlines = tuple(LabelOutlines.of(row) if compared else None for row in objects)
    return ResultSet(
        run=run.name, split=part, keys=tuple(record.key for record in chosen),
        paths=tuple(record.path for record in chosen),
        sizes=tuple(record.size for record in chosen), objects=tuple(objects), known=known,
        raw=raw, outlines=outlines, dots=dots, live=_evaluation(
            objects, [record.size for record in chosen], outlines, raw, known.all, dots),
        left_out=len(found) - len(rows), missing=len(set(labels.parts[part]) - set(found.files)),
    )


def relabelled(results: ResultSet, fresh: Mapping[str, Objects]) -> ResultSet:
    """The same detections beside labels that were mended since."""
    objects = tuple(
        judgeable(cut_all(fresh[key], size), results.dots) if key in fresh else old
        for key, size, old in zip(results.keys, results.sizes, results.objects, strict=True)
    )
    again = _joined(results.known.names, (), objects)
    known = replace(results.known, unknown=again.unknown)
    outlines = results.outlines
    if results.outlined:
        outlines = tuple(
            kept if now == old else LabelOutlines.of(now)
            for now, old, kept in zip(objects, results.objects, outlines, strict=True))
    return replace(results, objects=objects, known=known, outlines=outlines,
                   live=_evaluation(objects, results.sizes, outlines, results.raw, known.all,
                                    results.dots))


def _finds_outlines(raw: Sequence[Detections]) -> bool:
    return any(item.outlines is not None for item in raw if len(item))


def changed_images(results: ResultSet, fresh: Mapping[str, Objects]) -> int:
    """Number of images whose labels in the window differ from those that were counted."""
    outlines, points = results.outlined or results.rotated, results.pointed
    return sum(
        1 for key, size, old in zip(results.keys, results.sizes, results.objects, strict=True)
        if key in fresh and _counted(
            judgeable(cut_all(fresh[key], size), results.dots), outlines, points)
        != _counted(old, outlines, points)
    )


def _counted(objects: Objects, outlines: bool, points: bool) -> list[tuple[object, ...]]:
    """What is counted of labels, and of their ``outlines`` and key ``points`` where these are; the
    place in the file is not."""
    return [(item.label, item.shape if (outlines and outlined(item.shape))
             or (points and isinstance(item.shape, Keypoints)) else item.box, item.difficult)
            for item in objects]


def _objects(record: Record, fresh: Mapping[str, Objects]) -> Objects:
    return cut_all(fresh[record.key], record.size) if record.key in fresh else record.objects


def _joined(run: Sequence[str], project: Sequence[str], objects: Sequence[Objects]) -> RunClasses:
    return classes_of_run(run, project, (item.label for row in objects for item in row))


def _evaluation(
    objects: Sequence[Objects], sizes: Sequence[tuple[int, int]],
    outlines: Sequence[LabelOutlines | None], raw: Sequence[Detections], classes: Sequence[str],
    dots: DotSides,
) -> LiveEvaluation:
    """The run's classes keep their numbers, which the detections' labels are."""
    number = {name: i for i, name in enumerate(classes)}
    rotated = rotated_exist(raw)
    truths = [_truth(row, size, known, number, rotated, dots)
              for row, size, known in zip(objects, sizes, outlines, strict=True)]
    return LiveEvaluation(truths, raw, classes)


def _truth(
    objects: Objects, size: tuple[int, int], outlines: LabelOutlines | None,
    number: Mapping[str, int], rotated: bool, dots: DotSides,
) -> Truth:
    boxes = boxes_of(objects, dots, size)
    return Truth(
        boxes,
        np.array([number[item.label] for item in objects], np.int64),
        np.array([item.difficult for item in objects], np.bool_),
        None if outlines is None else outlines.grids, None if outlines is None else outlines.known,
        labelled_points([None if is_dot(item.shape) else item.shape for item in objects]),
        rectangles_of([item.shape for item in objects], boxes) if rotated else None,
        dots_among(objects, dots),
    )


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Another run on the same images, at the same thresholds."""

    results: ResultSet
    evaluation: Evaluation
    image: tuple[int, ...]
    """Number of each image of the shown run among this one's, -1 where it has none."""
    won: BoolArray
    lost: BoolArray
    """bool (N,), one for each label of the shown run: found now and not by this run, or the other
    way round. Labels of images that this run does not have are neither."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is on the screen at one setting of the sliders."""

    results: ResultSet
    evaluation: Evaluation
    entries: Entries
    milliseconds: float
    before: Evaluation | None = None
    compared: RunComparison | None = None


def snapshot(
    results: ResultSet, thresholds: Thresholds, selection: Selection, order: Order,
    before: ResultSet | None = None, other: ResultSet | None = None,
) -> Snapshot:
    """Evaluate, and collect the pictures of ``selection``; ``before`` is an earlier run, ``other``
    one that a person compares with."""
    start = time.perf_counter()
    evaluation = evaluated(results, thresholds)
    compared = compare(results, evaluation, other, thresholds) if other is not None else None
    entries = make_entries(results, evaluation, selection, order, compared)
    milliseconds = (time.perf_counter() - start) * 1000
    earlier = evaluated(before, thresholds) if before is not None else None
    return Snapshot(results, evaluation, entries, milliseconds, earlier, compared)


def compare(
    results: ResultSet, evaluation: Evaluation, other: ResultSet, thresholds: Thresholds
) -> RunComparison:
    """Which labels another run found that this one does not, and the other way round."""
    theirs = evaluated(other, thresholds)
    number = {key: at for at, key in enumerate(other.keys)}
    image = tuple(number.get(key, -1) for key in results.keys)
    now, known = _found(evaluation), np.zeros(len(evaluation.truth_table), np.bool_)
    then_all, then = _found(theirs), np.zeros_like(known)
    starts, their_starts = evaluation.truth_table.starts, theirs.truth_table.starts
    for at, there in enumerate(image):
        if there < 0 or results.objects[at] != other.objects[there]:
            continue  # the labels are others there: nothing can be said
        first, end = int(starts[at]), int(starts[at + 1])
        known[first:end] = True
        then[first:end] = then_all[int(their_starts[there]) : int(their_starts[there + 1])]
    return RunComparison(other, theirs, image, known & now & ~then, known & then & ~now)


def _found(evaluation: Evaluation) -> BoolArray:
    """bool (N,): whether each label was found as what it is."""
    outcomes = evaluation.outcomes
    right = (outcomes.row == outcomes.column) & (outcomes.truth >= 0)
    found = np.zeros(len(evaluation.truth_table), np.bool_)
    found[outcomes.truth[right]] = True
    return found


def evaluated(results: ResultSet, thresholds: Thresholds) -> Evaluation:
    """The figures at these thresholds."""
    return results.live.update(thresholds.score_thresh, thresholds.nms_thresh, thresholds.match_iou)


def make_entries(
    results: ResultSet, evaluation: Evaluation, selection: Selection, order: Order,
    compared: RunComparison | None = None,
) -> Entries:
    """The pictures of ``selection``, or one for each image; the groups of :data:`COMPARED` are
    empty without another run ``compared``."""
    def changed(part: CellTable) -> CellTable:
        return (_of_labels(evaluation, part, compared, selection) if selection in COMPARED
                else part)

    return entries_of(evaluation, selection, order, _whole_images(results), changed)


def _of_labels(evaluation: Evaluation, table: CellTable, compared: RunComparison | None,
               selection: Selection) -> CellTable:
    """The rows of a cell whose labels became right or wrong beside the other run."""
    if compared is None or (table.truth < 0).any():
        return table.select(np.zeros(len(table), np.bool_))
    changed = compared.won if selection == "won" else compared.lost
    return table.select(changed[evaluation.truth_table.starts[table.image] + table.truth])


def _whole_images(results: ResultSet) -> CellTable:
    count = len(results.keys)
    none = np.full(count, -1, np.int64)
    boxes = np.array([(0, 0, *size) for size in results.sizes], np.float32).reshape(-1, 4)
    return CellTable(np.arange(count), none, none, np.zeros(count),
                     np.zeros(count, np.float32), boxes, np.full(count, np.nan),
                     np.zeros((count, 2), np.int64))
