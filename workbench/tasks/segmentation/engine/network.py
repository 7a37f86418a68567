"""The networks of areas: an encoder that sees ever larger surroundings, and a decoder that carries
what it knows back to single pixels.

Sources: Ronneberger et al., 2015 (U-Net); Chaurasia and Culurciello, 2017 (LinkNet: maps of the
encoder are added, not stacked, which takes half the time).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.engine.models.blocks import (
    GREY_DEVIATION,
    GREY_MEAN,
    ConvUnit,
    ResidualUnit,
    prepare,
)
from workbench.engine.models.lite_backbone import CHANNELS, LiteBackbone

STRIDE = 32
"""Of the coarsest map; sides of the input are multiples of it."""

_FINE = (16, 24)
"""Channels of the maps at strides 1 and 2 beside a pretrained backbone, which has none there."""


class Encoder(nn.Module):
    """Feature maps at strides 1, 2, 4, 8, 16 and 32."""

    mean, deviation = GREY_MEAN, GREY_DEVIATION
    channels = (16, 32, 64, 96, 128, 128)

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList([ConvUnit(3, self.channels[0])])
        for before, here in zip(self.channels, self.channels[1:], strict=False):
            self.stages.append(nn.Sequential(ConvUnit(before, here, stride=2), ResidualUnit(here)))

    def forward(self, x: Tensor) -> list[Tensor]:
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps


class PretrainedEncoder(nn.Module):
    """The same from a backbone that knows photos, with fine maps of its own beside it."""

    mean, deviation = LiteBackbone.mean, LiteBackbone.deviation
    channels = (*_FINE, *CHANNELS)

    def __init__(self, layers: str) -> None:
        super().__init__()
        self.fine = ConvUnit(3, _FINE[0])
        self.halved = ConvUnit(_FINE[0], _FINE[1], stride=2)
        self.backbone = LiteBackbone(layers)

    def forward(self, x: Tensor) -> list[Tensor]:
        fine = self.fine(x)
        return [fine, self.halved(fine), *self.backbone(x)]


class Decoder(nn.Module):
    """From the maps of an encoder to one at stride 1: each is added to what came up from the
    coarser ones.

    Parameters
    ----------
    channels
        Of the encoder's maps, the finest first.
    widths
        Of its own, at the same strides.
    """

    def __init__(self, channels: Sequence[int], widths: Sequence[int]) -> None:
        super().__init__()
        self.lateral = nn.ModuleList([ConvUnit(given, own, 1, active=False)
                                      for given, own in zip(channels, widths, strict=True)])
        self.up = nn.ModuleList([ConvUnit(below, own, 1, active=False)
                                 for own, below in pairwise(widths)])
        self.mix = nn.ModuleList([ConvUnit(own, own) for own in widths])

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        last = len(maps) - 1
        x: Tensor = self.mix[last](functional.hardswish(self.lateral[last](maps[last])))
        for level in range(last - 1, -1, -1):
            here = self.lateral[level](maps[level])
            below = functional.interpolate(self.up[level](x), size=here.shape[-2:],
                                           mode="nearest")
            x = self.mix[level](functional.hardswish(here + below))
        return x


class AreaNetwork(nn.Module):
    """From pixels to logits of background and of each class, for each pixel.

    Parameters
    ----------
    encoder
        Gives maps at strides 1 to 32, their ``channels``, and how pixels are shifted and scaled.
    widths
        Channels of the decoder at the same strides.
    """

    def __init__(self, encoder: Encoder | PretrainedEncoder, widths: Sequence[int], classes: int,
                 ) -> None:
        super().__init__()
        self.half_on_cpu = False
        """Whether to learn with bfloat16 products on a CPU. Answers are always made in full."""
        self.encoder = encoder
        self.decoder = Decoder(encoder.channels, widths)
        self.head = nn.Conv2d(widths[0], 1 + classes, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Logits float32 (B, 1 + C, H, W) of images uint8 or float (B, 3, H, W), 0..255, with
        sides that are multiples of :data:`STRIDE`."""
        half = self.half_on_cpu and self.training
        with torch.autocast("cpu", torch.bfloat16) if half else nullcontext():
            x = prepare(images, torch.bfloat16 if half else torch.float32,
                        self.encoder.mean, self.encoder.deviation)
            logits: Tensor = self.head(self.decoder(self.encoder(x)))
        return logits.float()
