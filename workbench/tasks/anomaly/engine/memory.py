"""What is remembered of good images, and how far from it the places of an image are.

There are two memories: a fine one of what places look like at strides 4 and 8, which finds
scratches, stains and changes of texture, and a coarse one at stride 16, which finds that a part is
missing or another one. A place is as odd as the one says to which it is odder.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.engine.data.letterbox import Letterbox
from workbench.engine.models.lite_backbone import CHANNELS, LiteBackbone
from workbench.tasks.anomaly.engine.nearest import (
    chosen_patches,
    nearest,
    oddest,
    smoothed,
    spreads,
    standardised,
)

CELL = 8
"""Pixels of the input along a side of a place that is described."""
STAGES = CHANNELS[:3]
"""Channels of the maps at strides 4, 8 and 16."""
_BLOCKS = 11
"""Of the backbone: those that give these maps. Deeper ones know things, which are the same in good
and faulty images."""


class GoodMemory(nn.Module, ABC):
    """A backbone that describes the places of images."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = LiteBackbone("head")
        self.backbone.blocks = self.backbone.blocks[:_BLOCKS]
        self.limit = nn.Parameter(torch.ones(1))
        """The distance of the most different good images."""

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """What each place looks like, float32 (B, D, H / 8, W / 8), of images uint8 (B, 3, H, W).

        Each stage is averaged over 3 × 3 of its own places, so that a place knows what is around
        it and small shifts change little.
        """
        with torch.autocast(images.device.type, enabled=False):
            low, high = self.backbone.mean, self.backbone.deviation
            maps = self.backbone((images.float() - low) / high)
            shape = images.shape[-2] // CELL, images.shape[-1] // CELL
            around = [functional.avg_pool2d(item, 3, 1, 1, count_include_pad=False)
                      for item in maps]
            return torch.cat([functional.interpolate(
                item, shape, mode="bilinear", align_corners=False) for item in around], 1)

    @abstractmethod
    def far(self, patches: Tensor, without: int | None = None) -> Tensor:
        """How far patches (N, D) are from what each memory remembers (M, N); where ``without``
        names a good image, from what others are like."""

    def distances(self, found: Tensor, without: int | None = None) -> Tensor:
        """Smoothed distances (h, w) of the places (D, h, w) of one image, by the memory to which
        each is odder; ``without`` is that of :meth:`far`."""
        far = self.far(found.flatten(1).T, without)
        return torch.stack([smoothed(each.reshape(found.shape[1:])) for each in far]).amax(0)

    @abstractmethod
    def oddness(self, distances: Tensor) -> Tensor:
        """How odd the image with these distances (h, w) is as a whole."""


class PatchMemory(nn.Module):
    """Patches of good images by some of their channels.

    Parameters
    ----------
    places
        How many are remembered.
    channels
        Which ones of a description they are told by.
    level
        Whether all directions count the same, however much good patches vary along them.
    """

    bank: Tensor
    turn: Tensor
    spread: Tensor
    usual: Tensor

    def __init__(self, places: int, channels: slice, *, level: bool) -> None:
        super().__init__()
        self._channels, self._level = channels, level
        many = channels.stop - channels.start
        self.register_buffer("bank", torch.zeros(places, many))
        self.register_buffer("turn", torch.eye(many))
        self.register_buffer("spread", torch.ones(places))
        self.register_buffer("usual", torch.ones(1))
        self._owners = torch.zeros(0, dtype=torch.int64)

    def learn(self, patches: Tensor, owners: Tensor) -> None:
        """Remember some of the patches (N, D), which come from the images ``owners`` (N,)."""
        own = patches[:, self._channels]
        turn = standardised(own) if self._level else torch.eye(own.shape[1]) / own.var(
            0, unbiased=False).sum().sqrt().clamp(min=1e-6)
        turned = own @ turn
        kept = chosen_patches(turned, len(self.bank))
        self.turn.copy_(turn)
        self.bank.copy_(turned[kept])
        self.spread.copy_(spreads(self.bank))
        self.usual.fill_(1)
        self._owners = owners[kept].to(self.bank.device)

    def far(self, patches: Tensor, without: int | None = None) -> Tensor:
        """Distances (N,) of patches (N, D), in those of the oddest good images; where ``without``
        names an image, from what others are like. Where nothing is left of these: 0."""
        own = patches[:, self._channels] @ self.turn
        bank, spread = self.bank, self.spread
        if without is not None:
            others = self._owners != without
            bank, spread = bank[others], spread[others]
            if not len(bank):
                return torch.zeros(len(own), device=own.device)
        far, which = nearest(own, bank)
        return far / spread[which] / self.usual


class TwoMemories(GoodMemory):
    """A fine memory and a coarse one.

    Parameters
    ----------
    places
        How many places each remembers.
    """

    def __init__(self, places: int) -> None:
        super().__init__()
        fine, every = sum(STAGES[:2]), sum(STAGES)
        self.fine = PatchMemory(places, slice(0, fine), level=True)
        self.coarse = PatchMemory(places, slice(fine, every), level=False)

    @property
    def places(self) -> int:
        return len(self.fine.bank)

    def learn(self, patches: Tensor, owners: Tensor, whole: Sequence[tuple[int, Tensor]],
              share: float) -> None:
        """Remember good images.

        Parameters
        ----------
        patches, owners
            Some of their patches (N, D), and of which images they are, int64 (N,).
        whole
            Images by their numbers with all their places (D, h, w), by which it is found how far
            good ones are from others.
        share
            How many of these are below the limit.
        """
        whole = [(number, found.to(self.limit.device)) for number, found in whole]
        for memory in (self.fine, self.coarse):
            memory.learn(patches, owners)
            memory.usual.fill_(_high([oddest(smoothed(memory.far(
                found.flatten(1).T, number).reshape(found.shape[1:]))) for number, found in whole],
                share))
        self.limit.fill_(_high([oddest(self.distances(found, number)) for number, found in whole],
                               share))

    def far(self, patches: Tensor, without: int | None = None) -> Tensor:
        return torch.stack([self.fine.far(patches, without), self.coarse.far(patches, without)])

    def oddness(self, distances: Tensor) -> Tensor:
        return oddest(distances)


def _high(values: Sequence[Tensor], share: float) -> float:
    """What a share of values is below; 1 where there are none or all are 0."""
    if not values:
        return 1.0
    return float(torch.quantile(torch.stack(list(values)).float().cpu(), share)) or 1.0


class OneMemory(GoodMemory):
    """How models up to version 0.2 remember: one memory of all stages, in which each has the same
    share of a distance. They are asked, not learned any more.

    Parameters
    ----------
    places
        How many places are remembered.
    """

    bank: Tensor
    scale: Tensor

    def __init__(self, places: int) -> None:
        super().__init__()
        self.register_buffer("bank", torch.zeros(places, sum(STAGES)))
        self.register_buffer("scale", torch.ones(sum(STAGES)))

    @property
    def places(self) -> int:
        return len(self.bank)

    def far(self, patches: Tensor, without: int | None = None) -> Tensor:
        return nearest(patches * self.scale, self.bank)[0][None]

    def oddness(self, distances: Tensor) -> Tensor:
        return distances.max()


def inner_cells(place: Letterbox) -> tuple[slice, slice]:
    """The rows and columns of places that show the image, and not the bars beside it."""
    (left, top), (width, height) = place.offset, place.inner

    def cells(start: int, length: int) -> slice:
        first = round(start / CELL)
        return slice(first, max(first + 1, round((start + length) / CELL)))

    return cells(top, height), cells(left, width)
