"""The order in which an epoch shows the training samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from workbench.core.detections import IntArray
from workbench.core.errors import WorkbenchError
from workbench.engine import seeds
from workbench.extension.engine_task import Plan
from workbench.extension.model import HasSampler
from workbench.extension.registry import load
from workbench.extension.training import samplers

Labels = Sequence[Sequence[str]]
"""The class names of each training sample."""
Order = Callable[[int], IntArray]
"""From an epoch to the indices of the samples that it shows."""


def order_of(plan: Plan, model: Any, labels: Labels) -> Order:
    """The order that the model itself or the settings ask for.

    Raises
    ------
    WorkbenchError
        From the result, if a sampler does not give as many indices as there are samples.
    """
    choose = (model.sample_order if isinstance(model, HasSampler)
              else load(samplers.get(str(plan.settings["sampler"])).order))

    def order(epoch: int) -> IntArray:
        found = np.asarray(choose(labels, plan.seed, epoch), np.int64)
        if found.shape != (len(labels),) or not np.all((found >= 0) & (found < len(labels))):
            raise WorkbenchError(f"the sampler gave no order of the {len(labels)} samples")
        return found

    return order


def shuffle(labels: Labels, seed: int, epoch: int) -> IntArray:
    """Each sample once, in a random order."""
    return shuffled(len(labels), seed)(epoch)


def shuffled(samples: int, seed: int) -> Order:
    """:func:`shuffle` of so many samples."""
    return lambda epoch: seeds.numpy_generator(seed, epoch, "order").permutation(samples)


def balanced(labels: Labels, seed: int, epoch: int) -> IntArray:
    """Samples drawn with replacement, each the more often the rarer its rarest class is; those
    without a label count as a class of their own."""
    counts = Counter(name for names in labels for name in set(names or ("",)))
    weights = np.asarray([1 / min(counts[name] for name in names or ("",)) for names in labels])
    chance = seeds.numpy_generator(seed, epoch, "order")
    return chance.choice(len(labels), len(labels), p=weights / weights.sum())
