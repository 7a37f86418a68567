"""Scores that are stored with a run, and the pictures they are about. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.plain import fitted
from workbench.engine.class_scores import ClassReport, evaluate_stored
from workbench.extension.engine_task import Run, SavedModel
from workbench.formats.scores import ScoreSet
from workbench.project.datasets.splits import PARTS
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


def class_numbers(
    samples: Sequence[LabelledImage], classes: Sequence[str]
) -> NDArray[np.int64]:
    """int64 (N,): the place of each sample's class, -1 for one that is not in ``classes``."""
    position = {name: index for index, name in enumerate(classes)}
    return np.asarray([position.get(item.label, -1) for item in samples], np.int64)


def score_set(
    card: SavedModel, split: str, samples: Sequence[LabelledImage],
    scores: Sequence[NDArray[np.float32]], unreadable: Sequence[str] = (),
) -> ScoreSet:
    """Scores as they are stored with a run."""
    return ScoreSet(
        [item.key for item in samples], np.zeros((len(samples), 2)),
        class_numbers(samples, card.classes),
        np.asarray(scores, np.float32).reshape(-1, len(card.classes)), list(card.classes),
        {"model": card.id, "recipe": card.recipe, "split": split, "epoch": card.epoch,
         "unreadable": sorted(set(unreadable))},
    )


def evaluate_images(
    project: Path, run: Run, split: str | None, make: Callable[[str], Path]
) -> ClassReport[LabelledImage]:
    """Evaluate a run, see :func:`workbench.engine.class_scores.evaluate_stored`."""
    data = run_images(project, run)
    return evaluate_stored(project, run, split, {part: data.part(part) for part in PARTS},
                           "images", make)
