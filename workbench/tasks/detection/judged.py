"""Which objects of validation and test images a detector finds, misses, or takes for others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from workbench.core.judged import Judged
from workbench.core.paths import is_file
from workbench.core.shapes import Bounds
from workbench.core.text import listed, tr
from workbench.evaluation.result import Evaluation, Thresholds
from workbench.project.runs import RunFolder
from workbench.tasks.detection.results import ResultSet, open_results, read_labels


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
            yield from (item for item in _judged(results, results.live.update(score))
                        if item.key in held_back)


def _judged(results: ResultSet, evaluation: Evaluation) -> Iterator[Judged]:
    """Of all images that the results are about; one is wrong as a whole where more in it is wrong
    than right, for hardly one of many things is without a fault."""
    outcomes, truths = evaluation.outcomes, evaluation.truth_table
    none = len(evaluation.classes)
    counts = np.zeros((len(results.keys), 3), np.int64)  # missed, confused, extra
    hits = np.zeros(len(results.keys), np.int64)
    for truth, detection, row, column in zip(
            outcomes.truth.tolist(), outcomes.detection.tolist(), outcomes.row.tolist(),
            outcomes.column.tolist(), strict=True):
        if truth < 0:
            counts[evaluation.detection_table.image[detection], 2] += 1
            continue
        image = int(truths.image[truth])
        key, box = results.keys[image], _bounds(truths.boxes[truth].tolist())
        if row == column:
            hits[image] += 1
            yield Judged(key, box, "right")
        elif column == none:
            counts[image, 0] += 1
            yield Judged(key, box, "missed")
        else:
            counts[image, 1] += 1
            yield Judged(key, box, "wrong", evaluation.classes[column])
    for key, numbers, right in zip(results.keys, counts.tolist(), hits.tolist(), strict=True):
        words = (tr("{number:,} missed"), tr("{number:,} of another class"), tr("{number:,} extra"))
        said = [text.format(number=number)
                for text, number in zip(words, numbers, strict=True) if number]
        yield Judged(key, None, "wrong" if sum(numbers) > right else "right",
                     listed(said) if said else "")


def _bounds(sides: Sequence[float]) -> Bounds:
    left, top, right, bottom = sides
    return left, top, right, bottom
