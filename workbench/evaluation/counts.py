"""How many of each class are labelled, and found, on each image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array, IntArray
from workbench.evaluation.result import Evaluation

_STEPS = 100
"""Scores that can be chosen are so many from 0 to 1, without these."""


@dataclass(frozen=True, slots=True)
class ImageCounts:
    """At one setting of the thresholds, without difficult objects and what they absorb."""

    labelled: IntArray
    found: IntArray
    """int64 (images, classes)."""

    @classmethod
    def of(cls, evaluation: Evaluation) -> ImageCounts:
        outcomes, classes = evaluation.outcomes, len(evaluation.classes)
        shape = (evaluation.images, classes)
        labelled, found = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        real, seen = outcomes.row < classes, outcomes.column < classes
        np.add.at(labelled, (evaluation.truth_table.image[outcomes.truth[real]],
                             outcomes.row[real]), 1)
        np.add.at(found, (evaluation.detection_table.image[outcomes.detection[seen]],
                          outcomes.column[seen]), 1)
        return cls(labelled, found)

    @property
    def errors(self) -> Float64Array:
        """float64 (images,): how many more are found than labelled, all classes together."""
        errors: Float64Array = (self.found - self.labelled).sum(1).astype(np.float64)
        return errors

    def mean_error(self, label: int | None = None) -> float:
        """By how many the count of an image is wrong in the mean (MAE), of one class or of all
        together; NaN without images."""
        errors = self._errors(label)
        return float(np.abs(errors).mean()) if len(errors) else float("nan")

    def bias(self, label: int | None = None) -> float:
        """How many more are found on an image than labelled, in the mean; NaN without images."""
        errors = self._errors(label)
        return float(errors.mean()) if len(errors) else float("nan")

    def fixed_error(self, label: int | None = None) -> tuple[float, float]:
        """The one number of a class, or of all classes together, that would be said of every image
        with the least mean error, and that error: a model that counts has to be better."""
        sums = self.labelled.sum(1) if label is None else self.labelled[:, label]
        if not len(sums):
            return float("nan"), float("nan")
        usual = float(np.median(sums))
        return usual, float(np.abs(sums - usual).mean())

    def to_json(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Plain data; there are images."""
        def figures(label: int | None) -> dict[str, Any]:
            columns = slice(None) if label is None else slice(label, label + 1)
            return {"labelled": int(self.labelled[:, columns].sum()),
                    "found": int(self.found[:, columns].sum()),
                    "mean_absolute_error": self.mean_error(label), "bias": self.bias(label)}

        return {**figures(None), "fixed_number_error": self.fixed_error()[1], "per_class": [
            {"name": name, **figures(place)} for place, name in enumerate(names)]}

    def _errors(self, label: int | None) -> Float64Array:
        if label is None:
            return self.errors
        errors: Float64Array = (self.found[:, label] - self.labelled[:, label]).astype(np.float64)
        return errors


def best_for_counts(evaluation: Evaluation, classes: Sequence[int]) -> float | None:
    """Score threshold, with two decimals, at which the counts of images are least off; None without
    images or detections of these classes.

    That is where the mean error of an image's count and the bias of the counts are least, both
    together and of all ``classes`` in sum: a mean error alone may be least where sums are not
    right. Of several neighbours that are as good, the middle of the longest row of them.

    Parameters
    ----------
    evaluation
        At a score threshold so low that all that may be counted is in it.
    """
    off = np.zeros(_STEPS - 1)
    labelled, outcomes = ImageCounts.of(evaluation).labelled, evaluation.outcomes
    known = False
    for label in classes if evaluation.images else ():
        rows = outcomes.detection[outcomes.column == label]
        known = known or bool(len(rows))
        scores = evaluation.detection_table.scores[rows].astype(np.float64)
        steps = np.floor(scores * _STEPS + 1e-4).clip(0, _STEPS).astype(np.int64)
        at = np.zeros((evaluation.images, _STEPS + 1), np.int64)
        np.add.at(at, (evaluation.detection_table.image[rows], steps), 1)
        found = at[:, ::-1].cumsum(1)[:, ::-1]  # of each image, from each step on
        errors = found[:, 1:_STEPS] - labelled[:, label, None]
        off += np.abs(errors).mean(0) + np.abs(errors.mean(0))
    if not known:
        return None
    first, last = _longest(off <= off.min() + 1e-9)
    return (1 + (first + last) // 2) / _STEPS


def _longest(chosen: BoolArray) -> tuple[int, int]:
    """The first and the last place of the longest row of what is chosen; there is some."""
    edges = np.diff(np.concatenate([[0], chosen.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    row = int((ends - starts).argmax())
    return int(starts[row]), int(ends[row]) - 1
