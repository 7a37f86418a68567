"""What the kind of labels asks of a network: its outputs, its loss, and what they mean."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from workbench.extension.model import ModelContext
from workbench.tasks.image_classification.dataset import ImageFacts

Context = ModelContext[ImageFacts]


class Objective(Protocol):
    """For one kind of labels; ``targets`` are float32 (B, K) as
    :func:`workbench.tasks.image_classification.dataset.targets_of` makes them."""

    def loss(self, logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
        """Mean over the samples that are known."""

    def answers(self) -> nn.Module:
        """From logits to what is stored and shown: float (B, K)."""

    def units(self, targets: NDArray[np.float32]) -> NDArray[np.float32]:
        """Targets in the units of the logits."""


class _ShareObjective:
    """Targets that are shares of classes."""

    def units(self, targets: NDArray[np.float32]) -> NDArray[np.float32]:
        return targets


class ClassObjective(_ShareObjective):
    """One of the classes."""

    def loss(self, logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
        return cross_entropy(logits, targets.nan_to_num(), smoothing)

    def answers(self) -> nn.Module:
        return nn.Softmax(1)


class TagsObjective(_ShareObjective):
    """Each tag for itself (binary cross-entropy)."""

    def loss(self, logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
        wanted = targets.nan_to_num() * (1 - smoothing) + smoothing / 2
        found = functional.binary_cross_entropy_with_logits(
            logits.float(), wanted, reduction="none")
        return _mean_of_known(found, targets)

    def answers(self) -> nn.Module:
        return nn.Sigmoid()


class NumberObjective:
    """A number (Huber's loss in units of its deviation among the training samples)."""

    def __init__(self, mean: float, deviation: float) -> None:
        self._mean, self._deviation = mean, deviation or 1.0

    def loss(self, logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
        wanted = (targets.nan_to_num() - self._mean) / self._deviation
        found = functional.smooth_l1_loss(logits.float(), wanted, reduction="none")
        return _mean_of_known(found, targets)

    def answers(self) -> nn.Module:
        return _Units(self._mean, self._deviation)

    def units(self, targets: NDArray[np.float32]) -> NDArray[np.float32]:
        return (targets - np.float32(self._mean)) / np.float32(self._deviation)


def _mean_of_known(losses: Tensor, targets: Tensor) -> Tensor:
    """Mean of losses (B, K) over the samples that are known; how many these are is no shape that
    a GPU would have to be waited for."""
    known = (~targets.isnan().any(1, keepdim=True)).float()
    return (losses * known).sum() / (known.sum() * losses.shape[1]).clamp(min=1)


class _Units(nn.Module):
    def __init__(self, mean: float, deviation: float) -> None:
        super().__init__()
        self.mean, self.deviation = mean, deviation

    def forward(self, logits: Tensor) -> Tensor:
        return logits * self.deviation + self.mean


def objective_of(context: Context) -> Objective:
    """The objective of a model."""
    facts = context.facts
    if facts.kind == "tags":
        return TagsObjective()
    if facts.kind == "number":
        return NumberObjective(facts.mean, facts.deviation)
    return ClassObjective()


def cross_entropy(logits: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
    """Mean over the samples that have a class; ``smoothing`` is the share of all classes alike."""
    wanted = (1 - smoothing) * targets + smoothing / targets.shape[1] * targets.sum(1, keepdim=True)
    return -(wanted * logits.float().log_softmax(1)).sum() / targets.sum().clamp(min=1)
