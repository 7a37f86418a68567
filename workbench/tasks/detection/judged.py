"""Which objects of validation and test images a detector finds, misses, or takes for others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.core.judged import Judged
from workbench.core.paths import is_file
from workbench.evaluation.judged_boxes import judged_boxes
from workbench.evaluation.result import Thresholds
from workbench.project.runs import RunFolder
from workbench.tasks.detection.results import open_results, read_labels


def judged_objects(run: RunFolder, project_classes: Sequence[str]) -> Iterator[Judged]:
    """Every object that is judged, and every image, at the score with which Results begins; raises
    WorkbenchError where labels or detections cannot be read."""
    labels = read_labels(run.project, run.split)
    for part in ("val", "test"):
        if is_file(run.predictions_path(part)):
            results = open_results(run, part, labels, project_classes, {})
            first = Thresholds()
            score = first.score_thresh if results.best_score is None else results.best_score
            held_back = {*labels.parts[part]} - {*labels.parts["train"]}
            yield from (item for item in judged_boxes(results.keys, results.live.update(score))
                        if item.key in held_back)
