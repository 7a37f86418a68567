"""The head that says where within its box an object ends; all classes share it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from workbench.core.outline_grids import SIDE
from workbench.tasks.detection.engine.compact.box_grid import BoxGrid, Maps, points_over
from workbench.tasks.detection.engine.details import OUTLINE

WEIGHT = 1.0
"""How much the outlines count beside the class scores."""


def outlines_on(head: BoxGrid, maps: Maps, boxes: Tensor, image: Tensor) -> Tensor:
    """Outlines of boxes float32 (N, 4) in the images int64 (N,): uint8 (N, SIDE, SIDE) as
    :mod:`workbench.core.outline_grids` has them, on the processor."""
    shares = torch.cat([part[:, 0].sigmoid() for part in head.each(maps, boxes, image)])
    return (shares * 255).round().to(torch.uint8).cpu()


def outline_loss(logits: Tensor, boxes: Tensor, objects_boxes: Tensor, rows: Tensor,
                 weight: Tensor) -> Tensor:
    """Cross-entropy and Dice loss (Milletari et al., 2016, arXiv:1606.04797) of outlines, a mean
    over all that count.

    Parameters
    ----------
    logits, boxes
        float32 (G, K, 1, SIDE, SIDE), said of boxes (G, K, 4) in input pixels.
    objects_boxes
        float32 (G, 4): what is seen of each object.
    rows
        float32 (G, …): see :mod:`workbench.tasks.detection.engine.details`.
    weight
        float32 (G, K): how much each counts; 0 where no outline is labelled.
    """
    with torch.no_grad():
        wanted = wanted_cells(boxes, objects_boxes, rows)
    logits = logits[:, :, 0]
    apart = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    found = logits.sigmoid()
    common, total = (found * wanted).sum((2, 3)), (found + wanted).sum((2, 3))
    dice = 1 - (2 * common + 1) / (total + 1)
    return ((apart.mean((2, 3)) + dice) * weight).sum() / weight.sum().clamp(min=1.0)


def wanted_cells(boxes: Tensor, objects_boxes: Tensor, rows: Tensor) -> Tensor:
    """How much of each cell of boxes (G, K, 4) is of the object: float32 (G, K, SIDE, SIDE)."""
    frames = rows[:, None, 1:5]
    grids = rows[:, 5:OUTLINE].reshape(-1, 1, SIDE, SIDE).expand(-1, boxes.shape[1], -1, -1)
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
