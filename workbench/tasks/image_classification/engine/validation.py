"""How good a classifier of pictures is on validation pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.engine.data.batches import spread
from workbench.evaluation.classification import ScoredSamples, compare_names, numbers
from workbench.tasks.image_classification.dataset import LabelledImage
from workbench.tasks.image_classification.engine.batches import ArrayStore
from workbench.tasks.image_classification.engine.model import ImageClassifier

Scores = NDArray[np.float32]
_BATCH = 32
_PREVIEW_CLASSES = 3


class ImageValidator:
    """Scores validation pictures and measures; they begin at ``offset`` in ``store``."""

    def __init__(
        self, model: ImageClassifier, store: ArrayStore, offset: int,
        samples: Sequence[LabelledImage], classes: Sequence[str], device: torch.device,
    ) -> None:
        self._model = model
        self._store = store
        self._offset = offset
        self._samples = samples
        self._classes = list(classes)
        self._device = device
        self.seconds_per_sample = 0.0
        self.loss_seconds = 0.0

    def __len__(self) -> int:
        return len(self._samples)

    def choose(self, most: int) -> list[int]:
        """At most ``most`` pictures, spread evenly, always the same."""
        return spread(range(len(self._samples)), most)

    def previews(self, indices: Sequence[int], count: int) -> list[int]:
        """Pictures worth showing after an epoch."""
        return spread(indices, count)

    def run(self, indices: Sequence[int], check: Callable[[], None]) -> ScoredSamples:
        """Score ``indices`` and measure; ``check`` is called often and may raise."""
        began = time.perf_counter()
        found = self.predict(indices, check)
        kept = [place for place, index in enumerate(indices)
                if index + self._offset not in self._store.broken]
        metrics = {"val_images": float(len(kept))}
        if kept:
            truths = [self._samples[indices[place]].label for place in kept]
            metrics |= numbers(compare_names(truths, [found[place] for place in kept],
                                             self._classes))
        seconds = time.perf_counter() - began
        if indices:
            self.seconds_per_sample = seconds / len(indices)
        return ScoredSamples(list(indices), found, metrics, seconds)

    def predict(self, indices: Sequence[int], check: Callable[[], None]) -> list[Scores]:
        """Probabilities of the classes for ``indices``."""
        self._model.module.eval()
        found: list[Scores] = []
        for start in range(0, len(indices), _BATCH):
            check()
            part = self._store.get([index + self._offset
                                    for index in indices[start : start + _BATCH]])
            found.extend(self._model.scores(torch.from_numpy(part).to(self._device)).cpu().numpy())
        check()
        return found

    def show(self, index: int, result: Scores) -> dict[str, object]:
        """What a preview shows of picture ``index``: what it is and what it is taken for."""
        order = np.argsort(-result, kind="stable")[:_PREVIEW_CLASSES]
        return {
            "file": self._samples[index].key, "truth": self._samples[index].label,
            "labels": [self._classes[place] for place in order],
            "scores": [round(float(result[place]), 4) for place in order], "boxes": [],
        }
