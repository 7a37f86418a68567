"""Logistic regression: the optimum, however it is reached."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from workbench.tasks.image_classification.linear import (
    DECAYS,
    LinearClassifier,
    choose_decay,
    fit_linear,
    held_out,
)


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
    noise = chance.normal(size=(200, 300)).astype(np.float32)
    labels = chance.integers(0, 2, 200)
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
