"""Applying the augmentations that are registered, after a task's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from workbench.core.schema import Value
from workbench.extension.augmentations import augmentations
from workbench.extension.registry import load

Vary = Callable[[Tensor, Any, torch.Generator], tuple[Tensor, Any]]


def registered_variation(task: str, settings: Mapping[str, Value]) -> Vary:
    """All registered augmentations of a task, in their order, at the strengths of the settings."""
    chosen = [(load(item.apply), strength) for item in augmentations if task in item.tasks
              and (strength := float(settings.get(f"augment.{item.id}", 0.0))) > 0]

    def vary(inputs: Tensor, targets: Any, generator: torch.Generator) -> tuple[Tensor, Any]:
        for apply, strength in chosen:
            inputs, targets = apply(inputs, targets, generator, strength)
        return inputs, targets

    return vary
