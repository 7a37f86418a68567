"""How good the model is on validation images, and what it finds there."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing

import numpy as np
import torch

from workbench.core.detections import Detections, Truth
from workbench.core.errors import WorkbenchError
from workbench.engine import seeds
from workbench.engine.data.images import ImageStore, ModelImage
from workbench.engine.data.reading import read_ahead
from workbench.engine.validation import SampleValidator, Validation
from workbench.evaluation.evaluate import evaluate
from workbench.evaluation.nms import filter_detections
from workbench.extension.detection import DetectionModel, Targets, finds_rotated
from workbench.tasks.detection.dot_truth import made_whole
from workbench.tasks.detection.engine.batches import learnable
from workbench.tasks.detection.engine.details import BOXES_ONLY, Wanted, target_in_input
from workbench.tasks.detection.engine.detect import detect_pictures
from workbench.tasks.detection.engine.plain import details_of
from workbench.tasks.detection.engine.samples import Sample
from workbench.tasks.detection.engine.tiles import Tiling

_PREVIEW_SCORE = 0.05
_PREVIEW_DETAILS = 0.25  # weaker ones are not drawn, and all of them are kept for every epoch
_PREVIEW_BOXES = 30
_LOSS_BATCHES = 2  # batches that the validation loss is measured on
_SCORES = ("map", "outline_map", "keypoint_map")


class DetectionValidator(SampleValidator[Sample, Detections]):
    """Detects on validation images and measures.

    Parameters
    ----------
    model
        Holds the weights to be judged at each call.
    store
        Pixels; the validation images begin at ``offset`` in it.
    samples
        The validation images.
    tiling
        How images are cut; None shows whole images.
    tiles
        Where images are cut, the tiles of them that the loss is measured on; they lie in the store
        behind the validation images.
    wanted
        What the model learns besides boxes.
    dots
        Of each class that is found as dots the side of its square, of others 0.
    """

    def __init__(
        self, model: DetectionModel, store: ImageStore, offset: int, samples: Sequence[Sample],
        classes: Sequence[str], device: torch.device, batch_size: int, tiling: Tiling | None = None,
        tiles: Sequence[Sample] = (), wanted: Wanted = BOXES_ONLY, dots: Sequence[float] = (),
    ) -> None:
        super().__init__(model, store, offset, samples, classes)
        self._tiling = tiling
        self._lossy = list(samples if tiling is None else tiles)
        self._lossy_offset = offset + (0 if tiling is None else len(samples))
        self._wanted = wanted
        self._dots = dots
        self._device = device
        self._batch_size = max(1, batch_size)
        self._known: dict[int, Truth] = {}

    def is_telling(self, sample: Sample) -> bool:
        return bool(sample.names)

    def score(self, metrics: Mapping[str, float]) -> float:
        return main_score(metrics)

    def run(self, indices: Sequence[int], check: Callable[[], None]) -> Validation[Detections]:
        # slow once only, so it says nothing of later looks
        self._known = dict(zip(indices, self._truths(indices, check), strict=True))
        return super().run(indices, check)

    def measure(self, indices: Sequence[int], found: Sequence[Detections],
                check: Callable[[], None]) -> dict[str, float]:
        return evaluate([self._known[index] for index in indices], found, self._classes).numbers()

    def _truths(self, indices: Sequence[int], check: Callable[[], None]) -> list[Truth]:
        truths = []
        for index in indices:
            check()  # the first time outlines are made for all objects
            truths.append(self._samples[index].truth(self._classes, self._wanted.outlines,
                                                     finds_rotated(self._model)))
        return truths

    @torch.no_grad()
    def loss(self, indices: Sequence[int], check: Callable[[], None]) -> float | None:
        """The training's loss on some of ``indices``, without augmentation and without learning.

        Losses exist in training mode only, so running statistics are put back afterwards. None
        where there are too few images for a batch.
        """
        if self._tiling is not None:
            indices = range(len(self._lossy))
        count = min(len(indices), _LOSS_BATCHES * self._batch_size)
        if count < 2:
            return None
        began = time.perf_counter()
        chosen = np.asarray([indices[place * len(indices) // count] for place in range(count)])
        parts = np.array_split(chosen, max(1, count // max(2, self._batch_size)))
        module = self._model.module
        kept = {name: buffer.clone() for name, buffer in module.named_buffers()}
        seeds.seed_torch(0, "validation")
        total = 0.0
        try:
            module.train()
            for part in parts:
                check()
                total += self._batch_loss([int(index) for index in part]) * len(part)
        finally:
            for name, buffer in module.named_buffers():
                buffer.copy_(kept[name])
            module.eval()
        self.loss_seconds = time.perf_counter() - began
        mean = total / count
        return mean if math.isfinite(mean) else None

    def _batch_loss(self, indices: list[int]) -> float:
        places = [index + self._lossy_offset for index in indices]
        images = torch.from_numpy(self._store.get(places)).to(self._device)
        targets: list[Targets] = []
        for index, place in zip(indices, places, strict=True):
            sample = self._lossy[index]
            target = target_in_input(sample, sample.labels(self._classes),
                                     self._store.letterboxes[place], self._wanted)
            targets.append(learnable(target.where(target.labels >= 0)).to(self._device))
        return float(sum(value.item() for value in self._model.losses(images, targets).values()))

    def predict(self, indices: Sequence[int], check: Callable[[], None]) -> list[Detections]:
        self._model.module.eval()
        pictures = self._whole(indices) if self._tiling is None else self._cut(indices)
        with closing(pictures):
            found = [made_whole(found, self._dots, picture.size)
                     for picture, found in detect_pictures(
                         self._model, pictures, self._batch_size, self._device, check)]
        check()
        return found

    def _whole(self, indices: Sequence[int]) -> Generator[ModelImage]:
        for start in range(0, len(indices), self._batch_size):
            part = [index + self._offset for index in indices[start : start + self._batch_size]]
            for pixels, index in zip(self._store.get(part), part, strict=True):
                yield ModelImage.ready(pixels, self._store.letterboxes[index])

    def _cut(self, indices: Sequence[int]) -> Generator[ModelImage]:
        """Images to be seen in tiles; one that cannot be read has none."""
        with closing(read_ahead(
            (self._samples[index].path for index in indices), self._model.input_size,
            None if self._tiling is None else self._tiling.views, threads=1, ahead=1,
        )) as read:
            for index, (_, item) in zip(indices, read, strict=True):
                if isinstance(item, WorkbenchError):
                    self._store.note(index + self._offset, item)
                    yield ModelImage.unreadable(self._samples[index].size)
                else:
                    yield item

    def show(self, index: int, detections: Detections) -> dict[str, object]:
        """What a preview shows of image ``index``: the clearest detections after NMS."""
        shown = filter_detections(detections, _PREVIEW_SCORE, 0.5, _PREVIEW_BOXES)
        return {
            "file": self._samples[index].key,
            "boxes": [[round(float(value), 1) for value in box] for box in shown.boxes],
            "labels": [self._classes[label] for label in shown.labels],
            "scores": [round(float(score), 4) for score in shown.scores],
            **details_of(shown, _PREVIEW_DETAILS, [side > 0 for side in self._dots]),
        }


def main_score(metrics: Mapping[str, float]) -> float:
    """What the best epoch is chosen by; -1 where nothing could be measured. Of a model that finds
    outlines or key points, too, the mean of the average precisions: boxes are good from the
    beginning where a model starts from one that found boxes only."""
    found = [metrics[name] for name in _SCORES if name in metrics]
    return sum(found) / len(found) if found else -1.0
