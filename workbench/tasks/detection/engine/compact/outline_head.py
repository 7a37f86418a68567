"""The head that says where within its box an object ends.

As in Mask R-CNN (He et al., 2017, arXiv:1703.06870) features are sampled on a grid over the box,
and a few convolutions over that grid say of each cell whether it belongs to the object; here also
from the backbone's finest map, which knows best where an edge runs. All classes share the head. A
cell says four numbers, one for each quarter of it: convolutions over the finer grid would cost four
times as much.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.core.outline_grids import SIDE
from workbench.tasks.detection.engine.compact.box_refinement import sampled

CELLS = SIDE // 2
"""Points along a box at which the maps are sampled."""

CHANNELS, DETAILS = 32, 16
"""Of what is sampled from the neck, and from the backbone."""

WEIGHT = 1.0
"""How much the outlines count beside the class scores."""

MOST_LEARNED = 64
"""Objects of a batch whose outlines are learned from; of more, as many from all over it. Those of
all would take several times as long as everything else where objects are many."""

_AT_ONCE = 128  # boxes when detecting, so that what is sampled takes little memory


class OutlineHead(nn.Module):
    """Says which cells of a grid over a box belong to the object.

    Parameters
    ----------
    inputs, stride
        Channels of the neck's finest map, and pixels a cell of it.
    details, finest
        The same of the backbone's finest map.
    """

    def __init__(self, inputs: int, stride: int, details: int, finest: int) -> None:
        super().__init__()
        self._strides = (stride, finest)
        self.squeeze = _squeeze(inputs, CHANNELS)
        self.squeeze_details = _squeeze(details, DETAILS)
        self.units = nn.Sequential(_unit(CHANNELS + DETAILS, CHANNELS), _unit(CHANNELS, CHANNELS))
        self.quarters = nn.Conv2d(CHANNELS, 4, 1)

    def forward(self, seen: tuple[Tensor, Tensor], boxes: Tensor, image: Tensor) -> Tensor:
        """Logits float32 (N, K, SIDE, SIDE), rows first.

        Parameters
        ----------
        seen
            The neck's and the backbone's finest maps, float32 (B, C, h, w).
        boxes
            float32 (N, K, 4), xyxy in input pixels; no gradient goes back into them.
        image
            int64 (N,): in which image of the batch each row of boxes lies.
        """
        maps = self.squeeze(seen[0]), self.squeeze_details(seen[1])
        return self._on(maps, boxes.detach(), image)

    def grids(self, seen: tuple[Tensor, Tensor], boxes: Tensor, image: Tensor) -> Tensor:
        """Outlines of boxes float32 (N, 4) in the images int64 (N,): uint8 (N, SIDE, SIDE) as
        :mod:`workbench.core.outline_grids` has them."""
        maps = self.squeeze(seen[0]), self.squeeze_details(seen[1])
        found = [self._on(maps, part[:, None], places)[:, 0].sigmoid()
                 for part, places in zip(torch.split(boxes, _AT_ONCE), torch.split(image, _AT_ONCE),
                                         strict=True)]
        return (torch.cat(found) * 255).round().to(torch.uint8)

    def _on(self, maps: tuple[Tensor, Tensor], boxes: Tensor, image: Tensor) -> Tensor:
        rows, count = boxes.shape[:2]
        points = points_over(boxes, CELLS)
        seen = torch.cat([
            sampled(level, points / stride - 0.5, image).view(rows * count, CELLS, CELLS, -1)
            for level, stride in zip(maps, self._strides, strict=True)], 3)
        quarters = self.quarters(self.units(seen.permute(0, 3, 1, 2)))
        return functional.pixel_shuffle(quarters, 2).view(rows, count, SIDE, SIDE)


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


def outline_loss(logits: Tensor, boxes: Tensor, objects_boxes: Tensor, rows: Tensor,
                 weight: Tensor) -> Tensor:
    """Cross-entropy and Dice loss (Milletari et al., 2016, arXiv:1606.04797) of outlines, a mean
    over all that count.

    Parameters
    ----------
    logits, boxes
        float32 (G, K, SIDE, SIDE), said of boxes (G, K, 4) in input pixels.
    objects_boxes
        float32 (G, 4): what is seen of each object.
    rows
        float32 (G, 5 + SIDE²): see :class:`workbench.tasks.detection.engine.types.DetectionTarget`.
    weight
        float32 (G, K): how much each counts; 0 where no outline is labelled.
    """
    with torch.no_grad():
        wanted = wanted_cells(boxes, objects_boxes, rows)
    apart = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    found = logits.sigmoid()
    common, total = (found * wanted).sum((2, 3)), (found + wanted).sum((2, 3))
    dice = 1 - (2 * common + 1) / (total + 1)
    return ((apart.mean((2, 3)) + dice) * weight).sum() / weight.sum().clamp(min=1.0)


def wanted_cells(boxes: Tensor, objects_boxes: Tensor, rows: Tensor) -> Tensor:
    """How much of each cell of boxes (G, K, 4) is of the object: float32 (G, K, SIDE, SIDE)."""
    frames = rows[:, None, 1:5]
    grids = rows[:, 5:].view(-1, 1, SIDE, SIDE).expand(-1, boxes.shape[1], -1, -1)
    points = points_over(boxes, SIDE)  # (G, K, SIDE, 2)
    # a frame of what is mirrored runs from right to left, so its sides may be negative
    sides = frames[..., 2:] - frames[..., :2]
    sides = torch.where(sides.abs() < 1e-3, 1.0, sides)
    cells = (points - frames[..., None, :2]) / sides[..., None, :] * SIDE - 0.5
    low, high = objects_boxes[:, None, None, :2], objects_boxes[:, None, None, 2:]
    within = ((points >= low) & (points <= high)).float()
    found = _between(grids, cells[..., 0][:, :, None], 3)
    found = _between(found, cells[..., 1][..., None], 2)
    return found * within[..., 0][:, :, None] * within[..., 1][..., None]


def _between(grids: Tensor, cells: Tensor, axis: int) -> Tensor:
    """Grids (G, K, SIDE, SIDE) read along an axis at places between their cells, linearly."""
    cells = cells.clamp(0, SIDE - 1)
    first = cells.floor()
    rest = cells - first
    shape = [-1, -1, SIDE, SIDE]
    before = grids.gather(axis, first.long().expand(shape))
    after = grids.gather(axis, (first.long() + 1).clamp(max=SIDE - 1).expand(shape))
    return before * (1 - rest) + after * rest
