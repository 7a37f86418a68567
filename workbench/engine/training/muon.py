"""An optimiser for short trainings from nothing: orthogonal steps for the inner convolutions.

The momentum of each weight matrix is replaced by the nearest (semi-)orthogonal matrix before it is
stepped along, so that all directions learn at one speed instead of a few strong ones (K. Jordan et
al., 2024, "Muon"). Biases, norms, the first layer and the outputs are stepped as AdamW does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

import torch
from torch import Tensor

SMALLEST_SIDE = 12
"""A weight with fewer outputs or inputs (first layer, outputs) is no matrix to be orthogonal."""

SECOND_RATE = 0.1
"""Rate of what is stepped as AdamW does, as a share of the matrices' rate."""

_BETAS = (0.9, 0.99)
_STEPS = 5
_A, _B, _C = 3.4445, -4.7750, 2.0315


def orthogonal(matrices: Tensor) -> Tensor:
    """Bring all singular values near 1 (0.7 to 1.2) with a Newton–Schulz iteration.

    Parameters
    ----------
    matrices
        float (N, rows, columns).

    Returns
    -------
    Tensor
        float32 of that shape. The quintic iteration and its coefficients are those of Muon: they
        are steep at 0 rather than exact at 1. Each step multiplies by a polynomial in X·Xᵀ, and
        such polynomials commute: it is enough to iterate on that small square matrix.
    """
    x: Tensor = matrices / (matrices.square().sum((1, 2), keepdim=True).sqrt() + 1e-7)
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.mT
    square = x @ x.mT
    one = torch.eye(x.shape[1], device=x.device)
    total = one
    for step in range(_STEPS):
        factor = torch.baddbmm(square, square, square, beta=_B, alpha=_C) + _A * one
        total = factor @ total if step else factor
        if step + 1 < _STEPS:
            square = factor @ square @ factor
    x = total @ x
    return x.mT if tall else x


def is_matrix(parameter: Tensor) -> bool:
    """Whether ``parameter`` is stepped orthogonally: an inner convolution or linear layer."""
    return (
        parameter.ndim in (2, 4)
        and parameter.shape[0] >= SMALLEST_SIDE
        and parameter.shape[1] >= SMALLEST_SIDE
    )


class Muon(torch.optim.Optimizer):
    """Muon for inner weights, AdamW for all others.

    Parameters
    ----------
    groups
        Parameter groups as for any optimiser; "lr" and "weight_decay" may differ.
    lr
        Rate of the matrices, about 0.02; everything else gets a tenth of it.
    momentum
        Share of the old step direction that is kept.
    weight_decay
        Pulls the weights towards zero, times the rate.
    """

    def __init__(
        self, groups: Iterable[dict[str, Any]], lr: float = 0.02, momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(groups, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step along the gradients that are there."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            there = [parameter for parameter in group["params"] if parameter.grad is not None]
            self._step_matrices(group, [p for p in there if is_matrix(p)])
            self._step_others(group, [p for p in there if not is_matrix(p)])
        return loss

    def _step_matrices(self, group: dict[str, Any], matrices: list[Tensor]) -> None:
        """All weights of one shape go through the iteration together."""
        shapes: dict[torch.Size, list[Tensor]] = {}
        for parameter in matrices:
            shapes.setdefault(parameter.shape, []).append(parameter)
        for shape, alike in shapes.items():
            kept = [self._kept(parameter, "momentum") for parameter in alike]
            gradients = [cast(Tensor, parameter.grad) for parameter in alike]
            torch._foreach_lerp_(kept, gradients, 1 - group["momentum"])
            ahead = torch._foreach_lerp(gradients, kept, group["momentum"])
            flat = torch.stack([direction.reshape(shape[0], -1) for direction in ahead])
            steps = orthogonal(flat) * max(1.0, flat.shape[1] / flat.shape[2]) ** 0.5
            if group["weight_decay"]:
                torch._foreach_mul_(alike, 1 - group["lr"] * group["weight_decay"])
            for parameter, step in zip(alike, steps, strict=True):
                parameter.add_(step.view(shape), alpha=-group["lr"])

    def _step_others(self, group: dict[str, Any], others: list[Tensor]) -> None:
        if not others:
            return
        rate = group["lr"] * SECOND_RATE
        first = [self._kept(parameter, "first") for parameter in others]
        second = [self._kept(parameter, "second") for parameter in others]
        gradients = [cast(Tensor, parameter.grad) for parameter in others]
        torch._foreach_lerp_(first, gradients, 1 - _BETAS[0])
        torch._foreach_mul_(second, _BETAS[1])
        torch._foreach_addcmul_(second, gradients, gradients, 1 - _BETAS[1])
        if group["weight_decay"]:
            torch._foreach_mul_(others, 1 - rate * group["weight_decay"])
        for parameter, mean, square in zip(others, first, second, strict=True):
            state = self.state[parameter]
            state["step"] = state.get("step", 0) + 1
            mean_share = 1 - _BETAS[0] ** state["step"]
            square_share = 1 - _BETAS[1] ** state["step"]
            scale = square.div(square_share).sqrt_().add_(1e-8)
            parameter.addcdiv_(mean, scale, value=-rate / mean_share)

    def _kept(self, parameter: Tensor, name: str) -> Tensor:
        state = self.state[parameter]
        if name not in state:
            state[name] = torch.zeros_like(parameter)
        return cast(Tensor, state[name])
