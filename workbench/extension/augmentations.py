"""Ways to vary training samples. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.core.schema import Field, Schema, Value
from workbench.extension.recipe import Recipe
from workbench.extension.registry import Registry, load

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["Augmentation", "augmentations", "is_varied", "registered_variation", "settings_of"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """One kind of variation; it becomes the setting ``augment.ID`` of its tasks' recipes.

    Parameters
    ----------
    id, title, help
        Stable name, and words for the form.
    tasks
        Ids of the tasks whose batches it takes.
    apply
        ``"package.module:function"``, imported in the engine only: called with the inputs of a
        batch (images uint8 (B, 3, H, W), or magnitudes float32 (B, bins, frames) of sounds), the
        targets, a ``torch.Generator`` and the strength; it returns new inputs and targets and is a
        pure function of what it is given.
    default
        Strength where nothing is set, 0..1; 0 leaves samples as they are.
    """

    id: str
    title: str
    help: str
    tasks: tuple[str, ...]
    apply: str
    default: float = 0.0


augmentations: Registry[Augmentation] = Registry("augmentation")
"""What is applied after the task's own variations, in this order."""


def settings_of(recipe: Recipe) -> Schema:
    """The settings of a recipe with those of the augmentations that are registered for its task."""
    return recipe.settings.extended(*(
        Field(f"augment.{item.id}", "float", item.default, item.title, item.help, minimum=0,
              maximum=1, advanced=True)
        for item in augmentations if recipe.task in item.tasks))


def is_varied(task: str, settings: Mapping[str, Value]) -> bool:
    """Whether :func:`registered_variation` changes anything."""
    return bool(_chosen(task, settings))


def _chosen(task: str, settings: Mapping[str, Value]) -> list[tuple[Augmentation, float]]:
    return [(item, strength) for item in augmentations if task in item.tasks
            and (strength := float(settings.get(f"augment.{item.id}", 0.0))) > 0]


def registered_variation(task: str, settings: Mapping[str, Value]) -> (
        Callable[[Tensor, Any, torch.Generator], tuple[Tensor, Any]]):
    """All registered augmentations of a task, in their order, at the strengths of the settings."""
    chosen = [(load(item.apply), strength) for item, strength in _chosen(task, settings)]

    def vary(inputs: Tensor, targets: Any, generator: torch.Generator) -> tuple[Tensor, Any]:
        for apply, strength in chosen:
            inputs, targets = apply(inputs, targets, generator, strength)
        return inputs, targets

    return vary
