"""What is labelled of objects beyond their boxes, as rows of numbers that travel with the boxes.

A row is float32: first an outline, which is whether one is labelled (1, else 0), the xyxy frame in
input pixels that its grid lies over, and the grid's cells, 0..1, row by row
(:mod:`workbench.core.outline_grids`); then four numbers for each key point, which are x and y in
input pixels, whether it is labelled (1, else 0), and the number of the one that stands in its place
where a picture is mirrored. A frame reaches beyond the box of what is cut off, and runs from right
to left where the picture is mirrored. A row of zeros says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from workbench.core.arrays import FloatArray, IntArray
from workbench.core.outline_grids import SIDE
from workbench.core.rectangles import rectangles_in
from workbench.engine.data.letterbox import Letterbox
from workbench.extension.detection import (
    DetectionModel,
    Targets,
    learned_keypoints,
    learns_outlines,
)
from workbench.tasks.detection.engine.samples import Sample
from workbench.tasks.detection.engine.types import DetectionTarget

OUTLINE = 5 + SIDE**2
"""Numbers of an outline."""
POINT = 4
"""Numbers of a key point."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the details of objects a model learns."""

    outlines: bool
    partners: Sequence[Sequence[int]]
    """For each class its key points, see ``DataFacts.partners``; nothing where none are learned."""

    def __bool__(self) -> bool:
        return self.outlines or bool(self.points)

    @property
    def points(self) -> int:
        """The most that an object has."""
        return max(map(len, self.partners), default=0)

    @property
    def numbers(self) -> int:
        """Of a row."""
        return OUTLINE + POINT * self.points

    @classmethod
    def by(cls, model: DetectionModel) -> Wanted:
        return cls(learns_outlines(model), learned_keypoints(model))

    def of(self, sample: Sample, labels: IntArray, letterbox: Letterbox) -> Tensor | None:
        """The details of the objects of a sample, whose classes are ``labels``, in the place that
        ``letterbox`` says; None where nothing is labelled that is learned."""
        outlines = sample.outlines() if self.outlines else None
        points = sample.keypoints() if self.points else None
        if outlines is None and points is None:
            return None
        rows = torch.zeros(len(labels), self.numbers)
        if outlines is not None:
            rows[:, 0] = torch.from_numpy(outlines.known)
            rows[:, 1:5] = torch.from_numpy(letterbox.to_input(outlines.frames))
            rows[:, 5:OUTLINE] = torch.from_numpy(outlines.grids).flatten(1) / 255
        if points is not None:
            count = min(points.shape[1], self.points)
            found = keypoints_of(rows)
            places = letterbox.to_input(np.tile(points[:, :count, :2].reshape(-1, 2), 2))[:, :2]
            found[:, :count, :2] = torch.from_numpy(places).view(len(labels), count, 2)
            found[:, :count, 2] = torch.from_numpy(points[:, :count, 2] > 0)
            for row, label in enumerate(labels.tolist()):
                partners = self.partners[label] if label >= 0 else ()
                found[row, : len(partners), 3] = torch.tensor(partners).float()
                found[row, len(partners) :, 2] = 0
        return rows


BOXES_ONLY = Wanted(False, ())


def target_in_input(
    sample: Sample, labels: IntArray, letterbox: Letterbox, wanted: Wanted
) -> DetectionTarget:
    """The labels of a sample, as a model is taught them."""
    return DetectionTarget(torch.from_numpy(letterbox.to_input(sample.boxes)),
                           torch.from_numpy(labels), wanted.of(sample, labels, letterbox))


def rectangles_of(rows: Tensor, boxes: Tensor) -> FloatArray:
    """The rotated boxes that are learned of the objects with these rows and ``boxes`` (M, 4):
    float32 (M, 5) in input pixels, see :mod:`workbench.core.rectangles`."""
    frames, grids = rows[:, 1:5].numpy().copy(), rows[:, 5:OUTLINE].mul(255).byte().numpy()
    grids = grids.reshape(-1, SIDE, SIDE)
    known = rows[:, 0].numpy() > 0
    frames[~known] = boxes.numpy()[~known]
    for side, axis in ((0, 2), (1, 1)):  # a picture that is mirrored has frames from right to left
        turned = frames[:, side] > frames[:, side + 2]
        grids[turned] = np.flip(grids[turned], axis)
        frames[turned] = np.take(frames[turned], [2, 1, 0, 3] if side == 0 else [0, 3, 2, 1], 1)
    return rectangles_in(grids, frames)


def keypoints_of(rows: Tensor) -> Tensor:
    """The key points of rows, float32 (M, K, 4), as a view."""
    return rows[:, OUTLINE:].view(len(rows), (rows.shape[1] - OUTLINE) // POINT, POINT)


def joined(targets: Sequence[Targets]) -> Tensor | None:
    """The details of all images laid end to end; None where no image has any."""
    found = [getattr(target, "details", None) for target in targets]
    numbers = next((item.shape[1] for item in found if item is not None), 0)
    if not numbers:
        return None
    return torch.cat([target.boxes.new_zeros(len(target.labels), numbers) if item is None
                      else item for target, item in zip(targets, found, strict=True)])


def moved(rows: Tensor, scale: Tensor, shift: Tensor, span: Tensor, mirror: Tensor) -> Tensor:
    """Details of objects that are scaled, moved and mirrored with their pictures.

    Parameters
    ----------
    scale, shift
        float32 (M, 2).
    span
        float32 (M, 2): lowest and highest place of the picture along each axis, added up.
    mirror
        float32 (M, 2): 1 where it is mirrored along an axis.
    """
    rows = rows.clone()
    rows[:, 1:5] = _moved(rows[:, 1:5].view(len(rows), 2, 2), scale, shift, span, mirror).flatten(1)
    if rows.shape[1] > OUTLINE:
        points = keypoints_of(rows)
        places = _moved(points[..., :2], scale, shift, span, mirror)
        # mirrored along both axes it is turned, and left stays left
        turned = (mirror[:, :1] != mirror[:, 1:])[..., None]
        own = torch.arange(points.shape[1], dtype=rows.dtype).expand(points.shape[:2])[..., None]
        partner = torch.where(turned, points[..., 3:], own).long()
        points[..., :2] = places.gather(1, partner.expand(-1, -1, 2))
        points[..., 2:3] = points[..., 2:3].gather(1, partner)
    return rows


def _moved(places: Tensor, scale: Tensor, shift: Tensor, span: Tensor, mirror: Tensor) -> Tensor:
    """Of places (M, P, 2)."""
    there = places * scale[:, None] + shift[:, None]
    return torch.where(mirror[:, None] > 0, span[:, None] - there, there)
