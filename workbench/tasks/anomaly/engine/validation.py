"""How well good and faulty images are told apart, and what is said of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch

from workbench.engine.data.images import ImageStore
from workbench.engine.validation import SampleValidator
from workbench.evaluation.differing import judged
from workbench.formats.score_maps import ScoreMap
from workbench.tasks.anomaly.engine.model import DifferenceModel
from workbench.tasks.anomaly.samples import DIFFERS, GOOD, Part


class DifferenceValidator(SampleValidator[Part, ScoreMap]):
    """Looks at validation images, which begin at ``offset`` in ``store``, and measures."""

    batch = 8
    """Images that are looked at together."""

    def __init__(self, model: DifferenceModel, store: ImageStore, offset: int,
                 samples: Sequence[Part], device: torch.device) -> None:
        super().__init__(model, store, offset, samples, (GOOD, DIFFERS))
        self._device = device

    def is_telling(self, sample: Part) -> bool:
        return not sample.good

    def score(self, metrics: Mapping[str, float]) -> float:
        return metrics.get("auroc", 0.0)  # there is but one epoch

    def measure(self, indices: Sequence[int], found: Sequence[ScoreMap],
                check: Callable[[], None]) -> dict[str, float]:
        return judged([item.score for item in found],
                      [not self._samples[index].good for index in indices]).numbers()

    def predict(self, indices: Sequence[int], check: Callable[[], None]) -> list[ScoreMap]:
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
