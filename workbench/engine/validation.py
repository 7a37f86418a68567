"""How good a model is on validation samples: what every task's look at them does."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from workbench.engine.data.batches import spread

SampleT = TypeVar("SampleT")
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Validation(Generic[ResultT]):
    """One look at some of the validation samples: see
    :class:`workbench.extension.pipeline.ValidationResult`.

    ``metrics`` hold the figures that exist, "val_images" (samples that could be read) and, where it
    exists, "val_loss".
    """

    indices: list[int]
    results: list[ResultT]
    metrics: dict[str, float]
    score: float


class SampleValidator(ABC, Generic[SampleT, ResultT]):
    """Predicts on validation samples and measures.

    Parameters
    ----------
    model
        Holds the weights to be judged at each call.
    store
        Decoded media; the validation samples begin at ``offset``.
    """

    main = "map"
    """The figure that the best epoch is chosen by."""

    def __init__(self, model: Any, store: Any, offset: int, samples: Sequence[SampleT],
                 classes: Sequence[str]) -> None:
        self._model = model
        self._store = store
        self._offset = offset
        self._samples = samples
        self._classes = list(classes)
        self.seconds_per_sample = 0.0
        self.loss_seconds = 0.0

    def __len__(self) -> int:
        return len(self._samples)

    @abstractmethod
    def predict(self, indices: Sequence[int], check: Callable[[], None]) -> list[ResultT]:
        """Raw results of ``indices``; ``check`` is called often and may raise."""

    @abstractmethod
    def measure(self, indices: Sequence[int], found: Sequence[ResultT],
                check: Callable[[], None]) -> dict[str, float]:
        """The figures of some samples that could be read, by name."""

    def loss(self, indices: Sequence[int], check: Callable[[], None]) -> float | None:
        """The training's loss on some of ``indices``, where it is measured besides."""
        return None

    def score(self, metrics: Mapping[str, float]) -> float:
        """What the best epoch is chosen by; -1 where nothing could be measured."""
        return metrics.get(self.main, -1.0)

    def choose(self, most: int) -> list[int]:
        """At most ``most`` samples, spread evenly, always the same."""
        return spread(range(len(self._samples)), most)

    def previews(self, indices: Sequence[int], count: int) -> list[int]:
        """Some of ``indices`` that are worth showing, spread evenly."""
        return spread([index for index in indices if self.is_telling(self._samples[index])]
                      or indices, count)

    def is_telling(self, sample: SampleT) -> bool:
        """Whether a sample is worth showing, as it has something to be found."""
        return True

    def run(self, indices: Sequence[int], check: Callable[[], None]) -> Validation[ResultT]:
        """Look at ``indices`` and measure; ``check`` is called often and may raise."""
        began = time.perf_counter()
        found = self.predict(indices, check)
        kept = [place for place, index in enumerate(indices)
                if index + self._offset not in self._store.broken]
        metrics = {"val_images": float(len(kept))}
        if kept:
            metrics |= self.measure([indices[place] for place in kept],
                                    [found[place] for place in kept], check)
        if indices:
            self.seconds_per_sample = (time.perf_counter() - began) / len(indices)
        loss = self.loss(indices, check)
        if loss is not None:
            metrics["val_loss"] = loss
        return Validation(list(indices), found, metrics, self.score(metrics))
