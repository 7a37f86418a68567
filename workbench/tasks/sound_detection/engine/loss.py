"""What is taught: the class in the middle of each call, and where it begins and ends."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from workbench.tasks.sound_detection.engine.network import boxes_of

UNKNOWN = -2.0
"""Class of what is labelled without frequencies: nothing is taught there."""
NOTHING = -1.0
"""Class of a row of targets that stands for nothing."""
_MIDDLE = 0.25  # of a call's sides to either side of its middle is taught
_LEAST = 0.6  # cells to either side, so that each call has one
_BOXES = 2.0  # weight
_TINY = 1e-7  # against a division by nothing


def call_losses(kinds: Tensor, sides: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Focal loss of the classes and GIoU loss of the boxes, by calls.

    Parameters
    ----------
    kinds, sides
        As :class:`workbench.tasks.sound_detection.engine.network.CallNetwork` gives them.
    targets
        float32 (B, M, 5): class (or :data:`UNKNOWN`, :data:`NOTHING`), start, low, end and high in
        cells.
    """
    labels, boxes = targets[..., 0], targets[..., 1:]
    inside = _middles(boxes, kinds.shape[-2:]) & (labels >= 0)[..., None, None]
    unknown = (_within(boxes, kinds.shape[-2:]) & (labels == UNKNOWN)[..., None, None]).any(1)
    # of calls that lie over each other a cell is taught the smallest
    width, height = (boxes[..., 2:] - boxes[..., :2]).clamp(min=0.1).unbind(-1)
    area = width * height
    owner = torch.where(inside, area[..., None, None], torch.inf).argmin(1)  # (B, h, w)
    taught = inside.any(1)
    mine = torch.gather(boxes, 1, owner.flatten(1)[..., None].expand(-1, -1, 4))
    found = boxes_of(sides).flatten(1, 2)
    apart = 1 - generalized_iou(found, mine).view_as(taught)
    # each call counts alike, however many cells it has
    cells = inside.flatten(2).sum(-1).clamp(min=1)
    share = torch.gather(1.0 / cells, 1, owner.flatten(1)).view_as(apart) * taught
    calls = (labels >= 0).sum().clamp(min=1)
    overlap = (1 - apart.detach()).clamp(0, 1)
    value = (0.5 + 0.5 * overlap) * taught  # the better the box, the surer it shall be
    number = torch.gather(labels.long().clamp(min=0), 1, owner.flatten(1)).view_as(owner)
    goal = torch.zeros_like(kinds).scatter_(1, number[:, None], value[:, None])
    focal = functional.binary_cross_entropy_with_logits(kinds, goal, reduction="none") \
        * (kinds.sigmoid() - goal).abs().square()
    weight = torch.where(goal > 0, share.sqrt()[:, None], 1.0) * ~unknown[:, None]
    return {"class": (focal * weight).sum() / calls,
            "box": _BOXES * (apart * share).sum() / calls}


def generalized_iou(a: Tensor, b: Tensor) -> Tensor:
    """Generalized IoU (Rezatofighi et al., CVPR 2019), -1..1, of pairs of boxes (…, 4) xyxy. Unlike
    torchvision's it needs no mask, at which a GPU would have to wait."""
    (left, low, right, high), (start, bottom, end, top) = a.unbind(-1), b.unbind(-1)
    across = torch.minimum(right, end) - torch.maximum(left, start)
    along = torch.minimum(high, top) - torch.maximum(low, bottom)
    common = across.clamp(min=0) * along.clamp(min=0)
    union = (right - left) * (high - low) + (end - start) * (top - bottom) - common
    hull = ((torch.maximum(right, end) - torch.minimum(left, start))
            * (torch.maximum(high, top) - torch.minimum(low, bottom)))
    return common / (union + _TINY) - (hull - union) / (hull + _TINY)


def _grid(shape: torch.Size | tuple[int, int], device: torch.device) -> tuple[Tensor, Tensor]:
    rows, columns = shape
    return (torch.arange(columns, device=device) + 0.5,
            (torch.arange(rows, device=device) + 0.5)[:, None])


def _within(boxes: Tensor, shape: torch.Size | tuple[int, int]) -> Tensor:
    """bool (B, M, h, w): the cells whose middle lies in each box."""
    x, y = _grid(shape, boxes.device)
    left, low, right, high = (side[..., None, None] for side in boxes.unbind(-1))
    return (x >= left) & (x < right) & (y >= low) & (y < high)


def _middles(boxes: Tensor, shape: torch.Size | tuple[int, int]) -> Tensor:
    """bool (B, M, h, w): the cells in the middle of each box, as far as it lies in the picture."""
    rows, columns = shape
    ends = []
    for side, limit in enumerate((columns, rows)):
        low, high = boxes[..., side].clamp(min=0), boxes[..., side + 2].clamp(max=limit)
        # a middle on the rim of the picture still has a cell
        middle = ((low + high) / 2).clamp(0.5, limit - 0.5)
        half = ((high - low) * _MIDDLE).clamp(min=_LEAST)
        ends.append((middle - half, middle + half))
    (left, right), (bottom, top) = ends
    return _within(torch.stack((left, bottom, right, top), -1), shape)
