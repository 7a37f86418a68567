"""Which labelled boxes are found, missed, or taken for others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from workbench.core.judged import Judged
from workbench.core.shapes import Bounds
from workbench.core.text import listed, tr
from workbench.evaluation.result import Evaluation


def judged_boxes(keys: Sequence[str], evaluation: Evaluation) -> Iterator[Judged]:
    """Every box of the samples ``keys``, and each of these as a whole: wrong where more in it is
    wrong than right, for hardly one of many things is without a fault."""
    outcomes, truths = evaluation.outcomes, evaluation.truth_table
    none = len(evaluation.classes)
    counts = np.zeros((len(keys), 3), np.int64)  # missed, confused, extra
    hits = np.zeros(len(keys), np.int64)
    for truth, detection, row, column in zip(
            outcomes.truth.tolist(), outcomes.detection.tolist(), outcomes.row.tolist(),
            outcomes.column.tolist(), strict=True):
        if truth < 0:
            counts[evaluation.detection_table.image[detection], 2] += 1
            continue
        image = int(truths.image[truth])
        key, box = keys[image], _bounds(truths.boxes[truth].tolist())
        if row == column:
            hits[image] += 1
            yield Judged(key, box, "right")
        elif column == none:
            counts[image, 0] += 1
            yield Judged(key, box, "missed")
        else:
            counts[image, 1] += 1
            yield Judged(key, box, "wrong", evaluation.classes[column])
    for key, numbers, right in zip(keys, counts.tolist(), hits.tolist(), strict=True):
        words = (tr("{number:,} missed"), tr("{number:,} of another class"), tr("{number:,} extra"))
        said = [text.format(number=number)
                for text, number in zip(words, numbers, strict=True) if number]
        yield Judged(key, None, "wrong" if sum(numbers) > right else "right",
                     listed(said) if said else "")


def _bounds(sides: Sequence[float]) -> Bounds:
    left, top, right, bottom = sides
    return left, top, right, bottom


def counts_by_sample(evaluation: Evaluation) -> list[tuple[int, int, int]]:
    """How many boxes of each sample were found, are wrong, and were missed."""
    matrix = evaluation.confusion
    none = len(matrix) - 1
    counts = np.zeros((evaluation.images, 3), np.int64)
    for row, column in np.argwhere(matrix).tolist():
        samples = np.bincount(evaluation.cell_table(row, column).image,
                              minlength=evaluation.images)
        counts[:, 0] += samples * (row == column)
        counts[:, 1] += samples * (row != column != none)
        counts[:, 2] += samples * (none != row != column)
    return [(right, wrong, missed) for right, wrong, missed in counts.tolist()]
