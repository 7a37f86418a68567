"""Which calls of validation and test recordings a detector finds, misses, or takes for others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.core.judged import Judged
from workbench.core.paths import is_file
from workbench.evaluation.judged_boxes import judged_boxes
from workbench.evaluation.result import Thresholds
from workbench.project.runs import RunFolder
from workbench.tasks.sound_detection.results import open_calls, read_labels


def judged_calls(run: RunFolder, project_classes: Sequence[str]) -> Iterator[Judged]:
    """Every call that is judged, and every recording, at the score with which Results begins;
    raises WorkbenchError where labels or answers cannot be read."""
    labels = read_labels(run.project, run)
    trained = {record.key for record in labels.parts["train"]}
    for part in ("val", "test"):
        if is_file(run.predictions_path(part)):
            results = open_calls(run, part, labels, project_classes, {})
            first = Thresholds()
            score = first.score_thresh if results.best_score is None else results.best_score
            keys = results.keys
            # of a recording with a held-out stretch, what is true of that is not true of all
            yield from (item for item in judged_boxes(keys, results.live.update(score))
                        if item.box is not None or item.key not in trained)
