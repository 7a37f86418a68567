"""How much of a run the average of its weights covers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from workbench.engine.training.ema import WeightAverage


@pytest.mark.parametrize("share", [0.1, 1 / 3])
@pytest.mark.parametrize("steps", [30, 300])
def test_it_covers_the_same_share_of_runs_of_any_length(share: float, steps: int) -> None:
    module = nn.Linear(1, 1, bias=False)
    average = WeightAverage(module, 0.9998, share)
    for step in range(1, steps + 1):
        with torch.no_grad():
            module.weight.fill_(step)
        average.update()
    with average.applied():
        age = 1 - module.weight.item() / steps  # in the mean, of what is in it
    assert age == pytest.approx(share, abs=2 / steps)
    assert module.weight.item() == steps
