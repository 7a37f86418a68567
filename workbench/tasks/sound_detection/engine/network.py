"""The network that finds calls: one look at a picture at several scales, one answer for each cell.

It is made for processors: few channels where the picture is large, and context from far away in
time (a long trill, a hum) from scales at which it is small.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.engine.models.blocks import ConvUnit, ResidualUnit

_RARE = 0.01  # share of cells that a fresh network takes for calls of a class
_LONGEST = 8.0  # as logarithm: cells


class CallNetwork(nn.Module):
    """Pictures (B, 2, rows, frames) to logits (B, C, rows / 4, frames / 4) and the distances in
    cells (B, 4, …) from the middle of each cell to the start, low, end and high of its call."""

    def __init__(self, classes: int, width: int = 16) -> None:
        super().__init__()
        self.stem = nn.Sequential(ConvUnit(3, width, 3, 2), ConvUnit(width, 2 * width, 3, 2),
                                  ResidualUnit(2 * width))
        sizes = (2 * width, 3 * width, 4 * width, 4 * width)
        self.down = nn.ModuleList(
            nn.Sequential(ConvUnit(inside, outside, 3, 2), ResidualUnit(outside))
            for inside, outside in pairwise(sizes))
        self.across = nn.ModuleList(ConvUnit(size, 2 * width, 1, active=False) for size in sizes)
        self.smooth = ConvUnit(2 * width, 3 * width)
        self.kinds = nn.Sequential(ConvUnit(3 * width, 3 * width),
                                   nn.Conv2d(3 * width, classes, 1))
        self.sides = nn.Sequential(ConvUnit(3 * width, 3 * width), nn.Conv2d(3 * width, 4, 1))
        with torch.no_grad():
            last = self.kinds[-1]
            assert isinstance(last, nn.Conv2d) and last.bias is not None
            last.bias.fill_(-math.log((1 - _RARE) / _RARE))

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        batch, _, rows, frames = seen.shape
        # convolutions do not know where they are, and how high a call is tells what it is
        height = torch.linspace(-1, 1, rows, device=seen.device, dtype=seen.dtype)
        x = torch.cat((seen, height[None, None, :, None].expand(batch, 1, rows, frames)), 1)
        scales = [self.stem(x.contiguous(memory_format=torch.channels_last))]
        for step in self.down:
            scales.append(step(scales[-1]))
        found = self.across[-1](scales[-1])
        for across, scale in zip(list(self.across)[-2::-1], scales[-2::-1], strict=True):
            found = across(scale) + functional.interpolate(found, scale_factor=2.0)
        found = self.smooth(functional.relu(found))
        sides = self.sides(found).float().clamp(-4.0, _LONGEST).exp()
        return self.kinds(found).float(), sides


def boxes_of(sides: Tensor) -> Tensor:
    """Distances (B, 4, h, w) as boxes (B, h, w, 4) in cells: start, low, end, high."""
    _, _, rows, columns = sides.shape
    x = torch.arange(columns, device=sides.device) + 0.5
    y = (torch.arange(rows, device=sides.device) + 0.5)[:, None]
    left, low, right, high = sides.unbind(1)
    return torch.stack((x - left, y - low, x + right, y + high), -1)
