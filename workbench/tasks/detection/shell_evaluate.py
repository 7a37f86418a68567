"""Evaluating a run from the shell: torch is imported only where predictions are missing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.core.class_names import RunClasses, classes_of_run
from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.models.card import read_card
from workbench.evaluation.counts import ImageCounts
from workbench.evaluation.evaluate import Evaluation
from workbench.evaluation.evaluate import evaluate as evaluate_detections
from workbench.evaluation.judged_boxes import counts_by_sample
from workbench.evaluation.rotated import rotated_exist
from workbench.extension.engine_task import Reporter
from workbench.extension.shell import JudgedSample
from workbench.project.datasets.dataset import no_samples_text
from workbench.project.datasets.images import load_dataset
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder
from workbench.tasks.detection.engine.samples import Sample
from workbench.tasks.detection.engine.stored import dots_of_card, stored_of


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run on a split."""

    split: str
    evaluation: Evaluation
    keys: list[str]
    """The images, in the order of the evaluation."""
    unreadable: list[str]
    """Images of the split that could not be read."""
    classes: RunClasses
    """What the run's classes are called now, and those that only labels know."""
    gone: str
    """That images of the split are gone or have no labels, as a sentence; "" of none."""

    def judged(self) -> list[JudgedSample]:
        """How many boxes of each image were found, are wrong, and were missed."""
        return [JudgedSample(key, *counts) for key, counts in zip(
            self.keys, counts_by_sample(self.evaluation), strict=True)]

    def counts(self) -> dict[str, Any]:
        """How far off the counts of images are, where dots are counted."""
        if self.evaluation.truth_table.dots is None:
            return {}
        return {"counts": ImageCounts.of(self.evaluation).to_json(self.evaluation.classes)}

    def notes(self) -> list[str]:
        """What a person should know besides the figures, a sentence each."""
        return [*filter(None, (self.gone,)), *self.classes.words()]


def evaluate_run(
    project: Path, run: RunFolder, split: str | None, *, score_thresh: float, nms_thresh: float,
    match_iou: float, device: str, reporter: Reporter,
) -> RunReport:
    """Evaluate ``run`` on a split; None is test where there is one, else val.

    Raises
    ------
    UsageError
        If the split has no labelled images.
    """
    data = load_dataset(project, run.split)
    name = split or ("test" if data.test else "val")
    records = data.part(name)
    if not records:
        raise UsageError(no_samples_text(data.parts(), name, "images"))
    keys = [record.key for record in records]
    card = read_card(run.best_path)
    path = run.predictions_path(name)
    stored = stored_of(path, card)
    if not stored.complete(keys):
        from workbench.tasks.detection.engine.predict import ensure_predictions

        ensure_predictions(project, run, name, reporter, device)
        stored = stored_of(path, card)
    there = [record for record in records if record.key in stored.answers]
    if not there:
        raise WorkbenchError(f"none of the {len(records)} images of “{name}” could be read")
    classes = classes_of_run(card.classes, Manifest.load(project).classes,
                             (item.label for record in there for item in record.objects))
    found = [stored.answers[record.key][1] for record in there]
    outlines = any(item.outlines is not None for item in found)
    dots = dots_of_card(card).renamed(dict(zip(card.classes, classes.all, strict=False)))
    evaluation = evaluate_detections(
        [Sample.of(record, dots).truth(classes.all, outlines, rotated_exist(found))
         for record in there],
        found, classes.all, score_thresh=score_thresh, nms_thresh=nms_thresh, match_iou=match_iou,
    )
    lost = [*data.unread(name), *(key for key in keys if key not in stored.answers)]
    return RunReport(name, evaluation, [record.key for record in there], lost, classes,
                     data.gone_text(name, "image"))
