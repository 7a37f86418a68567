"""Layers that the bundled networks are built of."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

GREY_MEAN, GREY_DEVIATION = 114.0, 58.0
"""Of pixels 0..255: the grey of the letterbox's bars becomes 0."""


class ConvUnit(nn.Sequential):
    """Convolution, batch norm and, unless told otherwise, hard swish.

    A ReLU costs the same, but the class branch learned to answer background with nothing but zeros,
    and no gradient ever came to a rare class that fell into them. Not torchvision's
    ``Conv2dNormActivation``, which would cost its import.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, active: bool = True
    ) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, outputs, kernel, stride, (kernel - stride + 1) // 2, bias=False),
            nn.BatchNorm2d(outputs, momentum=0.1),
        ]
        if active:
            layers.append(nn.Hardswish(inplace=True))
        super().__init__(*layers)


class ResidualUnit(nn.Module):
    """Two 3×3 convolutions over half the channels beside a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = ConvUnit(channels, channels // 2)
        self.expand = ConvUnit(channels // 2, channels, active=False)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.expand(self.squeeze(x)))


def prepare(
    images: Tensor, dtype: torch.dtype, mean: float = GREY_MEAN, deviation: float = GREY_DEVIATION,
) -> Tensor:
    """Shift and scale pixels 0..255 to about −2..2.

    bfloat16 holds all whole numbers up to 256, so that nothing is lost before the first layer.
    """
    x = images.to(dtype, copy=True, memory_format=torch.channels_last)
    return x.sub_(mean).mul_(1 / deviation)
