"""How good a classifier is on validation samples, whatever these are."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from workbench.engine.data.batches import spread
from workbench.evaluation.classification import BACKGROUND, ScoredSamples, compare_names, numbers
from workbench.extension.pipeline import Store
from workbench.project.class_results import SampleT

Scores = NDArray[np.float32]
_PREVIEW_CLASSES = 3


class ClassValidator(ABC, Generic[SampleT]):
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
        self._model = model
        self._store = store
        self._offset = offset
        self._samples = samples
        self._classes = list(classes)
        self._background = background
        self.seconds_per_sample = 0.0
        self.loss_seconds = 0.0

    def __len__(self) -> int:
        return len(self._samples)

    @abstractmethod
    def score(self, indices: Sequence[int], media: Any) -> Scores:
        """float32 (B, C): probabilities for samples ``indices``, whose ``media`` were read."""

    def place(self, sample: SampleT) -> Mapping[str, object]:
        """Where a sample lies in its file, for previews."""
        return {}

    def choose(self, most: int) -> list[int]:
        """At most ``most`` samples, spread evenly, always the same."""
        return spread(range(len(self._samples)), most)

    def previews(self, indices: Sequence[int], count: int) -> list[int]:
        """Samples worth showing after an epoch."""
        return spread(indices, count)

    def run(self, indices: Sequence[int], check: Callable[[], None]) -> ScoredSamples:
        """Score ``indices`` and measure; ``check`` is called often and may raise."""
        began = time.perf_counter()
        found = self.predict(indices, check)
        kept = [place for place, index in enumerate(indices)
                if index + self._offset not in self._store.broken]
        metrics = {"val_images": float(len(kept))}
        if kept:
            metrics |= self.measure([self._samples[indices[place]] for place in kept],
                                    [found[place] for place in kept])
        seconds = time.perf_counter() - began
        if indices:
            self.seconds_per_sample = seconds / len(indices)
        return ScoredSamples(list(indices), found, metrics, seconds)

    def measure(self, samples: Sequence[SampleT], found: Sequence[Scores]) -> dict[str, float]:
        """The numbers of an epoch, by name."""
        return numbers(compare_names([item.label for item in samples], found, self._classes,
                                     background=self._background))

    def predict(self, indices: Sequence[int], check: Callable[[], None]) -> list[Scores]:
        """Probabilities of the classes for ``indices``."""
        self._model.module.eval()
        found: list[Scores] = []
        for start in range(0, len(indices), self.batch):
            check()
            part = indices[start : start + self.batch]
            found.extend(self.score(part, self._store.get([i + self._offset for i in part])))
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
