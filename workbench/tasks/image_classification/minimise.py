"""L-BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.5) with a backtracking line
search, for many problems side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import Float64Array

Numbers = NDArray[np.int64]
Loss = Callable[[Float64Array, Numbers], tuple[Float64Array, Float64Array]]
"""The values (K,) and slopes (P, K) of K problems at points (P, K); which ones, int64 (K,)."""

_HISTORY = 10  # pairs that are kept
_STEPS = 100
_ENOUGH = 1e-5  # largest slope at which a problem is solved
_SHORTEST = 1e-10


class _StepAndSlope(NamedTuple):
    """A step of each problem, float64 (P, K), how its slope changed along it, and the inverse of
    their product (K,), 0 for a step that tells nothing."""

    change: Float64Array
    turn: Float64Array
    rho: Float64Array


def minimise(loss: Loss, start: Float64Array, inverse: Float64Array | None = None) -> Float64Array:
    """The minima, float64 (P, C), of C problems that do not depend on each other.

    Parameters
    ----------
    start
        float64 (P, C): where to begin.
    inverse
        float64 (P, C): what the inverse of each Hessian has on its diagonal, about. A good
        estimate saves most of the steps.
    """
    found, problems, point = start.copy(), np.arange(start.shape[1]), start
    value, slope = loss(point, problems)
    first = np.ones_like(start) if inverse is None else inverse
    scale = np.ones(len(problems))
    if inverse is None:
        scale = np.minimum(1.0, 1.0 / np.maximum(np.abs(slope).sum(0), 1e-12))
    pairs: list[_StepAndSlope] = []
    for _ in range(_STEPS):
        left = np.abs(slope).max(0) >= _ENOUGH
        if not left.all():
            problems, scale, value = problems[left], scale[left], value[left]
            point, slope, first = point[:, left], slope[:, left], first[:, left]
            pairs = [_StepAndSlope(pair.change[:, left], pair.turn[:, left], pair.rho[left])
                     for pair in pairs]
        if not len(problems):
            break
        direction = -_times_inverse(slope, pairs, scale * first)
        new, value, new_slope = _searched(loss, problems, point, value, slope, direction)
        change, turn = new - point, new_slope - slope
        product = _dot(change, turn)
        told = product > 1e-12
        rho = np.where(told, 1 / np.where(told, product, 1), 0)
        scale = np.where(told, product / np.where(told, _dot(turn, first * turn), 1), scale)
        pairs = [*pairs[1 - _HISTORY:], _StepAndSlope(change, turn, rho)]
        found[:, problems] = point = new
        slope = np.where(change.any(0), new_slope, 0)  # where no step helps it has ended
    return found


def _searched(
    loss: Loss, problems: Numbers, point: Float64Array, value: Float64Array, slope: Float64Array,
    direction: Float64Array,
) -> tuple[Float64Array, Float64Array, Float64Array]:
    """A lower point of each problem along its direction, or the same; with values and slopes."""
    descent, step = _dot(direction, slope), np.ones(len(problems))
    new = point + direction
    new_value, new_slope = loss(new, problems)
    while True:
        high = np.flatnonzero((new_value > value + 1e-4 * step * descent) & (step > 0))
        if not len(high):
            return new, new_value, new_slope
        step[high] /= 2
        step[step < _SHORTEST] = 0
        new[:, high] = point[:, high] + step[high] * direction[:, high]
        new_value[high], new_slope[:, high] = loss(new[:, high], problems[high])


def _times_inverse(
    slope: Float64Array, pairs: Sequence[_StepAndSlope], inverse: Float64Array
) -> Float64Array:
    """The two-loop recursion: each slope times an estimate of its problem's inverse Hessian."""
    q, alphas = slope.copy(), []
    for change, turn, rho in reversed(pairs):
        alpha = rho * _dot(change, q)
        alphas.append(alpha)
        q -= alpha * turn
    q *= inverse
    for (change, turn, rho), alpha in zip(pairs, reversed(alphas), strict=True):
        q += change * (alpha - rho * _dot(turn, q))
    return q


def _dot(one: Float64Array, other: Float64Array) -> Float64Array:
    """Column by column, (K,)."""
    return np.asarray(np.einsum("pk,pk->k", one, other))
