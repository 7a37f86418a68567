"""Looking at files, and the raw answers of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.progress import Check, ProgressCallback
from workbench.core.video import Shown, Source
from workbench.engine.data.images import ModelImage, Pixels, picture_of_frame
from workbench.engine.models.card import read_card
from workbench.engine.models.saved import load_run
from workbench.engine.picture_predictor import Found, PicturePredictor, ensure_answers
from workbench.extension.engine_task import Reporter, Run, SavedModel
from workbench.formats.score_maps import (
    ScoreMap,
    ScoreMapSet,
    save_score_maps,
    score_maps_of_model,
)
from workbench.formats.stored_answers import Known
from workbench.tasks.anomaly.engine.model import DifferenceModel
from workbench.tasks.anomaly.samples import DIFFERS, load_good
from workbench.tasks.anomaly.saving import said_of

_AT_ONCE = 8
_Sized = tuple[tuple[int, int], ScoreMap]
"""(width, height) of an image, and what is said of it."""


class DifferencePredictor(PicturePredictor[ScoreMap]):
    """A trained model and the one way of giving it images."""

    def __init__(self, model: DifferenceModel, card: SavedModel, device: torch.device) -> None:
        super().__init__(card, model.input_size, _AT_ONCE)
        self._model = model
        self._device = device

    @classmethod
    def load(cls, run: Run, device: str = "auto") -> Self:
        """Load the best model of ``run``.

        Raises
        ------
        WorkbenchError
            If the run has no model, or it is one for something else.
        """
        model, card, chosen = load_run(run, device)
        if not isinstance(model, DifferenceModel):
            raise UsageError(f"the run {run.name} did not learn from good images")
        return cls(model, card, chosen)

    def look(self, pictures: Iterable[ModelImage], check: Check
             ) -> Iterator[tuple[ModelImage, ScoreMap]]:
        """What is odd in pictures, in their order."""
        left = iter(pictures)
        while part := list(islice(left, _AT_ONCE)):
            check()
            yield from zip(part, self._answers(part), strict=True)

    def _answers(self, pictures: Sequence[ModelImage]) -> list[ScoreMap]:
        pixels = np.stack([item.pixels(0) for item in pictures])
        places = [item.views[0].letterbox for item in pictures]
        return self._model.answers(torch.from_numpy(pixels).to(self._device), places)

    def look_at_pixels(self, pixels: Pixels) -> Found[ScoreMap]:
        """What is odd in a picture that lies in memory, uint8 (H, W, 3) RGB."""
        picture = picture_of_frame(pixels, self._model.input_size)
        return Found(Shown(Path()), picture.size, self._answers([picture])[0])

    def answer(self, found: Found[ScoreMap]) -> dict[str, Any]:
        """What is said of an image as plain data: "file", "size" (width and height), "classes",
        "score", "label" and "heat" (:meth:`~workbench.formats.score_maps.ScoreMap.to_json`); of a
        video's frame with "frame" and "time"."""
        return said_of({
            **found.shown.to_json(), "size": list(found.size),
            "classes": [*self.card.classes, DIFFERS], "score": round(found.raw.score, 5),
            "heat": found.raw.to_json()})


def score_map_set(
    card: SavedModel, split: str, keys: Sequence[str], found: Sequence[_Sized],
    unreadable: Iterable[str],
) -> ScoreMapSet:
    """Answers as they are stored with a run."""
    return ScoreMapSet(list(keys), [size for size, _ in found], list(card.classes),
                       [item for _, item in found], {
        "model": card.id, "recipe": card.recipe, "split": split, "epoch": card.epoch,
        "input_size": list(card.input_size), "unreadable": sorted(set(unreadable))})


def predict_set(
    predictor: DifferencePredictor, project: Path, keys: Sequence[str], split: str, *,
    tick: ProgressCallback, check: Check,
) -> ScoreMapSet:
    """Answers about images of a project; unreadable ones are left out."""
    found = [(key, (item.size, item.raw))
             for key, item in predictor.of_project(project, keys, tick, check)]
    there = [key for key, _ in found]
    return score_map_set(predictor.card, split, there, [item for _, item in found],
                         set(keys).difference(there))


def keys_of(project: Path, run: Run, split: str) -> tuple[SavedModel, list[str]]:
    """What the model of a run is, and the images of a part of its split.

    Raises
    ------
    UsageError
        If the split has no images.
    WorkbenchError
        If the run has no model.
    """
    if not run.best_path.is_file():
        raise WorkbenchError(f"the run {run.name} has no model yet")
    data = load_good(project, run.split, good=str(run.config.get("good", "")), settled=True,
                     run=run.path)
    keys = [item.key for item in data.part(split)]
    if not keys:
        raise UsageError(f"the split “{split}” has no images")
    return read_card(run.best_path), keys


def ensure_predictions(
    project: Path, run: Run, split: str, report: Reporter, device: str = "auto"
) -> Path:
    """Have the answers of ``run`` on ``split`` on the disk; return where. See
    :func:`ensure_answers`."""
    def known(path: Path, card: SavedModel) -> Known[_Sized]:
        old = score_maps_of_model(path, card.id)
        return Known({}) if old is None else Known(
            dict(zip(old.files, zip(old.sizes, old.maps, strict=True), strict=True)),
            frozenset(old.meta.get("unreadable", ())))

    def save(path: Path, card: SavedModel, keys: Sequence[str], made: Sequence[_Sized],
             unreadable: Sequence[str]) -> None:
        save_score_maps(path, score_map_set(card, split, keys, made, unreadable))

    return ensure_answers(
        project, run, split, report, known=known, save=save, asked=keys_of,
        predictor=lambda: DifferencePredictor.load(run, device),
        answer=lambda item: (item.size, item.raw), words=f"Looking at {split}")


def predict_each(run: Run, files: Iterable[Source], report: Reporter, device: str = "auto"
                 ) -> Iterator[dict[str, Any] | Problem]:
    """Look at any files: see :meth:`DifferencePredictor.answer`; or the problem with one."""
    predictor = DifferencePredictor.load(run, device)
    return predictor.answers(files, report.check, predictor.answer)


def live_predictor(run: Run) -> Callable[[Pixels], dict[str, Any]]:
    """What answers about a picture that lies in memory, uint8 (H, W, 3)."""
    predictor = DifferencePredictor.load(run)
    return lambda pixels: predictor.answer(predictor.look_at_pixels(pixels))
