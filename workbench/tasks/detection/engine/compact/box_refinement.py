"""Box refinement: a second stage corrects each box, then neighbouring boxes are averaged.

A cell predicts all four sides of an object from the features around its own centre, and a side may
be ten cells away. So features are sampled on a grid over the predicted box, as the heads of
two-stage detectors do (RoI align), and its sides are regressed once more from them. The average by
score and overlap is that of box voting (Gidaris and Komodakis, 2015), over the cells around.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.tasks.detection.engine.compact.assign import overlap

POINTS = 7
"""Sampling points along each side of a box."""

REACH = 0.8
"""How far from the middle the outermost lie, in sides of the box; 0.5 would be its border."""

CHANNELS, HIDDEN = 32, 96
"""Features of a sample, and of a box."""

FARTHEST = 0.5
"""How far a side is moved at most, in sides of the box."""

MOST = 300
"""Boxes of an image that are refined when detecting, the best by score: all of them would take as
long as the network itself."""

NEIGHBOURS = 2
"""Cells around a cell that are asked for their boxes: 5×5."""

ALIKE = 0.5
"""Overlap from which on a neighbour's box is taken for one of the same object."""


class BoxRefinement(nn.Module):
    """Corrects boxes from the features sampled over them.

    Parameters
    ----------
    inputs
        Channels of the feature map.
    stride
        Pixels a cell of it.
    rescores
        Whether boxes are scored anew by how well they fit: the score of a cell says that it sees an
        object, and little about how well its box frames it.
    twice
        Whether the best boxes are refined once more when detecting, and both answers averaged.
    """

    def __init__(
        self, inputs: int, stride: int, rescores: bool = False, twice: bool = False
    ) -> None:
        super().__init__()
        self._stride = stride
        self._twice = twice
        self.squeeze = nn.Sequential(
            nn.Conv2d(inputs, CHANNELS, 1, bias=False),
            nn.BatchNorm2d(CHANNELS, momentum=0.1), nn.Hardswish(),
        )
        self.hidden = nn.Linear(CHANNELS * POINTS**2, HIDDEN)
        self.sides = nn.Linear(HIDDEN, 4)
        self.rescoring = nn.Linear(HIDDEN, 1) if rescores else None
        for layer in (self.sides, self.rescoring):
            if layer is not None:
                nn.init.normal_(layer.weight, std=0.01)
                nn.init.zeros_(layer.bias)

    def forward(self, seen: Tensor, boxes: Tensor, image: Tensor) -> tuple[Tensor, Tensor | None]:
        """Boxes float32 (N, K, 4), xyxy in input pixels, from float32 ``boxes`` like them, and what
        is added to their logits, float32 (N, K), where they are scored anew.

        No gradient goes back into ``boxes``, which are learned on their own.

        Parameters
        ----------
        seen
            float32 (B, C, h, w).
        image
            int64 (N,): in which image of the batch each row of boxes lies.
        """
        boxes = boxes.detach()
        side = (boxes[..., 2:] - boxes[..., :2]).clamp(min=1.0)
        steps = torch.linspace(-REACH, REACH, POINTS, device=boxes.device)
        middle = (boxes[..., :2] + boxes[..., 2:]) / 2
        # (N, K, POINTS, 2), in cells from the middle of the first one
        place = (middle[..., None, :] + side[..., None, :] * steps[:, None]) / self._stride - 0.5
        found = sampled(self.squeeze(seen), place, image)
        hidden = functional.hardswish(self.hidden(found))
        moved = self.sides(hidden).clamp(-1, 1) * FARTHEST
        more = None if self.rescoring is None else self.rescoring(hidden).squeeze(2).float()
        return boxes + moved * side.repeat(1, 1, 2), more

    def refine_best(self, seen: Tensor, boxes: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Logits float32 (B, A, C) and boxes float32 (B, A, 4), of which the best scored are
        refined, and scored anew where that was learned."""
        image = torch.arange(boxes.shape[0], device=boxes.device)
        # filled up, so that there are as many for any size of image; the last one may come twice
        ranks = functional.pad(logits.amax(2), (0, MOST), value=-math.inf)
        place = ranks.topk(MOST, dim=1).indices.clamp(max=boxes.shape[1] - 1)
        row = place[..., None].expand(-1, -1, 4)
        best, more = self(seen, boxes.gather(1, row), image)
        if self._twice:
            again, further = self(seen, best, image)
            best = (best + again) / 2
            if more is not None and further is not None:
                more = (more + further) / 2
        if more is not None:
            # not added up: the last of the row may come twice
            logits = logits + torch.zeros_like(logits[..., 0]).scatter(1, place, more)[..., None]
        return logits, boxes.scatter(1, row, best)


def sampled(seen: Tensor, place: Tensor, image: Tensor) -> Tensor:
    """Features at all crossings of the columns and rows in ``place``, float32 (N, K, P, 2), as
    (N, K, P·P·C); nothing but 0 lies beyond the map.

    ``grid_sample`` gives the same, but torch 2.11 cannot learn through it on Apple's GPUs.
    """
    channels, height, width = seen.shape[1:]
    cells = seen.permute(0, 2, 3, 1).reshape(-1, channels)
    first = place.floor()
    rest = place - first
    total: Tensor | None = None
    for down in (0, 1):
        y = first[..., 1] + down
        share_y = (rest[..., 1] if down else 1 - rest[..., 1]) * (y >= 0) * (y < height)
        row = image[:, None, None] * height + y.clamp(min=0).long().clamp(max=height - 1)
        for across in (0, 1):
            x = first[..., 0] + across
            share_x = (rest[..., 0] if across else 1 - rest[..., 0]) * (x >= 0) * (x < width)
            column = x.clamp(min=0).long().clamp(max=width - 1)
            index = row[..., :, None] * width + column[..., None, :]
            share = share_y[..., :, None] * share_x[..., None, :]
            part = functional.embedding(index, cells) * share[..., None]
            total = part if total is None else total + part
    assert total is not None
    return total.flatten(2)


def averaged(logits: Tensor, boxes: Tensor, grids: Sequence[tuple[int, int]]) -> Tensor:
    """Each cell's box as a mean over the boxes of the cells around it that mean the same object.

    Of the cells of an object the best scored is not the one with the best box, and what they are
    wrong by differs. A box weighs by its score, and by how far its overlap exceeds :data:`ALIKE`:
    growing from 0, so that rounding changes nothing much.

    Parameters
    ----------
    logits, boxes
        float32 (B, A, C) and (B, A, 4) xyxy, those of all grids.
    grids
        Rows and columns of each.
    """
    scores = logits.sigmoid().amax(2)
    found, start = [], 0
    for rows, columns in grids:
        end = start + rows * columns
        level = scores[:, start:end].view(-1, 1, rows, columns)
        found.append(_averaged(level, boxes[:, start:end]))
        start = end
    return torch.cat(found, 1)


def _averaged(scores: Tensor, boxes: Tensor) -> Tensor:
    """Of one grid: ``scores`` (B, 1, h, w), ``boxes`` (B, h·w, 4)."""
    height, width = scores.shape[2:]
    said = boxes.transpose(1, 2).reshape(-1, 4, height, width)
    field = torch.cat((said, scores.clamp(min=1e-6)), 1)
    count = 2 * NEIGHBOURS + 1
    around = functional.unfold(field, count, padding=NEIGHBOURS)
    around = around.view(-1, 5, count**2, height * width).permute(0, 3, 2, 1)  # (B, h·w, 25, 5)
    theirs, weight = around[..., :4], around[..., 4]
    weight = weight * (overlap(boxes[:, :, None], theirs) - ALIKE).clamp(min=0)
    # an empty box overlaps nothing, not even itself
    total = weight.sum(2, keepdim=True)
    mean = (weight[..., None] * theirs).sum(2) / total.clamp(min=1e-9)
    return torch.where(total > 0, mean, boxes)
