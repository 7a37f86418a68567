"""Scores of a classifier that are stored with a run, beside the labels of now. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np

from workbench.core.class_names import RunClasses, classes_of_run
from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.models.card import read_card
from workbench.evaluation.classification import Classification, classify
from workbench.extension.engine_task import Run
from workbench.formats.scores import ScoreSet, load_scores, scores_of_model
from workbench.project.datasets.splits import PARTS
from workbench.project.manifest import Manifest


class Labelled(Protocol):
    """A sample with one class; ``key`` is its file, ``score_key`` its row among stored scores."""

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def score_key(self) -> tuple[str, float, float]: ...


SampleT = TypeVar("SampleT", bound=Labelled)


@dataclass(frozen=True, slots=True)
class ClassReport(Generic[SampleT]):
    """A run on a part of its split.

    Parameters
    ----------
    samples
        In the order of the evaluation: those that have scores and a class that the model knows.
    unreadable
        Files of the part that could not be read.
    classes
        What the run's classes are called now, and those that only labels know, whose samples are
        left out.
    doubt
        Why the scores say less than they seem to about new samples, or "".
    """

    split: str
    evaluation: Classification
    samples: list[SampleT]
    unreadable: list[str]
    classes: RunClasses
    doubt: str = ""


def complete(found: ScoreSet | None, samples: Sequence[Labelled]) -> bool:
    """Whether every sample has scores, but for those in files that could not be read then."""
    if found is None:
        return False
    unreadable, places = set(found.meta.get("unreadable", ())), found.places()
    return all(item.key in unreadable or item.score_key in places for item in samples)


def compare(
    found: ScoreSet, samples: Sequence[SampleT], threshold: float = 0.0,
    classes: Sequence[str] | None = None,
) -> tuple[Classification, list[SampleT]]:
    """Compare scores with the labels as they are now.

    Parameters
    ----------
    threshold
        Least score, 0 to 1, from which a class counts as recognised.
    classes
        What the classes of the scores are called now; None: as they were.

    Returns
    -------
    The figures, and the samples they are about, see :class:`ClassReport`.
    """
    places = found.places()
    classes = found.classes if classes is None else classes
    position = {name: index for index, name in enumerate(classes)}
    kept = [item for item in samples if item.label in position and item.score_key in places]
    truth = np.asarray([position[item.label] for item in kept], np.int64)
    scores = found.scores[[places[item.score_key] for item in kept]].astype(np.float64)
    return classify(scores, truth, classes, threshold, bool(found.meta.get("background"))), kept


def score_numbers(found: ScoreSet, samples: Sequence[Labelled]) -> dict[str, float]:
    """The numbers that are kept with a run: "accuracy", "f1" and "roc_auc", those that exist."""
    data = compare(found, samples)[0].to_json()
    return {name: float(data[name]) for name in ("accuracy", "f1", "roc_auc")
            if data[name] is not None}


def evaluate_stored(
    project: Path, run: Run, split: str | None, parts: Mapping[str, list[SampleT]], noun: str,
    make: Callable[[str], Path], *, threshold: float = 0.0,
    doubt: Callable[[str], str] = lambda _part: "",
) -> ClassReport[SampleT]:
    """Evaluate a run on a part of its split.

    Parameters
    ----------
    split
        "train", "val" or "test"; None: test where it has samples, else val.
    parts
        The labelled samples of each part, with the labels of now.
    noun
        What several samples are called in sentences ("sounds").
    make
        Called with the part where scores are missing; writes them and returns the file.
    doubt
        Why scores on a part say little about new samples, or "".

    Raises
    ------
    UsageError
        If there is no such part, or it has no labelled samples.
    WorkbenchError
        If none of its files can be read, or the scores cannot.
    """
    name = split or ("test" if parts["test"] else "val")
    if name not in PARTS:
        raise UsageError(f"there is no split “{name}”; there are: {', '.join(PARTS)}")
    samples = parts[name]
    if not samples:
        there = ", ".join(part for part in PARTS if parts[part])
        raise UsageError(f"there are no labelled {noun} in “{name}”; there are some in: {there}")
    found = scores_of_model(run.predictions_path(name), read_card(run.best_path).id)
    if found is None or not complete(found, samples):
        found = load_scores(make(name))
    classes = classes_of_run(found.classes, Manifest.load(project).classes,
                             (item.label for item in samples))
    unreadable = list(found.meta.get("unreadable", ()))
    if unreadable and {item.key for item in samples} <= set(unreadable):
        raise WorkbenchError(f"none of the {len(samples)} {noun} of “{name}” could be read")
    evaluation, kept = compare(found, samples, threshold, classes.names)
    return ClassReport(name, evaluation, kept, unreadable, classes, doubt(name))
