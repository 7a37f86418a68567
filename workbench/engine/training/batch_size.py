"""How many samples a step learns from, and the rate that goes with it, where nobody chose them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from workbench.core.schema import Value
from workbench.engine.tasks import task_of

if TYPE_CHECKING:
    from workbench.engine.training.plan import TrainPlan

_SHARE = 0.6  # of a card's memory for what a step keeps; weights, cuDNN and others need the rest
_MOST_FACTOR = 2.0  # by which a larger batch raises the rate at most


def fitting_batch(wanted: int, each: int, memory: int) -> int:
    """The largest power of two up to ``wanted`` of samples of ``each`` bytes that fit into the
    ``memory`` of a card; at least one. What one takes may be unknown (0)."""
    most = wanted if not each else min(wanted, max(1, int(_SHARE * memory / each)))
    return wanted if most >= wanted else int(2 ** math.floor(math.log2(most)))


def rate_factor(batch: int, usual: int) -> float:
    """By what a rate found with ``usual`` samples is raised for more of them in a step: by the
    square root, the rule for optimisers that look at the size of gradients (S. Malladi et al., "On
    the SDEs and Scaling Rules for Adaptive Gradient Algorithms", 2022), twice at most."""
    return min(_MOST_FACTOR, math.sqrt(max(1.0, batch / max(1, usual))))


def auto_batch(plan: TrainPlan) -> int:
    """Samples in a step, where nothing is set: as many as the task takes on the device and fit."""
    wanted = task_of(plan.recipe).auto_batch(plan.recipe, len(plan.train), plan.device)
    if plan.device.type != "cuda":
        return wanted
    memory = torch.cuda.get_device_properties(plan.device).total_memory
    return fitting_batch(wanted, _bytes_a_sample(plan), memory)


def _bytes_a_sample(plan: TrainPlan) -> int:
    side = int(plan.settings.get("image_size", 0)) or plan.recipe.largest_input
    half = 1 if plan.settings.get("precision") == "32" else 2
    return plan.recipe.bytes_a_pixel * side**2 // half


def suited_rate(plan: TrainPlan, given: Mapping[str, Any]) -> Mapping[str, Value]:
    """The settings of a new training with the rate that goes with its batch size on a card, where
    the person left both to the program."""
    if plan.device.type != "cuda" or {"lr", "batch_size"} & given.keys():
        return plan.settings
    if "lr" not in plan.settings or int(plan.settings["batch_size"]):
        return plan.settings
    factor = rate_factor(plan.batch_size, _usual(plan))
    return {**plan.settings, "lr": float(f"{float(plan.settings['lr']) * factor:.3g}")}


def _usual(plan: TrainPlan) -> int:
    """The batch that the rates of recipes were found with."""
    return task_of(plan.recipe).auto_batch(plan.recipe, len(plan.train), torch.device("cpu"))


def batch_words(plan: TrainPlan) -> str:
    """What was chosen for a card ("64 images in a step, learning rate 0.04"); "" on a processor."""
    if plan.device.type != "cuda" or int(plan.settings.get("batch_size", 0)):
        return ""
    words = f"{plan.batch_size} {plan.unit}s in a step"
    if "lr" in plan.settings and "lr" not in plan.request.settings:
        words += f", learning rate {float(plan.settings['lr']):g}"
    return f"{words}, chosen for this GPU and {len(plan.train)} {plan.unit}s"
