"""Raw predictions that are stored with a run: which there are and whether they are still good.

Imports no torch, so that ``workbench evaluate`` answers at once where all are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.core.detections import Detections
from workbench.core.errors import WorkbenchError
from workbench.extension.engine_task import SavedModel
from workbench.formats.predictions import load_predictions

LOWEST_SCORE = 0.01
MOST_DETECTIONS = 1000


class Stored:
    """What a predictions file holds of a model; nothing if it is of another one."""

    def __init__(self, path: Path, card: SavedModel) -> None:
        self.found: dict[str, tuple[tuple[int, int], Detections]] = {}
        """(width, height) and raw detections by image key."""
        self._unreadable: list[str] = []
        try:
            old = load_predictions(path)
        except WorkbenchError:
            return  # none yet, or damaged: they are made again
        if old.meta.get("model") == card.id:
            self._unreadable = list(old.meta.get("unreadable", []))
            self.found = dict(
                zip(old.files, zip(old.sizes, old.detections, strict=True), strict=True)
            )

    def complete(self, keys: Sequence[str]) -> bool:
        """Whether it holds exactly ``keys``, but for those that could not be read then."""
        return bool(self.found) and set(self.found) == set(keys) - set(self._unreadable)


def prediction_meta(
    card: SavedModel, split: str, unreadable: Sequence[str] = ()
) -> dict[str, object]:
    """What is stored with predictions, so that one can tell whether they are still good."""
    return {
        "model": card.id, "recipe": card.recipe, "split": split, "score_min": LOWEST_SCORE,
        "epoch": card.epoch, "input_size": list(card.input_size), "unreadable": list(unreadable),
    }
