"""Scores that are stored with a run, and the pictures they are about. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.class_names import RunClasses, classes_of_run
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.plain import fitted
from workbench.engine.models.card import read_card
from workbench.evaluation.classification import Classification, classify
from workbench.extension.engine_task import Run, SavedModel
from workbench.formats.scores import ScoreSet, load_scores, scores_of_model
from workbench.project.datasets.splits import PARTS
from workbench.project.manifest import Manifest
from workbench.tasks.image_classification.dataset import (
    ImageDataset,
    ImageFacts,
    LabelledImage,
    load_images,
)

_FACTS = "pictures"  # the key of a model's facts


def facts_from_json(data: Mapping[str, Any]) -> ImageFacts:
    """The facts of a classifier of pictures; raises ValueError for anything else."""
    facts: ImageFacts = fitted(data.get(_FACTS), ImageFacts, "facts")
    return facts


def run_images(project: Path, run: Run) -> ImageDataset:
    """The labelled pictures of the split that the run was trained with, with the labels of now.

    Raises
    ------
    UsageError, WorkbenchError
        If the split cannot be read.
    """
    return load_images(project, run.split, run=run.path)


def score_set(
    card: SavedModel, split: str, samples: Sequence[LabelledImage],
    scores: Sequence[NDArray[np.float32]], unreadable: Sequence[str] = (),
) -> ScoreSet:
    """Scores as they are stored with a run."""
    position = {name: index for index, name in enumerate(card.classes)}
    return ScoreSet(
        [item.key for item in samples], np.zeros((len(samples), 2)),
        np.asarray([position.get(item.label, -1) for item in samples], np.int64),
        np.asarray(scores, np.float32).reshape(-1, len(card.classes)), list(card.classes),
        {"model": card.id, "recipe": card.recipe, "split": split, "epoch": card.epoch,
         "unreadable": sorted(set(unreadable))},
    )


def complete(found: ScoreSet | None, samples: Sequence[LabelledImage]) -> bool:
    """Whether every picture has scores, but for those that could not be read then."""
    if found is None:
        return False
    known = {*found.files, *found.meta.get("unreadable", ())}
    return all(item.key in known for item in samples)


def judged(
    found: ScoreSet, samples: Sequence[LabelledImage], classes: Sequence[str] | None = None,
) -> tuple[Classification, list[LabelledImage]]:
    """Compare scores with the labels as they are now.

    Parameters
    ----------
    classes
        What the classes of the scores are called now; None: as they were.

    Returns
    -------
    The figures, and the pictures they are about in their order: those that have scores and a class
    that the model knows.
    """
    rows = {key: row for row, key in enumerate(found.files)}
    classes = found.classes if classes is None else classes
    position = {name: index for index, name in enumerate(classes)}
    kept = [item for item in samples if item.label in position and item.key in rows]
    truth = np.asarray([position[item.label] for item in kept], np.int64)
    scores = found.scores[[rows[item.key] for item in kept]].astype(np.float64)
    return classify(scores, truth, classes), kept


def score_numbers(found: ScoreSet, samples: Sequence[LabelledImage]) -> dict[str, float]:
    """The numbers that are kept with a run."""
    data = judged(found, samples)[0].to_json()
    return {name: float(data[name]) for name in ("accuracy", "f1", "roc_auc")
            if data[name] is not None}


@dataclass(frozen=True, slots=True)
class ImageReport:
    """A run on a part of its split: ``images`` in the order of the evaluation, ``unreadable`` files
    of the part, and what the run's ``classes`` are called now."""

    split: str
    evaluation: Classification
    images: list[LabelledImage]
    unreadable: list[str]
    classes: RunClasses


def evaluate_images(
    project: Path, run: Run, split: str | None, make: Callable[[str], Path]
) -> ImageReport:
    """Evaluate a run; ``make`` is asked for scores of a part where there are none.

    Raises
    ------
    UsageError
        If the part has no labelled pictures.
    """
    data = run_images(project, run)
    name = split or ("test" if data.test else "val")
    samples = data.part(name)
    if not samples:
        there = ", ".join(part for part in PARTS if data.part(part))
        raise UsageError(f"there are no labelled images in “{name}”; there are some in: {there}")
    found = scores_of_model(run.predictions_path(name), read_card(run.best_path).id)
    if found is None or not complete(found, samples):
        found = load_scores(make(name))
    classes = classes_of_run(found.classes, Manifest.load(project).classes,
                             (item.label for item in samples))
    unreadable = list(found.meta.get("unreadable", ()))
    if unreadable and {item.key for item in samples} <= set(unreadable):
        raise WorkbenchError(f"none of the {len(samples)} images of “{name}” could be read")
    evaluation, kept = judged(found, samples, classes.names)
    return ImageReport(name, evaluation, kept, unreadable, classes)
