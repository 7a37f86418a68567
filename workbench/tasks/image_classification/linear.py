"""Multinomial logistic regression on features, in numpy: fitted in a fraction of a second.

Window and engine use the same function, so that a label that is added changes the prediction on
the screen at once, without the engine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.arrays import Float64Array, FloatArray
from workbench.tasks.image_classification.many_classes import DECAYS as MANY_DECAYS
from workbench.tasks.image_classification.many_classes import MANY, fit_many
from workbench.tasks.image_classification.minimise import minimise
from workbench.tasks.image_classification.tags import fit_tags


@dataclass(frozen=True, slots=True)
class LinearClassifier:
    """What was fitted."""

    mean: FloatArray
    scale: FloatArray
    """float32 (D,): features are centred and divided by these."""
    weights: FloatArray
    bias: FloatArray
    """float32 (D, C) and (C,), for centred and scaled features."""

    def logits(self, features: FloatArray) -> FloatArray:
        """float32 (N, C) for float32 (N, D)."""
        centred = (features - self.mean) / self.scale
        return np.asarray(centred @ self.weights + self.bias, np.float32)

    def plain(self) -> tuple[FloatArray, FloatArray]:
        """float32 (C, D) and (C,): the same for features as they are, as torch holds it."""
        weight = self.weights / self.scale[:, None]
        return np.ascontiguousarray(weight.T), self.bias - self.mean @ weight

    def probabilities(self, features: FloatArray) -> FloatArray:
        """float32 (N, C); each row sums to 1."""
        return softmax(self.logits(features))


def softmax(logits: FloatArray) -> FloatArray:
    """Along the last axis."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(-1, keepdims=True), np.float32)


def fit_linear(
    features: FloatArray, targets: FloatArray, *, decay: float = 1.0,
    weights: FloatArray | Float64Array | None = None, start: LinearClassifier | None = None,
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
    With fewer samples than features the problem is solved in the span of the samples, which holds
    the optimum because the penalty grows with any other part of the weights: with ``x xᵀ = L Lᵀ``
    the samples have the coordinates ``L`` there.
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

    def loss(flat: Float64Array, _: NDArray[np.int64]) -> tuple[Float64Array, Float64Array]:
        v = flat.reshape(w.shape)
        logits = x @ v[:-1] + v[-1]
        logits -= logits.max(1, keepdims=True)
        total = np.log(np.exp(logits).sum(1, keepdims=True))
        value = -float((count[:, None] * targets * (logits - total)).sum())
        error = count[:, None] * (np.exp(logits - total) * shares - targets)
        slope = np.vstack([x.T @ error + penalty * v[:-1], error.sum(0)])
        value += 0.5 * penalty * float((v[:-1] ** 2).sum())
        return np.asarray([value]), slope.reshape(-1, 1)

    w = minimise(loss, w.reshape(-1, 1)).reshape(w.shape)
    full = wide.T @ np.linalg.solve(x.T, w[:-1]) if few else w[:-1]
    return LinearClassifier(mean.astype(np.float32), scale.astype(np.float32),
                            full.astype(np.float32), w[-1].astype(np.float32))


DECAYS = (300.0, 100.0, 30.0, 10.0, 3.0, 1.0)
"""What :func:`choose_decay` tries."""
_TAG_DECAY = 10.0
_FOLDS = 5
_MOST = 600  # samples that are compared; more hardly change the choice
Labels = NDArray[np.int64]


def fit_labels(
    features: FloatArray, labels: Labels, classes: int, decay: float = 0.0,
    weights: FloatArray | Float64Array | None = None, start: LinearClassifier | None = None,
) -> LinearClassifier:
    """As :func:`fit_linear` for the class of each sample, int64 (N,); many classes are fitted
    together (:mod:`.many_classes`), for which a decay of 0 is chosen."""
    if classes <= MANY:
        targets = np.eye(classes, dtype=np.float32)[labels]
        return fit_linear(features, targets, decay=decay, weights=weights, start=start)
    counts = None if weights is None else weights.astype(np.float32)
    _, found = fit_many(features, labels, classes, (decay,) if decay else MANY_DECAYS, counts)
    return LinearClassifier(found.mean, np.ones_like(found.mean), found.weights, found.bias)


def choose_decay(
    features: FloatArray, labels: Labels, classes: int, weights: FloatArray | None = None
) -> float:
    """The decay of :data:`DECAYS` with the least cross-entropy in a cross-validation; 0 for many
    classes, as each fit of them chooses its own.

    Parameters
    ----------
    features, labels, classes, weights
        As for :func:`held_out`.
    """
    if classes > MANY:
        return 0.0
    order = _by_class(labels)
    order = order[:: max(1, len(order) // _MOST)]
    features, labels = features[order], labels[order]
    counts = np.ones(len(order), np.float32) if weights is None else weights[order]

    def loss(decay: float) -> float:
        found = held_out(features, labels, classes, decay, counts)
        own = found[np.arange(len(labels)), labels]
        return -float((counts * np.log(np.maximum(own, 1e-12))).sum())

    return min(DECAYS, key=loss)


def held_out(
    features: FloatArray, labels: Labels, classes: int, decay: float,
    weights: FloatArray | None = None, asked: int | None = None,
) -> FloatArray:
    """Probabilities float32 (N, C), each by a fit that has not seen the sample.

    Parameters
    ----------
    features, weights
        As for :func:`fit_linear`.
    labels
        int64 (N,), the class of each sample; below 0 where it has none to learn.
    asked
        Only for the last of them, so many. Of many classes one fit is made for these then.
    """
    count = len(labels)
    fold = np.zeros(count, np.int64)
    fold[_by_class(labels)] = np.arange(count) % _FOLDS
    first = count - (count if asked is None else asked)
    if classes > MANY and 3 * (count - first) <= count:
        fold = (np.arange(count) >= first).astype(np.int64)
    found = np.full((count - first, classes), 1 / classes, np.float32)
    for number in np.unique(fold[first:]):
        own, rest = fold == number, (fold != number) & (labels >= 0)
        own[:first] = False
        if rest.any():
            counts = None if weights is None else weights[rest]
            fit = fit_labels(features[rest], labels[rest], classes, decay, counts)
            found[own[first:]] = fit.probabilities(features[own])
    return found


def fit_head(
    features: FloatArray, targets: FloatArray, kind: str, decay: float = 0.0,
    weights: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """A linear layer for a kind of labels ("class", "tags", "number"): weights float32 (K, D) and
    bias (K,), for features float32 (N, D) as they are; with a decay of 0 it is chosen."""
    if kind == "tags":
        return fit_tags(features, targets, decay or _TAG_DECAY)
    if kind == "number":
        return fit_number(features, targets[:, 0])
    labels, classes = targets.argmax(1), targets.shape[1]
    if classes > MANY:
        return fit_labels(features, labels, classes, decay, weights).plain()
    chosen = decay or choose_decay(features, labels, classes, weights)
    return fit_linear(features, targets, decay=chosen, weights=weights).plain()


def fit_number(features: FloatArray, numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Ridge regression, with the penalty of the least leave-one-out error: weights float32 (1, D)
    and bias (1,), for features as they are; ``numbers`` are float32 (N,)."""
    mean, middle = features.mean(0), float(numbers.mean())
    x = (features - mean).astype(np.float64)
    wanted = numbers.astype(np.float64) - middle
    basis, sizes, _ = np.linalg.svd(x, full_matrices=False)
    along, energy = basis.T @ wanted, sizes**2
    best = (np.inf, 1.0)
    for penalty in float(energy.mean()) * 10.0 ** np.arange(-3, 3.1, 0.5):
        share = energy / (energy + penalty)
        own = np.minimum((basis**2) @ share + 1 / len(x), 1 - 1e-9)
        errors = (wanted - basis @ (share * along)) / (1 - own)
        best = min(best, (float((errors**2).mean()), float(penalty)))
    weights = x.T @ (basis @ (along / (energy + best[1])))
    weight = weights.astype(np.float32)
    return weight[None], np.asarray([middle - mean @ weight], np.float32)


def _by_class(labels: Labels) -> Labels:
    """The same random order for the same labels, with those of a class together."""
    order = np.random.default_rng(0).permutation(len(labels))
    return order[np.argsort(labels[order], kind="stable")]


def _cholesky(products: Float64Array) -> Float64Array:
    """Lower triangle whose product with itself is ``products``, which may lack full rank."""
    size = len(products)
    jitter = 1e-9 * max(float(np.trace(products)) / size, 1e-12)
    return np.asarray(np.linalg.cholesky(products + jitter * np.eye(size)), np.float64)
