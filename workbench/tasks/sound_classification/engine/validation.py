"""How good the model is on validation sounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from workbench.engine.class_validation import ClassValidator, Scores
from workbench.engine.sounds.store import ClipStore
from workbench.extension.sounds import SoundModel
from workbench.project.datasets.sounds import SoundSample
from workbench.tasks.sound_classification.engine.clips import Cutter
from workbench.tasks.sound_classification.engine.features import FeatureSettings


class SoundValidator(ClassValidator[SoundSample]):
    """Scores validation sounds and measures; they begin at ``offset`` in ``store``."""

    batch = 64

    def __init__(
        self, model: SoundModel, store: ClipStore, offset: int, samples: Sequence[SoundSample],
        features: FeatureSettings, classes: Sequence[str], device: torch.device,
        background: bool = False,
    ) -> None:
        super().__init__(model, store, offset, samples, classes, background)
        self._cut = Cutter(features)
        self._device = device

    def scores(self, indices: Sequence[int], media: Any) -> Scores:
        windows = [self._cut(item, self._samples[index])
                   for index, item in zip(indices, media, strict=True)]
        scores = self._model.scores(torch.stack(windows).to(self._device))
        return np.asarray(scores.cpu(), np.float32)[:, : len(self._classes)]

    def place(self, sample: SoundSample) -> Mapping[str, object]:
        return {"start": round(sample.start, 3), "end": round(sample.end, 3)}
