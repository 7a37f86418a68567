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
    """One kind of variation; it becomes the setting ``augment.ID`` of its tasks' recipes."""

    id: str
    title: str
    help: str
    """Stable name, and words for the form."""
    tasks: tuple[str, ...]
    """Ids of the tasks whose batches it takes."""
    apply: str
    """``"package.module:function"``, imported in the engine only: called with the inputs of a batch
    (images uint8 (B, 3, H, W), or magnitudes float32 (B, bins, frames) of sounds), the targets, a
    ``torch.Generator`` and the strength; it returns new inputs and targets and is a pure function
    of what it is given."""
    default: float = 0.0
    """Strength where nothing is set, 0..1; 0 leaves samples as they are."""
    share: bool = False
    """Whether people choose the share of samples that it is applied to, too: the setting
    ``augment.ID.share``, 1 where nothing is set."""
    fills: bool = False
    """Whether something comes in at the edges that was not there: ``apply`` is called with what
    (:data:`FILL`) as a fifth argument."""


FILL = Field(
    "augment.fill", "choice", "auto", "Fill at the edges", "What stands where a moved, smaller or "
    "turned image ends; automatic repeats the edge of one that was moved and mirrors one that was "
    "turned.", choices=(("auto", "Automatic"), ("edge", "The edge, repeated"),
                        ("reflect", "The image, mirrored"), ("constant", "Black")), advanced=True)
"""The setting that recipes of images have whose task moves them."""

augmentations: Registry[Augmentation] = Registry("augmentation")
"""What is applied after the task's own variations, in this order."""


def settings_of(recipe: Recipe) -> Schema:
    """The settings of a recipe with those of the augmentations that are registered for its task;
    without them where it fixes "augment" at False."""
    if not recipe.fixed.get("augment", True):
        return recipe.settings
    return recipe.settings.extended(*(
        field for item in augmentations if recipe.task in item.tasks for field in _fields(item)
        if field.name not in recipe.settings))  # a recipe may have a default of its own


def strength_field(item: Augmentation, default: float | None = None) -> Field:
    """The setting for the strength of a variation, perhaps with another default."""
    return Field(f"augment.{item.id}", "float", item.default if default is None else default,
                 item.title, item.help, minimum=0, maximum=1, advanced=True)


def _fields(item: Augmentation) -> list[Field]:
    strength = strength_field(item)
    return [strength, share_field(item.id, item.title)] if item.share else [strength]


def share_field(id: str, title: str) -> Field:
    """The setting for the share of samples that a variation is applied to."""
    return Field(f"augment.{id}.share", "float", 1.0, f"{title}: share of samples", "How many "
                 "samples it is applied to; the others stay as they are.", minimum=0, maximum=1,
                 advanced=True)


def is_varied(task: str, settings: Mapping[str, Value]) -> bool:
    """Whether :func:`registered_variation` changes anything."""
    return bool(_chosen(task, settings))


def _chosen(task: str, settings: Mapping[str, Value]) -> list[tuple[Augmentation, float]]:
    return [(item, strength) for item in augmentations if task in item.tasks
            and settings.get("augment", True)
            and (strength := float(settings.get(f"augment.{item.id}", 0.0))) > 0]


def registered_variation(task: str, settings: Mapping[str, Value]) -> (
        Callable[[Tensor, Any, torch.Generator], tuple[Tensor, Any]]):
    """All registered augmentations of a task, in their order, at the strengths of the settings;
    none where "augment" is off."""
    fill = str(settings.get(FILL.name, FILL.default))
    chosen = [(load(item.apply), (strength, fill) if item.fills else (strength,),
               float(settings.get(f"augment.{item.id}.share", 1.0)))
              for item, strength in _chosen(task, settings)]

    def vary(inputs: Tensor, targets: Any, generator: torch.Generator) -> tuple[Tensor, Any]:
        for apply, how, share in chosen:
            if share >= 1:
                inputs, targets = apply(inputs, targets, generator, *how)
                continue
            draws = inputs[:0].cpu().new_empty(len(inputs)).float().uniform_(generator=generator)
            rows = [row for row, draw in enumerate(draws.tolist()) if draw < share]
            if rows:
                inputs, targets = _some(apply, rows, (inputs, targets), generator, how)
        return inputs, targets

    return vary


def _some(
    apply: Callable[..., tuple[Tensor, Any]], rows: list[int], batch: tuple[Tensor, Any],
    generator: torch.Generator, how: tuple[float | str, ...],
) -> tuple[Tensor, Any]:
    """Apply to some rows of a batch, whose targets are a list or a tensor."""
    inputs, targets = batch
    of_list = isinstance(targets, list)
    varied, wanted = apply(inputs[rows], [targets[row] for row in rows] if of_list
                           else targets[rows], generator, *how)
    inputs = inputs.clone()
    inputs[rows] = varied
    if of_list:
        changed = dict(zip(rows, wanted, strict=True))
        return inputs, [changed.get(row, item) for row, item in enumerate(targets)]
    kept = targets.clone()
    kept[rows] = wanted
    return inputs, kept
