"""Ways to vary training samples. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.core.schema import Field, Schema
from workbench.extension.recipe import Recipe
from workbench.extension.registry import Registry

__all__ = ["Augmentation", "augmentations", "settings_of"]


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
