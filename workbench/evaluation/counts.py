"""How many of each class are labelled, and found, on each image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.core.arrays import Float64Array, IntArray
from workbench.evaluation.result import Evaluation


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

    def fixed_error(self) -> tuple[float, float]:
        """The one number of all classes together that would be said of every image with the least
        mean error, and that error: a model that counts has to be better."""
        sums = self.labelled.sum(1)
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
