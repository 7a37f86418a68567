"""How good a classifier of pictures is on validation pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from workbench.engine.class_validation import ClassValidator, Scores
from workbench.tasks.image_classification.dataset import LabelledImage, targets_of
from workbench.tasks.image_classification.engine.batches import ArrayStore
from workbench.tasks.image_classification.engine.model import ImageClassifier
from workbench.tasks.image_classification.engine.stored import other_numbers
from workbench.tasks.image_classification.labels import Kind, number_of, tags_of


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
        numbers = [number_of(item.label) or 0.0 for item in samples] if kind == "number" else []
        self._spread = float(np.std(numbers)) if numbers else 0.0

    def scores(self, indices: Sequence[int], media: Any) -> Scores:
        places = [index + self._offset for index in indices]
        scores = self._model.validation_scores(places, torch.from_numpy(media).to(self._device))
        return np.asarray(scores.cpu(), np.float32)

    def measure(self, indices: Sequence[int], found: Sequence[Scores],
                check: Callable[[], None]) -> dict[str, float]:
        if self._kind == "class":
            return super().measure(indices, found, check)
        samples = [self._samples[index] for index in indices]
        answers = np.stack(found)
        figures = other_numbers(answers, samples, self._classes, self._kind)
        if self._kind == "number":  # in the units of the training's loss, beside which it is drawn
            units = self._model.objective.units
            wanted = targets_of(samples, self._classes, self._kind)
            off = np.abs(units(answers) - units(wanted))
            figures["val_loss"] = float(np.where(off < 1, off**2 / 2, off - 0.5).mean())
        return figures

    def show(self, index: int, result: Scores) -> dict[str, object]:
        shown = super().show(index, result)
        label = self._samples[index].label
        if self._kind == "number":
            return shown | _number_shown(float(result[0]), number_of(label) or 0.0, self._spread)
        if self._kind == "tags":
            return shown | _tags_shown(result, set(tags_of(label)), self._classes)
        return shown


def _tags_shown(scores: Scores, truth: set[str], classes: Sequence[str]) -> dict[str, object]:
    """Tags of a preview, at a threshold of 0.5: the best ones are known at the end only. The
    score is that of the decision that is least sure."""
    found = [name for name, score in zip(classes, scores, strict=True) if score >= 0.5]
    there = [name for name in classes if name in truth]
    wrong = [f"−{name}" if name in truth else f"+{name}" for name in classes
             if (name in truth) != (name in found)]
    words = ", ".join(found) or "none"
    return {"truth": ", ".join(there), "labels": [words], "answer": words, "right": not wrong,
            "scores": [round(float(np.maximum(scores, 1 - scores).min()), 4)],
            "fault": " ".join(wrong)}


def _number_shown(found: float, truth: float, spread: float) -> dict[str, object]:
    """A number of a preview; within a quarter of the deviation of all numbers it counts as right.
    The score falls from 1 with the distance."""
    off = found - truth
    near = math.exp(-abs(off) / spread) if spread else float(off == 0)
    return {"labels": [f"{found:.4g}"], "scores": [round(near, 4)], "answer": f"{found:.4g}",
            "right": abs(off) <= spread / 4,
            "fault": f"off by {off:+.3g}".replace("-", "−")}
