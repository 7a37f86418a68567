"""Detecting on files, and the raw predictions of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from workbench.core.detections import Detections
from workbench.core.errors import Problem
from workbench.core.progress import Check, ProgressCallback
from workbench.core.skeletons import NO_SKELETONS, Skeleton, table_of
from workbench.core.video import Shown, Source
from workbench.engine.data.images import ModelImage, Pixels, picture_of_frame
from workbench.engine.devices import choose_device
from workbench.engine.models.fusing import fuse_norms
from workbench.engine.models.saved import load_model, load_run
from workbench.engine.picture_predictor import Found, PicturePredictor, ensure_answers
from workbench.evaluation.nms import filter_detections
from workbench.extension.detection import DetectionModel
from workbench.extension.engine_task import Reporter, Run, SavedModel
from workbench.extension.model import PredictsInParallel
from workbench.formats.predictions import PredictionSet, save_predictions
from workbench.project.run_skeletons import skeletons_of_run
from workbench.project.runs import RunFolder
from workbench.tasks.detection.dot_truth import made_whole
from workbench.tasks.detection.engine.detect import detect_pictures
from workbench.tasks.detection.engine.plain import details_of
from workbench.tasks.detection.engine.stored import Raw, dots_of_card, prediction_meta, stored_of
from workbench.tasks.detection.engine.tiles import tiling_of_card


class Predictor(PicturePredictor[Detections]):
    """A trained detector and the one way of giving it images."""

    def __init__(self, model: DetectionModel, card: SavedModel, device: torch.device) -> None:
        self._model = model
        self._device = device
        self._tiling = tiling_of_card(card)
        width, height = model.input_size
        # As many images in a batch as fit into about four million pixels on a CPU.
        pixels = 4e6 if device.type == "cpu" else 2e7
        whole = int(max(1, min(32, pixels // (width * height))))
        parallel = (device.type == "cpu" and isinstance(model, PredictsInParallel)
                    and model.parallel)
        self._workers = min(torch.get_num_threads(), whole) if parallel else 1
        self.batch_size = max(1, whole // self._workers)
        """Images or tiles that the model sees at a time."""
        dots = dots_of_card(card)
        self._sides = [dots.sides[name] if name in dots.found else 0.0 for name in card.classes]
        self.dots = tuple(side > 0 for side in self._sides)
        """Which classes are found as dots."""
        super().__init__(card, model.input_size, self.batch_size * self._workers,
                         None if self._tiling is None else self._tiling.views)

    @property
    def tiled(self) -> bool:
        """Whether images are cut into tiles."""
        return self._tiling is not None

    @classmethod
    def load(cls, run: Run, device: str = "auto") -> Predictor:
        """Load the best model of ``run``.

        Raises
        ------
        WorkbenchError
            If the run has no model or it cannot be read.
        """
        model, card, chosen = load_run(run, device)
        fuse_norms(model.module)
        return cls(model, card, chosen)

    @classmethod
    def load_file(cls, path: Path, device: str = "auto") -> Predictor:
        """Load a model from its safetensors file."""
        chosen = choose_device(device)
        model, card = load_model(path, str(chosen))
        fuse_norms(model.module)
        return cls(model, card, chosen)

    def look(self, pictures: Iterable[ModelImage], check: Check
             ) -> Iterator[tuple[ModelImage, Detections]]:
        """Raw detections on pictures in their order."""
        return ((picture, made_whole(found, self._sides, picture.size))
                for picture, found in detect_pictures(
                    self._model, pictures, self.batch_size, self._device, check, self._workers))

    def detect(self, pixels: Pixels) -> Detections:
        """Raw detections on one picture, uint8 (H, W, 3) RGB."""
        picture = picture_of_frame(pixels, self._model.input_size, self._cut)
        [(_, found)] = detect_pictures(self._model, [picture], self.batch_size, self._device,
                                       lambda: None)
        return made_whole(found, self._sides, picture.size)


def predict_set(
    predictor: Predictor, project: Path, keys: Sequence[str], split: str, *,
    tick: ProgressCallback, check: Check = lambda: None,
) -> PredictionSet:
    """Raw predictions for images of a project; unreadable ones are left out."""
    found = dict(predictor.of_project(project, keys, tick, check))
    return PredictionSet(
        files=list(found),
        sizes=[item.size for item in found.values()],
        detections=[item.raw for item in found.values()],
        classes=list(predictor.card.classes),
        meta=prediction_meta(predictor.card, split, sorted(set(keys) - set(found))),
    )


def ensure_predictions(
    project: Path, run: Run, split: str, report: Reporter, device: str = "auto"
) -> Path:
    """Have the raw predictions of ``run`` on ``split`` on the disk; return where. See
    :func:`ensure_answers`."""
    def save(path: Path, card: SavedModel, keys: Sequence[str], made: Sequence[Raw],
             unreadable: Sequence[str]) -> None:
        save_predictions(path, PredictionSet(
            list(keys), [size for size, _ in made], [found for _, found in made],
            list(card.classes), prediction_meta(card, split, unreadable)))

    return ensure_answers(
        project, run, split, report, known=stored_of, save=save,
        predictor=lambda: Predictor.load(run, device), answer=lambda item: (item.size, item.raw),
        words=f"Detecting on {split}")


def predict_each(
    run: Run, files: Iterable[Source], report: Reporter, device: str = "auto", *,
    score_thresh: float = 0.25, nms_thresh: float = 0.5,
) -> Iterator[dict[str, Any] | Problem]:
    """Detect on any files: ``{"file", "size" (width and height), "boxes" (xyxy pixels), "labels"
    (names), "scores"}`` each, where the model finds outlines or key points with these, too
    (:func:`~workbench.tasks.detection.engine.plain.details_of`), of a video's frame with "frame"
    (its number) and "time" (seconds); or the problem with one."""
    predictor = Predictor.load(run, device)
    skeletons = skeletons_of_run(RunFolder(run.path))
    return predictor.answers(files, report.check, lambda item: to_json(
        item, predictor.card.classes, score_thresh, nms_thresh, skeletons, predictor.dots))


def live_predictor(run: Run, score_thresh: float, nms_thresh: float,
              ) -> Callable[[Pixels], dict[str, Any]]:
    """What answers about a picture that lies in memory, uint8 (H, W, 3)."""
    predictor = Predictor.load(run)
    skeletons = skeletons_of_run(RunFolder(run.path))

    def look(pixels: Pixels) -> dict[str, Any]:
        found = Found(Shown(Path()), (pixels.shape[1], pixels.shape[0]), predictor.detect(pixels))
        return to_json(found, predictor.card.classes, score_thresh, nms_thresh, skeletons,
                       predictor.dots)

    return look


def to_json(
    found: Found[Detections], classes: Sequence[str], score_thresh: float, nms_thresh: float,
    skeletons: Mapping[str, Skeleton] = NO_SKELETONS, dots: Sequence[bool] = (),
) -> dict[str, object]:
    """Detections that are above the score after NMS, as plain data; with key points there are
    "skeletons", too: what is known of these by the name of the class
    (:func:`workbench.core.skeletons.table_of`). ``dots`` says which classes are found as dots."""
    shown = filter_detections(found.raw, score_thresh, nms_thresh)
    names = [classes[label] for label in shown.labels]
    tables = {} if shown.keypoints is None else {"skeletons": {
        name: table_of(skeletons[name]) for name in dict.fromkeys(names) if name in skeletons}}
    return {
        **found.shown.to_json(),
        "size": list(found.size),
        "boxes": [[round(float(value), 2) for value in box]
                  for box in shown.boxes.clip(0, np.tile(found.size, 2))],  # of dots more is known
        "labels": names,
        "scores": [round(float(score), 5) for score in shown.scores],
        **details_of(shown, dots=dots),
        **tables,
    }
