"""What a task brings to the engine. torch is imported for type checkers only.

The loop, checkpoints, budget, steering and the run's record are the same for all tasks; a task
gives them the plan, the data and the end.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch

    from workbench.extension.recipe import Recipe


class Batch(Protocol):
    """What one step learns from; ``images`` is whatever the model takes, first axis the samples."""

    @property
    def images(self) -> torch.Tensor: ...
    @property
    def targets(self) -> Any: ...
    @property
    def index(self) -> int: ...


class Loader(Protocol):
    """Makes batches as pure functions of seed, epoch and index, so that a run can go on."""

    def epoch(
        self, epoch: int, batch_size: int, first: int, progress: Callable[[int], float]
    ) -> Generator[Batch]: ...
    def make(self, indices: Any, epoch: int, index: int, progress: float) -> Batch: ...


class Store(Protocol):
    """Decoded media: the training samples, then those of validation."""

    @property
    def broken(self) -> Mapping[int, str]: ...
    def get(self, indices: Any) -> Any: ...
    def close(self) -> None: ...


class ValidationResult(Protocol):
    """What a validation saw; ``detections`` are raw results, one for each of ``indices``."""

    @property
    def indices(self) -> list[int]: ...
    @property
    def detections(self) -> Sequence[Any]: ...
    @property
    def metrics(self) -> dict[str, float]: ...
    @property
    def score(self) -> float: ...


class Validator(Protocol):
    """Measures the model on validation samples."""

    seconds_per_image: float
    loss_seconds: float

    def __len__(self) -> int: ...
    def choose(self, most: int) -> list[int]: ...
    def previews(self, indices: Sequence[int], count: int) -> list[int]: ...
    def run(self, indices: Sequence[int], check: Callable[[], None]) -> Any: ...
    def detect(self, indices: Sequence[int], check: Callable[[], None]) -> Sequence[Any]: ...
    def show(self, index: int, detections: Any) -> dict[str, object]: ...


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Where a training gets its samples from and is measured on."""

    store: Store
    loader: Loader
    validator: Validator


@dataclass(frozen=True, slots=True)
class EngineTask:
    """What a task does in the engine.

    Parameters
    ----------
    plan
        Reads the labels.
    auto_batch
        Samples in a step, where nothing is set.
    data
        Called with plan, model and a folder for what does not fit into memory.
    reserve
        Called with parts, record and check: how long the end of a run takes.
    finish
        Stores what the best model says about val and test.
    cache_bytes
        Memory that kept samples will take, about.
    inventory
        What a plan learns from, is watched on and tested on, counted in words.
    """

    plan: Callable[..., Any]
    auto_batch: Callable[[Recipe, int, torch.device], int]
    data: Callable[[Any, Any, Path], TrainingData]
    reserve: Callable[..., Any]
    finish: Callable[..., None]
    cache_bytes: Callable[[Any, Any], int]
    inventory: Callable[[Any], str]
