"""Scores that are stored with a run, and the sounds they are about. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.core.errors import UsageError
from workbench.core.plain import fitted
from workbench.engine.class_scores import ClassReport, evaluate_stored
from workbench.extension.engine_task import Run, SavedModel
from workbench.extension.sounds import SoundFacts
from workbench.project.datasets.sounds import (
    SoundDataset,
    SoundSample,
    load_sound_dataset,
    samples_of,
)
from workbench.project.datasets.splits import PARTS

_SOUNDS = "sounds"  # the key of a model's facts


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
        raise UsageError(f"“{name}” did not learn to tell sounds apart") from None


def run_sounds(project: Path, run: Run) -> dict[str, list[SoundSample]]:
    """The labelled sounds of each part of the split that the run was trained with.

    The members are those of the run; the labels are those of now. To the project's own split what
    was labelled since is added.

    Raises
    ------
    UsageError, WorkbenchError
        If the split cannot be read.
    """
    return _parts(_dataset(project, run))


def _parts(data: SoundDataset) -> dict[str, list[SoundSample]]:
    return {part: [item for record in data.part(part) for item in samples_of(record)]
            for part in PARTS}


def _dataset(project: Path, run: Run) -> SoundDataset:
    return load_sound_dataset(project, run.split, run=run.path)


def evaluate_sounds(
    project: Path, run: Run, split: str | None, threshold: float,
    make: Callable[[str], Path],
) -> ClassReport[SoundSample]:
    """Evaluate a run, see :func:`workbench.engine.class_scores.evaluate_stored`."""
    data = _dataset(project, run)
    report = evaluate_stored(project, run, split, _parts(data), "sounds", make,
                             threshold=threshold, doubt=data.doubt)
    return replace(report, unreadable=sorted({*report.unreadable, *data.unread(report.split)}),
                   gone=data.gone_text(report.split, "sound"))
