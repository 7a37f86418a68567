"""Logistic regressions of hundreds or thousands of tags on the same features, fitted together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import Float64Array, FloatArray
from workbench.tasks.image_classification.minimise import minimise

_BLOCK = 256  # tags at a time, which bounds the memory
_RAREST = 1e-6  # what no sample has is this likely


def fit_tags(
    features: FloatArray, targets: FloatArray, decay: float
) -> tuple[FloatArray, FloatArray]:
    """One logistic regression for each tag: weights float32 (C, D) and bias (C,), for features as
    they are.

    Parameters
    ----------
    features, targets
        float32 (N, D), and float32 (N, C), 0 or 1.
    decay
        As for :func:`.linear.fit_linear` with the two classes "has it" and "has it not".

    Notes
    -----
    Turned to the axes of their covariance, the features give every tag a Hessian that is nearly
    diagonal: a multiple of the variances, plus the penalty. So one eigendecomposition serves all
    tags, each needs few steps, and their steps are products of matrices.
    """
    mean = features.mean(0)
    centred = features - mean
    scale = max(float(centred.std()), 1e-6)
    centred /= scale
    axes, energy = _principal(centred)
    x = centred @ axes
    weights = np.empty((targets.shape[1], features.shape[1]), np.float32)
    bias = np.empty(targets.shape[1], np.float32)
    for start in range(0, len(bias), _BLOCK):
        block = slice(start, start + _BLOCK)
        found = _fit(x, energy / len(x), targets[:, block], decay / 2 / len(x))
        weights[block] = (axes @ found[:-1].astype(np.float32)).T / scale
        bias[block] = found[-1] - weights[block] @ mean
    return weights, bias


def _principal(centred: FloatArray) -> tuple[FloatArray, Float64Array]:
    """Axes float32 (D, R) along which the features (N, D) do not vary together, and the sum of
    squares along each (R,)."""
    few = len(centred) < centred.shape[1]
    energy, axes = np.linalg.eigh(
        (centred @ centred.T if few else centred.T @ centred).astype(np.float64))
    told = energy > 1e-6 * max(float(energy[-1]), 1e-12)
    energy, axes = energy[told], axes[:, told].astype(np.float32)
    if few:
        axes = centred.T @ (axes / np.sqrt(energy)).astype(np.float32)
    return axes, energy


def _fit(
    x: FloatArray, variance: Float64Array, targets: FloatArray, penalty: float
) -> Float64Array:
    """Weights and, in the last row, bias, float64 (R + 1, C)."""
    share = targets.mean(0, dtype=np.float64).clip(_RAREST, 1 - _RAREST)
    start = np.zeros((len(variance) + 1, len(share)))
    start[-1] = np.log(share / (1 - share))
    curve = share * (1 - share)
    inverse = 1 / np.vstack([variance[:, None] * curve + penalty, curve])

    def loss(point: Float64Array, tags: NDArray[np.int64]) -> tuple[Float64Array, Float64Array]:
        own = targets[:, tags]
        logits = x @ point[:-1].astype(np.float32) + point[-1].astype(np.float32)
        small = np.exp(-np.abs(logits))
        value = (np.log1p(small) + np.maximum(logits, 0) - own * logits).mean(0, dtype=np.float64)
        error = np.where(logits > 0, 1, small) / (1 + small) - own
        slope = np.vstack([x.T @ error / len(x) + penalty * point[:-1],
                           error.mean(0, dtype=np.float64)])
        return value + 0.5 * penalty * (point[:-1] ** 2).sum(0), slope

    return minimise(loss, start, inverse)
