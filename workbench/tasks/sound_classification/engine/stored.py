"""Scores that are stored with a run, and the sounds they are about. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.class_names import RunClasses, classes_of_run
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.plain import fitted
from workbench.engine.models.card import read_card
from workbench.evaluation.classification import Classification, classify
from workbench.extension.engine_task import Run, SavedModel
from workbench.extension.sounds import SoundFacts
from workbench.formats.scores import ScoreSet, load_scores, scores_of_model, sound_key
from workbench.project.datasets.sounds import (
    SoundDataset,
    SoundSample,
    load_sound_dataset,
    samples_of,
)
from workbench.project.datasets.splits import PARTS
from workbench.project.manifest import Manifest

_SOUNDS = "sounds"  # the key of a model's facts
Tick = Callable[[int, int], None]


def facts_from_json(data: Mapping[str, Any]) -> SoundFacts:
    """The facts of a model for sounds; raises ValueError for anything else."""
    facts: SoundFacts = fitted(data.get(_SOUNDS), SoundFacts, "facts")
    return facts


def facts_of(card: SavedModel, name: str) -> SoundFacts:
    """The facts in a card.

    Raises
    ------
    UsageError
        If ``name`` is a model for something else.
    """
    try:
        return facts_from_json(card.facts)
    except ValueError:
        raise UsageError(f"“{name}” learned from images, not from sounds") from None


def run_sounds(
    project: Path, run: Run, progress: Tick = lambda done, total: None
) -> dict[str, list[SoundSample]]:
    """The labelled sounds of each part of the split that the run was trained with.

    The members are those of the run; the labels are those of now. To the project's own split what
    was labelled since is added.

    Raises
    ------
    UsageError, WorkbenchError
        If the split cannot be read.
    """
    return _parts(_dataset(project, run, progress))


def _parts(data: SoundDataset) -> dict[str, list[SoundSample]]:
    return {part: [item for record in data.part(part) for item in samples_of(record)]
            for part in PARTS}


def _dataset(
    project: Path, run: Run, progress: Tick = lambda done, total: None
) -> SoundDataset:
    return load_sound_dataset(project, run.split, run=run.path, progress=progress)


def complete(found: ScoreSet | None, samples: Sequence[SoundSample]) -> bool:
    """Whether every sound has scores, but for files that could not be read then."""
    if found is None:
        return False
    unreadable = set(found.meta.get("unreadable", ()))
    places = found.places()
    return all(item.key in unreadable or sound_key(item.key, item.start, item.end) in places
               for item in samples)


def judged(
    found: ScoreSet, samples: Sequence[SoundSample], threshold: float = 0.0,
    classes: Sequence[str] | None = None,
) -> tuple[Classification, list[SoundSample]]:
    """Compare scores with the labels as they are now.

    Parameters
    ----------
    classes
        What the classes of the scores are called now; None: as they were.

    Returns
    -------
    The figures, and the sounds they are about in their order: those that have scores and a class
    that the model knows.
    """
    places = found.places()
    classes = found.classes if classes is None else classes
    position = {name: index for index, name in enumerate(classes)}
    kept = [item for item in samples if item.label in position
            and sound_key(item.key, item.start, item.end) in places]
    rows = [places[sound_key(item.key, item.start, item.end)] for item in kept]
    truth = np.asarray([position[item.label] for item in kept], np.int64)
    return classify(found.scores[rows].astype(np.float64), truth, classes, threshold,
                    bool(found.meta.get("background"))), kept


def score_numbers(found: ScoreSet, samples: Sequence[SoundSample]) -> dict[str, float]:
    """The numbers that are kept with a run."""
    data = judged(found, samples)[0].to_json()
    return {name: float(data[name]) for name in ("accuracy", "f1", "roc_auc")
            if data[name] is not None}


@dataclass(frozen=True, slots=True)
class SoundReport:
    """A run on a part of its split.

    Parameters
    ----------
    sounds
        In the order of the evaluation.
    unreadable
        Files of the part that could not be read.
    classes
        What the run's classes are called now, and those that only labels know, whose sounds are
        left out.
    doubt
        Why the scores say less than they seem to about new sounds, or "".
    """

    split: str
    evaluation: Classification
    sounds: list[SoundSample]
    unreadable: list[str]
    classes: RunClasses
    doubt: str = ""


def evaluate_sounds(
    project: Path, run: Run, split: str | None, threshold: float,
    make: Callable[[str], Path],
) -> SoundReport:
    """Evaluate a run; ``make`` is asked for scores of a part where there are none.

    Raises
    ------
    UsageError
        If the part has no labelled sounds.
    """
    data = _dataset(project, run)
    parts = _parts(data)
    name = split or ("test" if parts["test"] else "val")
    if name not in PARTS:
        raise UsageError(f"there is no split “{name}”; there are: {', '.join(PARTS)}")
    samples = parts[name]
    if not samples:
        there = ", ".join(part for part in PARTS if parts[part])
        raise UsageError(f"there are no labelled sounds in “{name}”; there are some in: {there}")
    card = read_card(run.best_path)
    found = scores_of_model(run.predictions_path(name), card.id)
    if found is None or not complete(found, samples):
        found = load_scores(make(name))
    classes = classes_of_run(found.classes, Manifest.load(project).classes,
                             (item.label for item in samples))
    unreadable = list(found.meta.get("unreadable", ()))
    if unreadable and {item.key for item in samples} <= set(unreadable):
        raise WorkbenchError(f"none of the {len(samples)} sounds of “{name}” could be read")
    evaluation, kept = judged(found, samples, threshold, classes.names)
    return SoundReport(name, evaluation, kept, unreadable, classes, data.doubt(name))
