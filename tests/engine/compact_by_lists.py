"""Assignment and loss of the compact detector as they were written before: lists of cells of any
length, chosen by boolean indexing. What is computed on padded lists must equal them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from workbench.tasks.detection.engine.compact.assign import (
    OVERLAP_POWER,
    SCORE_POWER,
    TOP,
    Objects,
    candidates,
    overlap,
)
from workbench.tasks.detection.engine.compact.loss import BOX_WEIGHT, complete_iou


@dataclass(frozen=True, slots=True)
class Assignment:
    """P cells, the objects they answer for, and the score that each should give."""

    cell: Tensor
    object: Tensor
    weight: Tensor


def assign(
    scores: Tensor, boxes: Tensor, objects: Objects, input_size: tuple[int, int],
    strides: Sequence[int],
) -> Assignment:
    count = scores.shape[1]
    near, allowed = candidates(objects, input_size, strides)
    cell = near + objects.image[:, None] * count
    fit = overlap(boxes.reshape(-1, 4)[cell], objects.boxes[:, None])
    score = scores.reshape(-1, scores.shape[2])[cell, objects.labels[:, None]]
    # the small constant keeps an order among cells that do not touch the object yet
    aligned = (score.pow(SCORE_POWER) * fit.pow(OVERLAP_POWER) + 1e-9) * allowed
    top = min(TOP, aligned.shape[1])
    best, where = aligned.topk(top, dim=1)
    chosen = best > 0
    rows = torch.arange(len(objects), device=cell.device)[:, None].expand_as(where)[chosen]
    cells, values = cell.gather(1, where)[chosen], best[chosen]
    fits = fit.gather(1, where)[chosen]
    keep = _one_each(cells, fits, scores.shape[0] * count)
    rows, cells, values, fits = rows[keep], cells[keep], values[keep], fits[keep]
    weight = values * _share(values, fits, rows, len(objects))
    return Assignment(cells, rows, weight.clamp(0, 1))


def _one_each(cells: Tensor, fits: Tensor, total: int) -> Tensor:
    """Index of the entries to keep so that every cell answers for the object it fits best."""
    best = fits.new_full((total,), -1.0).scatter_reduce(0, cells, fits, "amax")
    order = torch.arange(len(cells), device=cells.device)
    winner = torch.where(fits == best[cells], order, len(cells))
    first = order.new_full((total,), len(cells)).scatter_reduce(0, cells, winner, "amin")
    return (first[cells] == order).nonzero()[:, 0]


def _share(values: Tensor, fits: Tensor, rows: Tensor, count: int) -> Tensor:
    """Factor for each entry that lifts an object's best-aligned cell to its best overlap."""
    zeros = values.new_zeros(count)
    best_value = zeros.scatter_reduce(0, rows, values, "amax")
    best_fit = zeros.scatter_reduce(0, rows, fits, "amax")
    return best_fit[rows] / best_value[rows].clamp(min=1e-12)


def detection_losses(
    logits: Tensor, boxes: Tensor, objects: Objects, input_size: tuple[int, int],
    strides: Sequence[int],
) -> dict[str, Tensor]:
    with torch.no_grad():
        found = assign(logits.sigmoid(), boxes, objects, input_size, strides)
        wanted = torch.zeros_like(logits).view(-1, logits.shape[2])
        wanted[found.cell, objects.labels[found.object]] = found.weight
        total = found.weight.sum().clamp(min=1.0)
    scores = functional.binary_cross_entropy_with_logits(
        logits.view(-1, logits.shape[2]), wanted, reduction="sum"
    )
    return {"class": scores / total, "box": BOX_WEIGHT * _box_loss(boxes, objects, found) / total}


def _box_loss(boxes: Tensor, objects: Objects, found: Assignment) -> Tensor:
    if not len(found.cell):
        return boxes.sum() * 0.0  # keeps the gradient's path, so that every part has one
    predicted = boxes.view(-1, 4)[found.cell]
    return ((1 - complete_iou(predicted, objects.boxes[found.object])) * found.weight).sum()
