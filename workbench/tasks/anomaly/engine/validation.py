"""How well good and faulty images are told apart, and what is said of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from workbench.engine.data.batches import spread
from workbench.engine.data.images import ImageStore
from workbench.evaluation.differing import judged
from workbench.formats.score_maps import ScoreMap
from workbench.tasks.anomaly.engine.model import DifferenceModel
from workbench.tasks.anomaly.samples import DIFFERS, GOOD, Part


@dataclass(frozen=True, slots=True)
class DifferenceValidation:
    """One look at some of the validation images."""

    indices: list[int]
    results: list[ScoreMap]
    metrics: dict[str, float]
    seconds: float

    @property
    def score(self) -> float:
        """What the best epoch is chosen by; there is but one."""
        return self.metrics.get("auroc", 0.0)


class DifferenceValidator:
    """Looks at validation images, which begin at ``offset`` in ``store``, and measures."""

    batch = 8
    """Images that are looked at together."""

    def __init__(self, model: DifferenceModel, store: ImageStore, offset: int,
                 samples: Sequence[Part], device: torch.device) -> None:
        self._model = model
        self._store = store
        self._offset = offset
        self._samples = samples
        self._device = device
        self.seconds_per_sample = 0.0
        self.loss_seconds = 0.0

    def __len__(self) -> int:
        return len(self._samples)

    def choose(self, most: int) -> list[int]:
        """At most ``most`` images, spread evenly, always the same."""
        return spread(range(len(self._samples)), most)

    def previews(self, indices: Sequence[int], count: int) -> list[int]:
        """Images worth showing: what differs first."""
        odd = [index for index in indices if not self._samples[index].good]
        return spread(odd or indices, count)

    def run(self, indices: Sequence[int], check: Callable[[], None]) -> DifferenceValidation:
        """Look at ``indices`` and measure; ``check`` is called often and may raise."""
        began = time.perf_counter()
        found = self.predict(indices, check)
        kept = [place for place, index in enumerate(indices)
                if index + self._offset not in self._store.broken]
        metrics = {"val_images": float(len(kept)), **judged(
            [found[place].score for place in kept],
            [not self._samples[indices[place]].good for place in kept]).numbers()}
        seconds = time.perf_counter() - began
        if indices:
            self.seconds_per_sample = seconds / len(indices)
        return DifferenceValidation(list(indices), found, metrics, seconds)

    def predict(self, indices: Sequence[int], check: Callable[[], None]) -> list[ScoreMap]:
        """What is said of the images ``indices``."""
        found: list[ScoreMap] = []
        for start in range(0, len(indices), self.batch):
            check()
            places = [index + self._offset for index in indices[start:start + self.batch]]
            images = torch.from_numpy(self._store.get(places)).to(self._device)
            boxes = [self._store.letterboxes[place] for place in places]
            found += self._model.answers(images, boxes)
        check()
        return found

    def show(self, index: int, result: ScoreMap) -> dict[str, object]:
        """What a preview shows of image ``index``."""
        sample = self._samples[index]
        odd = result.score >= 0.5
        return {"file": sample.key, "truth": sample.label, "labels": [DIFFERS if odd else GOOD],
                "scores": [round(result.score, 4)], "boxes": [], "right": odd != sample.good}
