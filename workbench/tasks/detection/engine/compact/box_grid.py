"""What is said of the cells of a grid over each box: where an object ends, where its points lie.

As in Mask R-CNN (He et al., 2017, arXiv:1703.06870) features are sampled on a grid over the box,
and a few convolutions over that grid say something of each cell; here also from the backbone's
finest map, which knows best where an edge runs. A sampled point says four numbers, one for each
quarter of its cell: convolutions over the finer grid would cost four times as much.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.core.outline_grids import SIDE
from workbench.tasks.detection.engine.compact.box_refinement import sampled

CELLS = SIDE // 2
"""Points along a box at which the maps are sampled."""

CHANNELS, DETAILS = 32, 16
"""Of what is sampled from the neck, and from the backbone."""

MOST_LEARNED = 64
"""Objects of a batch whose details are learned from; of more, as many from all over it. Those of
all would take several times as long as everything else where objects are many."""

_AT_ONCE = 128  # boxes when detecting, so that what is sampled takes little memory
_MAPS_AT_ONCE = 4096  # of all these boxes, for the same reason: 13 MB

Maps = tuple[Tensor, Tensor]
"""The finest map of the neck and that of the backbone, float32 (B, C, h, w)."""


class BoxGrid(nn.Module):
    """Says something of each cell of a grid over a box.

    Parameters
    ----------
    inputs, stride
        Channels of the neck's finest map, and pixels a cell of it.
    details, finest
        The same of the backbone's finest map.
    outputs
        Numbers that are said of a cell.
    placed
        Whether it is told where in the box a cell lies. A rotated box runs along a diagonal of the
        box around it, and its neighbour beside it does not; the pixels of both look the same.
    """

    places: Tensor

    def __init__(
        self, inputs: int, stride: int, details: int, finest: int, outputs: int,
        placed: bool = False,
    ) -> None:
        super().__init__()
        self._strides = (stride, finest)
        self._outputs = outputs
        self.squeeze = _squeeze(inputs, CHANNELS)
        self.squeeze_details = _squeeze(details, DETAILS)
        self.register_buffer("places", _places(placed), persistent=False)
        seen = CHANNELS + DETAILS + len(self.places)
        self.units = nn.Sequential(_unit(seen, CHANNELS), _unit(CHANNELS, CHANNELS))
        self.quarters = nn.Conv2d(CHANNELS, 4 * outputs, 1)

    def forward(self, maps: Maps, boxes: Tensor, image: Tensor) -> Tensor:
        """Logits float32 (N, K, outputs, SIDE, SIDE), rows first.

        Parameters
        ----------
        boxes
            float32 (N, K, 4), xyxy in input pixels; no gradient goes back into them.
        image
            int64 (N,): in which image of the batch each row of boxes lies.
        """
        return self._on(self._squeezed(maps), boxes.detach(), image)

    def each(self, maps: Maps, boxes: Tensor, image: Tensor) -> Iterator[Tensor]:
        """The logits of boxes float32 (N, 4) in the images int64 (N,), in parts: float32
        (n, outputs, SIDE, SIDE). Those of all boxes may be gigabytes: what is read from a part is
        kept, not the part."""
        squeezed = self._squeezed(maps)
        count = max(1, min(_AT_ONCE, _MAPS_AT_ONCE // self._outputs))
        for part, places in zip(torch.split(boxes, count), torch.split(image, count), strict=True):
            yield self._on(squeezed, part[:, None], places)[:, 0]

    def _squeezed(self, maps: Maps) -> Maps:
        return self.squeeze(maps[0]), self.squeeze_details(maps[1])

    def _on(self, maps: Maps, boxes: Tensor, image: Tensor) -> Tensor:
        rows, count = boxes.shape[:2]
        points = points_over(boxes, CELLS)
        seen = torch.cat([
            sampled(level, points / stride - 0.5, image).view(rows * count, CELLS, CELLS, -1)
            for level, stride in zip(maps, self._strides, strict=True)], 3)
        seen = seen.permute(0, 3, 1, 2)
        if len(self.places):
            places = self.places.to(seen.dtype).expand(len(seen), -1, -1, -1)
            seen = torch.cat((seen, places), 1)
        quarters = self.quarters(self.units(seen))
        return functional.pixel_shuffle(quarters, 2).view(
            rows, count, self._outputs, SIDE, SIDE)


def _places(placed: bool) -> Tensor:
    """float32 (4, CELLS, CELLS): x and y of the cells of a box, -1..1, and how far they are from
    either diagonal; of none where they are not told."""
    if not placed:
        return torch.zeros(0, CELLS, CELLS)
    steps = (torch.arange(CELLS) + 0.5) / CELLS * 2 - 1
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    return torch.stack((x, y, (x - y).abs(), (x + y).abs()))


def points_over(boxes: Tensor, count: int) -> Tensor:
    """The middles of the cells of grids over boxes (N, K, 4): float32 (N, K, P, 2), the columns'
    x and the rows' y."""
    side = (boxes[..., 2:] - boxes[..., :2]).clamp(min=1.0)
    steps = (torch.arange(count, device=boxes.device) + 0.5) / count
    return boxes[..., None, :2] + side[..., None, :] * steps[:, None]


def _squeeze(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False),
                         nn.BatchNorm2d(outputs, momentum=0.1), nn.Hardswish())


def _unit(inputs: int, outputs: int) -> nn.Sequential:
    """Not with a batch norm: there may be one box, or many that only fill the list."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
                         nn.GroupNorm(4, outputs), nn.Hardswish())
