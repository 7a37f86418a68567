"""Multinomial logistic regression on features, in numpy: fitted in a fraction of a second.

Window and engine use the same function, so that a label that is added changes the prediction on
the screen at once, without the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
_Pair = tuple[Doubles, Doubles, float]
"""A step, how the slope changed along it, and the inverse of their product."""

_HISTORY = 10  # pairs that L-BFGS keeps
_STEPS = 100
_ENOUGH = 1e-5  # largest slope at which the fit ends
_SHORTEST = 1e-10


@dataclass(frozen=True, slots=True)
class LinearClassifier:
    """What was fitted.

    Parameters
    ----------
    mean, scale
        float32 (D,): features are centred and divided by these.
    weights, bias
        float32 (D, C) and (C,), for centred and scaled features.
    """

    mean: Floats
    scale: Floats
    weights: Floats
    bias: Floats

    def logits(self, features: Floats) -> Floats:
        """float32 (N, C) for float32 (N, D)."""
        centred = (features - self.mean) / self.scale
        return np.asarray(centred @ self.weights + self.bias, np.float32)

    def probabilities(self, features: Floats) -> Floats:
        """float32 (N, C); each row sums to 1."""
        return softmax(self.logits(features))


def softmax(logits: Floats) -> Floats:
    """Along the last axis."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(-1, keepdims=True), np.float32)


def fit_linear(
    features: Floats,
    targets: Floats,
    *,
    decay: float = 1.0,
    weights: Floats | Doubles | None = None,
    start: LinearClassifier | None = None,
) -> LinearClassifier:
    """Minimise the mean cross-entropy plus ``decay / 2N`` times the squared weights.

    Parameters
    ----------
    features
        float32 (N, D).
    targets
        float32 (N, C): the share of each class, a row sums to 1 (one-hot for hard labels).
    decay
        Strength of the L2 penalty, as ``1 / C`` of scikit-learn's ``LogisticRegression``.
    weights
        float (N,): how much each sample counts; all alike where not given.
    start
        An earlier fit to begin from; the result is the same, sooner.

    Notes
    -----
    L-BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.5) with a backtracking line
    search. With fewer samples than features the problem is solved in the span of the samples,
    which holds the optimum because the penalty grows with any other part of the weights: with
    ``x xᵀ = L Lᵀ`` the samples have the coordinates ``L`` there.
    """
    mean = features.mean(0)
    scale = np.full_like(mean, max(float((features - mean).std()), 1e-6))
    wide = ((features - mean) / scale).astype(np.float64)
    few = wide.shape[1] > wide.shape[0]
    x = _cholesky(wide @ wide.T) if few else wide
    count = np.ones(len(x)) if weights is None else weights.astype(np.float64)
    count = count / count.sum()
    w = np.zeros((x.shape[1] + 1, targets.shape[1]))
    if start is not None and start.weights.shape == (features.shape[1], targets.shape[1]):
        old = start.weights * (scale / start.scale)[:, None]
        w[:-1] = np.linalg.solve(x, wide @ old) if few else old
        w[-1] = start.bias + (mean - start.mean) / start.scale @ start.weights
    penalty = decay / len(x)
    shares = targets.sum(1, keepdims=True)

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        v = flat.reshape(w.shape)
        logits = x @ v[:-1] + v[-1]
        logits -= logits.max(1, keepdims=True)
        total = np.log(np.exp(logits).sum(1, keepdims=True))
        value = -float((count[:, None] * targets * (logits - total)).sum())
        error = count[:, None] * (np.exp(logits - total) * shares - targets)
        slope = np.vstack([x.T @ error + penalty * v[:-1], error.sum(0)])
        return value + 0.5 * penalty * float((v[:-1] ** 2).sum()), slope.ravel()

    w = _minimise(loss, w.ravel()).reshape(w.shape)
    full = wide.T @ np.linalg.solve(x.T, w[:-1]) if few else w[:-1]
    return LinearClassifier(mean.astype(np.float32), scale.astype(np.float32),
                            full.astype(np.float32), w[-1].astype(np.float32))


def _cholesky(products: Doubles) -> Doubles:
    """Lower triangle whose product with itself is ``products``, which may lack full rank."""
    size = len(products)
    jitter = 1e-9 * max(float(np.trace(products)) / size, 1e-12)
    return np.asarray(np.linalg.cholesky(products + jitter * np.eye(size)), np.float64)


def _minimise(loss: Callable[[Doubles], tuple[float, Doubles]], point: Doubles) -> Doubles:
    value, slope = loss(point)
    pairs: list[_Pair] = []
    for _ in range(_STEPS):
        if np.abs(slope).max() < _ENOUGH:
            break
        direction = -_times_inverse(slope, pairs)
        descent = float(direction @ slope)
        step = 1.0 if pairs else min(1.0, 1.0 / max(float(np.abs(slope).sum()), 1e-12))
        while True:
            new = point + step * direction
            new_value, new_slope = loss(new)
            if new_value <= value + 1e-4 * step * descent or step < _SHORTEST:
                break
            step /= 2
        if step < _SHORTEST:
            break
        change, turn = new - point, new_slope - slope
        if float(change @ turn) > 1e-12:
            pairs = [*pairs[1 - _HISTORY:], (change, turn, 1.0 / float(change @ turn))]
        point, value, slope = new, new_value, new_slope
    return point


def _times_inverse(slope: Doubles, pairs: Sequence[_Pair]) -> Doubles:
    """The two-loop recursion: the slope times an estimate of the inverse Hessian."""
    q, alphas = slope.copy(), []
    for change, turn, rho in reversed(pairs):
        alpha = rho * float(change @ q)
        alphas.append(alpha)
        q -= alpha * turn
    if pairs:
        change, turn, rho = pairs[-1]
        q *= 1.0 / (rho * float(turn @ turn))
    for (change, turn, rho), alpha in zip(pairs, reversed(alphas), strict=True):
        q += change * (alpha - rho * float(turn @ q))
    return q
