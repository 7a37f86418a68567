"""The order in which an epoch shows the training samples."""

from __future__ import annotations

from collections import Counter

import numpy as np

from workbench.core.arrays import IntArray
from workbench.engine import seeds
from workbench.extension.training import Labels, Order


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
