"""The head that says where the key points of an object lie: a map over its box for each of them.

As in Mask R-CNN, a point is one of the cells of the grid, so that learning it is a classification.
What is read from the map is the mean place around its highest cell, which lies between cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

import torch
from torch import Tensor
from torch.nn import functional

from workbench.core.outline_grids import SIDE
from workbench.tasks.detection.engine.compact.box_grid import BoxGrid, Maps
from workbench.tasks.detection.engine.details import keypoints_of

WEIGHT = 0.2
"""How much the key points count beside the class scores."""

WIDER = 1.3
"""Sides of the grid over those of the box: points often lie on a box's border, and a box that is
found is a little off."""

ROWS = tuple(f"details.keypoints.quarters.{part}" for part in ("weight", "bias"))
"""Weights of a detector that have rows for each point of each class."""

_QUARTERS = 4  # rows of a point
_AROUND = 2  # cells around the highest that a place is a mean of
_EMPTY = float("nan")


class KeypointHead(BoxGrid):
    """One map for each key point of each class.

    Parameters
    ----------
    inputs, stride, details, finest
        See :class:`BoxGrid`.
    counts
        Key points of each class.
    """

    def __init__(self, inputs: int, stride: int, details: int, finest: int,
                 counts: Sequence[int]) -> None:
        super().__init__(inputs, stride, details, finest, sum(counts))
        most = max(counts)
        first = [sum(counts[:label]) for label in range(len(counts))]
        maps = [[start + min(number, max(count - 1, 0)) for number in range(most)]
                for start, count in zip(first, counts, strict=True)]
        there = [[number < count for number in range(most)] for count in counts]
        self.maps: Tensor
        self.there: Tensor
        self.register_buffer("maps", torch.tensor(maps).clamp(max=sum(counts) - 1), False)
        self.register_buffer("there", torch.tensor(there), False)

    def loss(self, maps: Maps, boxes: Tensor, image: Tensor, labels: Tensor, rows: Tensor,
             weight: Tensor) -> Tensor:
        """Cross-entropy over the cells, a mean over all points that count.

        Parameters
        ----------
        boxes
            float32 (G, K, 4) in input pixels.
        labels
            int64 (G,), of the objects.
        rows
            float32 (G, …): see :mod:`workbench.tasks.detection.engine.details`.
        weight
            float32 (G, K): 0 for a box that does not count.
        """
        boxes = wider(boxes)
        logits = self(maps, boxes, image)
        own = self.maps[labels][:, None, :, None, None]  # (G, 1, P, 1, 1)
        logits = logits.gather(2, own.expand(-1, boxes.shape[1], -1, SIDE, SIDE))
        points = keypoints_of(rows)[:, None]  # (G, 1, P, 4)
        side = boxes[..., 2:] - boxes[..., :2]
        cells = ((points[..., :2] - boxes[..., None, :2]) / side[..., None, :] * SIDE).floor()
        inside = ((cells >= 0) & (cells < SIDE)).all(3)
        column, row = cells.clamp(0, SIDE - 1).long().unbind(3)
        chances = functional.log_softmax(logits.flatten(3), 3)
        apart = -chances.gather(3, (row * SIDE + column)[..., None])[..., 0]
        counts = (inside & (points[..., 2] > 0)).float() * weight[..., None]
        return (apart * counts).sum() / counts.sum().clamp(min=1.0)

    def points(self, maps: Maps, boxes: Tensor, image: Tensor, labels: Tensor) -> Tensor:
        """Key points in boxes float32 (N, 4) of the images int64 (N,), whose classes are
        ``labels``: float32 (N, P, 3) as :class:`workbench.core.detections.Detections` has them, in
        input pixels, on the processor."""
        boxes = wider(boxes)
        own = self.maps[labels][..., None, None]
        parts: list[Tensor] = []
        for logits in self.each(maps, boxes, image):
            start = sum(map(len, parts))
            mine = own[start : start + len(logits)].expand(-1, -1, SIDE, SIDE)
            parts.append(_places(logits.gather(1, mine)))
        places = torch.cat(parts)
        side = (boxes[:, 2:] - boxes[:, :2])[:, None]
        found = torch.cat((boxes[:, None, :2] + places[..., :2] * side, places[..., 2:]), 2)
        return torch.where(self.there[labels][..., None], found, _EMPTY).cpu()


def rows_by_class(
    theirs: Tensor, mine: Tensor, old: Mapping[str, int], new: Mapping[str, int]
) -> Tensor:
    """Rows (:data:`ROWS`) as ``mine``, with those of ``theirs`` for points that both know.

    Parameters
    ----------
    old, new
        How many key points each class of theirs and of mine has, by its name, in their order.
    """
    result = mine.detach().clone()
    starts = dict(zip(old, accumulate(old.values(), initial=0), strict=False))
    for (name, count), start in zip(new.items(), accumulate(new.values(), initial=0), strict=False):
        both = _QUARTERS * min(count, old.get(name, 0))
        first, own = _QUARTERS * starts.get(name, 0), _QUARTERS * start
        result[own : own + both] = theirs[first : first + both].to(result)
    return result


def wider(boxes: Tensor) -> Tensor:
    """Boxes (…, 4) about the same middles, at least two pixels wide and high."""
    middle = (boxes[..., :2] + boxes[..., 2:]) / 2
    half = ((boxes[..., 2:] - boxes[..., :2]) * (WIDER / 2)).clamp(min=1.0)
    return torch.cat((middle - half, middle + half), -1)


def _places(logits: Tensor) -> Tensor:
    """From maps (N, P, SIDE, SIDE) the places of the points in shares of the grid, and how sure
    they are: float32 (N, P, 3)."""
    chances = logits.flatten(2).softmax(2)
    best = chances.argmax(2)
    steps = torch.arange(SIDE, device=logits.device)
    near_row = ((steps - (best // SIDE)[..., None]).abs() <= _AROUND).float()
    near_column = ((steps - (best % SIDE)[..., None]).abs() <= _AROUND).float()
    near = chances.view(logits.shape) * near_row[..., None] * near_column[..., None, :]
    total = near.sum((2, 3))
    middles = (steps + 0.5) / SIDE
    x = (near.sum(2) * middles).sum(2) / total
    y = (near.sum(3) * middles).sum(2) / total
    return torch.stack((x, y, total), 2)
