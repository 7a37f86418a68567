"""How many samples a step learns from, and the rate that goes with it, where nobody chose them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from workbench.engine.tasks import task_of
from workbench.extension.recipe import Recipe

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


def auto_batch(recipe: Recipe, settings: Mapping[str, Any], samples: int, device: torch.device,
               classes: int = 0) -> int:
    """Samples in a step, where nothing is set: as many as the task takes on the device and fit
    with a model of so many ``classes``."""
    wanted = task_of(recipe).auto_batch(recipe, samples, device)
    if device.type == "cpu":
        return min(wanted, recipe.processor_batch or wanted)
    if device.type != "cuda":
        return wanted
    side = int(settings.get("image_size", 0)) or recipe.largest_input
    half = 1 if settings.get("precision") == "32" else 2
    memory = torch.cuda.get_device_properties(device).total_memory
    return fitting_batch(wanted, recipe.learned_bytes(side, side, classes) // half, memory)
