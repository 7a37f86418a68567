"""What the compact detector minimises."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from workbench.extension.detection import Targets
from workbench.tasks.detection.engine.compact.assign import Assignment, Objects, assign, overlap
from workbench.tasks.detection.engine.details import joined

BOX_WEIGHT = 2.5
"""How much the boxes count beside the class scores."""

LOOKED_AT = 50
"""Boxes of an image that are learned to be scored anew, the best scored by then."""

WORTHLESS, PERFECT = 0.4, 0.9
"""IoU with an object at which a box is wanted to score 0 and 1."""

Details = Callable[[Tensor, Objects, Assignment], dict[str, Tensor]]
"""Losses of what is learned besides, from the boxes of cells."""

Refine = Callable[[Tensor, Tensor], tuple[Tensor, Tensor | None]]
"""Refines boxes (N, K, 4) in the images (N,); see :class:`.box_refinement.BoxRefinement`."""


def join(targets: Sequence[Targets], device: torch.device) -> Objects:
    """Lay the labels of a batch end to end."""
    boxes = torch.cat([target.boxes for target in targets]).to(device, torch.float32)
    labels = torch.cat([target.labels for target in targets]).to(device)
    counts = torch.tensor([len(target.labels) for target in targets], device=device)
    image = torch.arange(len(targets), device=device).repeat_interleave(counts)
    details = joined(targets)
    return Objects(boxes.reshape(-1, 4), labels.long(), image,
                   details=None if details is None else details.to(device))


def unpack(rows: Tensor) -> Objects:
    """Labels as :mod:`workbench.tasks.detection.engine.packed` lays them out."""
    named = rows[:, :2].long()
    image, labels = named.clamp(min=0).unbind(1)
    details = rows[:, 6:] if rows.shape[1] > 6 else None
    return Objects(rows[:, 2:6], labels, image, named[:, 1] >= 0, details)


def area(sides: Tensor) -> Tensor:
    """Of boxes, (N,), from their sides (N, 2).

    The gradient of ``prod`` asks whether a side is 0, for which a GPU would be waited, so that no
    step could be recorded. On a processor it is kept: the other one is rounded differently.
    """
    return sides.prod(1) if sides.is_cpu else sides[:, 0] * sides[:, 1]


def complete_iou(a: Tensor, b: Tensor) -> Tensor:
    """Complete IoU of boxes (N, 4) pair by pair (Zheng et al., 2020, arXiv:1911.08287), −1.5..1.

    Overlap, less the distance of the centres over the diagonal of the hull, less how far the
    aspect ratios differ. ``torchvision.ops.complete_box_iou_loss`` is 1 − this, but not a number
    for a box without area, and importing torchvision takes longer than importing torch (1.8 s and
    1.4 s of processor time): half of what a first prediction waits for.
    """
    size_a = (a[:, 2:] - a[:, :2]).clamp(min=1e-3)
    size_b = (b[:, 2:] - b[:, :2]).clamp(min=1e-3)
    common = area((torch.min(a[:, 2:], b[:, 2:]) - torch.max(a[:, :2], b[:, :2])).clamp(min=0))
    iou = common / (area(size_a) + area(size_b) - common)
    hull = torch.max(a[:, 2:], b[:, 2:]) - torch.min(a[:, :2], b[:, :2])
    apart = ((a[:, :2] + a[:, 2:] - b[:, :2] - b[:, 2:]) / 2).square().sum(1)
    shape = torch.atan(size_b[:, 0] / size_b[:, 1]) - torch.atan(size_a[:, 0] / size_a[:, 1])
    shape = 4 / math.pi**2 * shape.square()
    with torch.no_grad():
        trade = shape / (1 - iou + shape + 1e-6)
    return iou - apart / hull.square().sum(1).clamp(min=1e-6) - trade * shape


def detection_losses(
    logits: Tensor, boxes: Tensor, objects: Objects, input_size: tuple[int, int],
    strides: Sequence[int], refine: Refine | None = None, details: Details | None = None,
) -> dict[str, Tensor]:
    """Loss parts of a batch.

    Parameters
    ----------
    logits, boxes
        float32 (B, A, C) and (B, A, 4) as the network gives them.
    objects
        What is labelled.
    refine
        Refines boxes.
    details
        Says what else is lost; see :meth:`.detail_heads.DetailHeads.losses`.

    Returns
    -------
    dict
        ``class``: binary cross-entropy of all scores against the assigned weights; ``box``:
        1 − complete IoU of the answering cells, and once more of their refined boxes. Where boxes
        are scored anew, cross-entropy against how well they fit is added to ``class``. Both are
        sums over the batch divided by the sum of the weights, so that a picture with many objects
        does not drown one with few. Those of ``details`` stand beside them.
    """
    with torch.no_grad():
        found = assign(logits.sigmoid(), boxes, objects, input_size, strides)
        place = found.cell * logits.shape[2] + objects.labels[:, None]
        wanted = torch.zeros_like(logits).view(-1)
        # the largest, as a cell that answers for one object may be a candidate of others too
        wanted.scatter_reduce_(0, place.flatten(), found.weight.flatten(), "amax")
        total = found.weight.sum().clamp(min=1.0)
    scores = functional.binary_cross_entropy_with_logits(logits.view(-1), wanted, reduction="sum")
    # the boxes (G, K, 4) of the cells that might answer
    answers = boxes.view(-1, 4).index_select(0, found.cell.flatten()).view(*found.cell.shape, 4)
    apart = _box_loss(answers, objects, found)
    named = scores / total
    if refine is not None:
        answers, more = refine(answers, objects.image)
        apart = apart + _box_loss(answers, objects, found)
        if more is not None:
            named = named + _rescoring_loss(logits.detach(), boxes, objects, refine)
    parts = {"class": named, "box": BOX_WEIGHT * apart / total}
    return parts if details is None else {**parts, **details(answers, objects, found)}


def _box_loss(predicted: Tensor, objects: Objects, found: Assignment) -> Tensor:
    wanted = objects.boxes[:, None].expand(*found.cell.shape, 4).reshape(-1, 4)
    return ((1 - complete_iou(predicted.reshape(-1, 4), wanted)) * found.weight.flatten()).sum()


def _rescoring_loss(logits: Tensor, boxes: Tensor, objects: Objects, refine: Refine) -> Tensor:
    """Cross-entropy of the new scores of the best boxes of each image, over the sum of what they
    should be: how well the refined box fits an object of the class that its cell names."""
    scores, labels = logits.max(2)
    scores, place = scores.topk(min(LOOKED_AT, logits.shape[1]), dim=1)
    image = torch.arange(len(logits), device=logits.device)
    refined, more = refine(boxes.gather(1, place[..., None].expand(-1, -1, 4)), image)
    assert more is not None
    with torch.no_grad():
        meant = ((objects.image == image[:, None, None])
                 & (objects.labels == labels.gather(1, place)[..., None]))
        fits = overlap(refined[:, :, None], objects.boxes) * meant  # (B, K, G)
        best = functional.pad(fits, (0, 1)).amax(2)  # there may be no object at all
        wanted = ((best - WORTHLESS) / (PERFECT - WORTHLESS)).clamp(0, 1)
    apart = functional.binary_cross_entropy_with_logits(scores + more, wanted, reduction="sum")
    return apart / wanted.sum().clamp(min=1.0)
