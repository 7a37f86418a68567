"""The labels and detections that models and engine hand each other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from workbench.core.arrays import FloatArray, IntArray
from workbench.core.outline_grids import SIDE
from workbench.engine.data.letterbox import Letterbox
from workbench.extension.detection import Targets
from workbench.tasks.detection.engine.samples import SampleOutlines


class DetectionTarget:
    """The labels of one image.

    Parameters
    ----------
    boxes
        float32 (M, 4), xyxy in input pixels; width and height are positive.
    labels
        int64 (M,), index into the class list.
    outlines
        float32 (M, 5 + SIDE²), for a model that learns them: whether the object's outline is
        labelled (1, else 0), the xyxy frame in input pixels that its grid lies over, and the
        grid's cells, 0..1, row by row (:mod:`workbench.core.outline_grids`). A frame reaches beyond
        the box of what is cut off, and runs from right to left where the picture is mirrored.
    """

    __slots__ = ("boxes", "labels", "outlines")

    def __init__(self, boxes: Tensor, labels: Tensor, outlines: Tensor | None = None) -> None:
        self.boxes = boxes
        self.labels = labels
        self.outlines = outlines

    def to(self, device: torch.device) -> DetectionTarget:
        outlines = None if self.outlines is None else self.outlines.to(device)
        return DetectionTarget(self.boxes.to(device), self.labels.to(device), outlines)


    def where(self, kept: Tensor) -> DetectionTarget:
        outlines = None if self.outlines is None else self.outlines[kept]
        return DetectionTarget(self.boxes[kept], self.labels[kept], outlines)


OUTLINE_NUMBERS = 5 + SIDE**2
"""Numbers of a row of ``DetectionTarget.outlines``; all are 0 where none is labelled."""


def target_in_input(boxes: FloatArray, labels: IntArray, outlines: SampleOutlines | None,
                    letterbox: Letterbox) -> DetectionTarget:
    """The labels of an image, in its pixels, as a model is taught them."""
    return DetectionTarget(torch.from_numpy(letterbox.to_input(boxes)), torch.from_numpy(labels),
                           None if outlines is None else _rows(outlines, letterbox))


def _rows(outlines: SampleOutlines, letterbox: Letterbox) -> Tensor:
    grids = torch.from_numpy(outlines.grids.reshape(len(outlines.grids), -1)).float() / 255
    return torch.cat((torch.from_numpy(outlines.known).float()[:, None],
                      torch.from_numpy(letterbox.to_input(outlines.frames)), grids), 1)


def outlines_of(targets: Sequence[Targets]) -> Tensor | None:
    """Those of all images laid end to end; None where no image has any."""
    found = [getattr(target, "outlines", None) for target in targets]
    if all(item is None for item in found):
        return None
    return torch.cat([target.boxes.new_zeros(len(target.labels), OUTLINE_NUMBERS) if item is None
                      else item for target, item in zip(targets, found, strict=True)])


class Raw:
    """Detections on one image before NMS, by falling score.

    Parameters
    ----------
    boxes
        float32 (N, 4), xyxy in input pixels.
    scores
        float32 (N,), 0..1.
    labels
        int64 (N,), index into the class list.
    outlines
        uint8 (N, SIDE, SIDE), see :mod:`workbench.core.outline_grids`; None where only boxes are
        found.
    """

    __slots__ = ("boxes", "labels", "outlines", "scores")

    def __init__(
        self, boxes: Tensor, scores: Tensor, labels: Tensor, outlines: Tensor | None = None
    ) -> None:
        self.boxes = boxes
        self.scores = scores
        self.labels = labels
        self.outlines = outlines
