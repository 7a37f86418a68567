"""What is shown: one run's calls on one part of a split beside the labels. No Qt in here, and no
torch.

Everything that takes time is a plain function, to be called on the worker's thread.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from workbench.core.annotation import LabeledObject
from workbench.core.class_names import RunClasses, classes_of_run
from workbench.core.csv_text import csv_text
from workbench.core.detections import Detections
from workbench.evaluation.box_entries import Entries, Order, best_threshold, entries_of
from workbench.evaluation.box_words import NONE, Selection
from workbench.evaluation.live import LiveEvaluation
from workbench.evaluation.result import CellTable, Evaluation, Thresholds
from workbench.formats.predictions import load_predictions
from workbench.project.class_results import is_shared, left_out_text
from workbench.project.datasets.sounds import ClipRecord, load_sound_dataset
from workbench.project.datasets.splits import PARTS
from workbench.project.operating import OperatingScore, settled
from workbench.project.runs import RunFolder
from workbench.tasks.sound_detection.calls import judged_of, recordings, size_of, truth_of

Regions = tuple[LabeledObject, ...]


@dataclass(frozen=True, slots=True)
class CallLabels:
    """The labelled recordings of each part of a run's split."""

    split: str
    run: str
    """The run whose own copy of the split was read, "" for the project's."""
    parts: Mapping[str, tuple[ClipRecord, ...]]
    doubts: Mapping[str, str]
    """Of each part, what should be known about figures on it, in sentences; or ""."""

    def counts(self) -> dict[str, int]:
        return {part: len(records) for part, records in self.parts.items()}


@dataclass(frozen=True, slots=True)
class CallSet:
    """One run on one part, ready to be judged at any thresholds."""

    run: str
    split: str
    records: tuple[ClipRecord, ...]
    """The recordings, with the regions that were counted."""
    known: RunClasses
    """What the run's classes are called now, and those that only labels know."""
    raw: tuple[Detections, ...]
    """Of each recording what is judged: boxes are (start, low, end, high) in seconds and hertz."""
    live: LiveEvaluation
    """The evaluation that remembers what sliders do not change."""
    stored: tuple[Detections, ...]
    """All that was found."""
    missing: int = 0
    """Recordings that came into the part later and were not heard yet."""
    doubt: str = ""
    """What should be known about these figures, in sentences."""
    own: OperatingScore | None = None
    """The score that the model brings along; None where it brings none."""
    first: float | None = None
    """Where the validation recordings say to begin, or these where there are no others; None
    where nothing was found."""

    @property
    def best_score(self) -> float | None:
        """The score that its figures begin at; None where nothing was found."""
        return self.first if self.own is None else self.own.score

    @property
    def classes(self) -> tuple[str, ...]:
        return self.known.all

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(record.key for record in self.records)


@dataclass(frozen=True, slots=True)
class CallSnapshot:
    """All that is on the screen at one setting of the sliders."""

    results: CallSet
    evaluation: Evaluation
    entries: Entries
    milliseconds: float
    before: Evaluation | None = None


def read_labels(project: Path, run: RunFolder) -> CallLabels:
    """The labelled recordings of a run's split; raises WorkbenchError where that cannot be read."""
    name = run.split
    data = load_sound_dataset(project, name, run=run.path)
    return CallLabels(
        name, "" if is_shared(project, name) else run.name,
        {part: tuple(recordings(data.part(part))) for part in PARTS},
        {part: " ".join(filter(None, (data.doubt(part), left_out_text(data.unread(part)),
                                      data.gone_text(part, "recording")))) for part in PARTS})


def open_calls(
    run: RunFolder, part: str, labels: CallLabels, project_classes: Sequence[str],
    fresh: Mapping[str, Regions],
) -> CallSet:
    """Join what a run found with the labels.

    Parameters
    ----------
    part
        "train", "val" or "test".
    project_classes
        The classes in ``workbench.toml``.
    fresh
        Regions of recordings that are open in the window, which the disk may not know yet.

    Raises
    ------
    WorkbenchError
        If the answers cannot be read.
    """
    results = _joined(run, part, labels, project_classes, fresh)
    judged = results
    if part != "val" and run.predictions_path("val").is_file() and labels.parts["val"]:
        # a threshold that was chosen on test recordings would flatter the model on them
        judged = _joined(run, "val", labels, project_classes, fresh)
    found = _own_score(judged)
    return replace(results, own=settled(run, found, judged.split),
                   first=None if found is None else found.score)


def find_score(run: RunFolder, project_classes: Sequence[str]) -> OperatingScore | None:
    """See :data:`~workbench.project.operating.Find`."""
    if not run.predictions_path("val").is_file():
        return None
    return _own_score(_joined(run, "val", read_labels(run.project, run), project_classes, {}))


def _own_score(judged: CallSet) -> OperatingScore | None:
    first = Thresholds()
    best = best_threshold(judged.live, first.nms_thresh, first.match_iou)
    return None if best is None else OperatingScore(best)


def _joined(run: RunFolder, part: str, labels: CallLabels, project_classes: Sequence[str],
            fresh: Mapping[str, Regions]) -> CallSet:
    found = load_predictions(run.predictions_path(part))
    stored = dict(zip(found.files, found.detections, strict=True))
    unreadable = set(found.meta.get("unreadable", ()))
    records = labels.parts[part]
    there = tuple(_with(record, fresh) for record in records if record.key in stored)
    known = classes_of_run(found.classes, project_classes,
                           (item.label for record in there for item in record.regions))
    lost = [record.key for record in records if record.key in unreadable]
    return _evaluated(CallSet(
        run.name, part, there, known, (), LiveEvaluation((), (), known.all),
        tuple(stored[record.key] for record in there),
        missing=sum(record.key not in stored and record.key not in unreadable
                    for record in records),
        doubt=" ".join(filter(None, (labels.doubts.get(part, ""), left_out_text(lost))))))


def _with(record: ClipRecord, fresh: Mapping[str, Regions]) -> ClipRecord:
    return replace(record, regions=fresh[record.key]) if record.key in fresh else record


def _evaluated(results: CallSet) -> CallSet:
    raw = tuple(judged_of(record, found)
                for record, found in zip(results.records, results.stored, strict=True))
    number = {name: place for place, name in enumerate(results.classes)}
    truths = [truth_of(record, number) for record in results.records]
    return replace(results, raw=raw, live=LiveEvaluation(truths, raw, results.classes))


def relabelled(results: CallSet, fresh: Mapping[str, Regions]) -> CallSet:
    """The same calls beside labels that were mended since."""
    records = tuple(_with(record, fresh) for record in results.records)
    again = classes_of_run(results.known.names, (),
                           (item.label for record in records for item in record.regions))
    return _evaluated(replace(results, records=records,
                              known=replace(results.known, unknown=again.unknown)))


def snapshot(
    results: CallSet, thresholds: Thresholds, selection: Selection, order: Order,
    before: CallSet | None = None,
) -> CallSnapshot:
    """Evaluate, and collect the calls of ``selection``; ``before`` is an earlier run."""
    start = time.perf_counter()
    evaluation = evaluated(results, thresholds)
    entries = entries_of(evaluation, selection, order, _whole(results))
    milliseconds = (time.perf_counter() - start) * 1000
    return CallSnapshot(results, evaluation, entries, milliseconds,
                        None if before is None else evaluated(before, thresholds))


def evaluated(results: CallSet, thresholds: Thresholds) -> Evaluation:
    """The figures at these thresholds."""
    return results.live.update(thresholds.score_thresh, thresholds.nms_thresh,
                               thresholds.match_iou)


def _whole(results: CallSet) -> CellTable:
    """A row for each recording as a whole."""
    count = len(results.records)
    none = np.full(count, -1, np.int64)
    boxes = np.array([(0, 0, *size_of(record)) for record in results.records], np.float32)
    return CellTable(np.arange(count), none, none, np.zeros(count),
                     np.zeros(count, np.float32), boxes.reshape(-1, 4), np.full(count, np.nan),
                     np.zeros((count, 2), np.int64))


def csv_bytes(shown: CallSnapshot) -> bytes:
    """The calls behind the chosen number as CSV (UTF-8, one head line)."""
    names = [*shown.results.classes, NONE]
    table, cells = shown.entries.table, shown.entries.cells
    rows: list[Sequence[object]] = [("file", "labelled", "found", "score", "overlap", "start",
                                     "end", "low_hz", "high_hz")]
    for place in range(len(table)):
        start, low, end, high = table.boxes[place].tolist()
        true, found = (names[cell] if cell >= 0 else "" for cell in cells[place].tolist())
        rows.append((shown.results.keys[table.image[place]], true, found,
                     f"{table.score[place]:.4f}", f"{table.iou[place]:.4f}", f"{start:.4f}",
                     f"{end:.4f}", f"{low:.1f}", f"{high:.1f}"))
    return csv_text(rows).encode()
