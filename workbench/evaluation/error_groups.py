"""Where errors lie together: groups of like samples in which a model is wrong more often than
chance would have it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbench.core.arrays import BoolArray, Float64Array, FloatArray, IntArray
from workbench.core.progress import Check
from workbench.evaluation.wilson import wilson_interval

FEWEST, MOST = 5, 60
"""Samples of a group, with the one around which it lies."""
_SHUFFLES = 200
_CHANCE = 0.95
"""A group stands out that is clearer than the clearest in such a share of shuffled answers."""
_OVERLAP = 1 / 3
"""Of a group at most so much lies in a clearer one."""
_LARGEST = 1 / 2
"""Of all samples a group has at most so many: else it is no special place."""
_ROWS = 512


class ErrorGroup(NamedTuple):
    """Samples that are alike, of which a model gets many wrong."""

    rows: tuple[int, ...]
    """Those that are judged: first the one around which they lie, then by distance."""
    wrong: int
    """How many of them are wrong."""
    least: float
    """The lower bound (0..1) of the share that is wrong among such samples, with 95 % confidence
    for each group by itself."""


def error_groups(places: FloatArray, wrong: BoolArray, check: Check = lambda: None,
                 ) -> list[ErrorGroup]:
    """The groups in which more is wrong than by chance, by their lower bound, the worst first.

    So many groups are looked at that some would be full of errors by chance alone. So the same is
    done with the answers shuffled over the samples: what is found in one of twenty such sets or
    more is no group.

    Parameters
    ----------
    places
        float32 (N, 2): where each judged sample lies; those that are alike near each other.
    wrong
        bool (N,).
    check
        Called often; may raise to end the work.
    """
    sizes = np.arange(FEWEST, min(MOST, int(len(wrong) * _LARGEST)) + 1)
    if not len(sizes) or not wrong.any() or wrong.all():
        return []
    near = _nearest(places, int(sizes[-1]), check)
    bounds = _lower_bounds(sizes)
    clearest, size = _clearest(near, wrong, sizes, bounds)
    chance = _by_chance(near, wrong, sizes, bounds, check)
    found: list[ErrorGroup] = []
    taken = np.zeros(len(wrong), bool)
    for row in np.argsort(-clearest, kind="stable").tolist():
        if clearest[row] <= chance:
            break
        members = near[row, : size[row]]
        if taken[members].mean() <= _OVERLAP:
            taken[members] = True
            found.append(ErrorGroup(tuple(members.tolist()), int(wrong[members].sum()),
                                    float(clearest[row])))
    return found


def _nearest(places: FloatArray, count: int, check: Check) -> IntArray:
    """int64 (N, count): each sample itself, then the nearest others."""
    found = []
    square = (places * places).sum(axis=1)
    for start in range(0, len(places), _ROWS):
        check()
        part = places[start : start + _ROWS]
        away = square[None] - 2 * part @ places.T
        away[np.arange(len(part)), np.arange(start, start + len(part))] = -np.inf
        near = np.argpartition(away, count - 1, axis=1)[:, :count]
        order = np.argsort(np.take_along_axis(away, near, 1), axis=1, kind="stable")
        found.append(np.take_along_axis(near, order, 1))
    return np.concatenate(found).astype(np.int64)


def _lower_bounds(sizes: IntArray) -> Float64Array:
    """float64 (S, largest + 1): of each size and number of errors."""
    bounds = np.zeros((len(sizes), int(sizes[-1]) + 1))
    for at, size in enumerate(sizes.tolist()):
        bounds[at, : size + 1] = [wilson_interval(number / size, size)[0]
                                  for number in range(size + 1)]
    return bounds


def _clearest(near: IntArray, wrong: BoolArray, sizes: IntArray, bounds: Float64Array,
              ) -> tuple[Float64Array, IntArray]:
    """Of the groups around each sample the highest lower bound, and the size of that group."""
    numbers = np.cumsum(wrong[near], axis=1, dtype=np.int32)[:, sizes - 1]
    each = bounds[np.arange(len(sizes)), numbers]
    best = each.argmax(axis=1)
    return each[np.arange(len(near)), best], sizes[best]


def _by_chance(near: IntArray, wrong: BoolArray, sizes: IntArray, bounds: Float64Array,
               check: Check) -> float:
    """The lower bound of the clearest group of shuffled answers, in all but one of twenty."""
    draws = np.random.default_rng(0)
    clearest = []
    for _ in range(_SHUFFLES):
        check()
        clearest.append(_clearest(near, draws.permutation(wrong), sizes, bounds)[0].max())
    return float(np.quantile(clearest, _CHANCE, method="higher"))
