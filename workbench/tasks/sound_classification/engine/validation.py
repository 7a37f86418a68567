"""How good the model is on validation sounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.evaluation.classification import BACKGROUND, ScoredSamples, compare_names, numbers
from workbench.extension.sounds import SoundModel
from workbench.project.datasets.sounds import SoundSample
from workbench.tasks.sound_classification.engine.clips import ClipStore, Cutter
from workbench.tasks.sound_classification.engine.features import FeatureSettings

Scores = NDArray[np.float32]
_BATCH = 64
_PREVIEW_CLASSES = 3


class SoundValidator:
    """Scores validation sounds and measures; they begin at ``offset`` in ``store``."""

    def __init__(
        self, model: SoundModel, store: ClipStore, offset: int, samples: Sequence[SoundSample],
        features: FeatureSettings, classes: Sequence[str], device: torch.device,
        background: bool = False,
    ) -> None:
        self._model = model
        self._store = store
        self._offset = offset
        self._samples = samples
        self._cut = Cutter(features)
        self._classes = list(classes)
        self._device = device
        self._background = background
        self.seconds_per_sample = 0.0
        self.loss_seconds = 0.0

    def __len__(self) -> int:
        return len(self._samples)

    def choose(self, most: int) -> list[int]:
        """At most ``most`` sounds, spread evenly, always the same."""
        count = len(self._samples)
        if count <= most:
            return list(range(count))
        return [index * count // most for index in range(most)]

    def previews(self, indices: Sequence[int], count: int) -> list[int]:
        """Sounds worth showing after an epoch."""
        count = min(count, len(indices))
        return [indices[place * len(indices) // count] for place in range(count)]

    def run(self, indices: Sequence[int], check: Callable[[], None]) -> ScoredSamples:
        """Score ``indices`` and measure; ``check`` is called often and may raise."""
        began = time.perf_counter()
        found = self.predict(indices, check)
        kept = [place for place, index in enumerate(indices)
                if index + self._offset not in self._store.broken]
        metrics = {"val_images": float(len(kept))}
        if kept:
            truths = [self._samples[indices[place]].label for place in kept]
            scores = [found[place] for place in kept]
            metrics |= numbers(compare_names(truths, scores, self._classes,
                                             background=self._background))
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
            part = indices[start : start + _BATCH]
            samples = self._store.get([index + self._offset for index in part])
            windows = [self._cut(item, self._samples[index])
                       for index, item in zip(part, samples, strict=True)]
            scores = self._model.scores(torch.stack(windows).to(self._device)).cpu().numpy()
            found.extend(scores[:, : len(self._classes)])
        check()
        return found

    def show(self, index: int, result: Scores) -> dict[str, object]:
        """What a preview shows of sound ``index``: what it is and what it is taken for."""
        names, sample = self._classes, self._samples[index]
        if self._background:
            names, result = [*names, BACKGROUND], np.append(result, 1 - result.sum())
        order = np.argsort(-result, kind="stable")[:_PREVIEW_CLASSES]
        return {
            "file": sample.key, "start": round(sample.start, 3), "end": round(sample.end, 3),
            "truth": sample.label, "labels": [names[place] for place in order],
            "scores": [round(float(result[place]), 4) for place in order], "boxes": [],
        }
