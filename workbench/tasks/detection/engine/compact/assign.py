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
    ``real`` bool (G,) is False for rows that only fill the list up to a length that repeats; None
    where all are real. ``details`` float32 (G, …) as
    :mod:`workbench.tasks.detection.engine.details` has them; None where they are not known.
    """

    boxes: Tensor
    labels: Tensor
    image: Tensor
    real: Tensor | None = None
    details: Tensor | None = None

    def __len__(self) -> int:
        return int(self.labels.shape[0])


@dataclass(frozen=True, slots=True)
class Assignment:
    """For each object the cells that might answer for it, and how much.

    How many do answer depends on numbers that a GPU would have to be waited for, so every object
    has K candidates here, and those that do not answer weigh nothing. A cell answers once at most.

    ``cell`` int64 (G, K) is an index into the batch's cells laid end to end (image · A + cell),
    ``weight`` float32 (G, K) in 0..1 is the score that the cell should give, the highest where it
    fits best, and ``answers`` bool (G, K) whether it answers at all.
    """

    cell: Tensor
    weight: Tensor
    answers: Tensor


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
    if objects.real is not None:
        allowed = allowed & objects.real[:, None]
    cell = near + objects.image[:, None] * count
    fit = overlap(boxes.reshape(-1, 4)[cell], objects.boxes[:, None])
    score = scores.reshape(-1, scores.shape[2])[cell, objects.labels[:, None]]
    # the small constant keeps an order among cells that do not touch the object yet
    aligned = (score.pow(SCORE_POWER) * fit.pow(OVERLAP_POWER) + 1e-9) * allowed
    values, where = aligned.topk(min(TOP, aligned.shape[1]), dim=1)
    cells, fits = cell.gather(1, where), fit.gather(1, where)
    answers = (values > 0) & _wins(cells, fits.where(values > 0, -1.0), scores.shape[0] * count)
    values, fits = values * answers, fits * answers
    # an object's best-aligned cell is lifted to its best overlap
    share = fits.amax(1) / values.amax(1).clamp(min=1e-12)
    return Assignment(cells, (values * share[:, None]).clamp(0, 1), answers)


def _wins(cells: Tensor, fits: Tensor, total: int) -> Tensor:
    """Whether an object is the first of those that a cell fits best, for (G, K) candidates of
    ``total`` cells; those that may not answer fit −1."""
    flat, fits = cells.flatten(), fits.flatten()
    best = fits.new_full((total,), -1.0).scatter_reduce(0, flat, fits, "amax")
    order = torch.arange(len(flat), device=flat.device)
    best_there = (fits >= 0) & (fits == best[flat])
    first = order.new_full((total,), len(flat)).scatter_reduce(
        0, flat, order.where(best_there, len(flat)), "amin")
    return (first[flat] == order).view(cells.shape)
