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

from workbench.engine.training.numbers import Number, blend, on_device

SMALLEST_SIDE = 12
"""A weight with fewer outputs or inputs (first layer, outputs) is no matrix to be orthogonal."""

SECOND_RATE = 0.1
"""Rate of what is stepped as AdamW does, as a share of the matrices' rate."""

_BETAS = (0.9, 0.99)
_STEPS = 5
_A, _B, _C = 3.4445, -4.7750, 2.0315


def orthogonal(*batches: Tensor) -> list[Tensor]:
    """Bring all singular values near 1 (0.7 to 1.2) with a Newton–Schulz iteration.

    Parameters
    ----------
    batches
        Each float (N, rows, columns); the smaller of rows and columns is the same in all.

    Returns
    -------
    list of Tensor
        float32 of those shapes. The quintic iteration and its coefficients are those of Muon: they
        are steep at 0 rather than exact at 1. Each step multiplies by a polynomial in X·Xᵀ, and
        such polynomials commute: it is enough to iterate on that small square matrix, and the
        squares of all batches are iterated together.
    """
    wide = [(x.mT if x.shape[1] > x.shape[2] else x)
            / (x.square().sum((1, 2), keepdim=True).sqrt() + 1e-7) for x in batches]
    square = torch.cat([x @ x.mT for x in wide])
    one = torch.eye(square.shape[1], device=square.device)
    total = one
    for step in range(_STEPS):
        factor = torch.baddbmm(square, square, square, beta=_B, alpha=_C) + _A * one
        total = factor @ total if step else factor
        if step + 1 < _STEPS:
            square = factor @ square @ factor
    parts = torch.split(total, [len(x) for x in wide])
    found = [part @ x for part, x in zip(parts, wide, strict=True)]
    return [x if x.shape == batch.shape else x.mT for x, batch in zip(found, batches, strict=True)]


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

    found_inf: Tensor | None = None
    _step_supports_amp_scaling = True  # torch's name for looking at found_inf

    def __init__(
        self, groups: Iterable[dict[str, Any]], lr: float = 0.02, momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(groups, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state; in those of before every weight counted its own steps."""
        super().load_state_dict(state_dict)
        for group in self.param_groups:
            own = [self.state[item].pop("step", 0) for item in group["params"]
                   if item in self.state]  # what rests has no state
            if own:
                group.setdefault("step", max(own))

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step along the gradients that are there.

        Where :attr:`found_inf` is set to a tensor that is not 0, as ``torch.amp.GradScaler`` does,
        nothing changes: then the gradients may be no numbers.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        go = None if self.found_inf is None else self.found_inf == 0
        for group in self.param_groups:
            self._step_group(group, go)
        return loss

    def _step_group(self, group: dict[str, Any], go: Tensor | None) -> None:
        there = [item for item in group["params"] if item.grad is not None]
        if not there:
            return
        if isinstance(group["lr"], Tensor):  # a recorded step counts in the device's memory
            group["step"] = on_device(group.get("step", 0), group["lr"].device)
            group["step"] += 1 if go is None else go
        else:
            group["step"] = group.get("step", 0) + 1
        self._step_matrices(group, [item for item in there if is_matrix(item)], go)
        self._step_others(group, [item for item in there if not is_matrix(item)], go)

    def _step_matrices(
        self, group: dict[str, Any], matrices: list[Tensor], go: Tensor | None
    ) -> None:
        """Weights whose smaller sides are alike go through the iteration together."""
        rate = group["lr"] if go is None else group["lr"] * go
        sides: dict[int, dict[torch.Size, list[Tensor]]] = {}
        for item in matrices:
            shapes = sides.setdefault(min(len(item), item[0].numel()), {})
            shapes.setdefault(item.shape, []).append(item)
        if matrices and group["weight_decay"]:
            torch._foreach_mul_(matrices, 1 - rate * group["weight_decay"])
        for shapes in sides.values():
            ahead = [self._ahead(alike, group["momentum"], go) for alike in shapes.values()]
            for (shape, alike), steps in zip(shapes.items(), orthogonal(*ahead), strict=True):
                longer = max(1.0, steps.shape[1] / steps.shape[2]) ** 0.5
                steps = steps * (-rate * longer)
                torch._foreach_add_(alike, [step.reshape(shape) for step in steps])

    def _ahead(self, alike: list[Tensor], momentum: float, go: Tensor | None) -> Tensor:
        """Where the momentum of weights of one shape points, (N, rows, columns)."""
        kept = [self._kept(parameter, "momentum") for parameter in alike]
        gradients = _gradients(alike, go)
        blend(kept, gradients, _share(1 - momentum, go))
        ahead = torch._foreach_lerp(gradients, kept, momentum)
        return torch.stack([direction.flatten(1) for direction in ahead])

    def _step_others(self, group: dict[str, Any], others: list[Tensor], go: Tensor | None) -> None:
        if not others:
            return
        rate = (group["lr"] if go is None else group["lr"] * go) * SECOND_RATE
        # at least one: where the first step found no numbers, none is counted yet
        count = group["step"]
        count = count.clamp(min=1) if isinstance(count, Tensor) else count
        first = [self._kept(parameter, "first") for parameter in others]
        second = [self._kept(parameter, "second") for parameter in others]
        gradients = _gradients(others, go)
        blend(first, gradients, _share(1 - _BETAS[0], go))
        blend(second, list(torch._foreach_mul(gradients, gradients)), _share(1 - _BETAS[1], go))
        if group["weight_decay"]:
            torch._foreach_mul_(others, 1 - rate * group["weight_decay"])
        scales = torch._foreach_div(second, 1 - _BETAS[1] ** count)
        torch._foreach_sqrt_(scales)
        torch._foreach_add_(scales, 1e-8)
        steps = torch._foreach_div(first, scales)
        torch._foreach_mul_(steps, -rate / (1 - _BETAS[0] ** count))
        torch._foreach_add_(others, steps)

    def _kept(self, parameter: Tensor, name: str) -> Tensor:
        state = self.state[parameter]
        if name not in state:
            state[name] = torch.zeros_like(parameter)
        return cast(Tensor, state[name])


def _gradients(parameters: list[Tensor], go: Tensor | None) -> list[Tensor]:
    """Zeros where ``go`` says that they are no numbers."""
    gradients = [cast(Tensor, parameter.grad) for parameter in parameters]
    if go is None:
        return gradients
    nothing = gradients[0].new_zeros(())
    return [torch.where(go, item, nothing) for item in gradients]


def _share(share: float, go: Tensor | None) -> Number:
    return share if go is None else share * go
