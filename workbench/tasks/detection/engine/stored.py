"""Raw predictions that are stored with a run: which there are and whether they are still good.

Imports no torch, so that ``workbench evaluate`` answers at once where all are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.core.detections import Detections
from workbench.core.dots import DotSides
from workbench.extension.engine_task import SavedModel
from workbench.formats.predictions import load_predictions
from workbench.formats.stored_answers import Known, of_model

LOWEST_SCORE = 0.01
MOST_DETECTIONS = 1000


Raw = tuple[tuple[int, int], Detections]
"""(width, height) of an image, and what was found on it."""


def stored_of(path: Path, card: SavedModel) -> Known[Raw]:
    """What a predictions file holds of a model; nothing if it is of another one."""
    old = of_model(load_predictions, path, card.id)
    if old is None:
        return Known({})  # none yet, or damaged: they are made again
    found = dict(zip(old.files, zip(old.sizes, old.detections, strict=True), strict=True))
    return Known(found, frozenset(old.meta.get("unreadable", ())))


def prediction_meta(
    card: SavedModel, split: str, unreadable: Sequence[str] = ()
) -> dict[str, object]:
    """What is stored with predictions, so that one can tell whether they are still good."""
    return {
        "model": card.id, "recipe": card.recipe, "split": split, "score_min": LOWEST_SCORE,
        "epoch": card.epoch, "input_size": list(card.input_size), "unreadable": list(unreadable),
        "dots": dots_of_card(card).to_plain(),
    }


def dots_of_card(card: SavedModel) -> DotSides:
    """What a model makes of dots, by the names that its classes have in it."""
    sides, found = (card.facts.get(name, ()) for name in ("dot_sides", "found_as_dots"))
    return DotSides.of_plain({
        "sides": dict(zip(card.classes, sides, strict=False)),
        "found": [name for name, dots in zip(card.classes, found, strict=False) if dots]})
