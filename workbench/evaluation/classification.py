"""Numbers of a classifier, all from its scores: accuracy, per class, ROC, confusion.

One decision makes all of them: the class with the highest score, or "none" where even that is below
the threshold. So the matrix, the lists behind its cells and the figures cannot disagree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import Float64Array, IntArray
from workbench.evaluation.calibration import Calibration, calibrate
from workbench.evaluation.ranking import Ranking, rank

TOP = 5
"""With more classes it is told how often the true one is among so many."""
NONE = "none"
BACKGROUND = "background"
"""What :data:`NONE` is called where the model also learned what is none of the classes."""

_STEPS = 10_000_000  # of the curves of all classes together, 24 bytes each
_MOST_IN_MATRIX = 1000



@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class: ``precision``, ``recall`` and ``f1`` are NaN where there is nothing to divide by;
    ``roc_auc`` is None where a class has no sample, or all, ``average_precision`` where it has
    none; ``support`` counts its samples."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int
    roc_auc: float | None
    average_precision: float | None = None


@dataclass(frozen=True, slots=True)
class Classification:
    """The result of :func:`classify`."""

    classes: tuple[str, ...]
    """Names, in the run's order."""
    scores: Float64Array
    """float64 (N, C), probabilities."""
    truth: IntArray
    predicted: IntArray
    """int64 (N,); C stands for "none" (no score reached the threshold)."""
    confusion: IntArray
    """int64 (C + 1, C + 1), rows truth, columns predicted, the last is "none"; its row is empty,
    because every sample has a class."""
    per_class: tuple[ClassFigures, ...]
    accuracy: float
    roc_auc: float | None
    threshold: float = 0.0
    rankings: tuple[Ranking, ...] = field(default=(), repr=False)
    """For each class what its score says at every threshold."""
    none: str = NONE
    """What the last row and column are called."""

    @property
    def loss(self) -> Float64Array:
        """Cross-entropy of each sample: float64 (N,); how surprised the model was by the truth."""
        own = self.scores[np.arange(len(self.truth)), self.truth]
        return np.asarray(-np.log(np.maximum(own, 1e-12)))

    @property
    def confidence(self) -> Float64Array:
        """Highest score of each sample: float64 (N,)."""
        return np.asarray(self.scores.max(axis=1) if len(self.scores) else np.zeros(0))

    @property
    def top(self) -> float | None:
        """Share of the samples whose class is among the :data:`TOP` with the highest scores; None
        where there are no more classes than that. Of equal scores the first class counts first."""
        if len(self.classes) <= TOP or not len(self.truth):
            return None
        own = self.scores[np.arange(len(self.truth)), self.truth][:, None]
        before = np.arange(len(self.classes)) < self.truth[:, None]
        rank = (self.scores > own).sum(1) + ((self.scores == own) & before).sum(1)
        return float((rank < TOP).mean())

    @property
    def calibration(self) -> Calibration:
        """Confidence beside accuracy; the threshold does not move it."""
        best = self.scores.argmax(1) if len(self.scores) else np.zeros(0, np.int64)
        return calibrate(self.confidence, best == self.truth)

    @property
    def map(self) -> float | None:
        """Mean of the classes' average precision, None where there is none."""
        found = [item.average_precision for item in self.per_class
                 if item.average_precision is not None]
        return float(np.mean(found)) if found else None

    def means(self) -> dict[str, dict[str, float | None]]:
        """Precision, recall and F1 over the classes that have samples: "macro" counts these alike,
        "weighted" by their samples. What is never predicted has precision 0."""
        there = [item for item in self.per_class if item.support]
        return {kind: {name: float(np.average(
            np.nan_to_num([getattr(item, name) for item in there]), weights=weights))
            if there else None for name in ("precision", "recall", "f1")}
            for kind, weights in (("macro", None), ("weighted", [item.support for item in there]))}

    def cell(self, row: int, column: int) -> IntArray:
        """The samples behind a number of the matrix, the most surprising first."""
        inside = np.flatnonzero((self.truth == row) & (self.predicted == column))
        return np.asarray(inside[np.argsort(-self.loss[inside], kind="stable")])

    def _matrix(self) -> dict[str, Any]:
        """The confusion matrix; of more than a thousand classes its numbers that are not 0."""
        if len(self.classes) <= _MOST_IN_MATRIX:
            return {"matrix": self.confusion.tolist()}
        places = np.argwhere(self.confusion)
        counts = self.confusion[places[:, 0], places[:, 1]]
        return {"matrix": [], "cells": np.column_stack([places, counts]).tolist()}

    def to_json(self) -> dict[str, Any]:
        """As ``workbench evaluate --json`` prints it; the "cells" of a matrix that is too large are
        its row, its column and its number."""
        macro = [item for item in self.per_class if item.support]
        return {
            "accuracy": _number(self.accuracy),
            "f1": float(np.mean([item.f1 for item in macro])) if macro else None,
            "roc_auc": self.roc_auc,
            "map": self.map,
            "top5": self.top,
            **self.means(),
            "calibration": self.calibration.to_json(),
            "per_class": [
                {"name": item.name, "precision": _number(item.precision),
                 "recall": _number(item.recall), "f1": _number(item.f1),
                 "support": item.support, "roc_auc": item.roc_auc,
                 "average_precision": item.average_precision}
                for item in self.per_class
            ],
            "confusion": {"classes": [*self.classes, self.none], **self._matrix()},
            "threshold": self.threshold,
            "samples": len(self.truth),
        }


def classify(
    scores: Float64Array, truth: IntArray, classes: Sequence[str], threshold: float = 0.0,
    background: bool = False,
) -> Classification:
    """Judge a classifier.

    Parameters
    ----------
    scores
        float (N, C), probabilities.
    truth
        int (N,), the class of each sample.
    classes
        C names.
    threshold
        A sample whose highest score is below it counts as "none".
    background
        Whether the model has one output more, whose probability is what the scores leave of 1. A
        sample of which that is the largest counts as "none" too, which is called "background".
    """
    count = len(classes)
    scores = np.asarray(scores, np.float64).reshape(-1, count)
    truth = np.asarray(truth, np.int64)
    predicted = scores.argmax(axis=1) if len(scores) else np.zeros(0, np.int64)
    predicted = np.where(scores.max(axis=1, initial=0.0) >= threshold, predicted, count)
    if background:
        predicted = np.where(1 - scores.sum(axis=1) > scores.max(axis=1, initial=0.0), count,
                             predicted)
    confusion = np.zeros((count + 1, count + 1), np.int64)
    np.add.at(confusion, (truth, predicted), 1)
    per_class, rankings = [], []
    for index, name in enumerate(classes):
        ranking = rank(scores[:, index], truth == index)
        per_class.append(_figures(name, index, confusion, ranking))
        rankings.append(ranking.thinned(_STEPS // count))  # after the areas, which are exact
    areas = [item.roc_auc for item in per_class if item.roc_auc is not None]
    return Classification(
        tuple(classes), scores, truth, predicted, confusion, tuple(per_class),
        float((predicted == truth).mean()) if len(truth) else math.nan,
        float(np.mean(areas)) if areas else None, threshold, tuple(rankings),
        BACKGROUND if background else NONE,
    )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _figures(name: str, index: int, confusion: IntArray, ranking: Ranking) -> ClassFigures:
    hits = int(confusion[index, index])
    predicted, support = int(confusion[:, index].sum()), int(confusion[index].sum())
    precision = hits / predicted if predicted else math.nan
    recall = hits / support if support else math.nan
    f1 = 2 * hits / (predicted + support) if predicted + support else math.nan
    return ClassFigures(name, precision, recall, f1, support, ranking.roc_auc,
                        ranking.average_precision)


MOST_MISTAKES = 24
"""Samples that a report shows."""


def worst_mistakes(result: Classification, most: int = MOST_MISTAKES) -> list[int]:
    """Numbers of the samples that were taken for another class, the surest mistake first.

    What is below the threshold was not taken for anything and is left out.
    """
    size = len(result.classes)
    wrong = np.flatnonzero((result.predicted != result.truth) & (result.predicted < size))
    order = np.argsort(-result.confidence[wrong], kind="stable")
    return [int(index) for index in wrong[order][:most]]


def main_score(metrics: Mapping[str, float]) -> float:
    """The main figure of a validation, which is "accuracy", of tags "map" and of numbers "r2";
    between equal ones the smaller loss decides. -1 where nothing could be measured."""
    count = metrics.get("val_images", 0.0)
    main = next((name for name in ("accuracy", "map", "r2") if name in metrics), None)
    if not count or main is None:
        return -1.0
    loss = metrics["val_loss"]
    return metrics[main] - 0.5 / count * loss / (1 + loss)


def compare_names(
    truths: Sequence[str], found: Sequence[NDArray[np.float32]], classes: Sequence[str],
    background: bool = False,
) -> Classification:
    """Compare scores with class names, all of which are in ``classes``."""
    position = {name: index for index, name in enumerate(classes)}
    truth = np.asarray([position[name] for name in truths], np.int64)
    return classify(np.asarray(found, np.float64), truth, classes, background=background)


def numbers(result: Classification) -> dict[str, float]:
    """The numbers that are kept with a run, by name; those that exist."""
    data = result.to_json()
    found = {name: data[name] for name in ("accuracy", "f1", "roc_auc")}
    found["val_loss"] = float(result.loss.mean()) if len(result.truth) else math.nan
    return {name: float(value) for name, value in found.items()
            if value is not None and not math.isnan(value)}
