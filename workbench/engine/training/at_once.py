"""How many samples of a step are learned from at a time, where the machine's own memory is taken.

A card says when its memory is full, and a step then comes in parts. On a processor nothing says
it: the system ends this process, or another one, when the memory is gone. A Mac's GPU shares that
memory and says it late.
"""

from __future__ import annotations

import psutil
import torch

from workbench.core.errors import WorkbenchError
from workbench.engine.tasks import noun_of
from workbench.engine.training.advice import no_memory_text
from workbench.engine.training.batch_size import fitting_batch
from workbench.extension.recipe import Recipe

_ON_PROCESSOR = 2  # times what a card keeps: 1.6 to 2.9 were measured, of four recipes


def samples_at_once(
    recipe: Recipe, input_size: tuple[int, int], wanted: int, device: torch.device,
    classes: int = 0,
) -> int:
    """As many of the ``wanted`` samples, prepared as ``input_size`` (width, height), as there is
    memory for with a model of so many ``classes``.

    Raises
    ------
    WorkbenchError
        If the memory that is free is too small even for one.
    """
    if device.type == "cuda":
        return wanted
    free = psutil.virtual_memory().available
    each = recipe.learned_bytes(*input_size, classes)
    if each > free:
        raise WorkbenchError(no_memory_text(1, noun_of(recipe)))
    return fitting_batch(wanted, (_ON_PROCESSOR if device.type == "cpu" else 1) * each, free)
