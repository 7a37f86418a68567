"""What a compact detector learns and finds of objects besides their boxes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from workbench.core.outline_grids import SIDE
from workbench.evaluation.nms import batched_nms
from workbench.tasks.detection.engine.compact import keypoint_head, outline_head
from workbench.tasks.detection.engine.compact.assign import Assignment, Objects
from workbench.tasks.detection.engine.compact.box_grid import MOST_LEARNED, BoxGrid, Maps
from workbench.tasks.detection.engine.compact.keypoint_head import KeypointHead
from workbench.tasks.detection.engine.compact.outline_head import outline_loss, outlines_on
from workbench.tasks.detection.engine.types import Raw

NMS = 0.8
"""Overlap above which the details of the better one of two boxes do for both."""

MOST, SURE = 300, 0.05
"""Boxes of an image that details are found of, the best scored: so many, and more where they score
so high. A model that knows nothing yet says something weak of every cell."""


class DetailHeads(nn.Module):
    """The heads for outlines and key points.

    Parameters
    ----------
    inputs, stride, details, finest
        See :class:`.box_grid.BoxGrid`.
    outlines
        Whether there is one for outlines.
    counts
        Key points of each class; none at all for no head for them.
    rotated
        Whether outlines are those of rotated boxes.
    """

    def __init__(self, inputs: int, stride: int, details: int, finest: int, outlines: bool,
                 counts: Sequence[int], rotated: bool = False) -> None:
        super().__init__()
        levels = inputs, stride, details, finest
        self.outline = BoxGrid(*levels, 1, placed=rotated) if outlines else None
        self.keypoints = KeypointHead(*levels, counts) if any(counts) else None

    def losses(self, maps: Maps, answers: Tensor, objects: Objects, found: Assignment,
               ) -> dict[str, Tensor]:
        """"outline" and "keypoints", of those that there are heads for: of each object within its
        own box, and within that of the cell that answers best. Nothing where nothing is labelled.

        Parameters
        ----------
        answers
            float32 (G, K, 4), the boxes of the cells ``found``.
        """
        count = len(objects)
        if objects.details is None:
            return {}
        if not count:  # torch has no gradients of some layers for no box at all
            nothing = answers.new_zeros(())
            heads = {"outline": self.outline, "keypoints": self.keypoints}
            return {name: nothing for name, head in heads.items() if head is not None}
        some = torch.arange(min(count, MOST_LEARNED), device=answers.device)
        some = some * count // len(some)
        best = found.weight[some].argmax(1)[:, None, None].expand(-1, 1, 4)
        own, rows, image = objects.boxes[some], objects.details[some], objects.image[some]
        boxes = torch.stack((own, answers[some].gather(1, best)[:, 0]), 1).detach()
        # rows that only fill the list have no details, and nothing answers for them
        counts = torch.stack((torch.ones_like(rows[:, 0]), found.answers[some].any(1).float()), 1)
        losses = {}
        if self.outline is not None:
            known = (rows[:, :1] > 0).float()
            losses["outline"] = outline_head.WEIGHT * outline_loss(
                self.outline(maps, boxes, image), boxes, own, rows, counts * known)
        if self.keypoints is not None:
            losses["keypoints"] = keypoint_head.WEIGHT * self.keypoints.loss(
                maps, boxes, image, objects.labels[some], rows, counts)
        return losses

    def describe(self, maps: Maps, found: Sequence[Raw]) -> list[Raw]:
        """Those that suppression at :data:`NMS` leaves, with details: a box that is left out by
        then is never looked at.

        Parameters
        ----------
        found
            Of each image, on the processor.
        """
        kept = []
        for item in found:
            best = batched_nms(item.boxes.numpy(), item.scores.numpy(), item.labels.numpy(), NMS)
            best = best[:max(MOST, int((item.scores[best] >= SURE).sum()))]
            kept.append(Raw(item.boxes[best], item.scores[best], item.labels[best]))
        counts = [len(item.scores) for item in kept]
        device = maps[0].device
        image = torch.arange(len(kept)).repeat_interleave(torch.tensor(counts)).to(device)
        boxes = torch.cat([item.boxes for item in kept]).to(device)
        outlines = keypoints = None
        if self.outline is not None:
            outlines = (outlines_on(self.outline, maps, boxes, image) if len(boxes)
                        else torch.zeros(0, SIDE, SIDE, dtype=torch.uint8))
        if self.keypoints is not None:
            labels = torch.cat([item.labels for item in kept]).to(device)
            keypoints = (self.keypoints.points(maps, boxes, image, labels) if len(boxes)
                         else torch.zeros(0, self.keypoints.there.shape[1], 3))
        none: list[Tensor | None] = [None] * len(kept)
        return [Raw(item.boxes, item.scores, item.labels, *own) for item, *own in zip(
            kept, none if outlines is None else torch.split(outlines, counts),
            none if keypoints is None else torch.split(keypoints, counts), strict=True)]
