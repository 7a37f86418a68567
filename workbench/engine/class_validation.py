"""How good a classifier is on validation samples, whatever these are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.engine.validation import SampleValidator
from workbench.evaluation.classification import BACKGROUND, compare_names, main_score, numbers
from workbench.extension.pipeline import Store
from workbench.project.class_results import SampleT

Scores = NDArray[np.float32]
_PREVIEW_CLASSES = 3


class ClassValidator(SampleValidator[SampleT, Scores]):
    """Scores validation samples and measures.

    Parameters
    ----------
    model
        Its ``module`` is put into evaluation mode before it is asked.
    store
        Decoded media; the validation samples begin at ``offset``.
    background
        Whether the model also learned what is none of the classes; the scores of a sample then
        sum to less than 1.
    """

    batch = 32
    """Samples that are scored at once."""

    def __init__(
        self, model: Any, store: Store, offset: int, samples: Sequence[SampleT],
        classes: Sequence[str], background: bool = False,
    ) -> None:
        super().__init__(model, store, offset, samples, classes)
        self._background = background

    @abstractmethod
    def scores(self, indices: Sequence[int], media: Any) -> Scores:
        """float32 (B, C): probabilities for samples ``indices``, whose ``media`` were read."""

    def place(self, sample: SampleT) -> Mapping[str, object]:
        """Where a sample lies in its file, for previews."""
        return {}

    def score(self, metrics: Mapping[str, float]) -> float:
        return main_score(metrics)

    def measure(self, indices: Sequence[int], found: Sequence[Scores],
                check: Callable[[], None]) -> dict[str, float]:
        labels = [self._samples[index].label for index in indices]
        return numbers(compare_names(labels, found, self._classes,
                                     background=self._background))

    def predict(self, indices: Sequence[int], check: Callable[[], None]) -> list[Scores]:
        """Probabilities of the classes for ``indices``."""
        self._model.module.eval()
        found: list[Scores] = []
        for start in range(0, len(indices), self.batch):
            check()
            part = indices[start : start + self.batch]
            found.extend(self.scores(part, self._store.get([i + self._offset for i in part])))
        check()
        return found

    def show(self, index: int, result: Scores) -> dict[str, object]:
        """What a preview shows of sample ``index``: what it is and what it is taken for."""
        names, sample = self._classes, self._samples[index]
        if self._background:
            names, result = [*names, BACKGROUND], np.append(result, 1 - result.sum())
        order = np.argsort(-result, kind="stable")[:_PREVIEW_CLASSES]
        return {
            "file": sample.key, **self.place(sample), "truth": sample.label,
            "labels": [names[place] for place in order],
            "scores": [round(float(result[place]), 4) for place in order], "boxes": [],
        }
