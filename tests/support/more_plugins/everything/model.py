from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from workbench.extension.model import ModelContext, StepOptimizer

SIDE = 8


def build(context: ModelContext[Any]) -> TwoSteps:
    return TwoSteps(context)


class TwoSteps:
    """Its own training step with two optimisers: the trunk learns first, then the head."""

    input_size = (SIDE, SIDE)

    def __init__(self, context: ModelContext[Any]) -> None:
        self.trunk = nn.Linear(3 * SIDE * SIDE, 4)
        self.head = nn.Linear(4, 1)
        self.module = nn.Sequential(nn.Flatten(), self.trunk, self.head)
        self.summary = f"the mean is {context.facts.mean:.2f}"

    def parameter_groups(self, settings: Mapping[str, Any]) -> list[dict[str, object]]:
        return [{"params": list(self.module.parameters())}]

    def load_pretrained(self, state: Mapping[str, Tensor]) -> list[str]:
        return list(state)

    def optimizers(self, settings: Mapping[str, Any]) -> list[torch.optim.Optimizer]:
        lr = float(settings["lr"])
        return [torch.optim.Adam(self.trunk.parameters(), lr=lr),
                torch.optim.Adam(self.head.parameters(), lr=lr / 2)]

    def training_step(
        self, inputs: Tensor, targets: Tensor, optimizers: Sequence[StepOptimizer]
    ) -> dict[str, Tensor]:
        losses = {}
        for name, optimizer in zip(("trunk", "head"), optimizers, strict=True):
            losses[name] = (self(inputs) - targets).square().mean()
            optimizer.minimize(losses[name])
        return losses

    def __call__(self, inputs: Tensor) -> Tensor:
        found: Tensor = self.module(inputs.float() / 255)[:, 0]
        return found


def sign(groups: list[dict[str, Any]], settings: Mapping[str, Any]) -> torch.optim.Optimizer:
    return torch.optim.Rprop([{"params": item["params"], "lr": item["lr"], "peak": item["peak"]}
                              for item in groups])


def flat(progress: float, warmup: float) -> float:
    return 1.0


def backwards(labels: Sequence[Sequence[str]], seed: int, epoch: int) -> list[int]:
    return list(range(len(labels)))[::-1]


def speckle(
    inputs: Tensor, targets: Any, generator: torch.Generator, strength: float
) -> tuple[Tensor, Any]:
    noise = torch.randn(inputs.shape, generator=generator) * 20 * strength
    return (inputs + noise).clamp(0, 255).to(inputs.dtype), targets
