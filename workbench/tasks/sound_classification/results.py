"""What is shown of a classifier of sounds: its scores on a split beside the labels. No Qt in here.

Everything that takes time is a plain function, to be called on the worker's thread.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.class_names import classes_of_run
from workbench.evaluation.classification import Classification, classify
from workbench.evaluation.confusion import MatrixCell
from workbench.formats.scores import load_scores, sound_key
from workbench.project.datasets.sounds import SoundSample, load_sound_dataset, samples_of
from workbench.project.datasets.splits import PARTS, list_splits
from workbench.project.runs import RunFolder

Order = Literal["loss", "confident", "unsure", "file"]
SoundKey = tuple[str, float, float]
Fresh = Mapping[SoundKey, str]
"""Labels that differ from the disk's, by :func:`workbench.formats.scores.sound_key`."""


def key_of(sound: SoundSample) -> SoundKey:
    """What tells a sound from all others."""
    return sound_key(sound.key, sound.start, sound.end)


@dataclass(frozen=True, slots=True)
class SoundLabels:
    """The labelled sounds of a split; ``run`` is the run whose own copy of it was read, ``doubts``
    say of some parts why scores on them say little about new sounds, ``held_out`` is as the
    configuration of a run has it."""

    split: str
    run: str
    parts: Mapping[str, tuple[SoundSample, ...]]
    doubts: Mapping[str, str] = field(default_factory=dict)
    held_out: object = None

    def counts(self) -> dict[str, int]:
        return {part: len(sounds) for part, sounds in self.parts.items()}


def is_shared(project: Path, split: str) -> bool:
    """Whether a split is the project's own, to which new clips are added."""
    return split == "default" and split in list_splits(project)


def read_sounds(project: Path, run: RunFolder) -> SoundLabels:
    """The labelled sounds of each part of the split that a run was trained with.

    The members are those of the run, the labels those of now; to the project's own split what was
    labelled since is added.

    Raises
    ------
    WorkbenchError
        If the split cannot be read.
    """
    name = run.split_name
    shared = is_shared(project, name)
    data = load_sound_dataset(project, name, run=run.path)
    return SoundLabels(name, "" if shared else run.name, {
        part: tuple(item for record in data.part(part) for item in samples_of(record))
        for part in PARTS
    }, {part: data.doubt(part) for part in PARTS}, held_out(run))


def held_out(run: RunFolder) -> object:
    """What was held out within recordings when a run was trained; None for nothing."""
    split = run.config.get("split")
    return split.get("held_out") if isinstance(split, dict) else None


@dataclass(frozen=True, slots=True)
class SoundSet:
    """One run on one split, ready to be judged at any threshold.

    Parameters
    ----------
    sounds
        Those that have scores and a class that the model knows, with the labels they have now.
    classes
        The run's, under the names they have now.
    scores
        float64 (N, C), probabilities.
    left_out
        Sounds with scores whose label the model does not know, or that have none any more.
    missing
        Labelled sounds of the split that came in later and have no scores yet.
    doubt
        Why the scores say little about new sounds, or "".
    background
        Whether the model also learned what is none of the classes.
    """

    run: str
    split: str
    sounds: tuple[SoundSample, ...]
    classes: tuple[str, ...]
    scores: NDArray[np.float64]
    every: tuple[SoundSample, ...]
    every_scores: NDArray[np.float64]
    left_out: int = 0
    missing: int = 0
    doubt: str = ""
    background: bool = False

    @property
    def truth(self) -> NDArray[np.int64]:
        """int64 (N,): number of each sound's class."""
        number = {name: i for i, name in enumerate(self.classes)}
        return np.asarray([number[item.label] for item in self.sounds], np.int64)


def open_sounds(
    run: RunFolder, part: str, labels: SoundLabels, project_classes: Sequence[str], fresh: Fresh
) -> SoundSet:
    """Join a run's stored scores with the labels.

    Raises
    ------
    WorkbenchError
        If the scores cannot be read.
    """
    found = load_scores(run.predictions_path(part))
    places = found.places()
    classes = classes_of_run(found.classes, project_classes).names
    sounds = [item for item in labels.parts[part] if key_of(item) in places]
    rows = [places[key_of(item)] for item in sounds]
    unreadable = set(found.meta.get("unreadable", ()))
    missing = sum(1 for item in labels.parts[part]
                  if key_of(item) not in places and item.key not in unreadable)
    scores = found.scores[rows].astype(np.float64).reshape(-1, len(classes))
    whole = SoundSet(run.name, part, (), classes, scores[:0], tuple(sounds), scores,
                     missing=missing, doubt=labels.doubts.get(part, ""),
                     background=bool(found.meta.get("background")))
    return relabelled(whole, fresh)


def relabelled(results: SoundSet, fresh: Fresh) -> SoundSet:
    """The same scores beside labels that were mended since."""
    every = tuple(
        replace(item, label=fresh[key_of(item)]) if key_of(item) in fresh else item
        for item in results.every
    )
    known = set(results.classes)
    rows = [row for row, item in enumerate(every) if item.label in known]
    return replace(results, every=every, sounds=tuple(every[row] for row in rows),
                   scores=results.every_scores[rows], left_out=len(every) - len(rows))


@dataclass(frozen=True, slots=True)
class SoundSnapshot:
    """All that is on the screen at one threshold.

    ``rows`` are the sounds in the list, in its order; ``cell`` is the cell behind it, None for all.
    """

    results: SoundSet
    evaluation: Classification
    cell: MatrixCell | None
    rows: NDArray[np.int64]
    milliseconds: float
    before: Classification | None = None

    def predicted(self, sound: int) -> str:
        """What sound number ``sound`` is taken for: a class, "none" or "background"."""
        names = (*self.results.classes, self.evaluation.none)
        return names[int(self.evaluation.predicted[sound])]


def evaluated(results: SoundSet, threshold: float) -> Classification:
    """The figures at a threshold."""
    return classify(results.scores, results.truth, results.classes, threshold,
                    results.background)


def snapshot(
    results: SoundSet, threshold: float, cell: MatrixCell | None, order: Order,
    before: SoundSet | None = None,
) -> SoundSnapshot:
    """Judge, and collect the sounds behind ``cell``; ``before`` is an earlier run."""
    start = time.perf_counter()
    evaluation = evaluated(results, threshold)
    chosen = (evaluation.cell(*cell) if cell is not None
              else np.arange(len(results.sounds), dtype=np.int64))
    keys: dict[Order, NDArray[np.float64] | NDArray[np.int64]] = {
        "loss": -evaluation.loss, "confident": -evaluation.confidence,
        "unsure": evaluation.confidence, "file": np.arange(len(results.sounds)),
    }
    rows = np.asarray(chosen[np.argsort(keys[order][chosen], kind="stable")], np.int64)
    if order == "file":
        rows = np.sort(chosen)
    milliseconds = (time.perf_counter() - start) * 1000
    earlier = evaluated(before, threshold) if before is not None else None
    return SoundSnapshot(results, evaluation, cell, rows, milliseconds, earlier)


def figures(evaluation: Classification) -> dict[str, float]:
    """Accuracy, macro F1 and mean ROC area; those that exist."""
    data = evaluation.to_json()
    return {name: float(data[name]) for name in ("accuracy", "f1", "roc_auc")
            if data[name] is not None and len(evaluation.truth)}


def csv_bytes(shown: SoundSnapshot) -> bytes:
    """The sounds in the list with their scores, as CSV (UTF-8, one head line)."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(["file", "start", "end", "truth", "predicted", "confidence", "loss",
                     *shown.results.classes])
    evaluation = shown.evaluation
    loss, confidence = evaluation.loss, evaluation.confidence
    for row in shown.rows.tolist():
        sound = shown.results.sounds[row]
        writer.writerow([
            sound.key, f"{sound.start:.3f}", f"{sound.end:.3f}", sound.label, shown.predicted(row),
            f"{confidence[row]:.4f}", f"{loss[row]:.4f}",
            *(f"{value:.4f}" for value in evaluation.scores[row]),
        ])
    return stream.getvalue().encode("utf-8")
