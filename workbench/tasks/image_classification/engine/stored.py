"""Scores that are stored with a run, and the pictures they are about. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.plain import fitted
from workbench.engine import class_scores
from workbench.engine.class_scores import ClassReport, evaluate_stored, score_numbers
from workbench.evaluation.regression import evaluate_numbers
from workbench.evaluation.tags import THRESHOLD, best_threshold, evaluate_tags
from workbench.extension.engine_task import Run, SavedModel
from workbench.formats.scores import ScoreSet
from workbench.tasks.image_classification.dataset import (
    ImageDataset,
    ImageFacts,
    LabelledImage,
    check_kind,
    load_images,
    targets_of,
)
from workbench.tasks.image_classification.labels import Kind

_FACTS = "pictures"  # the key of a model's facts
FEW = 5
"""A threshold of its own wants so many images with the tag, and so many without."""


def facts_from_json(data: Mapping[str, Any]) -> ImageFacts:
    """The facts of a classifier of pictures; raises ValueError for anything else."""
    facts: ImageFacts = fitted(data.get(_FACTS), ImageFacts, "facts")
    return facts


def run_images(project: Path, run: Run) -> ImageDataset:
    """The labelled pictures of the split that the run was trained with, with the labels of now.

    Raises
    ------
    UsageError, WorkbenchError
        If the split cannot be read, or labels are of another kind now.
    """
    data = load_images(project, run.split, run=run.path)
    check_kind(str(run.config.get("kind", "class")), data.kind)
    return data


def class_numbers(samples: Sequence[LabelledImage], classes: Sequence[str]) -> NDArray[np.int64]:
    """int64 (N,): the place of each sample's class, -1 for one that is not in ``classes``."""
    position = {name: index for index, name in enumerate(classes)}
    return np.asarray([position.get(item.label, -1) for item in samples], np.int64)


def score_set(
    card: SavedModel, split: str, samples: Sequence[LabelledImage],
    scores: Sequence[NDArray[np.float32]], unreadable: Iterable[str] = (),
) -> ScoreSet:
    """Scores as they are stored with a run."""
    kind = facts_from_json(card.facts).kind
    found = class_scores.score_set(card, split, samples, scores, unreadable, kind=kind)
    if kind == "tags":
        found.meta["thresholds"] = thresholds_of(found.scores, samples, card.classes)
    return found


def evaluate_images(
    project: Path, run: Run, split: str | None, make: Callable[[str], Path]
) -> ClassReport[LabelledImage]:
    """Evaluate a run, see :func:`workbench.engine.class_scores.evaluate_stored`."""
    data = run_images(project, run)
    report = evaluate_stored(project, run, split, data.parts(), "images", make)
    return replace(report, gone=data.gone_text(report.split, "image"))


# --- tags and numbers -----------------------------------------------------------------------------


def thresholds_of(
    scores: NDArray[np.float32], samples: Sequence[LabelledImage], classes: Sequence[str]
) -> dict[str, float]:
    """For each tag the score from which on it counts for the best F1 on these samples; the usual
    one where fewer than :data:`FEW` have the tag, or lack it, as chance would choose."""
    truth = targets_of(samples, classes, "tags") > 0
    enough = np.minimum(truth.sum(0), (~truth).sum(0)) >= FEW
    return {name: round(best_threshold(scores[:, place].astype(np.float64), truth[:, place]), 6)
            if enough[place] else THRESHOLD for place, name in enumerate(classes)}


def other_numbers(
    scores: NDArray[np.float32], samples: Sequence[LabelledImage], classes: Sequence[str],
    kind: Kind, thresholds: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """The numbers of tags or numbers that are kept with a run, "val_loss" among them; without
    ``thresholds`` those count that are the best on these samples."""
    targets = targets_of(samples, classes, kind)
    if thresholds is None:
        thresholds = thresholds_of(scores, samples, classes) if kind == "tags" else {}
    figures = other_figures(scores, samples, classes, kind, thresholds)
    right = np.where(targets > 0, scores, 1 - scores)
    loss = (float(-np.log(np.maximum(right, 1e-12)).mean()) if kind == "tags" else figures["mae"])
    figures["val_loss"] = loss
    return {name: float(figures[name]) for name in ("map", "f1", "r2", "mae", "rmse", "val_loss")
            if figures.get(name) is not None}


def other_figures(
    scores: NDArray[np.float32], samples: Sequence[LabelledImage], classes: Sequence[str],
    kind: Kind, thresholds: Mapping[str, float],
) -> dict[str, Any]:
    """Figures of tags or numbers as ``workbench evaluate --json`` prints them."""
    targets = targets_of(samples, classes, kind).astype(np.float64)
    found = scores.astype(np.float64)
    if kind == "tags":
        return evaluate_tags(found, targets > 0, classes, thresholds).to_json()
    return evaluate_numbers(found[:, 0], targets[:, 0]).to_json()


def stored_numbers(
    found: ScoreSet, samples: Sequence[LabelledImage], thresholds: Mapping[str, float] | None = None
) -> dict[str, float]:
    """The numbers that are kept with a run; see :func:`other_numbers`."""
    kind = found.meta.get("kind", "class")
    if kind == "class":
        return score_numbers(found, samples)
    places = found.places()
    kept = [item for item in samples if item.score_key in places]
    rows = found.scores[[places[item.score_key] for item in kept]]
    return other_numbers(rows, kept, found.classes, kind, thresholds) if kept else {}
