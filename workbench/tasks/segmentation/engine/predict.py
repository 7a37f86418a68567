"""Looking at files, and the raw answers of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import torch

from workbench.core.class_maps import LIKELIER, ClassMap, shares_of
from workbench.core.errors import Problem
from workbench.core.progress import Check, ProgressCallback
from workbench.core.video import Shown, Source
from workbench.engine.data.images import ModelImage, Pixels, picture_of_frame
from workbench.engine.models.fusing import fuse_norms
from workbench.engine.models.saved import load_run
from workbench.engine.picture_predictor import Found, PicturePredictor, ensure_answers
from workbench.extension.engine_task import Reporter, Run, SavedModel
from workbench.extension.segmentation import SegmentationModel
from workbench.formats.class_maps import (
    ClassMapSet,
    PackedMap,
    class_maps_of_model,
    save_class_maps,
)
from workbench.formats.stored_answers import Known
from workbench.tasks.segmentation.engine.looking import at_once, look_at, maps_of, within


class AreaPredictor(PicturePredictor[ClassMap]):
    """A trained model of areas and the one way of giving it images."""

    def __init__(self, model: SegmentationModel, card: SavedModel, device: torch.device) -> None:
        self._model = model
        self._device = device
        self.batch_size = at_once(model.input_size, len(card.classes), device)
        """Images that the model sees at a time."""
        super().__init__(card, model.input_size, self.batch_size)
        model.module.eval()

    @classmethod
    def load(cls, run: Run, device: str = "auto") -> Self:
        """Load the best model of ``run``.

        Raises
        ------
        WorkbenchError
            If the run has no model or it cannot be read.
        """
        model, card, chosen = load_run(run, device)
        fuse_norms(model.module)
        return cls(model, card, chosen)

    def look(self, pictures: Iterable[ModelImage], check: Check
             ) -> Iterator[tuple[ModelImage, ClassMap]]:
        """The maps of pictures in their order."""
        return look_at(self._model, pictures, self.batch_size, self._device, check)

    def look_at_pixels(self, pixels: Pixels) -> Found[ClassMap]:
        """The map of one picture that lies in memory, uint8 (H, W, 3) RGB."""
        picture = picture_of_frame(pixels, self._model.input_size)
        [found] = maps_of(self._model, picture.pixels(0)[None], self._device, lambda: None)
        return Found(Shown(Path()), picture.size, within(found, picture))

    def answer(self, found: Found[ClassMap]) -> dict[str, Any]:
        """A map as plain data: "file", "size" (width and height), "classes", "map"
        (:meth:`~workbench.core.class_maps.ClassMap.to_json`) and "areas", the share of the image
        that each class covers; of a video's frame with "frame" and "time"."""
        classes = list(self.card.classes)
        shares = shares_of(found.raw.at(LIKELIER), classes)
        return {**found.shown.to_json(), "size": list(found.size), "classes": classes,
                "map": found.raw.to_json(),
                "areas": {name: round(share, 6) for name, share in shares.items()}}


def class_map_set(
    card: SavedModel, split: str, keys: Sequence[str], sizes: Sequence[tuple[int, int]],
    maps: Sequence[ClassMap | PackedMap], unreadable: Iterable[str],
) -> ClassMapSet:
    """Maps as they are stored with a run."""
    return ClassMapSet.of(keys, sizes, maps, card.classes, {
        "model": card.id, "recipe": card.recipe, "split": split, "epoch": card.epoch,
        "input_size": list(card.input_size), "unreadable": sorted(set(unreadable))})


def predict_set(
    predictor: AreaPredictor, project: Path, keys: Sequence[str], split: str, *,
    tick: ProgressCallback, check: Check,
) -> ClassMapSet:
    """Maps of images of a project, each packed as soon as it is there; unreadable ones are left
    out."""
    found = class_map_set(predictor.card, split, (), (), (), ())
    for key, item in predictor.of_project(project, keys, tick, check):
        found.add(key, item.size, item.raw)
    found.meta["unreadable"] = sorted(set(keys).difference(found.files))
    return found


def ensure_predictions(
    project: Path, run: Run, split: str, report: Reporter, device: str = "auto"
) -> Path:
    """Have the maps of ``run`` on ``split`` on the disk; return where. See
    :func:`ensure_answers`."""
    def known(path: Path, card: SavedModel) -> Known[_Sized]:
        old = class_maps_of_model(path, card.id)
        return Known({}) if old is None else Known(
            {key: (size, PackedMap(shape, data)) for key, size, shape, data in zip(
                old.files, old.sizes, old.shapes, old.packed, strict=True)},
            frozenset(old.meta.get("unreadable", ())))

    def save(path: Path, card: SavedModel, keys: Sequence[str], made: Sequence[_Sized],
             unreadable: Sequence[str]) -> None:
        save_class_maps(path, class_map_set(card, split, keys, [size for size, _ in made],
                                            [found for _, found in made], unreadable))

    return ensure_answers(
        project, run, split, report, known=known, save=save,
        predictor=lambda: AreaPredictor.load(run, device),
        answer=lambda item: (item.size, PackedMap.of(item.raw)), words=f"Looking at {split}")


_Sized = tuple[tuple[int, int], PackedMap]
"""(width, height) of an image, and its map."""


def predict_each(run: Run, files: Iterable[Source], report: Reporter, device: str = "auto"
                 ) -> Iterator[dict[str, Any] | Problem]:
    """Look at any files: see :meth:`AreaPredictor.answer`; or the problem with one."""
    predictor = AreaPredictor.load(run, device)
    return predictor.answers(files, report.check, predictor.answer)


def live_predictor(run: Run) -> Callable[[Pixels], dict[str, Any]]:
    """What answers about a picture that lies in memory, uint8 (H, W, 3)."""
    predictor = AreaPredictor.load(run)
    return lambda pixels: predictor.answer(predictor.look_at_pixels(pixels))
