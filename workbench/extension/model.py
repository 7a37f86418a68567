"""What every trainable model has, whatever it learns from. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from workbench.core.schema import Value

if TYPE_CHECKING:
    import torch
    from torch import nn


class TrainableModel(Protocol):
    """A model that the engine can train; what it is fed with belongs to its task."""

    @property
    def module(self) -> nn.Module:
        """All parameters; its ``state_dict`` is what is saved."""

    @property
    def input_size(self) -> tuple[int, int]:
        """(width, height) of what it sees: pixels of an image, frames and bands of a sound."""

    @property
    def summary(self) -> str:
        """Why it was built like this, in words for the pre-flight; may be empty."""

    def parameter_groups(self, settings: Mapping[str, Value]) -> list[dict[str, object]]:
        """Groups for the optimiser, each with "params" and, where it differs, "lr_scale" (a factor
        on the rate) and "weight_decay"; frozen layers are left out."""

    def load_pretrained(self, state: Mapping[str, torch.Tensor]) -> list[str]:
        """Take over what fits from foreign weights; returns the names that did not fit."""
