"""Where a training gets its samples from and is measured on; a task makes one of each."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch


class Batch(Protocol):
    """What one step learns from; the first axis of ``inputs`` are the samples."""

    @property
    def inputs(self) -> torch.Tensor: ...
    @property
    def targets(self) -> Any: ...
    @property
    def index(self) -> int: ...


class Loader(Protocol):
    """Makes batches as pure functions of seed, epoch and index, so that a run can go on; with
    ``every`` only each n-th, where several devices learn together."""

    def epoch(
        self, epoch: int, batch_size: int, first: int, progress: Callable[[int], float],
        every: int = 1,
    ) -> Generator[Batch]: ...
    def make(self, indices: Any, epoch: int, index: int, progress: float) -> Batch: ...


class Store(Protocol):
    """Decoded media: the training samples, then those of validation; ``broken`` says why a sample
    cannot be read."""

    @property
    def broken(self) -> Mapping[int, str]: ...
    def get(self, indices: Any) -> Any: ...
    def close(self) -> None: ...


class ValidationResult(Protocol):
    """The outcome of a validation; ``results`` are raw, one for each of ``indices``, ``score`` is
    what the best epoch is chosen by."""

    @property
    def indices(self) -> list[int]: ...
    @property
    def results(self) -> Sequence[Any]: ...
    @property
    def metrics(self) -> dict[str, float]: ...
    @property
    def score(self) -> float: ...


class Validator(Protocol):
    """Measures the model on validation samples."""

    seconds_per_sample: float
    loss_seconds: float

    def __len__(self) -> int: ...
    def choose(self, most: int) -> list[int]:
        """At most ``most`` samples, always the same."""
    def previews(self, indices: Sequence[int], count: int) -> list[int]:
        """Some of ``indices`` that are worth showing."""
    def run(self, indices: Sequence[int], check: Callable[[], None]) -> Any:
        """A :class:`ValidationResult`."""
    def predict(self, indices: Sequence[int], check: Callable[[], None]) -> Sequence[Any]:
        """Raw results."""
    def show(self, index: int, result: Any) -> dict[str, object]:
        """What a preview tells of a sample: "file" and the task's own."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Where a training gets its samples from and is measured on."""

    store: Store
    loader: Loader
    validator: Validator
