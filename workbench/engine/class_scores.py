"""Scores of a classifier that are stored with a run, beside the labels of now. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from workbench.core.class_names import RunClasses, classes_of_run
from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.data.batches import spread
from workbench.engine.models.card import read_card
from workbench.evaluation.classification import Classification, classify
from workbench.extension.engine_task import Run, SavedModel
from workbench.extension.shell import JudgedSample, Measured
from workbench.formats.scores import ScoreSet, load_scores, save_scores, scores_of_model
from workbench.project.class_results import LabelledSample, SampleT
from workbench.project.datasets.dataset import no_samples_text
from workbench.project.datasets.splits import PARTS
from workbench.project.manifest import Manifest
from workbench.project.runs import require_storable

Scores = NDArray[np.float32]


Score = Callable[[Sequence[SampleT]], tuple[Sequence[SampleT], Sequence[Scores]]]
MakeSet = Callable[[SavedModel, str, Sequence[Any], Sequence[Scores], Iterable[str]], ScoreSet]


@dataclass(frozen=True, slots=True)
class ClassReport(Generic[SampleT]):
    """A run on a part of its split."""

    split: str
    evaluation: Classification
    samples: list[SampleT]
    """In the order of the evaluation: those that have scores and a class that the model knows."""
    unreadable: list[str]
    """Files of the part that could not be read."""
    classes: RunClasses
    """What the run's classes are called now, and those that only labels know, whose samples are
    left out."""
    doubt: str = ""
    """Why the scores say less than they seem to about new samples, or ""."""
    gone: str = ""
    """That samples of the part are gone or have no labels, as a sentence; "" of none."""


def complete(found: ScoreSet | None, samples: Sequence[LabelledSample]) -> bool:
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


def score_numbers(found: ScoreSet, samples: Sequence[LabelledSample]) -> dict[str, float]:
    """The numbers that are kept with a run: "accuracy", "f1" and "roc_auc", those that exist."""
    data = compare(found, samples)[0].to_json()
    return {name: float(data[name]) for name in ("accuracy", "f1", "roc_auc")
            if data[name] is not None}


def score_set(
    card: SavedModel, split: str, samples: Sequence[LabelledSample], scores: Sequence[Scores],
    unreadable: Iterable[str] = (), **more: Any,
) -> ScoreSet:
    """Scores as they are stored with a run; ``more`` is kept beside what is known of the model."""
    position = {name: index for index, name in enumerate(card.classes)}
    keys = [item.score_key for item in samples]
    return ScoreSet(
        [item.key for item in samples],
        np.asarray([key[1:] for key in keys], np.float64).reshape(-1, 2),
        np.asarray([position.get(item.label, -1) for item in samples], np.int64),
        np.asarray(scores, np.float32).reshape(-1, len(card.classes)), list(card.classes),
        {"model": card.id, "recipe": card.recipe, "split": split, "epoch": card.epoch,
         "unreadable": sorted(set(unreadable)), **more},
    )


def keep_scores(
    run: Run, card: SavedModel, split: str, samples: Sequence[SampleT], score: Score[SampleT],
    make: MakeSet,
) -> ScoreSet:
    """Score the samples of a split and store that with the run; see :func:`ensure_scores`."""
    kept, found = score(samples)
    result = make(card, split, kept, found, {item.key for item in samples} - {
        item.key for item in kept})
    save_scores(run.predictions_path(split), result)
    return result


def ensure_scores(
    run: Run, split: str, samples: Sequence[SampleT], noun: str, score: Score[SampleT],
    make: MakeSet,
) -> Path:
    """Have the scores of ``run`` on ``split`` on the disk; return where.

    Stored ones are used as far as they are of the same model; only new samples are looked at.

    Parameters
    ----------
    samples
        The labelled samples of the split.
    noun
        What several of them are called in sentences ("sounds").
    score
        Scores samples; those that cannot be read are left out.
    make
        The task's own :func:`score_set`.

    Raises
    ------
    UsageError
        If the split has no labelled samples.
    WorkbenchError
        If the run has no model, or the disk refuses; before the model is asked, where its folder
        may not be written.
    """
    if not run.best_path.is_file():
        raise WorkbenchError(f"the run {run.name} has no model yet")
    if not samples:
        raise UsageError(f"the split “{split}” has no labelled {noun}")
    path, card = run.predictions_path(split), read_card(run.best_path)
    old = scores_of_model(path, card.id)
    if complete(old, samples):
        return path
    require_storable(path)
    known = {} if old is None else {key: old.scores[row] for key, row in old.places().items()}
    kept, found = score([item for item in samples if item.score_key not in known])
    known |= {item.score_key: row for item, row in zip(kept, found, strict=True)}
    there = [item for item in samples if item.score_key in known]
    save_scores(path, make(card, split, there, [known[item.score_key] for item in there],
                           {item.key for item in samples if item.score_key not in known}))
    return path


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
        raise UsageError(no_samples_text(parts, name, noun))
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


def samples_to_compare(
    read: Callable[[], Mapping[str, Sequence[SampleT]]], most: int = 8
) -> list[SampleT]:
    """A few samples that an exported model is compared on, from the last part of the split that has
    some; none where it is gone."""
    try:
        parts = read()
    except WorkbenchError:
        return []
    return spread(next((parts[part] for part in reversed(PARTS) if parts.get(part)), []), most)


def measured(
    report: ClassReport[Any], noun: str, project: Path, run: Run, write: Callable[..., object],
) -> Measured:
    """What the shell says of an evaluation; ``write`` writes the report of the task."""
    manifest = Manifest.load(project)
    return Measured(
        report.split, report.evaluation.to_json(), report.unreadable,
        lambda path: write(path, report.evaluation, report.samples,
                           title=manifest.name, run=run.name, split=report.split,
                           config=run.config, doubt=report.doubt,
                           colors=manifest.class_colors(report.evaluation.classes)),
        [*filter(None, (report.gone,)), *report.classes.words(noun, "left out")],
        [JudgedSample(sample.key, int(right), int(not right)) for sample, right in zip(
            report.samples, report.evaluation.predicted == report.evaluation.truth, strict=True)])
