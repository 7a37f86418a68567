"""Logistic regression: the optimum, however it is reached."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from workbench.tasks.image_classification.linear import (
    DECAYS,
    LinearClassifier,
    choose_decay,
    fit_labels,
    fit_linear,
    held_out,
)
from workbench.tasks.image_classification.many_classes import MANY


def data(samples: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(3)
    labels = np.arange(samples) % 3
    features = chance.normal(size=(samples, size)) + 0.8 * np.eye(3, size)[labels]
    return features.astype(np.float32), np.eye(3, dtype=np.float32)[labels]


def slope(model: LinearClassifier, features: np.ndarray, targets: np.ndarray,
          decay: float) -> float:
    """Largest derivative of the loss, by torch."""
    x = torch.from_numpy((features - model.mean) / model.scale).double()
    weights = torch.from_numpy(model.weights).double().requires_grad_()
    bias = torch.from_numpy(model.bias).double().requires_grad_()
    loss = torch.nn.functional.cross_entropy(x @ weights + bias, torch.from_numpy(targets).double())
    (loss + decay / 2 / len(x) * weights.square().sum()).backward()
    assert weights.grad is not None and bias.grad is not None
    return float(max(weights.grad.abs().max(), bias.grad.abs().max()))


@pytest.mark.parametrize(("samples", "size"), [(60, 8), (12, 40)])
@pytest.mark.parametrize("decay", [0.1, 30.0])
def test_it_is_the_optimum(samples: int, size: int, decay: float) -> None:
    features, targets = data(samples, size)
    model = fit_linear(features, targets, decay=decay)
    assert slope(model, features, targets, decay) < 1e-3
    warm = fit_linear(features, targets, decay=decay, start=model)
    assert np.allclose(warm.probabilities(features), model.probabilities(features), atol=1e-3)


def test_a_picture_that_is_there_twice_breaks_nothing() -> None:
    features, targets = data(12, 40)
    model = fit_linear(np.repeat(features, 2, 0), np.repeat(targets, 2, 0))
    assert np.isfinite(model.probabilities(features)).all()


def test_weights_count_as_repetitions() -> None:
    features, targets = data(30, 5)
    twice = fit_linear(np.concatenate([features, features[:3]]),
                       np.concatenate([targets, targets[:3]]), decay=0.0)
    counts = np.ones(30, np.float32)
    counts[:3] = 2
    weighted = fit_linear(features, targets, decay=0.0, weights=counts)
    assert np.allclose(twice.probabilities(features), weighted.probabilities(features), atol=0.02)


def test_nothing_is_told_of_a_sample_by_a_fit_that_has_seen_it() -> None:
    chance = np.random.default_rng(0)
    noise = chance.normal(size=(100, 150)).astype(np.float32)
    labels = chance.integers(0, 2, 100)
    assert np.mean(fit_linear(noise, np.eye(2, dtype=np.float32)[labels]).probabilities(
        noise).argmax(1) == labels) == 1.0
    assert 0.3 < np.mean(held_out(noise, labels, 2, 1.0).argmax(1) == labels) < 0.7
    labels[:3] = -1  # no class to learn, but something is said of them
    assert np.allclose(held_out(noise, labels, 2, 1.0).sum(1), 1, atol=1e-5)


def test_the_decay_is_as_strong_as_the_features_are_noisy() -> None:
    features, targets = data(90, 40)
    labels = targets.argmax(1)
    assert choose_decay(features, labels, 3) in DECAYS[:3]
    assert choose_decay(10 * targets + 0.1 * features[:, :3], labels, 3) == DECAYS[-1]


def blurred(classes: int, samples: int, size: int, seed: int = 0,
            ) -> tuple[np.ndarray, np.ndarray]:
    """Samples of many classes that differ less in some directions than they vary."""
    chance = np.random.default_rng(seed)
    centres = np.random.default_rng(7).normal(size=(classes, size))
    labels = np.tile(np.arange(classes), samples)
    noise = chance.normal(size=(len(labels), size)) * np.linspace(0.3, 4, size)
    return (centres[labels] + noise).astype(np.float32), labels


def test_many_classes_are_fitted_together_and_better_than_one_by_one() -> None:
    features, labels = blurred(MANY + 10, 6, 40)
    fresh, truth = blurred(MANY + 10, 10, 40, seed=1)
    likely = fit_labels(features, labels, MANY + 10).probabilities(fresh)
    slow = fit_linear(features, np.eye(MANY + 10, dtype=np.float32)[labels],
                      decay=3.0).probabilities(fresh)
    right = np.mean(likely.argmax(1) == truth)
    assert right >= np.mean(slow.argmax(1) == truth) > 0.4
    assert loss(likely, truth) < loss(slow, truth)
    assert abs(likely.max(1).mean() - right) < 0.15  # as sure as right


def test_many_classes_may_have_fewer_samples_than_features() -> None:
    features, labels = blurred(MANY + 10, 3, 150)
    fresh, truth = blurred(MANY + 10, 3, 150, seed=1)
    likely = fit_labels(features, labels, MANY + 10).probabilities(fresh)
    assert np.mean(likely.argmax(1) == truth) > 0.6 and loss(likely, truth) < 2.2


def loss(likely: np.ndarray, truth: np.ndarray) -> float:
    return -float(np.log(likely[np.arange(len(truth)), truth]).mean())


def test_of_many_classes_those_of_one_sample_are_found_beside_those_of_two() -> None:
    chance = np.random.default_rng(0)
    labels = np.tile(np.arange(300), 2)
    features = 1.6 * chance.normal(size=(300, 60))[labels] + 2 * chance.normal(size=(600, 60))
    features, seen = features.astype(np.float32), chance.permutation(600)
    learned, rest = seen[:480], [at for at in seen[480:] if labels[at] in labels[seen[:480]]]
    found = fit_labels(features[learned], labels[learned], 300).probabilities(features[rest])
    near = (features[learned] ** 2).sum(1) - 2 * features[rest] @ features[learned].T
    nearest = np.mean(labels[learned][near.argmin(1)] == labels[rest])
    assert np.mean(found.argmax(1) == labels[rest]) >= nearest > 0.3


def test_of_many_classes_some_may_have_one_sample_or_none() -> None:
    features, labels = blurred(MANY + 10, 5, 40)
    few = (labels > 1) | (np.arange(len(labels)) == 1)  # none of class 0, one of class 1
    found = fit_labels(features[few], labels[few], MANY + 10).probabilities(features)
    assert found[:, 0].max() < 1e-6 and found[1].argmax() == 1
    ones = np.arange(MANY + 10)
    assert np.mean(fit_labels(features[ones], labels[ones], MANY + 10).probabilities(
        features[ones]).argmax(1) == ones) == 1.0


def test_the_asked_are_told_by_a_fit_that_has_not_seen_them() -> None:
    chance = np.random.default_rng(0)
    noise = chance.normal(size=(100, 150)).astype(np.float32)
    for classes in (4, MANY + 1):
        labels = chance.integers(0, classes, 100)
        seen = fit_labels(noise, labels, classes, 1.0).probabilities(noise).argmax(1)
        assert np.mean(seen == labels) > 0.9
        found = held_out(noise, labels, classes, 1.0, asked=25)
        assert found.shape == (25, classes)
        assert np.mean(found.argmax(1) == labels[-25:]) < 2 / classes + 0.1
