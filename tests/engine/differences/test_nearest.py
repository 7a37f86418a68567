"""Distances to remembered patches, and which are remembered, against plain ways."""

from __future__ import annotations

import torch

from workbench.tasks.anomaly.engine.nearest import (
    chosen_patches,
    nearest,
    shares_of_limit,
    smoothed,
)


def test_the_distance_is_that_to_the_nearest_one() -> None:
    chance = torch.Generator().manual_seed(1)
    patches, memory = torch.randn(300, 12, generator=chance), torch.randn(40, 12, generator=chance)
    wanted = torch.cdist(patches, memory).min(1).values
    assert torch.allclose(nearest(patches, memory), wanted, atol=1e-4)
    assert nearest(memory, memory).max() < 2e-3


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
