"""A linear classifier of hundreds or thousands of classes, in closed form.

Linear discriminant analysis: the classes share one covariance, which is drawn towards a multiple
of the identity (Friedman 1989), so that one system of equations serves all of them. How sharp its
scores are is told by samples that were held back, as the probabilities of the model itself are far
too sure with so many features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import FloatArray

Labels = NDArray[np.int64]

MANY = 30
"""With more classes than this they are told apart in this way."""
DECAYS = (300.0, 100.0, 30.0, 10.0)
"""What is tried: of 30 the covariance is half that of the classes, half the identity."""
_HALF = 30.0
_SHARPNESS = tuple(0.02 * 1.3**power for power in range(18))
_FOLDS = 5
_MOST = 1000  # samples that are held back
_BLOCK = 4096  # samples at a time, so that no second copy of all is needed
_NEVER = np.float32(-1e4)  # the score of a class that there was no sample of


class Discriminants(NamedTuple):
    """Scores are ``(features - mean) @ weights + bias``, float32 (D,), (D, C) and (C,)."""

    mean: FloatArray
    weights: FloatArray
    bias: FloatArray

    def __call__(self, features: FloatArray) -> FloatArray:
        """float32 (N, C), whose softmax are probabilities."""
        return np.asarray((features - self.mean) @ self.weights + self.bias, np.float32)


@dataclass(frozen=True, slots=True)
class _Spread:
    """What is known of classes: their centres, float32 (C, D), around the mean of all, and of how
    many samples these are, (C,); the covariance within them, (D, D), its mean variance; logarithms
    of their shares, (C,)."""

    mean: FloatArray
    centres: FloatArray
    counts: FloatArray
    covariance: FloatArray
    variance: float
    share: FloatArray

    @classmethod
    def of(cls, features: FloatArray, labels: Labels, classes: int, weights: FloatArray | None,
           width: int) -> _Spread:
        mean = features.mean(0)
        counts = np.bincount(labels, minlength=classes).astype(np.float32)
        centres = np.zeros((classes, features.shape[1]), np.float32)
        covariance = np.zeros((features.shape[1],) * 2, np.float32)
        blocks = [slice(start, start + _BLOCK) for start in range(0, len(features), _BLOCK)]
        for block in blocks:
            np.add.at(centres, labels[block], features[block] - mean)
        centres /= np.maximum(counts, 1)[:, None]
        alone = len(features) <= np.count_nonzero(counts)  # then nothing varies within a class
        for block in blocks:
            within = features[block] - mean
            within -= 0 if alone else centres[labels[block]]
            covariance += within.T @ within
        covariance /= len(features) if alone else len(features) - np.count_nonzero(counts)
        shares = np.bincount(labels, weights, classes)
        with np.errstate(divide="ignore"):
            share = np.maximum(np.log(shares / shares.sum()), _NEVER).astype(np.float32)
        variance = max(float(np.trace(covariance)) / width, 1e-12)
        return cls(mean, centres, counts, covariance, variance, share)

    def fitted(self, decay: float) -> Discriminants:
        """Without the shares of the classes. A centre of few samples lies too far out, by the
        noise in it, which is taken from its length."""
        part = np.float32(decay / (decay + _HALF))
        mixed = (1 - part) * self.covariance
        mixed[np.diag_indices(len(mixed))] += part * np.float32(self.variance)
        inverse = np.linalg.inv(mixed)
        weights = inverse @ self.centres.T
        noise = np.vdot(inverse, self.covariance) / np.maximum(self.counts, 1)
        bias = -0.5 * (np.einsum("cd,dc->c", self.centres, weights) - noise)
        return Discriminants(self.mean, weights, bias)


def fit_many(
    features: FloatArray, labels: Labels, classes: int, decays: Sequence[float] = DECAYS,
    weights: FloatArray | None = None,
) -> tuple[float, Discriminants]:
    """Fit all classes at once, with the best of some strengths, which is returned as well.

    Parameters
    ----------
    features, labels
        float32 (N, D), and int64 (N,), the class of each.
    decays
        How strongly weights are held small, to choose from.
    weights
        float32 (N,): how much each sample counts for how likely its class is.
    """
    if len(features) < features.shape[1]:
        return _in_span(features, labels, classes, decays, weights)
    return _fit(features, labels, classes, decays, weights, features.shape[1])


def _fit(features: FloatArray, labels: Labels, classes: int, decays: Sequence[float],
         weights: FloatArray | None, width: int) -> tuple[float, Discriminants]:
    """As :func:`fit_many`, for features that stand for ``width`` of them."""
    order = np.random.default_rng(0).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    held = np.zeros(len(labels), bool)
    held[order[_FOLDS - 1 :: max(_FOLDS, -(-len(order) // _MOST))]] = True
    rest = ~held
    spread = _Spread.of(features[rest], labels[rest], classes, _part(weights, rest), width)
    held &= (spread.share > _NEVER)[labels]
    found = [(*_sharpened(spread, decay, features[held], labels[held]), decay) for decay in decays]
    _, sharpness, decay = min(found)
    del spread
    spread = _Spread.of(features, labels, classes, weights, width)
    plain = spread.fitted(decay)
    scale = np.float32(sharpness)
    return decay, Discriminants(plain.mean, scale * plain.weights,
                                scale * plain.bias + spread.share)


def _part(weights: FloatArray | None, rows: NDArray[np.bool_]) -> FloatArray | None:
    return None if weights is None else weights[rows]


def _sharpened(spread: _Spread, decay: float, features: FloatArray, labels: Labels
               ) -> tuple[float, float]:
    """The least cross-entropy of samples that were held back, and with which factor."""
    if not len(labels):
        return 0.0, _SHARPNESS[len(_SHARPNESS) // 2]
    scores = spread.fitted(decay)(features)
    return min((_loss(np.float32(factor) * scores + spread.share, labels), factor)
               for factor in _SHARPNESS)


def _loss(scores: FloatArray, labels: Labels) -> float:
    scores -= scores.max(1, keepdims=True)
    own = scores[np.arange(len(labels)), labels]
    return float((np.log(np.exp(scores).sum(1)) - own).mean())


def _in_span(features: FloatArray, labels: Labels, classes: int, decays: Sequence[float],
             weights: FloatArray | None) -> tuple[float, Discriminants]:
    """With fewer samples than features: in the span of the samples, which holds all that they
    say; with ``x xᵀ = L Lᵀ`` they have the coordinates ``L`` there."""
    mean = features.mean(0)
    centred = features - mean
    products = centred.astype(np.float64) @ centred.T
    products[np.diag_indices(len(products))] += 1e-6 * max(float(np.trace(products)), 1e-9) / len(
        products)
    lower = np.linalg.cholesky(products)
    decay, found = _fit(lower.astype(np.float32), labels, classes, decays, weights,
                        features.shape[1])
    full = centred.T @ np.linalg.solve(lower.T, found.weights).astype(np.float32)
    bias = found.bias - found.mean @ found.weights
    return decay, Discriminants(mean, full, bias)
