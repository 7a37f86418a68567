"""What is shown of a classifier of sounds: its scores on a split beside the labels. No Qt in here.

Everything that takes time is a plain function, to be called on the worker's thread.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from workbench.core.class_names import classes_of_run
from workbench.evaluation import scored
from workbench.evaluation.scored import ScoredSet, ScoredSnapshot
from workbench.formats.scores import load_scores
from workbench.project.datasets.sounds import SoundSample, load_sound_dataset, samples_of
from workbench.project.datasets.splits import PARTS, list_splits
from workbench.project.runs import RunFolder

SoundKey = tuple[str, float, float]
Fresh = Mapping[SoundKey, str]
"""Labels that differ from the disk's, by ``SoundSample.score_key``."""


def key_of(sound: SoundSample) -> SoundKey:
    """What tells a sound from all others."""
    return sound.score_key


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


SoundSet = ScoredSet[SoundSample]
SoundSnapshot = ScoredSnapshot[SoundSample]


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
    whole = ScoredSet(run.name, part, (), classes, scores[:0], tuple(sounds), scores,
                     missing=missing, doubt=labels.doubts.get(part, ""),
                     background=bool(found.meta.get("background")))
    return relabelled(whole, fresh)


def relabelled(results: SoundSet, fresh: Fresh) -> SoundSet:
    """The same scores beside labels that were mended since."""
    return scored.relabelled(results, fresh, key_of)


def csv_bytes(shown: SoundSnapshot) -> bytes:
    """The sounds in the list with their scores, as CSV (UTF-8, one head line)."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(scored.table_rows(
        shown, ("file", "start", "end"),
        lambda sound: [sound.key, f"{sound.start:.3f}", f"{sound.end:.3f}"]))
    return stream.getvalue().encode("utf-8")
