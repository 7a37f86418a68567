"""Tags fitted together: each as if it were fitted alone."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.tasks.image_classification import tags
from workbench.tasks.image_classification.linear import fit_linear
from workbench.tasks.image_classification.tags import fit_tags

Floats = np.ndarray


def tagged(samples: int, size: int, count: int) -> tuple[Floats, Floats]:
    """Features that vary and go together as those of images do, and tags of 3 to 50 % of them."""
    chance = np.random.default_rng(5)
    spread = np.arange(1, size + 1) ** -0.5
    mixed = np.linalg.qr(chance.normal(size=(size, size)))[0]
    features = (chance.normal(size=(samples, size)) * spread) @ mixed + 3
    seen = features @ chance.normal(size=(size, count))
    least = [np.quantile(own, 1 - share) for own, share in zip(
        seen.T, np.geomspace(0.03, 0.5, count), strict=True)]
    return features.astype(np.float32), (seen > least).astype(np.float32)


def likely(features: Floats, weight: Floats, bias: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-(features @ weight.T + bias))))


@pytest.mark.parametrize(("samples", "size"), [(300, 20), (80, 150)])
@pytest.mark.parametrize("decay", [1.0, 10.0])
def test_each_tag_is_as_if_it_were_fitted_alone(
    samples: int, size: int, decay: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tags, "_BLOCK", 5)
    features, targets = tagged(samples, size, 12)
    weight, bias = fit_tags(features, targets, decay)
    assert weight.shape == (12, size) and weight.dtype == bias.dtype == np.float32
    together = likely(features, weight, bias)
    for place, own in enumerate(targets.T):
        alone = fit_linear(features, np.stack([1 - own, own], 1), decay=decay)
        np.testing.assert_allclose(together[:, place], alone.probabilities(features)[:, 1],
                                   atol=2e-3)


def test_tags_of_none_and_of_all_say_so_and_disturb_no_other() -> None:
    features, targets = tagged(200, 20, 3)
    whole = np.concatenate([targets, np.zeros((200, 1)), np.ones((200, 1))], 1, dtype=np.float32)
    found = likely(features, *fit_tags(features, whole, 10.0))
    np.testing.assert_allclose(found[:, :3], likely(features, *fit_tags(features, targets, 10.0)),
                               atol=1e-4)
    assert found[:, 3].max() < 1e-3 and found[:, 4].min() > 0.999


def test_images_that_are_all_alike_have_tags_as_often_as_there_are() -> None:
    features, targets = np.full((40, 8), 0.3, np.float32), np.zeros((40, 2), np.float32)
    targets[:10, 0] = 1
    found = likely(features, *fit_tags(features, targets, 10.0))
    np.testing.assert_allclose(found, np.tile([[0.25, 0]], (40, 1)), atol=1e-3)
