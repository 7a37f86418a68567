"""Distances to remembered patches, and which are remembered, against plain ways."""

from __future__ import annotations

import torch

from workbench.tasks.anomaly.engine.nearest import (
    chosen_patches,
    nearest,
    oddest,
    shares_of_limit,
    smoothed,
    spreads,
    standardised,
)


def test_the_distance_is_that_to_the_nearest_one() -> None:
    chance = torch.Generator().manual_seed(1)
    patches, memory = torch.randn(300, 12, generator=chance), torch.randn(40, 12, generator=chance)
    wanted = torch.cdist(patches, memory).min(1)
    far, which = nearest(patches, memory)
    assert torch.allclose(far, wanted.values, atol=1e-4) and which.equal(wanted.indices)
    far, which = nearest(memory, memory)
    assert far.max() < 2e-3 and which.equal(torch.arange(40))


def test_a_spread_is_how_far_apart_neighbours_are() -> None:
    crowd = torch.randn(50, 6, generator=torch.Generator().manual_seed(4))
    wide = torch.cat([crowd, 100 + 3 * crowd])
    found = spreads(wide)
    far = torch.cdist(crowd, crowd).sort(1).values[:, 1:10].mean(1)
    assert torch.allclose(found[:50], far, atol=1e-4)
    assert torch.allclose(found[50:], 3 * found[:50], atol=1e-3)
    assert spreads(crowd[:1]).tolist() == [1.0]
    assert spreads(crowd[:1].repeat(20, 1)).min() > 0  # the same one again and again


def test_no_direction_counts_more_than_another() -> None:
    chance = torch.Generator().manual_seed(6)
    patches = torch.randn(4000, 5, generator=chance) @ torch.randn(5, 5, generator=chance) * 7 + 3
    turned = patches @ standardised(patches)
    spread = turned.var(0, unbiased=False)
    assert float(spread.max()) <= 1.0 + 1e-4 and float(spread.max()) > 0.9
    flat = torch.cat([patches[:, :4], torch.zeros(4000, 1)], 1)
    assert bool(standardised(flat).isfinite().all())


def test_an_image_is_as_odd_as_its_oddest_places() -> None:
    level = torch.zeros(40, 40)
    level[:4, :4] = 16.0
    assert float(oddest(level)) == 16.0
    level[:4, :4] = torch.arange(16.0).reshape(4, 4)
    assert float(oddest(level)) == 7.5
    assert float(oddest(torch.tensor([[1.0, 5.0]]))) == 5.0


def test_what_is_rare_is_remembered() -> None:
    chance = torch.Generator().manual_seed(2)
    crowd = torch.randn(500, 16, generator=chance) * 0.1
    rare = torch.eye(16)[:5] * 30
    chosen = chosen_patches(torch.cat([crowd, rare]), 6)
    assert set(chosen[1:].tolist()) == {500, 501, 502, 503, 504}  # the first is a usual one
    assert chosen_patches(torch.cat([crowd, rare]), 6).equal(chosen)


def test_each_is_as_far_from_the_others_as_can_be() -> None:
    """The greedy rule, step by step in the very directions."""
    chance = torch.Generator().manual_seed(3)
    patches = torch.randn(80, 4, generator=chance)
    chosen = chosen_patches(patches, 10).tolist()
    directions = torch.randn(4, 48, generator=torch.Generator().manual_seed(0)) / 48**0.5
    far = torch.cdist(patches @ directions, patches @ directions)
    for step in range(1, 10):
        assert chosen[step] == int(far[:, chosen[:step]].min(1).values.argmax())


def test_few_patches_come_again() -> None:
    assert chosen_patches(torch.randn(3, 4), 7).tolist() == [0, 1, 2, 0, 1, 2, 0]


def test_smoothing_keeps_what_is_level_and_the_middle() -> None:
    assert torch.allclose(smoothed(torch.full((5, 4), 3.0)), torch.full((5, 4), 3.0))
    point = torch.zeros(9, 9)
    point[4, 4] = 1
    found = smoothed(point)
    assert int(found.argmax()) == 4 * 9 + 4 and abs(float(found.sum()) - 1) < 1e-4


def test_a_score_is_a_half_at_the_limit() -> None:
    found = shares_of_limit(torch.tensor([0.0, 2.0, 6.0]), torch.tensor([2.0]))
    assert found.tolist() == [0.0, 0.5, 0.75]
