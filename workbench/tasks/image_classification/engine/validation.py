"""How good a classifier of pictures is on validation pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from workbench.engine.class_validation import ClassValidator, Scores
from workbench.tasks.image_classification.dataset import LabelledImage
from workbench.tasks.image_classification.engine.batches import ArrayStore
from workbench.tasks.image_classification.engine.model import ImageClassifier
from workbench.tasks.image_classification.engine.stored import other_numbers
from workbench.tasks.image_classification.labels import Kind


class ImageValidator(ClassValidator[LabelledImage]):
    """Scores validation pictures and measures; they begin at ``offset`` in ``store``."""

    def __init__(
        self, model: ImageClassifier, store: ArrayStore, offset: int,
        samples: Sequence[LabelledImage], classes: Sequence[str], device: torch.device,
        kind: Kind = "class",
    ) -> None:
        super().__init__(model, store, offset, samples, classes)
        self._device = device
        self._kind = kind

    def score(self, indices: Sequence[int], media: Any) -> Scores:
        places = [index + self._offset for index in indices]
        scores = self._model.validation_scores(places, torch.from_numpy(media).to(self._device))
        return np.asarray(scores.cpu(), np.float32)

    def measure(self, samples: Sequence[LabelledImage], found: Sequence[Scores]
                ) -> dict[str, float]:
        if self._kind == "class":
            return super().measure(samples, found)
        return other_numbers(np.stack(found), samples, self._classes, self._kind)

    def show(self, index: int, result: Scores) -> dict[str, object]:
        shown = super().show(index, result)
        if self._kind == "number":
            shown |= {"labels": [f"{float(result[0]):.4g}"], "scores": [1.0]}
        return shown
