"""Which cells answer for which labelled object.

Task-aligned: among the cells near an object's centre, those answer for it that already score its
class well *and* fit its box well, so that the box that is kept after NMS is also the best one.
Only the cells near a centre are looked at, all objects of a batch at once: the cost follows the
number of objects, not objects times cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

REACH = 2
"""Cells around the one that holds an object's centre, on each grid: 5×5 candidates."""

TOP = 10
"""Candidates that answer for one object, at most."""

SCORE_POWER, OVERLAP_POWER = 0.5, 4.0
"""Alignment is score**SCORE_POWER * overlap**OVERLAP_POWER."""


@dataclass(frozen=True, slots=True)
class Objects:
    """The labelled objects of a batch in one list.

    ``boxes`` float32 (G, 4) xyxy input pixels, ``labels`` int64 (G,), ``image`` int64 (G,).
    """

    boxes: Tensor
    labels: Tensor
    image: Tensor

    def __len__(self) -> int:
        return int(self.labels.shape[0])


@dataclass(frozen=True, slots=True)
class Assignment:
    """P cells and the objects they answer for; every cell at most once.

    ``cell`` int64 (P,) is an index into the batch's cells laid end to end (image · A + cell),
    ``object`` int64 (P,) into the objects, ``weight`` float32 (P,) in 0..1 is the score that the
    cell should give, the highest where it fits best.
    """

    cell: Tensor
    object: Tensor
    weight: Tensor


def overlap(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of boxes (…, 4) pair by pair, 0 for empty ones."""
    size = (torch.min(a[..., 2:], b[..., 2:]) - torch.max(a[..., :2], b[..., :2])).clamp(min=0)
    common = size[..., 0] * size[..., 1]
    area_a = (a[..., 2] - a[..., 0]) * (a[..., 3] - a[..., 1])
    area_b = (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    return common / (area_a + area_b - common).clamp(min=1e-6)


def candidates(
    objects: Objects, input_size: tuple[int, int], strides: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """Cells near each object's centre.

    Returns
    -------
    cell, allowed
        int64 (G, K) index of a cell within its image, and bool (G, K) whether it is one: it lies on
        the grid, and its middle lies inside the object or it holds the object's centre.
    """
    steps = torch.arange(-REACH, REACH + 1, device=objects.boxes.device)
    step_y, step_x = torch.meshgrid(steps, steps, indexing="ij")
    step_x, step_y = step_x.flatten(), step_y.flatten()
    boxes = objects.boxes
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    cells, allowed, first = [], [], 0
    for stride in strides:
        columns, rows = input_size[0] // stride, input_size[1] // stride
        home = (centre / stride).floor().long()
        home_x, home_y = home[:, :1].clamp(0, columns - 1), home[:, 1:].clamp(0, rows - 1)
        x, y = home_x + step_x, home_y + step_y
        middle_x, middle_y = (x + 0.5) * stride, (y + 0.5) * stride
        inside = (
            (middle_x > boxes[:, :1]) & (middle_x < boxes[:, 2:3])
            & (middle_y > boxes[:, 1:2]) & (middle_y < boxes[:, 3:])
        )
        holds = (step_x == 0) & (step_y == 0)
        on_grid = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        cells.append(first + y.clamp(0, rows - 1) * columns + x.clamp(0, columns - 1))
        allowed.append(on_grid & (inside | holds))
        first += columns * rows
    return torch.cat(cells, 1), torch.cat(allowed, 1)


def assign(
    scores: Tensor, boxes: Tensor, objects: Objects, input_size: tuple[int, int],
    strides: Sequence[int],
) -> Assignment:
    """Choose the cells that answer for each object.

    Parameters
    ----------
    scores
        float32 (B, A, C), 0..1.
    boxes
        float32 (B, A, 4) xyxy in input pixels.
    objects
        The G objects of the batch.
    input_size, strides
        (width, height) in pixels and the grids' strides: they say where the cells lie.
    """
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
