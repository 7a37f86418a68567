"""What a run found, as it is stored with it. Imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.core.detections import Detections
from workbench.extension.engine_task import SavedModel
from workbench.formats.predictions import PredictionSet, load_predictions, save_predictions
from workbench.formats.stored_answers import Known, of_model
from workbench.project.datasets.sounds import ClipRecord
from workbench.tasks.sound_detection.calls import size_of


def stored_of(path: Path, card: SavedModel) -> Known[Detections]:
    """What a file holds of a model by key of the recording; nothing if it is of another one."""
    old = of_model(load_predictions, path, card.id)
    if old is None:
        return Known({})
    return Known(dict(zip(old.files, old.detections, strict=True)),
                 frozenset(old.meta.get("unreadable", ())))


def save_calls(path: Path, card: SavedModel, split: str, records: Sequence[ClipRecord],
               found: Sequence[Detections], unreadable: Sequence[str] = ()) -> None:
    """Keep what was found in recordings: boxes are (start, low, end, high) in seconds and hertz,
    sizes whole seconds and hertz."""
    save_predictions(path, PredictionSet(
        [item.key for item in records], [size_of(item) for item in records], list(found),
        list(card.classes), {"model": card.id, "recipe": card.recipe, "split": split,
                             "epoch": card.epoch, "unreadable": sorted(unreadable)}))
