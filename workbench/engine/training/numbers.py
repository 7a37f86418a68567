"""Rates, shares and counts of a step, which change from step to step.

They are plain floats where the processor computes. A GPU that replays a recorded step reads them
from its own memory: there they are tensors without axes, which are written before each step.
"""

from __future__ import annotations

import torch
from torch import Tensor

Number = float | Tensor


def written(number: Number, value: float) -> Number:
    """``number`` with another value: the same tensor, or a new float."""
    if not isinstance(number, Tensor):
        return value
    return number.fill_(value)


def on_device(number: Number, device: torch.device) -> Tensor:
    """``number`` in the memory of a device."""
    if isinstance(number, Tensor):
        return number.to(device, torch.float32)
    return torch.tensor(number, dtype=torch.float32, device=device)


def blend(kept: list[Tensor], news: list[Tensor], share: Number) -> None:
    """Move each of ``kept`` towards its one of ``news`` by ``share`` of the way, in place."""
    if not isinstance(share, Tensor):
        torch._foreach_lerp_(kept, news, share)
        return
    # with a tensor for a share, lerp would be one call for each tensor
    way = list(torch._foreach_sub(news, kept))
    torch._foreach_mul_(way, share)
    torch._foreach_add_(kept, way)
