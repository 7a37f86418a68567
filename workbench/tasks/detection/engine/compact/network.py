"""The network of the compact detector: backbone, neck and head.

Plain 3×3 convolutions with few channels: on CPUs these keep the vector units busy, where
depthwise ones wait for memory (``docs/compact-detector.md`` has the measurements).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

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
from workbench.tasks.detection.engine.compact.box_grid import Maps
from workbench.tasks.detection.engine.compact.box_refinement import BoxRefinement, averaged
from workbench.tasks.detection.engine.compact.detail_heads import DetailHeads

PRIOR = 0.01
"""Score that every cell starts with, so that the many empty ones do not swamp the first steps."""


@dataclass(frozen=True, slots=True)
class Size:
    """Width and depth of a network."""

    channels: tuple[int, int, int, int]
    """At strides 4, 8, 16 and 32."""
    depths: tuple[int, int, int, int]
    """Residual blocks at each of them."""
    neck: int
    """Channels of the neck and of the head."""
    head_depth: int = 1
    """Convolutions in each branch of the head."""


SIZES = {
    "n": Size((32, 64, 96, 96), (1, 2, 2, 1), 64),
    "s": Size((48, 96, 160, 160), (1, 2, 3, 2), 96),
    "m": Size((64, 144, 256, 288), (2, 3, 4, 2), 160, 2),
    "lite0": Size(CHANNELS, (0, 0, 0, 0), 96),
}

FIRST_LEVEL = 2
"""The backbone's first map has a stride of 2² pixels."""


class Backbone(nn.Module):
    """Feature maps at strides 4, 8, 16 and 32.

    One 6×6 convolution goes straight to stride 4: maps of half the picture's size would hold few
    channels and cost more time than they give.
    """

    mean, deviation = GREY_MEAN, GREY_DEVIATION

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        inputs = 0
        for outputs, depth in zip(size.channels, size.depths, strict=True):
            down = ConvUnit(inputs, outputs, stride=2) if inputs else ConvUnit(3, outputs, 6, 4)
            blocks = (ResidualUnit(outputs) for _ in range(depth))
            self.stages.append(nn.Sequential(down, *blocks))
            inputs = outputs

    def forward(self, x: Tensor) -> list[Tensor]:
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps


class Neck(nn.Module):
    """Carries what the coarse maps know down to the finer ones (a feature pyramid)."""

    def __init__(self, size: Size, levels: Sequence[int]) -> None:
        super().__init__()
        self.levels = tuple(range(min(levels), len(size.channels)))
        self.lateral = nn.ModuleDict(
            {str(level): ConvUnit(size.channels[level], size.neck, 1) for level in self.levels}
        )
        self.wanted = tuple(levels)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        above: Tensor | None = None
        found: dict[int, Tensor] = {}
        for level in reversed(self.levels):
            here = self.lateral[str(level)](maps[level])
            if above is not None:
                here = here + functional.interpolate(above, size=here.shape[-2:], mode="nearest")
            found[level] = above = here
        return [found[level] for level in self.wanted]


class DetectionHead(nn.Module):
    """Class scores and boxes for every cell of one grid."""

    def __init__(self, size: Size, classes: int, stride: int, object_size: tuple[float, float]):
        super().__init__()
        self.class_branch = nn.Sequential(
            *(ConvUnit(size.neck, size.neck) for _ in range(size.head_depth))
        )
        self.box_branch = nn.Sequential(
            *(ConvUnit(size.neck, size.neck) for _ in range(size.head_depth))
        )
        self.scores = nn.Conv2d(size.neck, classes, 1)
        self.boxes = nn.Conv2d(size.neck, 4, 1)
        nn.init.normal_(self.scores.weight, std=0.01)
        nn.init.constant_(bias_of(self.scores), -math.log(1 / PRIOR - 1))
        nn.init.normal_(self.boxes.weight, std=0.01)
        width, height = object_size
        start = torch.tensor([0.0, 0.0, math.log(width / stride), math.log(height / stride)])
        with torch.no_grad():
            bias_of(self.boxes).copy_(start)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.scores(self.class_branch(x)), self.boxes(self.box_branch(x))


def bias_of(layer: nn.Conv2d) -> Tensor:
    assert layer.bias is not None
    return layer.bias


class Network(nn.Module):
    """The whole network.

    Parameters
    ----------
    size
        Width and depth.
    classes
        Number of classes.
    strides
        Of the grids objects are found on, among 4, 8, 16 and 32.
    object_size
        (width, height) in pixels that predicted boxes start at.
    backbone
        From pixels, shifted by its ``mean`` and divided by its ``deviation``, to maps of
        ``size.channels`` at strides 4, 8, 16 and 32; None builds the one of ``size``.
    refine
        Whether boxes are refined (:mod:`.box_refinement`).
    rescore
        Whether refined boxes are also scored anew.
    twice
        Whether boxes are refined twice when detecting.
    outlines
        Whether it says where in their boxes objects end.
    keypoints
        How many key points of each class it finds; none at all for none.
    rotated
        Whether these objects are rotated boxes.
    """

    def __init__(
        self, size: Size, classes: int, strides: Sequence[int], object_size: tuple[float, float],
        backbone: Backbone | LiteBackbone | None = None, refine: bool = False,
        rescore: bool = False, outlines: bool = False, keypoints: Sequence[int] = (),
        rotated: bool = False, twice: bool = False,
    ) -> None:
        super().__init__()
        self.strides = tuple(strides)
        self.half_on_cpu = False
        """Whether to learn with bfloat16 products on a CPU. Detecting is always done in full."""
        levels = [int(math.log2(stride)) - FIRST_LEVEL for stride in strides]
        self.backbone = backbone if backbone is not None else Backbone(size)
        self.neck = Neck(size, levels)
        self.heads = nn.ModuleDict(
            {str(stride): DetectionHead(size, classes, stride, object_size) for stride in strides}
        )
        self.refinement = (BoxRefinement(size.neck, min(strides), rescore, twice) if refine
                           else None)
        self.details = (DetailHeads(size.neck, min(strides), size.channels[0], 2**FIRST_LEVEL,
                                    outlines, keypoints, rotated)
                        if outlines or any(keypoints) else None)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Predict for a batch.

        Parameters
        ----------
        images
            uint8 or float (B, 3, H, W), RGB, 0..255.

        Returns
        -------
        scores, boxes
            Logits float32 (B, A, C), and xyxy float32 (B, A, 4) in input pixels, for the A cells
            of all grids, finest grid first, row by row.
        """
        logits, boxes, _ = self.refined(images)
        return logits, boxes

    def refined(self, images: Tensor) -> tuple[Tensor, Tensor, Maps]:
        """As :meth:`forward`, and the maps in which details are looked for."""
        found, maps = self._predict(images)
        logits, boxes = _in_a_row(found), self._decoded(found)
        if self.refinement is not None:
            logits, boxes = self.refinement.refine_best(maps[0], boxes, logits)
            grids = [(scores.shape[2], scores.shape[3]) for scores, _ in found]
            boxes = averaged(logits, boxes, grids)
        return logits, boxes, maps

    def first(self, images: Tensor) -> tuple[Tensor, Tensor, Maps]:
        """As :meth:`refined`, but boxes before they are refined, which the maps are for, too: what
        is learned from."""
        found, maps = self._predict(images)
        return _in_a_row(found), self._decoded(found), maps

    def _decoded(self, found: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """The boxes of all grids, (B, A, 4)."""
        return torch.cat([decode(level, stride)
                          for (_, level), stride in zip(found, self.strides, strict=True)], 1)

    def _predict(self, images: Tensor) -> tuple[list[tuple[Tensor, Tensor]], Maps]:
        """Logits (B, C, h, w) and what is said of boxes (B, 4, h, w) for each grid, and the finest
        maps, all float32."""
        half = self.half_on_cpu and self.training
        with torch.autocast("cpu", torch.bfloat16) if half else nullcontext():
            x = prepare(images, torch.bfloat16 if half else torch.float32,
                        self.backbone.mean, self.backbone.deviation)
            seen = self.backbone(x)
            maps = self.neck(seen)
            found = [head(level) for level, head in zip(maps, self.heads.values(), strict=True)]
        return ([(scores.float(), boxes.float()) for scores, boxes in found],
                (maps[0].float(), seen[0].float()))


def _in_a_row(found: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
    """The logits of all grids, (B, A, C)."""
    return torch.cat([scores.flatten(2).transpose(1, 2) for scores, _ in found], 1)


def decode(raw: Tensor, stride: int) -> Tensor:
    """Turn what a head says into boxes.

    Each cell says how far the object's centre lies from its own (in cells) and the logarithm of
    the object's width and height (in cells), so that objects smaller than a cell can be said too.

    Parameters
    ----------
    raw
        float32 (B, 4, h, w).
    stride
        Pixels a cell.

    Returns
    -------
    Tensor
        float32 (B, h·w, 4) xyxy in input pixels.
    """
    height, width = raw.shape[-2:]
    ys = torch.arange(height, device=raw.device, dtype=raw.dtype).view(1, height, 1) + 0.5
    xs = torch.arange(width, device=raw.device, dtype=raw.dtype).view(1, 1, width) + 0.5
    centre_x, centre_y = raw[:, 0] + xs, raw[:, 1] + ys
    half_width = raw[:, 2].clamp(-6, 6).exp() / 2
    half_height = raw[:, 3].clamp(-6, 6).exp() / 2
    boxes = torch.stack(
        (
            centre_x - half_width, centre_y - half_height,
            centre_x + half_width, centre_y + half_height,
        ), -1,
    )
    return boxes.flatten(1, 2) * stride
